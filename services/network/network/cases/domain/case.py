"""What a joint case (共案) is: one lead answers for a family, many collaborators owe named actions (一主責、多協力)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from contracts.cases import CaseId
from contracts.decisions import Clock, Outcome, UnitId
from contracts.event import BlindIndex, Sealed
from contracts.reports import CaseType, ReportId, SourceUnit

from network.cases.domain.closing import Closing, Listed
from network.cases.domain.parts import Handover, JointVisit, Merge, Returned, State
from network.cases.domain.people import LastSeen, Person
from network.tasks.domain.task import Task

ACCEPT = "unit.accept"
"""The clock, and the task, of taking a report on: silence is never acceptance."""

ENDED: frozenset[State] = frozenset({"not_opened", "closed", "withdrawn", "merged"})
"""States in which nothing is owed. `state=open` of a list means every other."""

MOST_REPORTS = 500
"""So many reports make a case full: one key that strangers share, such as a number off a form, must not grow it without
end. The next report opens a further case, related to this one, for a person to look at."""


@dataclass(frozen=True)
class Lead:
    """The unit that answers (主責), by the outcome that chose it, who took it on there, and whose case it is now."""

    unit: UnitId
    outcome: Outcome
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    person: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Collaboration:
    """A unit that takes part (協力): asked for named actions by a time, it joins by name or declines with a reason.

    `before` are the ids that its part had in cases which are part of this one: whoever was asked there answers here.
    """

    id: str
    unit: UnitId
    since: datetime
    report_id: ReportId | None = None
    asked_for: tuple[str, ...] = ()
    due_at: datetime | None = None
    asked_by: str | None = None
    state: Literal["asked", "joined", "declined", "released"] = "asked"
    person: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None
    before: tuple[str, ...] = ()

    @property
    def is_active(self) -> bool:
        return self.state in ("asked", "joined")


@dataclass(frozen=True)
class Entry:
    """One report in the case as it was decided last; `unit` is what its decision named, the lead or not."""

    report_id: ReportId
    version: int
    outcome: Outcome
    case_type: CaseType
    source_unit: SourceUnit
    priority: int
    unit: UnitId
    received_at: datetime
    joined_at: datetime
    clocks: tuple[Clock, ...] = ()
    sealed: dict[str, Sealed] | None = None
    state: Literal["active", "returned", "withdrawn"] = "active"
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    township: str | None = None
    village: str | None = None


@dataclass(frozen=True)
class ToolResult:
    """What a danger or risk tool gave, by score or by result; never edited, the latest counts."""

    tool: str
    score: float | None = None
    result: str | None = None


@dataclass(frozen=True)
class Assessment:
    """What the lead found: whether it opens the case (開案) or not and why, needs, factors, mode, tools."""

    id: str
    at: datetime
    by: str
    opened: bool
    needs: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()
    service_mode: str | None = None
    tools: tuple[ToolResult, ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class Plan:
    """What was agreed: goals as codes, their words sealed, steps as ids of tasks, and whether the family agreed."""

    id: str
    at: datetime
    by: str
    goals: tuple[str, ...]
    steps: tuple[str, ...] = ()
    agreed: bool | None = None
    words: Sealed | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None


@dataclass(frozen=True)
class Note:
    """One line of the history; `cause` is the id of the event that brought it about, and so marks it as seen.

    `sent` is a keyed print of what somebody sent for it, where they sent a key that makes it harmless to send again.
    """

    at: datetime
    what: str
    report_id: ReportId | None = None
    unit: UnitId | None = None
    by: str | None = None
    reason: str | None = None
    cause: str | None = None
    sent: str | None = None


@dataclass(frozen=True)
class Case:
    """The aggregate with its tasks. `version` rises with every change; nothing recorded is ever taken out.

    Set while the case is ended: `watched_until` (a report about the family until then reopens it) and
    `remembered_until` (its closing stands beside a report until then).
    """

    id: CaseId
    county: str
    opened_at: datetime
    lead: Lead
    family_keys: tuple[BlindIndex, ...] = ()
    people: tuple[Person, ...] = ()
    collaborators: tuple[Collaboration, ...] = ()
    reports: tuple[Entry, ...] = ()
    tasks: tuple[Task, ...] = ()
    last_seen: tuple[LastSeen, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    plans: tuple[Plan, ...] = ()
    visits: tuple[JointVisit, ...] = ()
    handovers: tuple[Handover, ...] = ()
    closings: tuple[Closing, ...] = ()
    listings: tuple[Listed, ...] = ()
    returned_after_closing: tuple[Returned, ...] = ()
    related_cases: tuple[CaseId, ...] = ()
    merges: tuple[Merge, ...] = ()
    merged_into: CaseId | None = None
    flags: tuple[str, ...] = ()
    history: tuple[Note, ...] = ()
    state: State = "waiting"
    ended_at: datetime | None = None
    watched_until: datetime | None = None
    remembered_until: datetime | None = None
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether somebody may still owe something here."""
        return self.state not in ENDED

    @property
    def is_full(self) -> bool:
        return len(self.reports) >= MOST_REPORTS

    @property
    def active(self) -> tuple[Collaboration, ...]:
        """Who takes part, or was asked to."""
        return tuple(each for each in self.collaborators if each.is_active)

    @property
    def units(self) -> tuple[UnitId, ...]:
        """The collaborators' units, in the order in which they came."""
        return tuple(each.unit for each in self.active)

    @property
    def answerable(self) -> frozenset[UnitId]:
        """The units that may owe something here."""
        return frozenset({self.lead.unit, *self.units})

    @property
    def workers(self) -> frozenset[tuple[UnitId, str]]:
        """Everybody who serves the family by name: who leads, who takes part, and whoever owes something."""
        hands = [(self.lead.unit, self.lead.person), *((each.unit, each.person) for each in self.active)]
        hands += [(task.unit, task.person) for task in self.owed]
        return frozenset((unit, person) for unit, person in hands if person)

    @property
    def parties(self) -> frozenset[UnitId]:
        """The units that may see the case: those that may owe something here, and those it is offered to."""
        return self.answerable | {each.to_unit for each in self.handovers if each.state == "offered"}

    @property
    def owed(self) -> tuple[Task, ...]:
        """What is open, the first due first."""
        late = datetime.max.replace(tzinfo=UTC)
        return tuple(sorted((task for task in self.tasks if task.is_open), key=lambda task: task.due_at or late))

    @property
    def next_due(self) -> datetime | None:
        """When the first of the tasks still open is due."""
        return next((task.due_at for task in self.owed if task.due_at), None)

    @property
    def waits_for_worker_since(self) -> datetime | None:
        """Since when the case is in nobody's hands; None while somebody has it, or where it ended."""
        return (self.lead.since or self.opened_at) if self.is_open and not self.lead.person else None

    @property
    def unseen_since(self) -> datetime | None:
        """Since when nobody has seen anyone of the family; None while the case waits for a worker, or ended.

        A family that was never seen counts from when its case was opened.
        """
        if not self.is_open or self.waits_for_worker_since:
            return None
        return max((each.at for each in self.last_seen), default=self.opened_at)

    @property
    def assessment(self) -> Assessment | None:
        """The latest."""
        return self.assessments[-1] if self.assessments else None

    @property
    def closing(self) -> Closing | None:
        """The latest."""
        return self.closings[-1] if self.closings else None

    @property
    def ids(self) -> frozenset[CaseId]:
        """This case and those that are part of it now: their contacts are its contacts."""
        merged = (each for each in self.merges if each.state == "merged")
        return frozenset({self.id, *(id for each in merged for id in (each.other, *each.brought))})

    def entry(self, report_id: ReportId) -> Entry | None:
        return next((each for each in self.reports if each.report_id == report_id), None)

    def task(self, id: str) -> Task | None:
        return next((each for each in self.tasks if each.id == id), None)

    @property
    def unanswered(self) -> tuple[Entry, ...]:
        """Re-reports in service (處遇中再通報) that nobody has taken on or given back by name, the first due first."""
        joined = {note.report_id for note in self.history if note.what == "joined"}
        waiting = (each for each in self.reports if each.state == "active" and not each.accepted_by)
        late = datetime.max.replace(tzinfo=UTC)
        return tuple(
            sorted(
                (each for each in waiting if each.report_id in joined),
                key=lambda each: self.answer_due(each.report_id) or late,
            )
        )

    def answer_due(self, report_id: ReportId) -> datetime | None:
        """Until when somebody of the lead must take this report on by name; None where no clock runs."""
        return next((task.due_at for task in self._owed_for(report_id) if task.what == ACCEPT), None)

    def _owed_for(self, report_id: ReportId) -> Iterator[Task]:
        return (task for task in self.tasks if task.is_open and task.report_id == report_id)

    def holds(self, report_ids: Collection[ReportId]) -> bool:
        """Whether one of these reports is at work here, or went back to the window from here."""
        return any(each.report_id in report_ids and each.state != "withdrawn" for each in self.reports)

    def has_seen(self, cause: str) -> bool:
        """Whether the event or act of this id changed the case already."""
        return any(note.cause == cause for note in self.history)

    def sent_for(self, cause: str) -> str | None:
        """The print of what was sent for the act of this id; None where none was kept."""
        return next((note.sent for note in self.history if note.cause == cause), None)
