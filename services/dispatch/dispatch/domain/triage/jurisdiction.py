"""Which county is competent: five regimes, five answers, and handle first when urgent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.cells import Cell, TableError, parse_cells

from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.triage.facts import Facts


@dataclass(frozen=True, slots=True)
class Regime:
    """A law's answer. `applies`: to which reports; `counties`: whose home decides when several counties are touched.

    `several`: `residence` or `event` (where the person is). `homeless_stays`: a subject without a known home stays
    with the first receiver and may not be moved (children who move or are missing).
    """

    id: str
    applies: tuple[Cell, ...]
    several: str
    article: str
    homeless_stays: bool = False
    later: str | None = None
    pays: str | None = None
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """The regimes in the order in which they are asked, and what makes a report urgent (any one of the cells)."""

    regimes: tuple[Regime, ...]
    urgent: tuple[Cell, ...]
    counties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Competence:
    """`county` answers for the report under `regime`, by `article` (PCode and article, or a county setting).

    `transfer`: another county must take it now; `movable_later`: it may be handed over once it is handled.
    `pays`: whose county bears the cost, where the law says so. `facts`: what was used.
    """

    county: str
    regime: str
    article: str
    facts: Mapping[str, str] = field(default_factory=dict)
    urgent: bool = False
    transfer: bool = False
    movable_later: bool = False
    pays: str | None = None
    verified: bool = True


def competent(facts: Facts, jurisdiction: Jurisdiction) -> Competence:
    """The competent county for a report that `facts.county` received. Urgent reports are handled first, moved after.

    A county that is not on the list never receives a transfer.
    """
    regime = next(one for one in jurisdiction.regimes if all(cell.matches(facts) for cell in one.applies))
    urgent = any(cell.matches(facts) for cell in jurisdiction.urgent)
    theirs = _elsewhere(facts, regime, jurisdiction.counties)
    stays = regime.homeless_stays and facts.residence_county is None
    used = {name: str(getattr(facts, name)) for name in ("county", "event_county", "residence_county")}
    return Competence(
        county=theirs if theirs and not urgent else facts.county,
        regime=regime.id,
        article=regime.article,
        facts={name: value for name, value in used.items() if value != "None"},
        urgent=urgent,
        transfer=theirs is not None and not urgent,
        movable_later=theirs is not None and urgent and not stays,
        pays=regime.pays,
        verified=regime.verified,
    )


def _elsewhere(facts: Facts, regime: Regime, counties: frozenset[str]) -> str | None:
    """Another county that is competent, or None where the receiver keeps the report."""
    decides = facts.residence_county if regime.several == "residence" else facts.event_county
    return decides if decides != facts.county and decides in counties else None


def parse_jurisdiction(document: Mapping[str, object], counties: frozenset[str]) -> Jurisdiction:
    """The regimes from their YAML document. Raises TableError; the last regime must apply to everything."""
    regimes, urgent = document.get("regimes"), document.get("urgent")
    if not isinstance(regimes, list) or not isinstance(urgent, Mapping):
        raise TableError("jurisdiction", "write `regimes` as a list and `urgent` as {fact: {operator: value}}")
    parsed = tuple(_regime(one, f"regimes[{number}]") for number, one in enumerate(regimes))
    if not parsed or parsed[-1].applies:
        raise TableError("jurisdiction.regimes", "let the last regime apply to everything: applies: {}")
    return Jurisdiction(parsed, parse_cells(urgent, "urgent", FACTS), counties)


def _regime(one: Mapping[str, object], where: str) -> Regime:
    several = str(one["several_counties"])
    if several not in ("residence", "event"):
        raise TableError(f"{where}.several_counties", "write residence or event")
    return Regime(
        id=str(one["id"]),
        applies=parse_cells(one.get("applies", {}), f"{where}.applies", FACTS),
        several=several,
        article=str(one["source"]),
        homeless_stays=one.get("homeless_stays") is True,
        later=_optional(one.get("later")),
        pays=_optional(one.get("pays")),
        verified=one.get("verified", True) is True,
    )


def _optional(value: object) -> str | None:
    return None if value is None else str(value)
