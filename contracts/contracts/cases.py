"""One joint case per family: one lead answers for it, many collaborators owe named actions."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, NewType

from pydantic import Field

from contracts.decisions import Clock, UnitId
from contracts.event import Code, Codes, Event
from contracts.reports import ReportId

CaseId = NewType("CaseId", str)


class CaseOpened(Event):
    """A family has its joint case."""

    type: Literal["case.opened"] = "case.opened"
    subject_field: ClassVar[str] = "case_id"
    case_id: CaseId
    version: int = 1
    county: str
    report_id: ReportId
    lead: UnitId
    collaborators: tuple[UnitId, ...] = ()
    priority: Annotated[int, Field(ge=1, le=4)]
    clocks: tuple[Clock, ...] = ()
    received_at: datetime
    opened_at: datetime


class CaseJoined(Event):
    """A further report belongs to a case that is open (處遇中再通報): never a mere duplicate.

    With `decided_again` the case held the report before, and its decision changed: no re-report.
    """

    type: Literal["case.joined"] = "case.joined"
    subject_field: ClassVar[str] = "case_id"
    case_id: CaseId
    version: int
    county: str
    report_id: ReportId
    lead: UnitId
    suggested_unit: UnitId | None = None
    collaborators: tuple[UnitId, ...] = ()
    added: tuple[UnitId, ...] = ()
    priority: Annotated[int, Field(ge=1, le=4)]
    clocks: tuple[Clock, ...] = ()
    received_at: datetime
    joined_at: datetime
    decided_again: bool = False


class CaseAccepted(Event):
    """Someone at the lead unit accepted a report's work, by name; silence is never acceptance."""

    type: Literal["case.accepted"] = "case.accepted"
    subject_field: ClassVar[str] = "case_id"
    case_id: CaseId
    version: int
    county: str
    report_id: ReportId
    unit: UnitId
    accepted_by: str
    accepted_at: datetime


class CaseReturned(Event):
    """The unit gave a report back, with its reason's code; the window must decide again."""

    type: Literal["case.returned"] = "case.returned"
    subject_field: ClassVar[str] = "case_id"
    case_id: CaseId
    version: int
    county: str
    report_id: ReportId
    unit: UnitId
    reason: str
    returned_by: str
    returned_at: datetime


class CaseEvent(Event):
    """What every later event of a case says: which case, of which county, at which version."""

    subject_field: ClassVar[str] = "case_id"
    case_id: CaseId
    version: int
    county: str


class CaseAssessed(CaseEvent):
    """The lead opened the case (開案) or did not, with its reason's code; needs by the six dimensions.

    A family that was not opened is watched until `watched_until`: a report about it opens the case again.
    """

    type: Literal["case.assessed"] = "case.assessed"
    unit: UnitId
    reports: tuple[ReportId, ...]
    opened: bool
    needs: Codes = ()
    factors: Codes = ()
    service_mode: Code | None = None
    reason: Code | None = None
    assessed_by: str
    assessed_at: datetime
    watched_until: datetime | None = None


class CaseContacted(CaseEvent):
    """Somebody was in contact with the family, or tried: how, when, with which units; whom they saw is not told."""

    type: Literal["case.contacted"] = "case.contacted"
    contact_id: str
    unit: UnitId
    units: tuple[UnitId, ...]
    kind: Code
    reached: bool
    at: datetime
    recorded_at: datetime


class CollaboratorAsked(CaseEvent):
    """The lead asked a unit to take part, for named actions, by a time."""

    type: Literal["collaborator.asked"] = "collaborator.asked"
    collaboration_id: str
    unit: UnitId
    asked_for: Codes = ()
    due_at: datetime
    asked_at: datetime


class CollaboratorJoined(CaseEvent):
    """A unit takes part, by name."""

    type: Literal["collaborator.joined"] = "collaborator.joined"
    collaboration_id: str
    unit: UnitId
    joined_by: str
    joined_at: datetime


