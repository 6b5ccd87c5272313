"""A rota as people look at it: tonight, and a cell for each of the nights to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from rules.spans import TAIPEI

from notify.domain.rota import Rota, final
from notify.rota.store import Kept

Span: TypeAlias = tuple[datetime, datetime]

NIGHTS = 15
"""Tonight and the next 14."""
FROM, TO = time(18), time(8)


@dataclass(frozen=True)
class Night:
    """From 18:00 of a day in Taipei to 08:00 of the next: who has it in turn, and whether nobody would be rung."""

    day: date
    people: tuple[str, ...]
    is_hole: bool
    is_unreachable: bool
    """Somebody has all of it, and no way leads there for some of it."""


@dataclass(frozen=True)
class Row:
    """A unit's duty now, who comes after, and its nights; `version` is None where nobody has written a rota."""

    unit: str
    duty: str
    person: str | None
    until: datetime
    following: str | None
    version: int | None
    nights: tuple[Night, ...]

    @property
    def holes(self) -> int:
        return sum(each.is_hole for each in self.nights)


def row(unit: str, duty: str, kept: Kept | None, now: datetime, holes: Sequence[Span]) -> Row:
    """`holes` are those that the last dry run found, which knows whom no way leads to."""
    rota = kept.rota if kept else Rota()
    stretches = final(rota, now, now + timedelta(days=NIGHTS + 1))
    current, later = stretches[0], stretches[1:]
    today = now.astimezone(TAIPEI)
    first = today.date() if today.time() >= TO else today.date() - timedelta(days=1)
    nights = tuple(_night(first + timedelta(days=number), rota, now, holes) for number in range(NIGHTS))
    following = later[0].person if later else None
    return Row(unit, duty, current.person, current.end, following, kept.version if kept else None, nights)


def _night(day: date, rota: Rota, now: datetime, holes: Sequence[Span]) -> Night:
    start, end = datetime.combine(day, FROM, TAIPEI), datetime.combine(day + timedelta(days=1), TO, TAIPEI)
    found = final(rota, max(start, now) if now < end else start, end)
    people = tuple(dict.fromkeys(each.person for each in found if each.person))
    is_bare = any(each.person is None for each in found)
    is_hole = is_bare or any(first < end and start < last for first, last in holes)
    return Night(day, people, is_hole, is_hole and not is_bare)
