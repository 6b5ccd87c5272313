"""A village's sheet: the households of lists that no unit serves, which the chief is told of; pure.

Chiayi County's decision of 2023-04-19 (deck of 2023, L280): social affairs makes the list, civil affairs tells the
chiefs.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NewType, get_args

from contracts.decisions import UnitId
from rules.calendars import NATIONAL
from rules.spans import Span

from network.rosters.domain.household import HouseholdId
from network.tasks.domain.task import Because, Task, task_id

SheetId = NewType("SheetId", str)
State = Literal["made", "told", "answered"]
Answer = Literal["knows_them", "will_visit", "does_not_know_them", "reported"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
TELL, HEAR = "tell_chief", "hear_chief"


class NotNow(Exception):
    """The chief was told already, or has not been told yet, or has answered: `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Sheet:
    """The aggregate: `unit` tells the chief and hears the answer; `report_id` is the form that came of it, if any."""

    id: SheetId
    county: str
    township: str
    village: str
    unit: UnitId
    made_by: str
    made_at: datetime
    households: tuple[HouseholdId, ...]
    told_by: str | None = None
    told_at: datetime | None = None
    answer: Answer | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    report_id: str | None = None

    @property
    def state(self) -> State:
        return "answered" if self.answer else "told" if self.told_at else "made"


def told(sheet: Sheet, by: str, at: datetime) -> Sheet:
    """The chief knows why these families are listed, and whom to call. Raises NotNow."""
    if sheet.state != "made":
        raise NotNow("chief_told")
    return replace(sheet, told_by=by, told_at=at)


def answered(sheet: Sheet, answer: Answer, by: str, at: datetime, report_id: str | None) -> Sheet:
    """What the chief says. Raises NotNow."""
    if sheet.state != "told":
        raise NotNow("chief_not_told" if sheet.state == "made" else "chief_answered")
    return replace(sheet, answer=answer, answered_by=by, answered_at=at, report_id=report_id)


def owed(sheet: Sheet, tell_within: Span, hear_within: Span) -> Task | None:
    """What civil affairs owes of it now."""
    if sheet.state == "answered":
        return None
    what, since, span = (TELL, sheet.made_at, tell_within) if sheet.state == "made" else (
        HEAR, sheet.told_at or sheet.made_at, hear_within
    )  # fmt: skip
    due = NATIONAL.due(span, since)
    because = Because("sheet", sheet.id)
    return Task(
        task_id(sheet.id, what), what, sheet.unit, sheet.county, because, since, due, source="county setting",
        verified=False, span=str(span),
    )  # fmt: skip
