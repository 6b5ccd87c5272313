"""Shift handover 交班: what is open is gathered into a note, and the next officer takes it over by name."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from contracts.event import Sealed
from kit.problems import Conflict, Forbidden, NotFound
from kit.sealed import KeyVault
from rules.counties import settings_of
from rules.spans import TAIPEI

from dispatch.domain.report.actor import Actor, Sees, made_by
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.window.claims import Claims
from dispatch.window.shifts.store import Line, Note, Notes, Open, OpenReports
from dispatch.window.store import Reports


class Shifts:
    """Writes handover notes and has them accepted; free words in them are sealed."""

    def __init__(
        self, notes: Notes, reports: Reports, vault: KeyVault, claims: Claims, now: Callable[[], datetime]
    ) -> None:
        self._notes = notes
        self._open = OpenReports(reports)
        self._vault = vault
        self._claims = claims
        self.now = now

    async def gathered(self, county: str) -> Open:
        """What is open now."""
        now = self.now()
        return {
            "claims": _lines(await self._open.claimed(county, now), now),
            "promises": _lines(await self._open.promised(county), now),
            "clocks": _lines(await self._open.breaching(county, morning_after(county, now)), now),
        }

    async def hand_over(self, county: str, words: str, by: Actor, key: str = "") -> str:
        """Keep a note of what is open, for whoever comes next; its id. A `key` makes a repeat harmless."""
        id, gathered = made_by(by, key), await self.gathered(county)
        if await self._notes.one(id):
            return id
        await self._notes.add(
            {"_id": id, "county": county, "by": by.username, "name": by.name, "at": self.now(), "accepted": None,
             "words_sealed": await self._sealed(id, words), **gathered}
        )  # fmt: skip
        return id

    async def _sealed(self, owner: str, words: str) -> str | None:
        if not words:
            return None
        key = self._vault.new_key(owner, "report")
        await self._vault.keep([key])
        return key.seal({"words": words})

    async def accept(self, note_id: str, by: Actor, sees: Sees) -> None:
        """Take a shift over, with the claims that its officer still holds. Raises NotFound, Forbidden or Conflict."""
        note = await self._notes.one(note_id)
        if note is None or not sees(note["county"]):
            raise NotFound("No such note here.", "查無此交班紀錄。")
        if note["by"] == by.username:
            raise Forbidden("Somebody else takes a shift over.", "交班須由他人接班。")
        if not await self._notes.accept(note_id, {"by": by.username, "name": by.name, "at": self.now()}):
            raise Conflict("This shift was taken over already.", "這一班已有人接班。")
        for line in note["claims"]:
            if line["holder"] == note["by"]:
                await self._claims.pass_on(line["id"], note["by"], by)

    async def latest(self, county: str, after: str = "") -> tuple[list[tuple[Note, str | None]], str | None]:
        """The latest notes of a county, from beyond the note `after`; and where the following ones begin.

        Each with its words, None when there are none or they were destroyed.
        """
        notes, following = await self._notes.latest(county, after)
        return list(zip(notes, await self._opened(notes), strict=True)), following

    async def _opened(self, notes: Sequence[Note]) -> list[str | None]:
        tokens = [Sealed(note["words_sealed"]) for note in notes if note["words_sealed"]]
        opened = dict(zip(tokens, await self._vault.open(tokens), strict=True)) if tokens else {}
        words = (opened.get(Sealed(note["words_sealed"] or "")) or {} for note in notes)
        return [each.get("words") for each in words]

    async def waiting(self, county: str) -> int:
        """How many notes nobody has accepted yet."""
        return await self._notes.waiting(county)


def morning_after(county: str, now: datetime) -> datetime:
    """The next time that a night of the county ends."""
    here = now.astimezone(TAIPEI)
    morning = here.replace(hour=settings_of(county).night_ends_at, minute=0, second=0, microsecond=0)
    return morning if here < morning else morning + timedelta(days=1)


def _lines(found: Sequence[Report], now: datetime) -> list[Line]:
    return [_line(each, now) for each in found]


def _line(report: Report, now: datetime) -> Line:
    """What a note says of a report: nothing personal."""
    held, asked = report.claimed(now), report.asked
    return {
        "id": report.id,
        "serial": report.serial,
        "case_type": report.case_type,
        "township": report.township,
        "stage": report.stage,
        "breach_at": report.breach_at,
        "outcome": report.decision.outcome,
        "holder": held.by if held else None,
        "holder_name": held.name if held else None,
        "promised": asked.due_at if asked else report.breach_at,
        "promise": "sender_asked" if asked else _open_as(report),
    }


def _open_as(report: Report) -> str:
    """Its stage; of a report that is settled and still has a clock, what that clock waits for."""
    settled = report.stage == Stage.SETTLED
    return report.promise.id if settled and report.promise else report.stage
