"""What somebody owes a family by a time: pressing before it is late."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import Code, Event


class TaskPressing(Event):
    """50, 80 or 100 hundredths of an open task's time are over; each is told once, after a pause the latest alone.

    `about`: the id of what brought it about, such as a referral, or an item of a meeting.
    """

    type: Literal["task.pressing"] = "task.pressing"
    subject_field: ClassVar[str] = "task_id"
    task_id: str
    county: str
    case_id: CaseId | None = None
    what: Code
    unit: UnitId
    about: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    step: Annotated[int, Field(ge=1, le=100)]
    due_at: datetime
    pressing_at: datetime
