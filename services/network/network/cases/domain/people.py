"""The people of a family without their names: who they are to the case, and when each was last seen by anybody."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from contracts.decisions import PersonKey, UnitId
from contracts.event import BlindIndex
from contracts.reports import ReportId

ADULT = 18
"""Civil Code 12: full age."""
SUBJECT, WITNESS = "subject", "witness"
Item = TypeVar("Item")


@dataclass(frozen=True)
class Person:
    """One person by a blind index; `birth_year` where a report says it. `also`: other keys of the same person.

    `homes` and `phones` are keys of houses and numbers, which others may share.
    """

    key: BlindIndex
    role: str
    relation: str | None = None
    birth_year: int | None = None
    reports: tuple[ReportId, ...] = ()
    sex: str | None = None
    also: tuple[BlindIndex, ...] = ()
    homes: tuple[BlindIndex, ...] = ()
    phones: tuple[BlindIndex, ...] = ()

    def is_child(self, year: int) -> bool:
        """Whether this person may be under 18 in `year`; a birth year alone never makes somebody older.

        Of whom a report is about that may be so as long as nobody says when they were born.
        """
        return year - self.birth_year <= ADULT if self.birth_year is not None else self.role == SUBJECT


@dataclass(frozen=True)
class LastSeen:
    """When and where somebody last saw a person, and whether alone."""

    person: BlindIndex
    at: datetime
    by: str
    unit: UnitId
    kind: str
    alone: bool
    contact_id: str


def with_named(people: tuple[Person, ...], named: Sequence[PersonKey], report_id: ReportId) -> tuple[Person, ...]:
    """The people of a case once a report has named some: each once, with every report that names them."""
    known = {each.key: each for each in people}
    for each in named:
        before = known.get(each.key, Person(each.key, each.role, each.relation, each.birth_year))
        known[each.key] = replace(
            before,
            role=each.role if before.role == WITNESS else before.role,
            relation=before.relation or each.relation,
            birth_year=before.birth_year or each.birth_year,
            reports=_each_once(before.reports, (report_id,)),
            sex=before.sex or each.sex,
            also=_each_once(before.also, each.also),
            homes=_each_once(before.homes, (each.home,) if each.home else ()),
            phones=_each_once(before.phones, each.phones),
        )
    return tuple(known.values())


def _each_once(known: tuple[Item, ...], more: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*known, *more)))
