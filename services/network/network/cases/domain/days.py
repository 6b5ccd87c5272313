"""A case after a county said that a day is off, or worked, or neither after all: what is owed in working days moves."""

from dataclasses import replace
from datetime import datetime

from rules.calendars import Calendar

from network.cases.domain.case import Case, Note
from network.cases.domain.changes import changed, swapped
from network.tasks.domain.task import counted


def with_days(case: Case, days: Calendar, at: datetime) -> Case:
    """The case with its open tasks counted by these days, and a line for each that moved; the same where none did.

    A stage of a programme moves its own tasks, which follow from its windows: of two movers the first would be told.
    """
    for task in case.tasks:
        if task.because.kind == "stage":
            continue
        if (again := counted(task, days)) is not task and (by := again.moved):
            cause = f"{by.id}:{task.id}"
            note = Note(at, f"day_{by.says}", None, task.unit, by.told_by, by.reason, cause)
            case = changed(replace(case, tasks=swapped(case.tasks, task, again)), note)
    return case
