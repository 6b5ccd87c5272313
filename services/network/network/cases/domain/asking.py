"""What an open case asks of a supervisor, by code: each is a list of the week and its number."""

from collections.abc import Callable, Mapping

from network.cases.domain.case import Case
from network.cases.domain.handovers import SETTLE
from network.cases.domain.onward import ONWARD

ASKS: Mapping[str, Callable[[Case], bool]] = {
    "not_taken": lambda case: any(each.state == "offered" for each in case.handovers),
    "to_settle": lambda case: any(task.what == SETTLE for task in case.owed),
    "to_close": lambda case: case.state == "closing",
    "to_merge": lambda case: any(each.state == "asked" for each in case.merges),
    "nothing_planned": lambda case: bool(case.lead.person) and _owes_itself_alone(case) and case.state != "closing",
    "came_back": lambda case: case.state == "reopened" or bool(case.returned_after_closing and not case.assessments),
}


def asks(case: Case) -> list[str]:
    """The codes of what this case asks, none once it ended."""
    return [code for code, holds in ASKS.items() if case.is_open and holds(case)]


def _owes_itself_alone(case: Case) -> bool:
    """Whether nothing is owed to the family: what comes next in the case itself is no help to anybody."""
    return all(task.what in ONWARD for task in case.owed)
