"""A county's policy: its table in force on a date, its units, and the rules of the field, read from packaged YAML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import yaml
from contracts.codes import names
from rules.cells import TableError, parse_cells

from dispatch.domain.people.duplicates import Window
from dispatch.domain.report.narrative import Phrases, parse_phrases
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.table import DecisionTable, parse
from dispatch.domain.triage.clocks import ClockRule, parse_clocks
from dispatch.domain.triage.county import Centres, Offer, Policy
from dispatch.domain.triage.jurisdiction import Jurisdiction, parse_jurisdiction

SAMPLE = "chiayi-county"
"""Whose table decides for a county that has none of its own; its decisions name it."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Policies:
    """Every table, oldest first, and what the counties have set. Frozen: read once, used by every report."""

    tables: Mapping[str, tuple[DecisionTable, ...]]
    rules: Policy
    centres: Mapping[str, Centres]

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
        return frozenset(self.tables) | frozenset(self.centres)

    def in_force(self, county: str, on: date) -> Policy:
        """The policy of a county on a day; the sample where it has no table, the first table before there was any."""
        table, centres = self._table(county, on), self.centres.get(county, Centres())
        sample = table.sample or table.county != county
        return replace(self.rules, county=county, sample=sample, table=table, centres=centres)

    def _table(self, county: str, on: date) -> DecisionTable:
        versions = self.tables.get(county) or self.sample_tables
        begun = [table for table in versions if table.in_force_from <= on]
        return begun[-1] if begun else versions[0]


class PoliciesInForce(Protocol):
    """Where the policies of this instant come from."""

    async def current(self) -> Policies: ...


@cache
def policies() -> Policies:
    """The policies packaged with this service. Raises TableError that names the file's place and how to mend it."""
    counties = _read("rules/counties.yaml")
    tables = _by_county(parse(_read(f"tables/{name}")) for name in _names("tables"))
    return Policies(tables, _rules(counties, tables[SAMPLE][-1]), _centres(counties["counties"]))


@cache
def clock_rules() -> Mapping[str, ClockRule]:
    """The rules of the clocks, by id."""
    return {rule.id: rule for rule in policies().rules.clocks}


@cache
def danger_phrases() -> Phrases:
    """How narratives tell of danger signs. Raises ValueError for a sign that is no code."""
    return parse_phrases(_read("rules/danger_phrases.yaml"), names("danger_signs", date.max))


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


def _rules(counties: Document, table: DecisionTable) -> Policy:
    """What all counties share; `in_force` puts the county's own in its place."""
    offers, window = _read("rules/offers.yaml"), counties["window"]
    return Policy(
        county=table.county,
        sample=True,
        table=table,
        window=Window(
            event=timedelta(hours=window["event_hours"]),
            same_agency=timedelta(minutes=window["same_agency_minutes"]),
            received=timedelta(hours=window["received_hours"]),
        ),
        centres=Centres(),
        collaborators=_offers(offers, "collaborators"),
        resources=_offers(offers, "resources"),
        clocks=_clocks(),
        jurisdiction=_jurisdiction(),
    )


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


def _centres(counties: Document) -> Mapping[str, Centres]:
    return {county: _centre(entry) for county, entry in counties.items()}


def _centre(entry: Document) -> Centres:
    by_township = {township: centre for centre, towns in entry["townships"].items() for township in towns}
    return Centres(str(entry["default"]), by_township)
