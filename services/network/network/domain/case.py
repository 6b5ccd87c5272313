"""What a joint case (共案) is: one lead answers for a family, many collaborators owe named actions (一主責、多協力)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from contracts.cases import CaseId
from contracts.decisions import Clock, Outcome, UnitId
from contracts.event import BlindIndex, Sealed
from contracts.reports import CaseType, ReportId, SourceUnit

ACCEPT = "unit.accept"
"""The clock, and the task, of taking a report on: silence is never acceptance."""


@dataclass(frozen=True)
class Lead:
    """The unit that answers (主責), by the outcome that chose it, and who there took it on first."""

    unit: UnitId
    outcome: Outcome
    accepted_by: str | None = None
    accepted_at: datetime | None = None


@dataclass(frozen=True)
class Collaborator:
    """A unit that takes part (協力), and the report because of which."""

    unit: UnitId
    since: datetime
    report_id: ReportId


@dataclass(frozen=True)
class Task:
    """What a unit owes by when; `id` names the clock it comes from, `source` the statute or county setting."""

    id: str
    report_id: ReportId
    unit: UnitId
    due_at: datetime | None
    source: str = ""
    verified: bool = True
    state: Literal["open", "done", "dropped"] = "open"
    closed_at: datetime | None = None
    closed_by: str | None = None


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


@dataclass(frozen=True)
class Meeting:
    """A conference about the case at one level (區域級、局處級、府級)."""

    level: str
    planned_at: datetime


@dataclass(frozen=True)
class Note:
    """One line of the history; `cause` is the id of the event that brought it about, and so marks it as seen."""

    at: datetime
    what: str
    report_id: ReportId | None = None
    unit: UnitId | None = None
    by: str | None = None
    reason: str | None = None
    cause: str | None = None


@dataclass(frozen=True)
class Case:
    """The aggregate. `version` rises with every change; nothing is ever taken out of `reports` or `history`."""

    id: CaseId
    county: str
    opened_at: datetime
    lead: Lead
    family_keys: tuple[BlindIndex, ...] = ()
    collaborators: tuple[Collaborator, ...] = ()
    reports: tuple[Entry, ...] = ()
    tasks: tuple[Task, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    related_cases: tuple[CaseId, ...] = ()
    flags: tuple[str, ...] = ()
    history: tuple[Note, ...] = ()
    state: Literal["open", "withdrawn"] = "open"
    version: int = 0

    @property
    def units(self) -> tuple[UnitId, ...]:
        """The collaborators' units, in the order in which they came."""
        return tuple(each.unit for each in self.collaborators)

    @property
    def next_due(self) -> datetime | None:
        """When the first of the tasks still open is due."""
        return min((task.due_at for task in self.tasks if task.state == "open" and task.due_at), default=None)

    def entry(self, report_id: ReportId) -> Entry | None:
        return next((each for each in self.reports if each.report_id == report_id), None)

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
        owed = (task for task in self.tasks if (task.id, task.report_id) == (ACCEPT, report_id))
        return next((task.due_at for task in owed if task.state == "open"), None)

    def holds(self, report_ids: Collection[ReportId]) -> bool:
        """Whether one of these reports is at work here, or went back to the window from here."""
        return any(each.report_id in report_ids and each.state != "withdrawn" for each in self.reports)

    def has_seen(self, cause: str) -> bool:
        """Whether the event of this id changed the case already."""
        return any(note.cause == cause for note in self.history)
