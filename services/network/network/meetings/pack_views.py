"""What leaves this service of a pack."""

from datetime import datetime
from typing import Self

from network import words
from network.meetings.known import Fact
from network.meetings.papers import Gathered, Pack, Part
from network.meetings.views import BecauseView, ItemView
from network.tasks.views import View


class FactView(View):
    what: str
    count: int
    at: datetime | None
    of: str | None


class PartView(View):
    """A unit's part: asked, draft or handed_in; `text` null where the caller may not read it, or it was erased.

    `later`: what the unit wrote since it was handed in, and did not hand in again: for its own workers alone.
    """

    unit: str
    person: str | None
    state: str
    due_at: datetime | None
    handed_in_at: datetime | None
    late: bool
    only_for: tuple[str, ...]
    may_read: bool
    text: str | None
    proposal: str | None
    later: str | None = None
    later_proposal: str | None = None
    facts: tuple[FactView, ...]

    @classmethod
    def of(cls, part: Part) -> Self:
        paper = part.paper
        return cls(
            unit=paper.unit, person=part.person, state=part.state, due_at=paper.due_at, handed_in_at=paper.handed_in_at,
            late=part.late, only_for=paper.only_for, may_read=part.reads, text=part.text, proposal=part.proposal,
            later=part.later, later_proposal=part.later_proposal, facts=tuple(map(_fact, part.facts)),
        )  # fmt: skip


class LateView(View):
    """Whose part of which item is late, by name; `handed_in_at` null while it is not there."""

    unit: str
    zh: str
    en: str
    person: str | None
    item_id: str
    number: int
    due_at: datetime | None
    handed_in_at: datetime | None

    @classmethod
    def of(cls, item: Gathered, part: Part) -> Self:
        said = words.of(part.paper.unit)
        return cls(
            unit=part.paper.unit, zh=said.zh, en=said.en, person=part.person, item_id=item.item.id, number=item.number,
            due_at=part.paper.due_at, handed_in_at=part.paper.handed_in_at,
        )  # fmt: skip


class PackItemView(View):
    item_id: str
    number: int
    case_id: str | None
    topic: str | None
    lead: str | None
    because: tuple[BecauseView, ...]
    minutes: int
    parts: tuple[PartView, ...]

    @classmethod
    def of(cls, item: Gathered, meeting_id: str) -> Self:
        whole = ItemView.of(item.item, meeting_id)
        return cls(
            item_id=item.item.id, number=item.number, case_id=item.item.case_id, topic=item.item.topic, lead=item.lead,
            because=whole.because, minutes=item.minutes, parts=tuple(map(PartView.of, item.parts)),
        )  # fmt: skip


class PackView(View):
    """Everything gathered for a meeting: so many parts asked for, in time, still waited for; who is late, by name."""

    meeting_id: str
    at: datetime
    as_of: datetime
    due_at: datetime | None
    asked: int
    in_time: int
    waiting: int
    complete: bool
    late: tuple[LateView, ...]
    items: tuple[PackItemView, ...]

    @classmethod
    def of(cls, pack: Pack) -> Self:
        return cls(
            meeting_id=pack.meeting.id, at=pack.meeting.at, as_of=pack.at, due_at=pack.due_at, asked=pack.asked,
            in_time=pack.in_time, waiting=pack.waiting, complete=pack.waiting == 0,
            late=tuple(LateView.of(*each) for each in pack.late),
            items=tuple(PackItemView.of(each, pack.meeting.id) for each in pack.items),
        )  # fmt: skip


def _fact(fact: Fact) -> FactView:
    return FactView.model_validate(vars(fact))
