"""A household: everybody whom lists name as one family, and what a unit found out about them, row by row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NewType

from contracts.decisions import UnitId
from contracts.event import BlindIndex, Sealed

HouseholdId = NewType("HouseholdId", str)
State = Literal["open", "looking", "answered", "gathered"]
"""A row is open; somebody is looked for, and all open rows wait; every row is answered; part of another now."""
Chief = Literal["came", "declined", "not_asked"]
"""Whether the village chief was invited to a visit, and came."""


@dataclass(frozen=True)
class Row:
    """One row of a list. `keys` are those of its person, `home` that of the house; `answer` is how it was answered.

    `answerable` is the unit that answers for the list; by `due_at` somebody must have visited.
    """

    entry_id: str
    roster: str
    answerable: UnitId
    received_at: datetime
    due_at: datetime
    source: str
    verified: bool
    keys: tuple[BlindIndex, ...] = ()
    home: BlindIndex | None = None
    sealed: Sealed | None = None
    indicators: tuple[str, ...] = ()
    answer: str | None = None
    answered_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.answer is None


@dataclass(frozen=True)
class Visit:
    """How a household was met: `measures` by name, such as the score of a self-test (structure only)."""

    kind: Literal["visit", "telephone", "office"]
    at: datetime
    reached: bool
    chief: Chief = "not_asked"
    measures: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Screening:
    """What a unit found out. `stays`: it answers nothing yet, and `next_step` is owed by `next_due_at`.

    `served_by` are the units that serve the family already; `services` those it was referred to; `county` where it
    lives now, where `acknowledged_by` took it on. `follow_up_at`: by when somebody asks again how it goes.
    """

    id: str
    result: str
    by: str
    unit: UnitId
    at: datetime
    recorded_at: datetime
    stays: bool = False
    next_step: str | None = None
    next_due_at: datetime | None = None
    follow_up_at: datetime | None = None
    visit: Visit | None = None
    served_by: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    referral_id: str | None = None
    county: str | None = None
    reason: str | None = None
    note: Sealed | None = None
    rows: tuple[str, ...] = ()
    cause: str | None = None
    sent: str | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True)
class Household:
    """The aggregate. `unit` visits it, `person` of it by name where somebody has it in hand.

    `within`: the household that took this one in, once a list showed that they are one; `took_in`: all those that
    this one is now, by which sheets and acts of before still find it.
    """

    id: HouseholdId
    county: str
    unit: UnitId
    gathered_at: datetime
    township: str | None = None
    village: str | None = None
    person: str | None = None
    rows: tuple[Row, ...] = ()
    screenings: tuple[Screening, ...] = ()
    within: HouseholdId | None = None
    took_in: tuple[HouseholdId, ...] = ()
    version: int = 1

    @property
    def keys(self) -> frozenset[BlindIndex]:
        """Of all its people."""
        return frozenset(key for row in self.rows for key in row.keys)

    @property
    def homes(self) -> frozenset[BlindIndex]:
        return frozenset(row.home for row in self.rows if row.home)

    @property
    def rosters(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.roster for row in self.rows))

    @property
    def open_rows(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.is_open)

    @property
    def first_due(self) -> Row | None:
        """The open row that is due first."""
        return min(self.open_rows, key=lambda row: row.due_at, default=None)

    @property
    def last(self) -> Screening | None:
        return self.screenings[-1] if self.screenings else None

    @property
    def looked_for(self) -> Screening | None:
        """The last screening, where it answered nothing and every open row is one that it was about: another has its
        own clock, whether it came since, was told late, or was of a household that turned out to be this one.

        Whoever is not found when they are asked how it goes is looked for although every row has its answer.
        """
        last = self.last
        return last if last and last.stays and {row.entry_id for row in self.open_rows} <= {*last.rows} else None

    @property
    def state(self) -> State:
        if self.within:
            return "gathered"
        if self.looked_for:
            return "looking"
        return "open" if self.open_rows else "answered"

    @property
    def due_at(self) -> datetime | None:
        """When what is owed next is due."""
        if looked_for := self.looked_for:
            return looked_for.next_due_at
        if row := self.first_due:
            return row.due_at
        return self.last.follow_up_at if self.last else None

    @property
    def parties(self) -> frozenset[str]:
        """The units that may see it: who visits, and who answers for a list that names it."""
        return frozenset({self.unit, *(row.answerable for row in self.rows)})

    def has_seen(self, cause: str | None) -> bool:
        return self.sent_for(cause) is not None

    def sent_for(self, cause: str | None) -> str | None:
        """The print of what was sent under this cause; empty where none was kept, None for what was never sent."""
        return next((each.sent or "" for each in self.screenings if cause and each.cause == cause), None)


def screened(household: Household, screening: Screening) -> Household:
    """The household once somebody found out: every open row is answered by it, unless it stays owed."""
    answered = {row.entry_id for row in household.open_rows} if not screening.stays else set()
    rows = tuple(_answered(row, screening) if row.entry_id in answered else row for row in household.rows)
    kept = replace(screening, rows=tuple(row.entry_id for row in household.open_rows))
    screenings = (*household.screenings, kept)
    return replace(household, rows=rows, screenings=screenings, version=household.version + 1)


def assigned(household: Household, unit: UnitId, person: str | None) -> Household:
    """The household in another hand."""
    return replace(household, unit=unit, person=person, version=household.version + 1)


def gathered(found: Sequence[Household], fresh: Household) -> tuple[Household, ...]:
    """One household of all that share a person with a new row's own, which is `fresh`; the absorbed ones first.

    The oldest takes in the others, with their rows and what was found out; each says within which it is from then on.
    Its own unit visits: somebody of another unit has it in hand no more.
    """
    keeper, *others = sorted((*found, fresh), key=lambda each: (each.gathered_at, each.id))
    if not others:
        return (keeper,)
    everything = sorted((screening for each in (keeper, *others) for screening in each.screenings), key=_when)
    whole = replace(
        keeper,
        township=_first(each.township for each in (keeper, *others)),
        village=_first(each.village for each in (keeper, *others)),
        person=_first(each.person for each in (keeper, *others) if each.unit == keeper.unit),
        rows=_once(row for each in (keeper, *others) for row in each.rows),
        screenings=tuple(everything),
        took_in=tuple(id for each in (keeper, *others) for id in (*_known(each, keeper, fresh), *each.took_in)),
        version=keeper.version + 1,
    )
    return (*(_emptied(each, keeper.id) for each in others), whole)


def _answered(row: Row, screening: Screening) -> Row:
    return replace(row, answer=screening.result, answered_at=screening.at)


def _emptied(household: Household, within: HouseholdId) -> Household:
    return replace(household, rows=(), screenings=(), took_in=(), within=within, version=household.version + 1)


def _known(each: Household, keeper: Household, fresh: Household) -> tuple[HouseholdId, ...]:
    """What somebody may know an absorbed household by: a row that has just come never was one."""
    return () if each.id in (keeper.id, fresh.id) else (each.id,)


def _when(screening: Screening) -> datetime:
    return screening.recorded_at


def _first(values: Iterable[str | None]) -> str | None:
    return next((each for each in values if each), None)


def _once(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple({row.entry_id: row for row in rows}.values())
