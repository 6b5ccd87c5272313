"""The way of a draft into force: written by one supervisor, proved, tried out, approved by another."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from rules.spans import TAIPEI

from dispatch.domain.report.actor import Actor, Sees, made_by
from dispatch.domain.tables.table import DecisionTable
from dispatch.policy import Policies, packaged_text
from dispatch.publishing.draft_text import LARGEST, Written, proved, started_from
from dispatch.publishing.drafts import Act, Draft, Happened, Version
from dispatch.publishing.in_force import TablesInForce
from dispatch.publishing.store import StillAs, Tables

OPEN = ("draft", "sent_back")
"""The states in which a text may change."""
ASKED = ("asked",)


class Publishing:
    """Drafts of decision tables and their publication. Every act is one conditional write and one line of history."""

    def __init__(self, tables: Tables, in_force: TablesInForce, now: Callable[[], datetime]) -> None:
        self.tables = tables
        self._in_force = in_force
        self._now = now

    # --- reading ---

    async def policies(self) -> Policies:
        """Every table there is, those published a moment ago too."""
        return await self._in_force.read()

    async def draft(self, id: str, sees: Sees) -> Draft:
        """Raises NotFound for none, or another county's."""
        found = await self.tables.draft(id)
        if found is None or not sees(found["county"]):
            raise NotFound("No such draft here.", "查無此草案。")
        return found

    async def proved(self, draft: Draft, text: str | None = None) -> Written:
        """A draft's text, or what somebody would write instead, read and checked off the event loop."""
        wanted = draft["text"] if text is None else text
        return await asyncio.to_thread(proved, wanted, draft["county"], self._now())

    async def before(self, county: str, day: date) -> DecisionTable:
        """The table that one of a day would take the place of."""
        earlier = day - timedelta(days=1) if day > date.min else day
        return (await self.policies()).in_force(county, earlier).table

    async def text_of(self, county: str, day: str) -> str:
        """The YAML of a version: a published one's as it was written, else the packaged one's."""
        found = [each for each in await self.tables.versions_of(county) if each["in_force_from"] == day]
        return str(found[0]["text"]) if found else packaged_text(county)

    # --- writing ---

    async def start(self, county: str, day: str, by: Actor, key: str = "") -> str:
        """A draft from the table that takes effect on `day`; its id. A `key` makes a repeat harmless."""
        _must_supervise(by)
        first = self._now().astimezone(TAIPEI).date().replace(day=1) + timedelta(days=32)
        text = started_from(await self.text_of(county, day), county, by.name, first.replace(day=1))
        return await self.write(county, text, by, key)

    async def write(self, county: str, text: str, by: Actor, key: str = "") -> str:
        """A draft with this text, right or wrong; its id. A `key` makes a repeat harmless.

        Raises Conflict when its first text was another.
        """
        _must_supervise(by)
        _must_not_be_long(text)
        now, id = self._now(), made_by(by, key)
        added = await self.tables.add_draft(
            {"_id": id, "county": county, "state": "draft", "revision": 1, "text": text, "writers": [by.username],
             "names": [by.name], "started_at": now, "changed_at": now, "asked": None, "published_as": None,
             "history": [_entry("started", now, by, 1, sha256=_digest(text))]}
        )  # fmt: skip
        if not added:
            await self._must_be(id, text)
        return id

    async def _must_be(self, id: str, text: str) -> None:
        found = await self.tables.draft(id)
        if found is None or found["history"][0].get("sha256") != _digest(text):
            raise Conflict(
                "This Idempotency-Key made another draft; use a fresh key.",
                "此 Idempotency-Key 已用於另一草案，請換一個。",
            )

    async def save(self, draft: Draft, revision: int, text: str, by: Actor) -> None:
        """Keep a text, right or wrong. Raises Conflict when another was faster, or the draft is not open."""
        _must_supervise(by)
        if draft["state"] not in OPEN:
            raise Conflict(
                "This draft waits for approval or is published; take it back first, or start a new one.",
                "此草案已送核或已公布；請先撤回，或另建草案。",
            )
        _must_not_be_long(text)
        if text == draft["text"] and revision == draft["revision"]:
            return
        happened = _entry("saved", self._now(), by, revision + 1, sha256=_digest(text))
        sets = {"text": text, "revision": revision + 1, "state": "draft", "names": [*draft["names"], by.name]}
        only = StillAs(revision, OPEN)
        await self._change(draft, only, sets, happened, writer=by.username)

    async def ask(self, draft: Draft, revision: int, words: str, by: Actor) -> None:
        """Ask a second person to approve. Raises Unprocessable for a table that does not pass or was not tried out."""
        _must_supervise(by)
        table = await self._must_pass(draft)
        _must_be_free(table, await self.tables.versions_of(draft["county"]))
        replay = await self.tables.replay_of(draft["_id"])
        if replay is None or replay["revision"] != revision or replay["state"] != "done":
            raise Unprocessable(
                "Replay a past period under this text first: who approves must see what flips.",
                "請先以此內容重跑一段過去期間：核可者須看到哪些決定會改變。",
            )
        now = self._now()
        asked = {"by": by.username, "name": by.name, "at": now, "words": words}
        happened = _entry("asked", now, by, revision, words=words)
        only = StillAs(revision, OPEN)
        await self._change(draft, only, {"state": "asked", "asked": asked}, happened)

    async def take_back(self, draft: Draft, revision: int, by: Actor) -> None:
        """Whoever wrote it may go on writing. Raises Forbidden for others, Conflict when it was decided on."""
        _must_supervise(by)
        if not _wrote(draft, by):
            raise Forbidden(
                "Only who wrote a draft takes it back; send it back instead.", "僅撰寫者可撤回；請改用退回。"
            )
        happened = _entry("taken_back", self._now(), by, revision)
        await self._change(draft, StillAs(revision, ASKED), {"state": "draft", "asked": None}, happened)

    async def send_back(self, draft: Draft, revision: int, reason: str, by: Actor) -> None:
        """Another supervisor says what must change. Raises Forbidden for a writer, Unprocessable without a reason."""
        _must_be_another(draft, by)
        if not reason.strip():
            raise Unprocessable("Say what must change.", "請寫明須修改之處。")
        happened = _entry("sent_back", self._now(), by, revision, words=reason)
        sets = {"state": "sent_back", "asked": None}
        await self._change(draft, StillAs(revision, ASKED), sets, happened)

    async def approve(self, draft: Draft, revision: int, seen: int, by: Actor) -> str:
        """Publish, as a second person who has seen `seen` versions of the county; the version's id.

        Raises Forbidden for whoever wrote any of it or asked, Unprocessable for a table that no longer passes, Conflict
        when it changed, was decided on, or another table was published since it was looked at.
        """
        _must_be_another(draft, by)
        table, versions = await self._must_pass(draft), await self.tables.versions_of(draft["county"])
        if draft["state"] != "asked" or draft["revision"] != revision or seen != len(versions):
            raise _overtaken(await self.tables.draft(draft["_id"]))
        _must_be_free(table, versions)
        now, id = self._now(), f"{draft['county']}:{seen + 1}"
        person: Act = {"by": by.username, "name": by.name, "at": now}
        version: Version = {
            "_id": id, "county": draft["county"], "in_force_from": table.in_force_from.isoformat(),
            "author": table.author, "text": draft["text"], "sha256": _digest(draft["text"]), "draft": draft["_id"],
            "asked": draft["asked"], "writers": draft["writers"], "names": list(dict.fromkeys(draft["names"])),
            "approved": person,
        }  # fmt: skip
        if not await self.tables.publish(version, draft, _entry("approved", now, by, revision)):
            raise _overtaken(await self.tables.draft(draft["_id"]))
        return id

    async def seen(self, county: str) -> int:
        """How many tables the county has published: what an approval must have been looked at against."""
        return len(await self.tables.versions_of(county))

    async def _must_pass(self, draft: Draft) -> DecisionTable:
        written = await self.proved(draft)
        if written.table is None or not written.passes:
            errors = [
                {"at": f"/text/{each.line or 1}", "code": each.kind, "en": each.en, "zh": each.zh}
                for each in written.faults
            ]
            rows = ", ".join(dict.fromkeys(row for each in written.faults for row in each.rows)) or "-"
            raise Unprocessable(
                f"This table does not pass the check (rows: {rows}). Correct it first.",
                f"此表未通過檢核（規則：{rows}），請先修正。",
                errors=errors,
            )
        return written.table

    async def _change(
        self, draft: Draft, only: StillAs, sets: Mapping[str, Any], happened: Happened, writer: str | None = None
    ) -> None:
        if not await self.tables.change_draft(draft, only, sets, happened, writer):
            raise _overtaken(await self.tables.draft(draft["_id"]))


