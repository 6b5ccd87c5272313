"""What somebody does with a meeting or an item: found, allowed, changed by the domain's rules, saved; once."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import uuid4

from contracts.event import Sealed, derived_id
from contracts.roles import Caller, May, may
from kit.problems import Conflict, Forbidden, NotFound, Problem, Unprocessable
from rules.counties import units_of

from network import words
from network.access import Scope
from network.clock import now, past
from network.meetings.asking import Families
from network.meetings.domain.item import Item
from network.meetings.domain.listing import Listing
from network.meetings.domain.meeting import Line, Meeting
from network.meetings.domain.owing import Hands, holders
from network.meetings.domain.planning import Series
from network.meetings.domain.refusals import Refused
from network.meetings.room import Room
from network.meetings.store import Meetings
from network.once import Key, must_be_the_same
from network.sealing import Coded, Sealing

Side = Literal["party", "guest"]
"""`guest`: of another county or unit, who sees what they were asked for, and nothing else."""
NEAR = frozenset({"case_conference", "district"})
"""Levels at which a centre convenes by itself; above, it is a secretary's or a supervisor's."""


@dataclass(frozen=True)
class Act:
    """Who does something, when, and under which id: under the same id again it changes nothing."""

    by: str
    at: datetime
    cause: str
    sent: str | None = None

    def line(self, what: str, reason: str | None = None, about: str | None = None, note: Sealed | None = None) -> Line:
        return Line(self.at, what, self.by, reason, about, note, self.cause, self.sent)


_VARYING = frozenset({"provider", "window"})
"""Kinds of unit that come and go in the directory, or that every county has and that lead no case."""

Change = Callable[[Room, Meeting, Act], Awaitable[None]]
ItemChange = Callable[[Room, Meeting, Item, Act], Awaitable[None]]


class Acts:
    """Steps of meetings; what somebody may not see does not exist for them."""

    def __init__(
        self, meetings: Meetings, families: Families, sealing: Sealing, clock: Callable[[], datetime] = now
    ) -> None:
        self.meetings = meetings
        self.families = families
        self.sealing = sealing
        self.clock = clock

    async def meeting(self, id: str, caller: Caller) -> tuple[Meeting, list[Item], Side]:
        """A meeting with the items that this caller may see. Raises NotFound for whoever has no part in it."""
        found = await self.meetings.get(id)
        items = await self.meetings.items_of(id) if found else []
        side = side_of(found, caller) if found else None
        hands = await self.meetings.hands_of(items) if side == "guest" else {}
        seen = [each for each in items if side and sees(each, side, caller, hands)]
        if found is None or side is None or (side == "guest" and not seen):
            raise no_meeting()
        return found, seen, side

    async def item(self, id: str, item_id: str, caller: Caller) -> tuple[Meeting, Item]:
        """An item that stands or stood on this agenda. Raises NotFound."""
        meeting, items, _ = await self.meeting(id, caller)
        found = next((each for each in items if each.id == item_id), None)
        if found is None:
            raise no_item()
        return meeting, found

    def act(self, caller: Caller, id: str, key: Key | None, at: datetime | None = None) -> Act:
        cause = str(derived_id("network", f"{id}:{caller.name}", key.id) if key else uuid4())
        return Act(caller.name, self.past(at), cause, key.sent if key else None)

    def past(self, at: datetime | None) -> datetime:
        """When something was; now, where nobody said. Raises Unprocessable for a time to come."""
        if at is None:
            return self.clock()
        if (done := past(at)) is None:
            raise wrong("at", "at_ahead")
        return done

    async def change(
        self, id: str, caller: Caller, change: Change, *, key: Key | None = None, at: datetime | None = None,
        allowed: Callable[[Meeting, Caller], None] | None = None,
    ) -> None:  # fmt: skip
        """One step of a meeting, by who convenes it or whoever is `allowed`. Raises NotFound, Forbidden, Conflict."""
        meeting, _, _ = await self.meeting(id, caller)
        (allowed or must_run)(meeting, caller)
        act = self.act(caller, id, key, at)

        async def work(room: Room) -> None:
            found = await room.meeting(id)
            assert found, "a meeting is never deleted"
            if not was_done(found, act):
                await change(room, found, act)

        await self.saved(meeting.county, work, act)

    async def change_item(
        self, id: str, item_id: str, caller: Caller, change: ItemChange, *, key: Key | None = None,
        at: datetime | None = None, allowed: Callable[[Meeting, Item], None] | None = None,
    ) -> None:  # fmt: skip
        """One step of an item on an agenda, by who convenes the meeting or whoever is `allowed` to.

        Raises NotFound, Forbidden, Conflict.
        """
        meeting, item = await self.item(id, item_id, caller)
        allowed(meeting, item) if allowed else must_run(meeting, caller)
        act = self.act(caller, item_id, key, at)

        async def work(room: Room) -> None:
            held, found = await room.meeting(id), await room.item(item_id)
            assert held is not None, "nothing of a meeting is ever deleted"
            assert found is not None, "nothing of a meeting is ever deleted"
            if not was_done(found, act):
                await change(room, held, found, act)

        await self.saved(meeting.county, work, act)

    async def saved(self, county: str, work: Callable[[Room], Awaitable[None]], act: Act) -> None:
        """Raises Conflict where it does not follow."""
        try:
            await self.meetings.change(county, work, by=act.by, at=self.clock())
        except Refused as error:
            raise problem(error) from None

    async def coded(self, owner: str, text: str | None) -> Coded:
        """A code as it is, words sealed."""
        return await self.sealing.coded(owner, text)

    async def sealed(self, owner: str, text: str | None) -> Sealed | None:
        return await self.sealing.seal(owner, text) if text else None


def was_done(thing: Meeting | Item | Listing | Series, act: Act) -> bool:
    """Whether this act was done before. Raises UsedKey for something else under its key."""
    line = thing.line(act.cause)
    if line:
        must_be_the_same(line.sent, act.sent)
    return line is not None


def side_of(meeting: Meeting, caller: Caller) -> Side | None:
    """On which side of a meeting somebody stands; None for whom no meeting exists. A guest of no item is none."""
    if not may(caller.role, May.MEET):
        return None
    return "party" if Scope.of(caller).covers(meeting.county, meeting.parties) else "guest"


def sees(item: Item, side: Side, caller: Caller, hands: Hands) -> bool:
    """Whether somebody sees an item: not who is too near to it, and a guest only what they are asked for, or owe."""
    if item.is_kept_from(caller.name):
        return False
    scope = Scope.of(caller)
    return side == "party" or any(scope.speaks_for(unit) for unit in (*item.concerned, *holders(item, hands)))


def may_see(county: str, parties: frozenset[str], caller: Caller) -> bool:
    """Whether somebody may see a case: who convenes for the whole county, or has part in it."""
    if may(caller.role, May.CONVENE) and not caller.units:
        return caller.sees(county)
    return Scope.of(caller).covers(county, parties)


def runs(meeting: Meeting, caller: Caller) -> bool:
    """Whether somebody convenes this meeting and writes what is agreed on."""
    if not Scope.of(caller).speaks_for(meeting.host) or not may(caller.role, May.MEET):
        return False
    return may(caller.role, May.CONVENE) or meeting.level in NEAR


def must_run(meeting: Meeting, caller: Caller) -> None:
    """Raises Forbidden."""
    if not runs(meeting, caller):
        host = words.of(meeting.host)
        raise Forbidden(f"Only who convenes for {host.en} may do that.", f"僅{host.zh}的召集人員可執行。")


def chairs(meeting: Meeting, caller: Caller) -> bool:
    """Whether somebody speaks for the chair: a worker of its unit, or the chair by name; never the secretary alone."""
    if caller.name == meeting.chair:
        return may(caller.role, May.WORK)
    if "/" in meeting.chair:
        return may(caller.role, May.WORK) and Scope.of(caller).speaks_for(meeting.chair)
    return may(caller.role, May.GOVERN) and Scope.of(caller).speaks_for(meeting.host)


def must_chair(meeting: Meeting, caller: Caller) -> None:
    """Raises Forbidden."""
    if not chairs(meeting, caller):
        chair = words.of(meeting.chair)
        raise Forbidden(f"Only the chair may do that: {chair.en}.", f"僅主席（{chair.zh}）可執行。")


def must_be_units(field: str, units: tuple[str, ...], meeting: Meeting, guests: tuple[str, ...] = ()) -> None:
    """Raises Unprocessable for a unit that is none of the county, nor of those who come: nobody would owe it."""
    known = {*meeting.parties, *units_of(meeting.county), *guests}
    if unknown := [each for each in units if each not in known]:
        raise wrong(field, "unit_unknown", unknown[0])


def must_exist(field: str, units: Collection[str], county: str | None = None) -> None:
    """Raises Unprocessable for a unit that its county has not, or that is none of this `county`; providers vary."""
    for each in units:
        its, _, name = each.partition("/")
        there = each in units_of(its) or name.partition(".")[0] in _VARYING
        if not there or county not in (None, its):
            raise wrong(field, "unit_unknown", each)


def wrong(field: str, code: str, about: str = "") -> Unprocessable:
    entry = {"at": f"/body/{field}", "code": code, "about": about, **words.of(f"missing.{code}")._asdict()}
    return Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[entry])


def problem(error: Refused) -> Problem:
    said = words.of(f"missing.{error.code}")
    return Conflict(said.en, said.zh, errors=[{"code": error.code, "about": error.about, **said._asdict()}])


def no_meeting() -> NotFound:
    return NotFound("There is no such meeting.", "查無此會議。")


def no_item() -> NotFound:
    return NotFound("There is no such item on this agenda.", "此議程查無此案。")
