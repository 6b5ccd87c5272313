"""Why a case cannot be changed as somebody asked."""

from dataclasses import dataclass

# Refused
#   NotInCase
#   NotAnswerable


@dataclass(frozen=True)
class Missing:
    """One thing that must be settled first: a code of `words`, and what it is about (a task's id, a unit, a person)."""

    code: str
    about: str = ""


class Refused(Exception):
    """The case does not allow this yet; `missing` says what must be settled first."""

    def __init__(self, *missing: Missing) -> None:
        super().__init__(", ".join(each.code for each in missing))
        self.missing = missing


class NotInCase(Refused):
    """The report is not at work in this case: never was, was withdrawn, or went back to the window."""

    def __init__(self, report_id: str) -> None:
        super().__init__(Missing("report_not_at_work", report_id))


class NotAnswerable(Refused):
    """The unit neither leads nor takes part, so it can owe nothing here: ask it to take part first."""

    def __init__(self, unit: str) -> None:
        super().__init__(Missing("unit_not_in_case", unit))


def refused(code: str, about: str = "") -> Refused:
    """Refused for one reason."""
    return Refused(Missing(code, about))
