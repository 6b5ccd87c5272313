"""One joint case per family: one lead answers for it, many collaborators owe named actions."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, NewType

from pydantic import Field

from contracts.decisions import Clock, UnitId
from contracts.event import Event
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


class ResourcesLinked(Event):
    """No unit was dispatched; the family was linked to these resources, or advised."""

    type: Literal["resources.linked"] = "resources.linked"
    report_id: ReportId
    county: str
    resources: tuple[str, ...]
    linked_at: datetime
