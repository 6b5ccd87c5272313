"""What leaves this service about a task: ids, codes and times; its note stays sealed."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True, populate_by_name=True)


class BecauseView(View):
    """What brought a task about: a report, a collaboration, a handover..."""

    kind: str
    id: str


class MovedView(View):
    """What a county said of a day, by whom and when, and when the task was due before."""

    due_before: datetime
    day: date
    says: str
    reason: str
    told_by: str
    told_at: datetime


class TaskView(View):
    """What a unit owes, `person` of it by name where somebody has it in hand."""

    id: str
    what: str
    unit: str
    person: str | None
    county: str
    case_id: str | None
    because: BecauseView
    report_id: str | None
    since: datetime
    due_at: datetime | None
    moved: MovedView | None
    every: str | None
    source: str
    verified: bool
    state: str
    closed_at: datetime | None
    closed_by: str | None
    reason: str | None
    evidence: str | None


class TasksView(View):
    """A page of tasks, the first due first; `next` is the `after` of the following page."""

    tasks: tuple[TaskView, ...]
    next: str | None = None
