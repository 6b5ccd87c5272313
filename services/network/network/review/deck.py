"""The deck: tables that other pages answer one by one, gathered for one time; every number leads to its query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import yaml
from contracts.decisions import Outcome
from contracts.reports import CaseType, SourceUnit
from rules.periods import Span
from web.sheet import HIDDEN, Cell, Column, Row, Section, Sheet, number, share

from network.activities.sheets import Say, Writer
from network.activities.year import Years
from network.clock import now
from network.figures.crossed.dimensions import Dimension, key_of
from network.figures.crossed.store import Crossings
from network.figures.crossed.table import Axes, CrossView, tabulated
from network.figures.rates import Counted, Definition, definition, opening_rate, service_rate
from network.figures.store import Figures
from network.periods import Period
from network.review.rooms import Rooms

TOTAL = "dimension.total"


@dataclass(frozen=True)
class Places:
    """Where pages are: this service's, and dispatch's, empty where nobody said so."""

    network: str
    dispatch: str


@dataclass(frozen=True)
class Decks:
    """Makes a county's deck of what is counted of its reports, cases, meetings and lists, and of its year's records."""

    figures: Figures
    crossings: Crossings
    years: Years
    rooms: Rooms
    places: Places

    async def sections(self, period: Period, span: Span, say: Say, *, protect: bool) -> list[Section]:
        """With `protect` cases are told as to analysts; what a county prints of its reports is told as it is.

        Raises Unprocessable for days that are not told to everybody.
        """
        writer = _Written(say, self.places, period.county, span)
        crossed = [await tabulated(self.crossings, period, axes, protect=protect) for axes in crossings()]
        year = await self.years.of(period.county, span.first.year, span.last.isoformat())
        made = [
            writer.outcomes(await self.figures.reports(period)),
            writer.sources(await self.figures.sources(period)),
            *map(writer.crossing, crossed),
            *await self.rooms.sections(period, span, say, now(), protect=protect),
            *Writer(year, say, self.places.network).sections(),
        ]
        return [each for each in made if each.sheet.rows]


@cache
def crossings() -> Sequence[Axes]:
    """The cross-tables of a deck, as rules/review.yaml names them."""
    read: Mapping[str, Any] = yaml.safe_load((files("network") / "rules" / "review.yaml").read_text("utf-8"))
    return tuple(Axes(**{name: Dimension(of) for name, of in each.items()}) for each in read["crossings"])


@dataclass(frozen=True)
class _Written:
    """Tables in one language, of one county and time."""

    say: Say
    places: Places
    county: str
    span: Span

    def outcomes(self, counted: Mapping[str, Counted]) -> Section:
        """Reports by outcome, with the rates that counties are asked for."""
        by, href = definition(), self._reports("outcome")
        rows = [self._outcomes(each, self.say(each), counted[each], by, href) for each in CaseType if each in counted]
        if rows:
            whole = _together(counted.values())
            rows.append(self._outcomes("total", self.say(TOTAL), whole, by, href, total=True))
        heads = ("col.received", *map(str, Outcome), "service_rate", "opening_rate")
        return Section(self._sheet("review_reports", "dimension.case_type", heads, rows), self.say("review_rates"))

    def _outcomes(self, key: str, label: str, found: Counted, by: Definition, href: str, *, total: bool = False) -> Row:
        counts = [found.received, *(found.outcomes.get(each, 0) for each in Outcome)]
        rates = [_rate(service_rate(found, by), href), _rate(opening_rate(found), href)]
        return Row(key, label, (*(number(each, href=href) for each in counts), *rates), total=total)

    def sources(self, counted: Mapping[tuple[str, str], int]) -> Section:
        """Reports by who told them."""
        href = self._reports("source_unit")
        sums = {kind: [counted.get((kind, unit), 0) for unit in SourceUnit] for kind in CaseType}
        rows = [self._numbers(kind, self.say(kind), sums[kind], href) for kind in CaseType if any(sums[kind])]
        if rows:
            whole = [sum(each) for each in zip(*sums.values(), strict=True)]
            rows.append(self._numbers("total", self.say(TOTAL), whole, href, total=True))
        return Section(self._sheet("review_sources", "dimension.case_type", (*map(str, SourceUnit), TOTAL), rows))

    def _numbers(self, key: str, label: str, counts: Sequence[int], href: str, *, total: bool = False) -> Row:
        return Row(key, label, tuple(number(each, href=href) for each in (*counts, sum(counts))), total=total)

    def crossing(self, view: CrossView) -> Section:
        """A cross-table of cases, as its own page shows it."""
        asked = {"rows": view.rows, "columns": view.columns or "", "by": view.by or ""}
        href = f"{self.places.network}/figures/crosstab?{self._query(asked)}"
        heads = [*(key_of(view.columns, each) for each in view.column_values if view.columns), TOTAL]
        labels = [
            " · ".join(self.say(key_of(of, value)) for of, value in zip((view.rows, view.by), line, strict=True) if of)
            for line in view.lines
        ]
        told = [(*cells, total) for cells, total in zip(view.cells, view.row_totals, strict=True)]
        rows = [
            Row(label, label, _cells(counts, href))
            for label, counts in zip(labels, told, strict=True)
        ]  # fmt: skip
        if rows:
            whole = (*view.column_totals, view.total)
            rows.append(Row("total", self.say(TOTAL), _cells(whole, href), total=True))
        sheet = self._sheet(f"{view.rows}-{view.columns or 'all'}", f"dimension.{view.rows}", heads, rows)
        caption = " × ".join(self.say(f"dimension.{each}") for each in (view.rows, view.by, view.columns) if each)
        notes = [self.say("crosstab_mentions")] if view.counts == "mentions" else []
        notes += [self.say("steps_of_five")] if view.steps > 1 else []
        return Section(Sheet(sheet.id, caption, sheet.head, sheet.columns, sheet.rows), " ".join(notes))

    def _sheet(self, id: str, head: str, columns: Sequence[str], rows: Sequence[Row]) -> Sheet:
        heads = tuple(Column(each, self.say(each)) for each in columns)
        return Sheet(id, self.say(f"sheet.{id}"), self.say(head), heads, tuple(rows))

    def _reports(self, columns: str) -> str:
        """Where dispatch crosses reports, for whoever may come in there."""
        asked = self._query({"rows": "case_type", "columns": columns})
        return f"{self.places.dispatch}/crosstab?{asked}" if self.places.dispatch else ""

    def _query(self, asked: Mapping[str, str]) -> str:
        days = {"first": self.span.first.isoformat(), "last": self.span.last.isoformat()}
        return urlencode({"county": self.county, **asked, **days})


def _cells(counts: Iterable[int | None], href: str) -> tuple[Cell, ...]:
    return tuple(Cell(HIDDEN, href=href) if each is None else number(each, href=href) for each in counts)


def _rate(rate: float | None, href: str) -> Cell:
    return Cell("—") if rate is None else Cell(share(rate), rate, href=href)


def _together(counted: Iterable[Counted]) -> Counted:
    """Every case type as one."""
    outcomes: dict[str, int] = {}
    not_opened: dict[str, int] = {}
    opened = 0
    for each in counted:
        opened += each.opened
        for into, of in ((outcomes, each.outcomes), (not_opened, each.not_opened)):
            for name, count in of.items():
                into[name] = into.get(name, 0) + count
    return Counted(outcomes, opened, not_opened)
