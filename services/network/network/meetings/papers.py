"""What units write for a meeting: drafts, handed in, read by whom they are for; each reading is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from contracts.event import Sealed
from contracts.roles import Caller, May, may
from kit.problems import Forbidden

from network import words
from network.access import Scope
from network.looks.store import Look, Looks
from network.meetings.acts import Act, Acts, may_see, must_be_units, wrong
from network.meetings.domain import papers as steps
from network.meetings.domain.agenda import agenda_of
from network.meetings.domain.item import Item, Paper
from network.meetings.domain.meeting import Meeting, written
from network.meetings.known import Fact, Known, Names
from network.meetings.paper_bodies import PaperBody
from network.meetings.room import Room
from network.once import Key

State = Literal["asked", "draft", "handed_in"]


@dataclass(frozen=True)
class Part:
    """One unit's part as somebody may see it; `text` and `proposal` where they may read it and it was opened.

    `drafts`: its own worker, who reads its drafts too; `later` is what they did not hand in again, with its proposal.
    """

    paper: Paper
    late: bool
    reads: bool
    writes: bool
    person: str | None = None
    facts: tuple[Fact, ...] = ()
    text: str | None = None
    proposal: str | None = None
    drafts: bool = False
    later: str | None = None
    later_proposal: str | None = None

    @property
    def sealed(self) -> tuple[Sealed, ...]:
        """What its reader may open."""
        own = self.paper.later if self.drafts else None
        read = (self.paper.words, self.paper.proposal) if self.reads else ()
        return tuple(each for each in (*read, *((own.words, own.proposal) if own else ())) if each)

    @property
    def state(self) -> State:
        return "handed_in" if self.paper.handed_in_at else "draft" if self.paper.words else "asked"


@dataclass(frozen=True)
class Gathered:
    """An item with the parts of every unit; `number` on the agenda. `opens`: the caller may see its case."""

    item: Item
    number: int
    minutes: int
    fits: bool
    lead: str | None
    parts: tuple[Part, ...]
    opens: bool = False
    names: tuple[Names, ...] = ()


@dataclass(frozen=True)
class Pack:
    """Everything that was written for a meeting, as one caller may read it at a time."""

    meeting: Meeting
    items: tuple[Gathered, ...]
    at: datetime
    by: Caller = field(repr=False)

    @property
    def parts(self) -> tuple[tuple[Gathered, Part], ...]:
        return tuple((each, part) for each in self.items for part in each.parts)

    @property
    def asked(self) -> int:
        return len(self.parts)

    @property
    def in_time(self) -> int:
        return sum(part.state == "handed_in" and not part.late for _, part in self.parts)

    @property
    def late(self) -> tuple[tuple[Gathered, Part], ...]:
        """Whoever handed in after it was due, or has not yet: by name."""
        return tuple((each, part) for each, part in self.parts if part.late)

    @property
    def waiting(self) -> int:
        return sum(part.state != "handed_in" for _, part in self.parts)

    @property
    def due_at(self) -> datetime | None:
        return max((part.paper.due_at for _, part in self.parts if part.paper.due_at), default=None)

    @property
    def mine(self) -> tuple[tuple[Gathered, Part], ...]:
        """The parts that this caller writes."""
        return tuple((each, part) for each, part in self.parts if part.writes)


@dataclass(frozen=True)
class Papers:
    """Steps and readings of the pack."""

    acts: Acts
    known: Known
    looks: Looks

    async def write(self, id: str, item_id: str, body: PaperBody, caller: Caller, key: Key | None) -> None:
        """A draft, or handed in. Raises NotFound, Forbidden, Unprocessable, Conflict."""
        meeting, item = await self.acts.item(id, item_id, caller)
        unit = body.unit or _own(meeting, item, caller)
        must_be_units("only_for", body.only_for, meeting)
        words_ = await self.acts.sealing.seal(item.owner_id, body.text)
        proposal = await self.acts.sealed(item.owner_id, body.proposal)
        draft = steps.Draft(unit, words_, proposal, tuple(dict.fromkeys(body.only_for)), hands_in=not body.draft)

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            room.save(
                steps.saved(
                    found, held, draft, act.line("paper_saved" if body.draft else "paper_handed_in", about=unit)
                )
            )
            if held.state == "called":
                room.save(written(held, act.line("gathering"), state="gathering"))

        await self.acts.change_item(id, item_id, caller, change, key=key, allowed=lambda *_: _must_write(unit, caller))

    async def pack(
        self, id: str, caller: Caller, *, only: str | None = None, opened: bool = True, projected: bool = False
    ) -> Pack:
        """Everything gathered, or of one item `only`; what is opened of it is on record. Raises NotFound.

        `projected`: on a screen that everybody in the room sees stands nothing that is for some of them.
        """
        meeting, items, _ = await self.acts.meeting(id, caller)
        at = self.acts.clock()
        chosen = [
            await self._gathered(meeting, each.item, (number, each.minutes, each.fits), caller, projected=projected)
            for number, each in enumerate(agenda_of(meeting, _shown(meeting, items)).places, 1)
            if only in (None, each.item.id)
        ]  # fmt: skip
        if opened:
            chosen = await self._opened(meeting, chosen, caller)
        return Pack(meeting, tuple(chosen), at, caller)

    async def named(self, item: Item) -> tuple[Names, ...]:
        """The names of the family that an item is about."""
        return await self.known.names(item.case_id) if item.case_id else ()

    async def look(self, meeting: Meeting, item: Item, caller: Caller, what: str = "paper") -> None:
        """Somebody reads it: kept before it is shown."""
        units = tuple(sorted(meeting.parties))
        await self.looks.note(
            Look(self.acts.clock(), caller.name, item.county, item.case_id or "", item.id, units, what)
        )

    async def _gathered(
        self, meeting: Meeting, item: Item, place: tuple[int, int, bool], caller: Caller, *, projected: bool
    ) -> Gathered:  # fmt: skip
        family = await self.acts.families.family(item.case_id) if item.case_id else None
        lead = family.lead if family else item.owner
        papers = [each for each in item.papers if each.meeting_id == meeting.id]
        facts = await self.known.facts(item.case_id, [each.unit for each in papers]) if item.case_id and papers else {}
        hands = {task.unit: task.person for task in await self.acts.meetings.tasks.because_of(item.id) if task.is_open}
        parts = tuple(
            self._part(each, lead, facts, hands.get(each.unit), caller, projected=projected) for each in papers
        )
        opens = family is not None and may_see(family.county, family.parties, caller) and may(caller.role, May.READ)
        return Gathered(item, *place, lead, parts, opens)

    def _part(
        self, paper: Paper, lead: str | None, facts: Mapping[str, tuple[Fact, ...]], person: str | None,
        caller: Caller, *, projected: bool,
    ) -> Part:  # fmt: skip
        reads = may_read(paper, lead, caller) and not (projected and (paper.only_for or not paper.handed_in_at))
        drafts = is_of(paper.unit, caller) and not projected
        writes = Scope.of(caller).speaks_for(paper.unit) and not projected
        shown = facts.get(paper.unit, ()) if reads or (writes and caller.units) else ()
        late = steps.is_late(paper, self.acts.clock())
        return Part(paper, late, reads, writes, person, shown, drafts=drafts)

    async def _opened(self, meeting: Meeting, items: Sequence[Gathered], caller: Caller) -> list[Gathered]:
        """The same with the words that this caller may read, once each look is on record."""
        found: list[Gathered] = []
        for each in items:
            tokens = [token for part in each.parts for token in part.sealed]
            if tokens:
                await self.look(meeting, each.item, caller)
            said = dict(zip(tokens, await self.acts.sealing.open(tokens), strict=True)) if tokens else {}
            found.append(_with(each, said))
        return found


def may_read(paper: Paper, lead: str | None, caller: Caller) -> bool:
    """Whether somebody may read a part: a draft its own unit alone; what is for some units their workers alone.

    A role that may read no case, such as a secretary, reads what is for everybody.
    """
    scope = Scope.of(caller)
    if not paper.handed_in_at:
        return is_of(paper.unit, caller)
    audience = steps.audience(paper, lead)
    if audience is None:
        return True
    return any(scope.speaks_for(each) for each in audience) and may(caller.role, May.READ)


def is_of(unit: str, caller: Caller) -> bool:
    """Whether somebody works for this unit, and not for all units of its county."""
    return unit in caller.units and Scope.of(caller).speaks_for(unit)


def _with(gathered: Gathered, said: Mapping[Sealed, str | None]) -> Gathered:
    return replace(gathered, parts=tuple(_read(each, said) for each in gathered.parts))


def _read(part: Part, said: Mapping[Sealed, str | None]) -> Part:
    paper, own = part.paper, part.paper.later if part.drafts else None
    text, proposal = (paper.words, paper.proposal) if part.reads else (None, None)
    return replace(
        part, text=text and said.get(text), proposal=proposal and said.get(proposal),
        later=said.get(own.words) if own else None,
        later_proposal=said.get(own.proposal) if own and own.proposal else None,
    )  # fmt: skip


def _shown(meeting: Meeting, items: Sequence[Item]) -> list[Item]:
    """The items of its agenda; once it is over, those that were discussed there."""
    if not meeting.ended_at:
        return list(items)
    return [_standing(each, meeting) for each in items if each.stood_on(meeting.id)]


def _standing(item: Item, meeting: Meeting) -> Item:
    return replace(item, meeting_id=meeting.id)


def _own(meeting: Meeting, item: Item, caller: Caller) -> str:
    """The one unit of the caller that was asked. Raises Unprocessable where that is not one."""
    scope = Scope.of(caller)
    mine = [each.unit for each in item.papers if each.meeting_id == meeting.id and scope.speaks_for(each.unit)]
    if len(mine) != 1 or not caller.units:
        raise wrong("unit", "say_which_unit")
    return mine[0]


def _must_write(unit: str, caller: Caller) -> None:
    """Raises Forbidden."""
    if not Scope.of(caller).speaks_for(unit):
        said = words.of(unit)
        raise Forbidden(f"Only {said.en} writes this part.", f"僅{said.zh}可填寫此份資料。")
