"""What leaves this service about meetings: codes, units and times; words are shown by `/looks` alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from network.meetings.decision_views import DecisionView
from network.meetings.domain.agenda import Agenda
from network.meetings.domain.item import Because, Item
from network.meetings.domain.meeting import Meeting
from network.meetings.domain.owing import Hands
from network.meetings.domain.planning import Series
from network.meetings.reading import rulebook
from network.tasks.views import View

STUCK = 2
"""At so many meetings of one level nothing moved: the level above is proposed (county setting)."""


Collisions = Sequence[tuple[Meeting, frozenset[str]]]
"""What else units are asked to on a day, with those units."""


class MemberView(View):
    name: str
    unit: str | None
    since: str | None
    until: str | None


class RhythmView(View):
    every: str
    nth: int
    weekday: int
    hour: str


class SeriesView(View):
    """Meetings of one purpose; `chairs` in turn."""

    series_id: str
    county: str
    level: str
    purpose: str
    host: str
    chairs: tuple[str, ...]
    units: tuple[str, ...]
    members: tuple[MemberView, ...]
    rhythm: RhythmView | None
    minutes: int
    minutes_per_item: int | None
    room: str | None
    link: str | None
    place: str | None

    @classmethod
    def of(cls, series: Series) -> Self:
        return cls.model_validate(vars(series) | {"series_id": series.id})


class SeriesListView(View):
    series: tuple[SeriesView, ...]


class CollisionView(View):
    """Another meeting of the same day to which these units are to come too."""

    meeting_id: str
    purpose: str
    at: datetime
    units: tuple[str, ...]


class QuorumView(View):
    """`least` of `of` seats must be taken, and these `units` come; `present` of them were; `met`: it may decide."""

    least: int
    of: int
    present: int
    units: tuple[str, ...]
    lacking: tuple[str, ...]
    met: bool


class PresentView(View):
    unit: str
    person: str | None
    deputy_for: str | None
    heads: int


class AbsentView(View):
    unit: str
    person: str | None
    reason: str | None


class BecauseView(View):
    """Why an item is on an agenda: a rule in words with the values it read, or somebody's reason."""

    rule: str
    zh: str | None
    en: str | None
    at: datetime
    by: str | None
    facts: Mapping[str, str]
    reason: str | None


class SittingView(View):
    """One agenda on which an item stood: how it came, how it left."""

    meeting_id: str
    level: str
    at: datetime
    came: str
    left: str | None
    stuck: bool


class RaisedView(View):
    origin: str
    to: str
    at: datetime
    by: str
    reason: str
    meeting_id: str | None
    answered_at: datetime | None
    answered_by: str | None


class PaperView(View):
    unit: str
    due_at: datetime | None
    handed_in_at: datetime | None


class ItemView(View):
    """One matter. `number` on this agenda; None where it left it. `minutes` for it, and whether the room has time.

    `raise_to`: the level above, which is proposed since nothing moved at two meetings. `not_for`: persons who do not
    see it. `was_here`: how it came on this agenda and left it.
    """

    item_id: str
    number: int | None
    county: str
    level: str
    purpose: str
    case_id: str | None
    topic: str | None
    scheme: str | None
    duties: Mapping[str, str]
    owner: str | None
    state: str
    reason: str | None
    came: str
    left: str | None
    meeting_id: str | None
    minutes: int | None
    fits: bool | None
    always: bool
    deferred: int
    stuck: int
    raise_to: str | None
    because: tuple[BecauseView, ...]
    guests: tuple[str, ...]
    not_for: tuple[str, ...]
    decisions: tuple[DecisionView, ...]
    sittings: tuple[SittingView, ...]
    raised: tuple[RaisedView, ...]
    papers: tuple[PaperView, ...]
    version: int

    @classmethod
    def of(
        cls, item: Item, meeting_id: str, place: tuple[int, int, bool] | None = None, hands: Hands | None = None
    ) -> Self:
        here = item.stood_on(meeting_id)
        number, minutes, fits = place or (None, None, None)
        scheme = rulebook().schemes[item.scheme] if item.scheme else None
        return cls.model_validate(vars(item) | {
            "item_id": item.id, "number": number, "minutes": minutes, "fits": fits, "deferred": item.deferrals,
            "stuck": item.stuck, "raise_to": proposed(item), "came": here.came if here else "waiting",
            "left": here.left if here else None, "because": tuple(map(_because, item.because)),
            "duties": {f"{item.county}/{unit}": duty for unit, duty in scheme.duties.items()} if scheme else {},
            "not_for": tuple(each.person for each in item.not_for),
                "decisions": tuple(DecisionView.of(each, hands) for each in item.decisions),
        })  # fmt: skip