class CollaboratorDeclined(CaseEvent):
    """A unit does not take part, with a reason: the lead names another."""

    type: Literal["collaborator.declined"] = "collaborator.declined"
    collaboration_id: str
    unit: UnitId
    lead: UnitId
    reason: Code
    declined_by: str
    declined_at: datetime


class CollaboratorReleased(CaseEvent):
    """A unit takes part no more: what it still owed is the lead's."""

    type: Literal["collaborator.released"] = "collaborator.released"
    collaboration_id: str
    unit: UnitId
    reason: Code
    released_at: datetime


class VisitPlanned(CaseEvent):
    """A unit plans to visit the family together with others (共訪): each of `invited` is asked to answer by name.

    A unit among them that had no part in the case is asked to take part by this as well.
    """

    type: Literal["visit.planned"] = "visit.planned"
    visit_id: str
    unit: UnitId
    invited: tuple[UnitId, ...]
    at: datetime
    planned_at: datetime


class VisitJoined(CaseEvent):
    """A unit that was invited will be there, by name."""

    type: Literal["visit.joined"] = "visit.joined"
    visit_id: str
    invitation_id: str
    unit: UnitId
    joined_by: str
    joined_at: datetime


class VisitDeclined(CaseEvent):
    """A unit will not be there, with a reason: `planner` names another, or goes alone."""

    type: Literal["visit.declined"] = "visit.declined"
    visit_id: str
    invitation_id: str
    unit: UnitId
    planner: UnitId
    reason: Code
    declined_by: str
    declined_at: datetime


class VisitWithdrawn(CaseEvent):
    """A planned visit is called off, or ended with its case.

    `invited` are those who had not declined, and the unit that planned it where another ended it.
    """

    type: Literal["visit.withdrawn"] = "visit.withdrawn"
    visit_id: str
    unit: UnitId
    invited: tuple[UnitId, ...]
    reason: Code
    withdrawn_at: datetime


class LeadOffered(CaseEvent):
    """The case, or a worker's part of it, is offered to other hands; the old ones answer until it is taken."""

    type: Literal["lead.offered"] = "lead.offered"
    handover_id: str
    unit: UnitId
    to_unit: UnitId
    owed: int
    offered_at: datetime


class LeadTaken(CaseEvent):
    """The new hands took it, by name."""

    type: Literal["lead.taken"] = "lead.taken"
    handover_id: str
    unit: UnitId
    from_unit: UnitId
    taken_by: str
    taken_at: datetime


class LeadDeclined(CaseEvent):
    """The case stays where it is; the old unit's supervisor settles who takes it."""

    type: Literal["lead.declined"] = "lead.declined"
    handover_id: str
    unit: UnitId
    to_unit: UnitId
    reason: Code
    declined_by: str
    declined_at: datetime


class CaseClosed(CaseEvent):
    """Two people closed the case (結案); a report about the family until `watched_until` reopens it."""

    type: Literal["case.closed"] = "case.closed"
    unit: UnitId
    reports: tuple[ReportId, ...]
    reason: Code
    approved_by: str
    closed_at: datetime
    watched_until: datetime


class CaseReopened(CaseEvent):
    """A report about a family whose case had ended opened it again; its closing is flagged."""

    type: Literal["case.reopened"] = "case.reopened"
    report_id: ReportId
    unit: UnitId
    closed_for: Code | None = None
    reopened_at: datetime


class CaseMerged(CaseEvent):
    """Another case of the same family is part of this one now; `reports` are those it brought."""

    type: Literal["case.merged"] = "case.merged"
    merge_id: str
    other_case_id: CaseId
    reports: tuple[ReportId, ...]
    merged_at: datetime


class CaseSplit(CaseEvent):
    """A merge was undone: `other_case_id` stands alone again with `reports`."""

    type: Literal["case.split"] = "case.split"
    merge_id: str
    other_case_id: CaseId
    reports: tuple[ReportId, ...]
    split_at: datetime


class ResourcesLinked(Event):
    """No unit was dispatched; the family was linked to these resources, or advised."""

    type: Literal["resources.linked"] = "resources.linked"
    report_id: ReportId
    county: str
    resources: tuple[str, ...]
    linked_at: datetime