def _must_be_free(table: DecisionTable, versions: Sequence[Version]) -> None:
    day = table.in_force_from.isoformat()
    if any(each["in_force_from"] == day for each in versions):
        raise Unprocessable(
            f"A table that takes effect on {day} is published already: write another day.",
            f"{day} 生效的決策表已公布，請改寫生效日。",
        )


def _must_supervise(by: Actor) -> None:
    if not by.supervisor:
        raise Forbidden("Only supervisors write and publish decision tables.", "僅督導可撰寫與公布決策表。")


def _must_be_another(draft: Draft, by: Actor) -> None:
    """Two people: whoever wrote any of it, or asked, under whatever account, does not approve it."""
    _must_supervise(by)
    asked = draft["asked"]
    if _wrote(draft, by) or (asked and (by.username == asked["by"] or by.name == asked["name"])):
        raise Forbidden("Another supervisor must approve what you wrote.", "須由另一位督導核可；撰寫者不可自行核可。")


def _must_not_be_long(text: str) -> None:
    if len(text) > LARGEST:
        raise Unprocessable(f"Write at most {LARGEST:,} characters.", f"最多 {LARGEST:,} 字。")


def _wrote(draft: Draft, by: Actor) -> bool:
    return by.username in draft["writers"] or by.name in draft["names"]


def _entry(what: str, at: datetime, by: Actor, revision: int, **more: str) -> Happened:
    happened = {"what": what, "at": at, "by": by.username, "name": by.name, "revision": revision} | more
    return cast("Happened", happened)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _overtaken(draft: Draft | None) -> Conflict:
    last = draft["history"][-1] if draft else None
    if last and last["what"] in ("saved", "approved", "sent_back", "taken_back", "asked"):
        at = last["at"].astimezone(TAIPEI).strftime("%H:%M")
        return Conflict(
            f"Since you looked at it, this draft or its county's tables changed (last here: {last['name']}, {at},"
            f" {last['what'].replace('_', ' ')}). Look at it as it is now, then act.",
            f"您查看之後，此草案或本縣市決策表已有變更（此草案最後：{last['name']}，{at}）。請依最新內容再處理。",
        )
    return Conflict(
        "Another table was published since you looked. Look at the differences again, then act.",
        "您查看之後已有另一決策表公布，請重新查看差異後再處理。",
    )