class MeetingView(View):
    """A meeting without its agenda."""

    meeting_id: str
    county: str
    level: str
    purpose: str
    series_id: str | None
    at: datetime
    moved_from: datetime | None
    fixed: bool
    host: str
    chair: str
    units: tuple[str, ...]
    members: tuple[MemberView, ...]
    room: str | None
    link: str | None
    place: str | None
    held_with: str | None
    topics: tuple[str, ...]
    state: str
    instead_of: str | None
    quorum: QuorumView
    collides_with: tuple[CollisionView, ...] = ()
    version: int

    @classmethod
    def of(cls, meeting: Meeting, collisions: Collisions = ()) -> Self:
        return cls.model_validate(_head(meeting, collisions))


class WholeMeetingView(MeetingView):
    """A meeting with its agenda: `minutes` in all against `room_minutes`; `over` by so many proposes a second sitting.

    `gone`: what was dropped, closed, or went elsewhere from here. A guest sees what they were asked for.
    """

    minutes: int
    room_minutes: int
    over: int
    items: tuple[ItemView, ...]
    gone: tuple[ItemView, ...]
    present: tuple[PresentView, ...]
    absent: tuple[AbsentView, ...]
    deputy: tuple[PresentView, ...]
    ended_at: datetime | None
    approved_at: datetime | None

    @classmethod
    def whole(
        cls, meeting: Meeting, items: Sequence[Item], agenda: Agenda, collisions: Collisions,
        *, hands: Hands, guest: bool = False,
    ) -> Self:  # fmt: skip
        places = {each.item.id: (number, each.minutes, each.fits) for number, each in enumerate(agenda.places, 1)}
        there = meeting.attendance
        present = there.present if there and not guest else ()
        return cls.model_validate(_head(meeting, () if guest else collisions) | {
            "minutes": agenda.minutes, "room_minutes": agenda.room, "over": agenda.over,
            "items": tuple(ItemView.of(each.item, meeting.id, places[each.item.id], hands) for each in agenda.places),
            "gone": tuple(ItemView.of(each, meeting.id, None, hands) for each in items if each.id not in places),
            "present": present, "absent": there.absent if there and not guest else (),
            "deputy": tuple(each for each in present if each.deputy_for), "ended_at": meeting.ended_at,
            "approved_at": meeting.approved.at if meeting.approved else None,
        })  # fmt: skip


class MeetingsView(View):
    """A page of meetings, the first first; `next` is the `after` of the following page."""

    meetings: tuple[MeetingView, ...]
    next: str | None = None


class WordsView(View):
    """What was written down in words, by what it belongs to; null where it was erased."""

    words: Mapping[str, str | None]


def proposed(item: Item) -> str | None:
    """The level above, which is proposed where nothing moved at two meetings of this one, or it was put off before."""
    return item.above if item.is_open and item.stuck >= STUCK else None


def _because(because: Because) -> BecauseView:
    said = rulebook().said(because.rule)
    more = {"zh": said and said.zh, "en": said and said.en, "facts": dict(because.facts)}
    return BecauseView.model_validate(vars(because) | more)


def _head(meeting: Meeting, collisions: Collisions) -> dict[str, object]:
    quorum = QuorumView(
        least=meeting.needed, of=meeting.asked, present=meeting.came,
        units=meeting.quorum.units if meeting.quorum else (), lacking=meeting.lacking, met=meeting.decides,
    )  # fmt: skip
    others = tuple(
        CollisionView(meeting_id=each.id, purpose=each.purpose, at=each.at, units=tuple(sorted(units)))
        for each, units in collisions
    )
    return vars(meeting) | {
        "meeting_id": meeting.id, "members": meeting.sitting, "quorum": quorum, "collides_with": others,
    }  # fmt: skip
