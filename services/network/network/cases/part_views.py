"""What leaves this service about the parts of a case: ids, codes and times; no sealed token."""

from datetime import datetime
from typing import Annotated, Self

from contracts.decisions import Clock
from pydantic import AliasPath, Field

from network.cases.domain.contact import Contact
from network.tasks.views import TaskView, View


class LeadView(View):
    unit: str
    outcome: str
    accepted_by: str | None
    accepted_at: datetime | None
    person: str | None
    since: datetime | None


class CollaboratorView(View):
    """A unit that takes part, or was asked to."""

    collaboration_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    unit: str
    since: datetime
    report_id: str | None
    asked_for: tuple[str, ...]
    due_at: datetime | None
    state: str
    person: str | None
    answered_by: str | None
    answered_at: datetime | None
    reason: str | None


class PersonView(View):
    """Somebody of the family without a name; `last_seen_at` by anybody, whoever that was."""

    person: str
    role: str
    relation: str | None
    birth_year: int | None
    last_seen_at: datetime | None = None
    last_seen_by: str | None = None
    last_seen_alone: bool | None = None


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


class AddressView(View):
    id: str | None
    source: str


class SeenView(View):
    person: str
    alone: bool


class NotSeenView(View):
    person: str
    why: str


class ContactView(View):
    """One contact; its note and the words of its address stay sealed here."""

    contact_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    kind: str
    at: datetime
    until: datetime | None
    announced: bool | None
    by: str
    unit: str
    joint: Annotated[tuple[str, ...], Field(serialization_alias="with")]
    reached: bool
    address: AddressView | None
    seen: tuple[SeenView, ...]
    not_seen: tuple[NotSeenView, ...]
    measures: dict[str, float]
    completes: tuple[str, ...]
    recorded_at: datetime
    late: bool
    overlaps: tuple[str, ...]
    corrects: str | None

    @classmethod
    def of(cls, contact: Contact) -> Self:
        return cls.model_validate({**vars(contact), "measures": contact.measures or {}, "late": contact.late})


class ToolView(View):
    tool: str
    score: float | None
    result: str | None


class AssessmentView(View):
    assessment_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    at: datetime
    by: str
    opened: bool
    needs: tuple[str, ...]
    factors: tuple[str, ...]
    service_mode: str | None
    tools: tuple[ToolView, ...]
    reason: str | None


class PlanView(View):
    """What was agreed; `steps` are ids of tasks, the words of its goals stay sealed here."""

    plan_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    at: datetime
    by: str
    goals: tuple[str, ...]
    steps: tuple[str, ...]
    agreed: bool | None
    reviewed_at: datetime | None
    reviewed_by: str | None


class HandoverView(View):
    """A case, or a worker's part of it, offered to other hands; `owed` are ids of tasks."""

    handover_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    from_unit: str
    from_person: str | None
    to_unit: str
    to_person: str | None
    reason: str
    offered_by: str
    offered_at: datetime
    owed: tuple[str, ...]
    state: str
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None


class HandedView(View):
    """What became of one case of a caseload: offered, or what stood in the way."""

    case_id: str
    to_unit: str
    to_person: str | None
    handover_id: str | None = None
    problem: str | None = None


class HandoversView(View):
    """A caseload handed out: one line for each case."""

    handovers: tuple[HandedView, ...]


class OwnsView(View):
    """All that a person has; `nothing` when their account may end."""

    person: str
    nothing: bool
    cases: tuple[str, ...]
    tasks: tuple[TaskView, ...]
    handovers: tuple[str, ...]


class ClosingView(View):
    closing_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    reason: str
    asked_by: str
    asked_at: datetime
    state: str
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None
    watched_until: datetime | None
    reopened_at: datetime | None
    reopened_by: str | None


class MergeView(View):
    """Another case of the family that became part of this one."""

    merge_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    case_id: Annotated[str, Field(validation_alias=AliasPath("other"))]
    reason: str
    asked_by: str
    asked_at: datetime
    state: str
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None
    undone_by: str | None
    undone_at: datetime | None


class ReturnedView(View):
    """An earlier case of the family that was closed within the year before."""

    case_id: str
    reason: str
    closed_at: datetime
    approved_by: str | None


class NoteView(View):
    at: datetime
    what: str
    report_id: str | None
    unit: str | None
    by: str | None
    reason: str | None
