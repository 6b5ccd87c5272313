"""A meeting: when, who is to come, who came, whether they may decide, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, get_args

from contracts.event import Sealed
from rules.spans import TAIPEI

from network.meetings.domain.refusals import Refused

Level = Literal["case_conference", "district", "bureau", "county"]
"""What one level cannot solve goes up to the next (個案研討、區域級、局處級、府級)."""
LEVELS: tuple[Level, ...] = get_args(Level)
State = Literal["planned", "called", "gathering", "held", "minuted", "cancelled"]
"""`gathering`: papers are asked for."""
AHEAD: frozenset[State] = frozenset({"planned", "called", "gathering"})


@dataclass(frozen=True)
class Member:
    """Somebody who sits by name, from a day until a day; of a `unit` where they speak for one."""

    name: str
    unit: str | None = None
    since: str | None = None
    until: str | None = None

    def sits(self, day: date) -> bool:
        """Whether the term holds on a day."""
        return (self.since or "") <= day.isoformat() <= (self.until or "9999")


@dataclass(frozen=True)
class Quorum:
    """So many must be there, these units among them."""

    least: int
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Present:
    """Who came for a unit: somebody by name, perhaps as a `deputy` for another, with so many heads."""

    unit: str
    person: str | None = None
    deputy_for: str | None = None
    heads: int = 1


@dataclass(frozen=True)
class Absent:
    """Who did not come, and why."""

    unit: str
    person: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Attendance:
    """Who came and who did not, as it was written down."""

    by: str
    at: datetime
    present: tuple[Present, ...] = ()
    absent: tuple[Absent, ...] = ()


@dataclass(frozen=True)
class Approval:
    """The minutes as the chair approved them."""

    by: str
    at: datetime
    version: int


@dataclass(frozen=True)
class Line:
    """One line of a history. `cause` marks an act as done, `sent` is a keyed print of what was sent for it."""

    at: datetime
    what: str
    by: str
    reason: str | None = None
    about: str | None = None
    note: Sealed | None = None
    cause: str | None = None
    sent: str | None = None


@dataclass(frozen=True)
class Meeting:
    """The aggregate. `host` convenes and writes the minutes, `chair` is a unit or a name, `minutes` how long it may be.

    `held_with` is whom a liaison meeting is held with, `topics` what about. Not `fixed`: its time was set by a rule.
    `instead_of` is the meeting that came together too few to decide.
    """

    id: str
    county: str
    level: Level
    purpose: str
    at: datetime
    host: str
    chair: str
    units: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    quorum: Quorum | None = None
    minutes: int = 180
    minutes_per_item: int | None = None
    series_id: str | None = None
    room: str | None = None
    link: str | None = None
    place: str | None = None
    held_with: str | None = None
    topics: tuple[str, ...] = ()
    moved_from: datetime | None = None
    fixed: bool = True
    instead_of: str | None = None
    state: State = "planned"
    called_at: datetime | None = None
    attendance: Attendance | None = None
    ended_at: datetime | None = None
    corrections: Sealed | None = None
    approved: Approval | None = None
    history: tuple[Line, ...] = ()
    version: int = 1

    @property
    def day(self) -> date:
        return self.at.astimezone(TAIPEI).date()

    @property
    def is_ahead(self) -> bool:
        return self.state in AHEAD

    def is_missed(self, today: date) -> bool:
        """Whether its day has passed and nobody opened it: it is held late, moved or cancelled, and owed until then."""
        return self.is_ahead and self.day < today

    @property
    def sitting(self) -> tuple[Member, ...]:
        """The members by name whose term holds on its day."""
        return tuple(each for each in self.members if each.sits(self.day))

    @property
    def parties(self) -> frozenset[str]:
        """The units that may see it."""
        chair = {self.chair} if "/" in self.chair else set()
        return frozenset({self.host, *chair, *self.units, *(each.unit for each in self.sitting if each.unit)})

    @property
    def asked(self) -> int:
        """How many seats there are: of members by name where it has some, else of units."""
        return len(self.sitting) or len(self.units)

    @property
    def needed(self) -> int:
        """How many must be there: more than half where nothing else is said."""
        return self.quorum.least if self.quorum else self.asked // 2 + 1 if self.asked else 0

    @property
    def came(self) -> int:
        """How many of those seats were taken, by a deputy too; nobody takes two."""
        there = self.attendance.present if self.attendance else ()
        if not self.sitting:
            return len({each.unit for each in there} & set(self.units))
        seats = {each.person or each.deputy_for: each.deputy_for or each.person for each in there}
        return sum(each.name in seats.values() for each in self.sitting)

    @property
    def lacking(self) -> tuple[str, ...]:
        """Units without which nothing is decided, and that did not come."""
        there = {each.unit for each in (self.attendance.present if self.attendance else ())}
        return tuple(each for each in (self.quorum.units if self.quorum else ()) if each not in there)

    @property
    def decides(self) -> bool:
        """Whether so many came that what they agree on is a decision; else it is a proposal."""
        return self.attendance is not None and self.came >= self.needed and not self.lacking

    def line(self, cause: str | None) -> Line | None:
        """The line of an act that was done before."""
        return next((each for each in self.history if cause and each.cause == cause), None)


def written(meeting: Meeting, line: Line, **fields: object) -> Meeting:
    """The next version, with its line."""
    history = (*meeting.history, line)
    return replace(meeting, **fields, history=history, version=meeting.version + 1)  # type: ignore[arg-type]


def called(meeting: Meeting, line: Line) -> Meeting:
    """Everybody is asked to come. Raises Refused."""
    must_be_ahead(meeting)
    return written(meeting, line, state="called", called_at=line.at)


def moved(meeting: Meeting, at: datetime, line: Line) -> Meeting:
    """To another time, which is fixed then. Raises Refused."""
    must_be_ahead(meeting)
    before = meeting.at if at != meeting.at else meeting.moved_from
    return written(meeting, line, at=at, moved_from=before, fixed=True)


def chaired(meeting: Meeting, chair: str, line: Line) -> Meeting:
    """Another chair. Raises Refused."""
    must_be_ahead(meeting)
    return written(meeting, line, chair=chair)


def invited(meeting: Meeting, units: Sequence[str], line: Line) -> Meeting:
    """Further units are asked to come; those that were asked stay."""
    more = tuple(dict.fromkeys((*meeting.units, *units)))
    return meeting if more == meeting.units else written(meeting, line, units=more)


def cancelled(meeting: Meeting, line: Line) -> Meeting:
    """It does not take place. Raises Refused."""
    must_be_ahead(meeting)
    return written(meeting, line, state="cancelled")


def held(meeting: Meeting, attendance: Attendance, line: Line) -> Meeting:
    """It takes place: who came is written down, and may be corrected until the minutes are approved. Raises Refused."""
    if meeting.state not in (*AHEAD, "held"):
        raise Refused("minutes_approved" if meeting.state == "minuted" else "meeting_over", meeting.id)
    return written(meeting, line, state="held", attendance=attendance)


def ended(meeting: Meeting, line: Line) -> Meeting:
    """Everybody goes home. Raises Refused."""
    must_be_held(meeting)
    return written(meeting, line, ended_at=line.at)


def corrected(meeting: Meeting, words: Sealed | None, line: Line) -> Meeting:
    """What the secretary adds to the minutes, before they are approved. Raises Refused."""
    if meeting.state != "held" or meeting.ended_at is None:
        raise Refused("minutes_approved" if meeting.state == "minuted" else "meeting_not_ended", meeting.id)
    return written(meeting, line, corrections=words)


def minuted(meeting: Meeting, line: Line) -> Meeting:
    """The chair approves the minutes. Raises Refused."""
    if meeting.state != "held" or meeting.ended_at is None:
        raise Refused("minutes_approved" if meeting.state == "minuted" else "meeting_not_ended", meeting.id)
    return written(meeting, line, state="minuted", approved=Approval(line.by, line.at, meeting.version))


def must_be_ahead(meeting: Meeting) -> None:
    """Raises Refused for one that is held, over, or cancelled."""
    if not meeting.is_ahead:
        raise Refused("meeting_cancelled" if meeting.state == "cancelled" else "meeting_held", meeting.id)


def must_be_held(meeting: Meeting) -> None:
    """Raises Refused for one at which nobody sits now."""
    if meeting.state != "held":
        raise Refused("meeting_not_held" if meeting.is_ahead else "meeting_over", meeting.id)
    if meeting.ended_at:
        raise Refused("meeting_over", meeting.id)
