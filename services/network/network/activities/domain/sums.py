"""Sessions and people added up: by kind, organiser, funds, place, and one at a time against series."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from network.activities.domain.record import Activity

BY = ("kind", "organiser", "funds", "place", "township")


@dataclass(frozen=True)
class Sum:
    sessions: int = 0
    people: int = 0

    def plus(self, each: Activity) -> "Sum":
        return Sum(self.sessions + each.sessions, self.people + (each.people or 0))


def summed(activities: Iterable[Activity]) -> Sum:
    whole = Sum()
    for each in activities:
        whole = whole.plus(each)
    return whole


def summed_by(activities: Sequence[Activity], field: str) -> Mapping[str, Sum]:
    """The sums by one of BY, in the order in which the values first came; what nobody said under an empty name."""
    found: dict[str, Sum] = {}
    for each in activities:
        value = getattr(each, field)
        found[value] = found.get(value, Sum()).plus(each)
    return found


@dataclass(frozen=True)
class Forms:
    """Sessions held one at a time, those in series, and how many series there are."""

    single: int
    in_series: int
    series: int


def forms(activities: Iterable[Activity]) -> Forms:
    single = in_series = 0
    names = set()
    for each in activities:
        if each.series:
            in_series += each.sessions
            names.add((each.organiser, each.series))
        else:
            single += each.sessions
    return Forms(single, in_series, len(names))


def equation(whole: int, parts: Iterable[int]) -> str:
    """`132 = 22 + 12 + 18 + 80`, loud where it does not add up."""
    terms = list(parts)
    return f"{whole} {'=' if whole == sum(terms) else '≠'} {' + '.join(map(str, terms)) or 0}"
