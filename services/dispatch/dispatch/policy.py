"""A county's policy: its table in force on a date, its units, and the rules of the field, read from packaged YAML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import yaml
from contracts.codes import names
from rules.calendars import NATIONAL, Calendar
from rules.cells import Cell, TableError, parse_cells
from rules.counties import counties, settings_of
from rules.counties import county as set_by

from dispatch.domain.people.duplicates import Window
from dispatch.domain.report.narrative import Phrases, parse_phrases
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.table import DecisionTable, parse
from dispatch.domain.triage.clocks import ClockRule, parse_clocks
from dispatch.domain.triage.county import Offer, Policy
from dispatch.domain.triage.jurisdiction import Jurisdiction, parse_jurisdiction

SAMPLE = "chiayi-county"
"""Whose table decides for a county that has none of its own; its decisions name it."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Policies:
    """Every table, oldest first, the rules of the field, and the days of counties that said something of theirs.

    Frozen: read once, used by every report.
    """

    tables: Mapping[str, tuple[DecisionTable, ...]]
    rules: Policy
    days: Mapping[str, Calendar] = field(default_factory=dict)

    async def current(self) -> "Policies":
        """Themselves: what is packaged never changes. `publishing.in_force` has those that counties publish."""
        return self

    @property
    def sample_tables(self) -> tuple[DecisionTable, ...]:
        """The tables that decide for a county before its first own one."""
        return self.tables[SAMPLE]

    @property
    def counties(self) -> frozenset[str]:
        """The counties that work here: those with a table or units of their own."""
        return frozenset(self.tables) | frozenset(counties())

    def in_force(self, county: str, on: date) -> Policy:
        """The policy of a county on a day; the sample where it has no table, the first table before there was any."""
        table, office = self._table(county, on), set_by(county)
        sample = table.sample or table.county != county
        return replace(
            self.rules,
            county=county, sample=sample, table=table, window=window_of(county), office=office, teams=_teams(county),
            days=self.days.get(county, NATIONAL),
        )  # fmt: skip

    def _table(self, county: str, on: date) -> DecisionTable:
        versions = self.tables.get(county) or self.sample_tables
        begun = [table for table in versions if table.in_force_from <= on]
        return begun[-1] if begun else versions[0]


class PoliciesInForce(Protocol):
    """Where the policies of this instant come from."""

    async def current(self) -> Policies: ...


@cache
def policies() -> Policies:
    """The policies packaged with this service. Raises TableError that says where and how to correct them."""
    tables = _by_county(parse(_read(f"tables/{name}")) for name in _names("tables"))
    for county in counties():
        _teams(county)
    return Policies(tables, _rules(tables[SAMPLE][-1]))


@cache
def clock_rules() -> Mapping[str, ClockRule]:
    """The rules of the clocks, by id."""
    return {rule.id: rule for rule in policies().rules.clocks}


@cache
def danger_phrases() -> Phrases:
    """How narratives tell of danger signs. Raises ValueError for an unknown sign."""
    return parse_phrases(_read("rules/danger_phrases.yaml"), names("danger_signs", date.max))


def window_of(county: str) -> Window:
    """How far apart in time a county's reports of one event may be."""
    set_ = settings_of(county)
    return Window(set_.same_event_within, set_.same_agency_within, set_.received_within)


def packaged_text(county: str) -> str:
    """The YAML of the table that is packaged for a county; the sample's where there is none."""
    name = f"{county if county in policies().tables else SAMPLE}.yaml"
    return (files("dispatch") / "tables" / name).read_text("utf-8")


def _read(path: str) -> Document:
    loaded: Document = yaml.safe_load((files("dispatch") / path).read_text("utf-8"))
    return loaded


def _names(folder: str) -> list[str]:
    return sorted(entry.name for entry in (files("dispatch") / folder).iterdir() if entry.name.endswith(".yaml"))


def _by_county(tables: Iterable[DecisionTable]) -> Mapping[str, tuple[DecisionTable, ...]]:
    found: dict[str, list[DecisionTable]] = {}
    for table in sorted(tables, key=lambda table: table.in_force_from):
        found.setdefault(table.county, []).append(table)
    return {county: tuple(versions) for county, versions in found.items()}


def _rules(table: DecisionTable) -> Policy:
    """What all counties share; `in_force` puts the county's own in its place."""
    offers, office = _read("rules/offers.yaml"), set_by(table.county)
    return Policy(
        county=table.county,
        sample=True,
        table=table,
        window=window_of(table.county),
        office=office,
        collaborators=_offers(offers, "collaborators"),
        resources=_offers(offers, "resources"),
        clocks=_clocks(),
        jurisdiction=_jurisdiction(),
        teams=_teams(office.code),
    )


@cache
def _teams(county: str) -> Mapping[str, tuple[Cell, ...]]:
    centres = set_by(county).centres.items()
    return {name: parse_cells(each.when, f"counties.{county}.{name}.when", FACTS) for name, each in centres}


def _clocks() -> tuple[ClockRule, ...]:
    return parse_clocks(_read("rules/clocks.yaml"))


def _jurisdiction() -> Jurisdiction:
    return parse_jurisdiction(_read("rules/jurisdiction.yaml"), frozenset(names("counties", date.max)))


def _offers(document: Document, name: str) -> tuple[Offer, ...]:
    return tuple(_offer(one, f"{name}[{number}]") for number, one in enumerate(document[name]))


def _offer(one: Document, where: str) -> Offer:
    if not one.get("names"):
        raise TableError(where, "write the names it brings in")
    return Offer(tuple(one["names"]), parse_cells(one["when"], where, FACTS), str(one["zh"]), str(one["en"]))
