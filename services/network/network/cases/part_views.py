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


class ContactsView(View):
    """A page of contacts, the last first; `next` is the `after` of the following page."""

    contacts: tuple[ContactView, ...]
    next: str | None = None


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


class InvitationView(View):
    """A unit that is to come to a visit; `state` invited, accepted, declined, withdrawn, was_there or missed."""

    invitation_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    unit: str
    since: datetime
    state: str
    person: str | None
    answered_by: str | None
    answered_at: datetime | None
    reason: str | None


class JointVisitView(View):
    """A visit of several units: planned, done by a contact, or withdrawn. Its note and the address stay sealed here."""

    visit_id: Annotated[str, Field(validation_alias=AliasPath("id"))]
    unit: str
    planned_by: str
    planned_at: datetime
    at: datetime
    until: datetime | None
    joint: Annotated[tuple[str, ...], Field(serialization_alias="with")]
    asked_for: tuple[str, ...]
    address: AddressView | None
    invitations: tuple[InvitationView, ...]
    state: str
    contact_id: str | None
    reason: str | None
    ended_at: datetime | None


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


class GivenView(View):
    """In whose hands a household of a list is now; in nobody's by name where no one of its unit was named."""

    household_id: str
    to_unit: str
    to_person: str | None


class PassedView(View):
    """In whose hands a task is now that no open case carries along; in nobody's by name as with a household."""

    task_id: str
    to_unit: str
    to_person: str | None


class HandoversView(View):
    """A caseload handed out: one line for each case, for each household of a list, and for each task of neither."""

    handovers: tuple[HandedView, ...]
    households: tuple[GivenView, ...] = ()
    tasks: tuple[PassedView, ...] = ()


class OwnsView(View):
    """All that a person has; `nothing` when their account may end."""

    person: str
    nothing: bool
    cases: tuple[str, ...]
    tasks: tuple[TaskView, ...]
    handovers: tuple[str, ...]
    households: tuple[str, ...] = ()


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


class RuleView(View):
    """The row of a decision table that decided, in its county's words."""

    row: str
    zh: str
    en: str


class StepView(View):
    """One line of a case's story; `service` did it, `about` is the kind that it is filtered by."""

    service: str
    what: str
    about: str
    at: datetime
    report_id: str | None
    unit: str | None
    by: str | None
    reason: str | None
    rule: RuleView | None


class NextView(View):
    """Where the following page of a timeline begins."""

    since: datetime
    after: str


class TimelineView(View):
    """Lines of a case's story, the last first; `next` where there are older ones.

    `thin` are reports of which earlier decisions and messages were not kept: they came before a story was.
    """

    lines: tuple[StepView, ...]
    next: NextView | None = None
    thin: tuple[str, ...] = ()


class NoteView(View):
    at: datetime
    what: str
    report_id: str | None
    unit: str | None
    by: str | None
    reason: str | None


class MeetingDecisionView(View):
    """What a meeting decided of the case, at whatever level: `state` as the meeting has it."""

    decision_id: str
    item_id: str
    meeting_id: str
    level: str
    what: str
    lead: str
    due_at: datetime
    state: str
    taken_at: datetime
