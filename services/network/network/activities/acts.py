"""What is done with records: written down, corrected, withdrawn; what a county has is said by who keeps it."""

from dataclasses import dataclass
from uuid import uuid4

from contracts.event import derived_id
from contracts.roles import Caller, May, may
from kit.problems import Conflict, Forbidden, NotFound
from web.callers import must_cover

from network.access import Scope
from network.activities.bodies import CorrectionBody, RecordBody, content
from network.activities.domain.record import ANYBODYS, Record, Withdrawn
from network.activities.store import Gone, Records
from network.clock import now
from network.once import Key, must_be_the_same


@dataclass(frozen=True)
class Acts:
    """Acts of whoever records for a unit, and of who keeps what the county has."""

    records: Records

    async def record(self, id: str, caller: Caller) -> Record:
        """Raises NotFound for another county's, or another unit's where somebody is bound to theirs."""
        found = await self.records.get(id)
        if found and Scope.of(caller).covers(found.county, (found.unit,)):
            return found
        raise NotFound("There is no such record.", "查無此紀錄。")

    async def write(self, body: RecordBody, caller: Caller, key: Key | None = None) -> Record:
        """Raises Forbidden, and Conflict for another body under a used key."""
        must_cover(caller, body.county)
        unit = _unit(body, caller)
        _must_keep(body.what.of, caller)
        id = str(derived_id("network", f"record:{caller.name}:{key.id}") if key else uuid4())
        made = await self.records.add(
            Record(id, body.county, unit, content(body.what), caller.name, now(), body.source, sent=_sent(key))
        )
        must_be_the_same(made.sent, _sent(key))
        return made

    async def correct(self, id: str, body: CorrectionBody, caller: Caller, key: Key | None = None) -> Record:
        """A record in the place of another of the same kind. Raises NotFound, Forbidden, Conflict."""
        before = await self.record(id, caller)
        _must_keep(before.what.of, caller)
        if body.what.of != before.what.of:
            raise Conflict("A correction is of the same kind as what it corrects.", "更正須與原紀錄同一種類。")
        new = str(derived_id("network", f"record:{caller.name}:{key.id}") if key else uuid4())
        made = Record(
            new, before.county, before.unit, content(body.what), caller.name, now(), body.source or before.source,
            corrects=before.id, sent=_sent(key),
        )  # fmt: skip
        try:
            made = await self.records.correct(made)
        except Gone:
            raise _gone() from None
        must_be_the_same(made.sent, _sent(key))
        return made

    async def withdraw(self, id: str, reason: str, caller: Caller) -> Record:
        """Raises NotFound, Forbidden, and Conflict for what does not stand any more."""
        before = await self.record(id, caller)
        _must_keep(before.what.of, caller)
        try:
            return await self.records.withdraw(id, Withdrawn(caller.name, now(), reason))
        except Gone:
            raise _gone() from None


def _must_keep(of: str, caller: Caller) -> None:
    if of not in ANYBODYS and not may(caller.role, May.KEEP):
        raise Forbidden(
            "Who keeps the directory or supervises records what the county has.", "此類紀錄由名冊維護者或督導填寫。"
        )


def _unit(body: RecordBody, caller: Caller) -> str:
    """Whose record it is: the unit that is named, else the caller's own, else the county's window."""
    mine = body.unit or next(iter(sorted(caller.units)), f"{body.county}/window")
    if not mine.startswith(f"{body.county}/") or not Scope.of(caller).speaks_for(mine):
        raise Forbidden("You do not speak for that unit.", "您不代表該單位。")
    return mine


def _sent(key: Key | None) -> str | None:
    return key.sent if key else None


def _gone() -> Conflict:
    return Conflict(
        "It was corrected or withdrawn by somebody else: read it again.", "此紀錄已由他人更正或撤回，請重新讀取。"
    )
