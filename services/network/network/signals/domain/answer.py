"""The five answers: worked out from where people are known, and from nothing else."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.decisions import UnitId
from contracts.event import BlindIndex, Sealed
from contracts.people import Role

from network.known.entry import Known, Named

FIVE = ("listed_high_risk", "protection_order", "reports_in_12_months", "staff_warning", "in_service")
OPEN_ENDED = frozenset({"case", "enrolment"})
"""Kinds of entry that are service, as long as they are not over."""


@dataclass(frozen=True)
class Bounds:
    """What the rules say of what counts."""

    counted_for: timedelta
    lapses_after: timedelta
    high_risk: frozenset[str]
    sealed: frozenset[str]


@dataclass(frozen=True)
class Five:
    """What is answered; None where the purpose does not ask for it."""

    listed_high_risk: bool | None = False
    protection_order: bool | None = False
    reports_in_12_months: int | None = 0
    staff_warning: bool | None = False
    in_service: bool | None = False

    def only(self, answers: Collection[str]) -> "Five":
        return replace(self, **{name: None for name in FIVE if name not in answers})


@dataclass(frozen=True)
class Mark:
    """What workers on the spot must know of a family: an order of a court, a danger to whoever comes."""

    id: str
    case_id: str
    mark: str
    since: datetime
    by: str
    unit: UnitId
    until: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str | None = None
    cause: str | None = None
    note: Sealed | None = None

    def holds(self, at: datetime) -> bool:
        return self.ended_at is None and (self.until is None or at < self.until)


@dataclass(frozen=True)
class About:
    """Whom a question is about: the keys it was asked by, and what is known under them, with all that is a part."""

    keys: frozenset[BlindIndex]
    entries: tuple[Known, ...] = ()
    parts: tuple[Known, ...] = ()
    by: str = "keys"

    def meant(self) -> frozenset[BlindIndex]:
        """Every key of those who are meant: equal for one person, however they were asked for."""
        found = (key for entry in self.entries for each in entry.people if self._means(each) for key in each.keys)
        return frozenset({*self.keys, *found})

    def names(self, entry: Known) -> bool:
        """Whether somebody who is meant is still named there."""
        return any(map(self._means, entry.people))

    def _means(self, person: Named) -> bool:
        here = not self.keys.isdisjoint(person.homes if self.by == "home" else person.keys)
        return here and person.role != Role.WITNESS


def living_at(entries: Iterable[Known], homes: Collection[BlindIndex]) -> int:
    """How many people are known at an address, each once however many reports name them."""
    seen, count = set[BlindIndex](), 0
    for person in (each for entry in entries for each in entry.people):
        if not set(homes).isdisjoint(person.homes):
            count += seen.isdisjoint(person.keys)
            seen.update(person.keys)
    return count


def five(about: About, marks: Iterable[Mark], at: datetime, bounds: Bounds) -> Five:
    cases = counted(about, at, bounds)
    served = [each for each in (*about.entries, *about.parts) if each.kind in OPEN_ENDED and each.until is None]
    reports = (each for each in about.entries if each.kind == "report")
    lately = {each.source for each in reports if at - bounds.counted_for <= each.since <= at}
    held = {each.mark for each in marks if each.holds(at) and _of(each, cases)}
    return Five(
        listed_high_risk=any(bounds.high_risk.intersection(each.lists) for each in cases),
        protection_order="protection_order" in held, reports_in_12_months=len(lately),
        staff_warning="staff_warning" in held, in_service=bool(served),
    )  # fmt: skip


def counted(about: About, at: datetime, bounds: Bounds) -> list[Known]:
    """The cases that count: those not over, or over since not so long, the one in service first."""
    found = [each for each in about.entries if each.kind == "case" and each.was_served_at(at - bounds.lapses_after)]
    return sorted(found, key=lambda each: (each.until is not None, each.since, each.source))


def unit_to_call(about: About, at: datetime, bounds: Bounds, asker: UnitId) -> UnitId:
    """Who answers for them now; the county's window where nobody does, and where the unit itself would say what for."""
    cases = counted(about, at, bounds)
    if not cases:
        return f"{asker.partition('/')[0]}/window"
    first = cases[0]
    kinds = {kind for each in about.parts if each.kind == "report" and first.id in each.within for kind in each.lists}
    return f"{first.county}/window" if kinds and kinds <= bounds.sealed else first.unit


def _of(mark: Mark, cases: Sequence[Known]) -> bool:
    return any(f"case:{mark.case_id}" in each.within for each in cases)
