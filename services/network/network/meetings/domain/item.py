"""An item: one matter on at most one agenda, which goes from meeting to meeting and from level to level as itself."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Literal

from contracts.event import BlindIndex, Sealed

from network.meetings.domain.decisions import Decision, Said, withdrawn
from network.meetings.domain.meeting import LEVELS, Level, Line, Meeting
from network.meetings.domain.refusals import Refused

Came = Literal["included", "added", "unfinished", "deferred", "raised", "answered", "moved"]
"""How an item came on an agenda: by a rule, by a person, with decisions that are not finished..."""
HEADS: tuple[Came, ...] = ("unfinished", "answered", "deferred", "raised", "moved", "included", "added")
"""In which order an agenda has them: what is not finished is first."""
State = Literal["open", "closed", "dropped"]


@dataclass(frozen=True)
class Because:
    """Why it is on an agenda: a rule with the values it read, or a person with a reason. `rule` is its id."""

    rule: str
    at: datetime
    by: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    reason: str | None = None
    note: Sealed | None = None


@dataclass(frozen=True)
class Sitting:
    """One agenda on which it stood, how it came there, and how it left; `stuck` where nothing moved there.

    `minuted`: its decisions as they were when the minutes were approved, which tell no more and no less ever after.
    """

    meeting_id: str
    level: Level
    at: datetime
    came: Came
    left: str | None = None
    stuck: bool = False
    note: Sealed | None = None
    minuted: tuple[Decision, ...] | None = None


@dataclass(frozen=True)
class Raised:
    """It went up a level with everything it has; `answer` is what came back down."""

    origin: Level
    to: Level
    meeting_id: str | None
    purpose: str
    at: datetime
    by: str
    reason: str
    note: Sealed | None = None
    series_id: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: Sealed | None = None


@dataclass(frozen=True)
class NotFor:
    """Somebody by name who may not see it: the matter is about them, or about somebody near to them."""

    person: str
    by: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True)
class Text:
    """What somebody wrote for a unit, sealed, and for whom."""

    words: Sealed
    proposal: Sealed | None = None
    only_for: tuple[str, ...] = ()
    written_by: str | None = None
    saved_at: datetime | None = None


@dataclass(frozen=True)
class Paper:
    """What one unit writes for the meeting, sealed; `handed_in_at` once it is not a draft any more.

    `only_for`: the units that may read it beside its own and the lead; none for everybody who sees the item.
    `later`: what its unit wrote since it was handed in, and has not handed in: others read what was.
    """

    unit: str
    meeting_id: str
    due_at: datetime | None = None
    words: Sealed | None = None
    proposal: Sealed | None = None
    only_for: tuple[str, ...] = ()
    written_by: str | None = None
    saved_at: datetime | None = None
    handed_in_at: datetime | None = None
    later: Text | None = None


@dataclass(frozen=True)
class Item:
    """The aggregate. `key` is its matter: one that is open stands on one agenda, whoever adds it again.

    About a case, a person known by a key alone, or a `topic`; `owner` presents it. `meeting_id` is the agenda on which
    it stands now, None while it waits for a meeting to be planned, which `host` owes.
    """

    id: str
    county: str
    key: str
    level: Level
    purpose: str
    host: str
    since: datetime
    case_id: str | None = None
    person: BlindIndex | None = None
    topic: str | None = None
    words: Sealed | None = None
    scheme: str | None = None
    owner: str | None = None
    series_id: str | None = None
    meeting_id: str | None = None
    because: tuple[Because, ...] = ()
    always: bool = False
    minutes: int | None = None
    invited: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()
    not_for: tuple[NotFor, ...] = ()
    sittings: tuple[Sitting, ...] = ()
    decisions: tuple[Decision, ...] = ()
    raised: tuple[Raised, ...] = ()
    papers: tuple[Paper, ...] = ()
    deferrals: int = 0
    state: State = "open"
    reason: str | None = None
    history: tuple[Line, ...] = ()
    version: int = 1

    @property
    def owner_id(self) -> str:
        """Whose key its words are sealed under: destroying it erases them."""
        return self.case_id or self.id

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def sitting(self) -> Sitting | None:
        """Where it stands now, or stood last."""
        return self.sittings[-1] if self.sittings else None

    @property
    def owed(self) -> tuple[Decision, ...]:
        return tuple(each for each in self.decisions if each.is_owed)

    @property
    def unfinished(self) -> tuple[Decision, ...]:
        """Decisions of which the chair has not heard the end."""
        return tuple(each for each in self.decisions if each.closed_at is None and each.state != "withdrawn")

    @property
    def stuck(self) -> int:
        """At how many meetings of this level nothing moved, since it came to it."""
        here = takewhile(lambda each: each.level == self.level, reversed(self.sittings))
        return sum(each.stuck for each in here)

    @property
    def above(self) -> Level | None:
        """The next level, to which it goes where nothing moves; whoever raises it may skip one."""
        return next(iter(self.levels_above), None)

    @property
    def levels_above(self) -> tuple[Level, ...]:
        return LEVELS[LEVELS.index(self.level) + 1 :]

    @property
    def going_up(self) -> Raised | None:
        """The last raising that waits for its answer: what went up twice comes down twice."""
        return next((each for each in reversed(self.raised) if each.answered_at is None), None)

    def stood_on(self, meeting_id: str) -> Sitting | None:
        """The last time that it stood on an agenda."""
        return next((each for each in reversed(self.sittings) if each.meeting_id == meeting_id), None)

    @property
    def concerned(self) -> tuple[str, ...]:
        """The units that see this item whether or not they come to its meeting: guests, and who owes what it led to."""
        return (*self.guests, *self.invited, *(unit for each in self.decisions for unit in each.owing))

    def decision(self, id: str) -> Decision | None:
        return next((each for each in self.decisions if each.id == id), None)

    def is_kept_from(self, name: str) -> bool:
        return any(each.person == name for each in self.not_for)

    def line(self, cause: str | None) -> Line | None:
        return next((each for each in self.history if cause and each.cause == cause), None)


def written(item: Item, line: Line, **fields: object) -> Item:
    """The next version, with its line."""
    return replace(item, **fields, history=(*item.history, line), version=item.version + 1)  # type: ignore[arg-type]


def placed(item: Item, meeting: Meeting, came: Came, line: Line) -> Item:
    """On the agenda of a meeting, and on no other."""
    gone = left(item, came)
    return written(
        gone, line, meeting_id=meeting.id, series_id=meeting.series_id or item.series_id, host=meeting.host,
        level=meeting.level, sittings=(*gone.sittings, Sitting(meeting.id, meeting.level, meeting.at, came)),
    )  # fmt: skip


def waiting(item: Item, why: str, line: Line) -> Item:
    """On no agenda, until one is planned."""
    gone = left(item, why)
    return written(gone, line, meeting_id=None)


def left(item: Item, how: str, *, stuck: bool = False) -> Item:
    """The item with where it stood left, in this way; as it is where it stands nowhere."""
    last = item.sitting
    if last is None or last.left or item.meeting_id is None:
        return item
    return replace(item, sittings=(*item.sittings[:-1], replace(last, left=how, stuck=stuck)))


def again(item: Item, because: Because, line: Line) -> Item:
    """A further reason for what is on an agenda already; the same reason with the same values, or words, once."""
    same = any(replace(each, at=because.at) == because for each in item.because)
    return item if same else written(item, line, because=(*item.because, because))


def joined(item: Item, fresh: Item, line: Line) -> Item:
    """A matter that is on an agenda already, with everything that it is added with once more."""
    reasons = again(item, fresh.because[0], line).because
    return written(
        item, line, because=reasons, guests=_both(item.guests, fresh.guests),
        invited=_both(item.invited, fresh.invited), scheme=item.scheme or fresh.scheme,
        minutes=item.minutes or fresh.minutes,
    )  # fmt: skip


def _both(first: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *more)))


def must_be_open(item: Item) -> None:
    """Raises Refused for one that is closed or dropped."""
    if not item.is_open:
        raise Refused(f"item_{item.state}", item.id)


def deferred(item: Item, line: Line) -> Item:
    """Put off to the next meeting, once, and never what a rule keeps there; then it goes up. Raises Refused."""
    must_be_open(item)
    if item.always:
        raise Refused("item_always", item.id)
    if item.deferrals:
        raise Refused("item_deferred_before", item.id)
    return written(item, line, deferrals=item.deferrals + 1)


def dropped(item: Item, reason: str, line: Line) -> Item:
    """Taken off for a reason, and still in the minutes of where it stood. Raises Refused while something is owed.

    What was proposed of it is withdrawn for the same reason.
    """
    must_be_open(item)
    if item.owed:
        raise Refused("decisions_owed", item.owed[0].id)
    said = Said("not_possible", line.by, line.at, reason, note=line.note)
    ended = tuple(withdrawn(each, said) if each.state == "proposed" else each for each in item.decisions)
    return written(left(item, "dropped"), line, state="dropped", reason=reason, decisions=ended)


def closed(item: Item, line: Line) -> Item:
    """The chair closes it: all that was decided ended, and whoever it is about was told. Raises Refused."""
    must_be_open(item)
    if open_ := [each for each in item.decisions if each.state != "withdrawn" and not each.is_settled]:
        raise Refused("decisions_owed" if open_[0].is_owed else "person_not_told", open_[0].id)
    if item.going_up:
        raise Refused("item_raised", item.id)
    if item.case_id and item.decisions and not any(each.telling for each in item.decisions):
        raise Refused("nobody_tells", item.id)
    return written(left(item, "closed"), line, state="closed")


def raised(item: Item, to: Level, line: Line) -> Item:
    """To a level above, with history, papers and owner. Raises Refused for any other."""
    must_be_open(item)
    if to not in item.levels_above:
        raise Refused("not_a_level_above", item.above or item.level)
    up = Raised(
        item.level, to, item.meeting_id, item.purpose, line.at, line.by, line.reason or "", line.note, item.series_id
    )
    gone = left(item, "raised")
    return written(gone, line, meeting_id=None, level=to, raised=(*item.raised, up), deferrals=0)


def answered(item: Item, answer: Sealed | None, line: Line) -> Item:
    """The answer comes back down to where it was raised. Raises Refused."""
    must_be_open(item)
    if (up := item.going_up) is None:
        raise Refused("item_not_raised", item.id)
    told = replace(up, answered_at=line.at, answered_by=line.by, answer=answer)
    gone = left(item, "answered")
    raised_ = tuple(told if each is up else each for each in item.raised)
    return written(gone, line, meeting_id=None, level=up.origin, series_id=up.series_id, raised=raised_)


def kept_from(item: Item, not_for: NotFor, line: Line) -> Item:
    """One person may not see it any more, nor its papers."""
    if item.is_kept_from(not_for.person):
        return item
    return written(item, line, not_for=(*item.not_for, not_for))
