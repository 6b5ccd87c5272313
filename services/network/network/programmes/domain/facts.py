"""What is said of somebody in a programme: which facts it asks, what they may be, and whom it is for."""

from collections.abc import Mapping
from datetime import date, datetime

from network.programmes.domain.grammar import Programme
from network.programmes.domain.refusals import Refused

Facts = Mapping[str, bool | int | str]
FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
"""Days of somebody alive: clocks that start with one still end within the calendar."""
MOST = 999_999_999


def must_be_for(programme: Programme, entered_by: str, facts: Facts) -> None:
    """Raises Refused for somebody whom the programme is not for."""
    if entered_by not in programme.enters_by:
        raise Refused("does_not_enter_so", entered_by)
    for name, value in facts.items():
        must_fit(programme, name, value)
    if missing := [name for name, fact in programme.facts.items() if fact.required and name not in facts]:
        raise Refused("fact_missing", missing[0])
    if unmet := programme.unmet(facts):
        raise Refused("not_for_them", unmet[0].fact)


def must_fit(programme: Programme, name: str, value: object) -> None:
    """Raises Refused for a fact that the programme does not know, or a value that it cannot have."""
    if (fact := programme.facts.get(name)) is None:
        raise Refused("fact_unknown", name)
    fits = {
        "code": value in fact.values, "flag": isinstance(value, bool), "day": _is_day(value),
        "number": isinstance(value, int) and not isinstance(value, bool),
    }  # fmt: skip
    if not fits[fact.kind]:
        raise Refused("fact_unfit", name)
    number_outside = fact.kind == "number" and isinstance(value, int) and abs(value) > MOST
    day_outside = fact.kind == "day" and not FIRST <= datetime.fromisoformat(str(value)).date() <= LAST
    if number_outside or day_outside:
        raise Refused("fact_outside", name)


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False
