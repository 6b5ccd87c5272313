"""What leaves this service about a case: ids, codes and times; no sealed token, no family key."""

from dataclasses import fields
from datetime import datetime
from typing import Self

from contracts.decisions import Clock
from pydantic import BaseModel, ConfigDict

from network.domain.case import Case


class View(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class LeadView(View):
    unit: str
    outcome: str
    accepted_by: str | None
    accepted_at: datetime | None


class CollaboratorView(View):
    unit: str
    since: datetime
    report_id: str


class FamilyView(View):
    """The family without its people: how often it was reported, by whom, for what."""

    reports: int
    case_types: tuple[str, ...]
    source_units: tuple[str, ...]


class EntryView(View):
    report_id: str
    version: int
    outcome: str
    case_type: str
    source_unit: str
    priority: int
    unit: str
    received_at: datetime
    joined_at: datetime
    clocks: tuple[Clock, ...]
    state: str
    accepted_by: str | None
    accepted_at: datetime | None


class TaskView(View):
    id: str
    report_id: str
    unit: str
    due_at: datetime | None
    source: str
    verified: bool
    state: str
    closed_at: datetime | None
    closed_by: str | None


class MeetingView(View):
    level: str
    planned_at: datetime


class NoteView(View):
    at: datetime
    what: str
    report_id: str | None
    unit: str | None
    by: str | None
    reason: str | None


class CaseView(View):
    """A joint case (共案)."""

    case_id: str
    county: str
    state: str
    version: int
    opened_at: datetime
    next_due: datetime | None
    family: FamilyView
    lead: LeadView
    collaborators: tuple[CollaboratorView, ...]
    reports: tuple[EntryView, ...]
    tasks: tuple[TaskView, ...]
    meetings: tuple[MeetingView, ...]
    related_cases: tuple[str, ...]
    flags: tuple[str, ...]
    history: tuple[NoteView, ...]

    @classmethod
    def of(cls, case: Case) -> Self:
        at_work = [each for each in case.reports if each.state != "withdrawn"]
        family = FamilyView(
            reports=len(at_work),
            case_types=tuple(dict.fromkeys(each.case_type for each in at_work)),
            source_units=tuple(dict.fromkeys(each.source_unit for each in at_work)),
        )
        own = {field.name: getattr(case, field.name) for field in fields(case)}
        return cls.model_validate(own | {"case_id": case.id, "next_due": case.next_due, "family": family})


class CasesView(View):
    """A page of cases; `next` is the `after` of the following page."""

    cases: tuple[CaseView, ...]
    next: str | None = None


class StatisticsView(View):
    open: int
    opened: int
    joined: int


class ResourcesView(View):
    """What a family was linked to, or advised of, where no unit was dispatched."""

    report_id: str
    resources: tuple[str, ...]
    linked_at: datetime | None
