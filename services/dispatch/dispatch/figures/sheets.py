"""The tables of the analysis pages, each from the rows of its aggregation."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from contracts.reports import CaseType, SourceUnit
from contracts.words import OUTCOMES
from rules.rises import FEWEST_REPORTS, Finding, Level, chance_said, monday
from rules.suppression import SMALLEST
from rules.taiwan import roc_year
from web.sheet import HIDDEN, Cell, Column, Row, Sheet, number, share

from dispatch.figures.dimensions import UNKNOWN
from dispatch.figures.sheet import (
    OTHER,
    Audience,
    Counts,
    Labels,
    crossed,
    fewest,
    gathered,
    listed,
    numbers,
    small_places,
)
from dispatch.figures.store import KEPT
from dispatch.policy import policies
from dispatch.site import words

By = Literal["day", "week", "month"]
Counted = Mapping[str, Any]
"""A row of an aggregation."""
MOST_PLACES = 60
DECIDED = (*map(str, OUTCOMES), "pending")
"""What becomes of a report, in the order in which charts stack it."""
_MARKS = {Level.RISE: "▲ ", Level.WATCH: "△ ", Level.USUAL: ""}


def labels(keys: Iterable[str], audience: Audience) -> Labels:
    return {str(key): audience.word(str(key)) for key in keys}


# --- the two published tables --------------------------------------------------------------------------------------


def outcomes(rows: Sequence[Counted], total: Counted, audience: Audience) -> Sheet:
    """Case types by outcome with persons, and shares over what was ours to serve."""
    shown = [*rows, total]
    places = small_places([[*(row[name] for name in DECIDED), row["reports"]] for row in shown], audience)
    heads = (Column("reports", audience.word("reports")), Column("persons", audience.word("persons")))
    drawn = tuple(Column(name, audience.word(name), drawn=True) for name in DECIDED)
    made = [_outcome_row(row, at, places, audience) for at, row in enumerate(shown)]
    if sum(row.cells[1].text == HIDDEN for row in made[:-1]) == 1:  # the total would give it away
        made[-1] = replace(made[-1], cells=(made[-1].cells[0], Cell(HIDDEN), *made[-1].cells[2:]))
    return Sheet("by_outcome", audience.word("by_outcome"), audience.word("case_type"), (*heads, *drawn), tuple(made))


def _outcome_row(row: Counted, at: int, places: frozenset[tuple[int, int]], audience: Audience) -> Row:
    *decided, reports = numbers([*(row[name] for name in DECIDED), row["reports"]], at, places, audience)
    persons = number(
        audience.told(row["persons"]), hide=audience.hide and (row["persons"] < SMALLEST or reports.text == HIDDEN)
    )
    is_whole = not audience.hide  # a share tells of two counts what their steps do not
    cells = [_with_share(cell, row["shares"].get(name)) if is_whole else cell
             for name, cell in zip(DECIDED, decided, strict=True)]  # fmt: skip
    key = row["case_type"]
    return Row(key, audience.word(key), (reports, persons, *cells), total=key == "total")


def _with_share(cell: Cell, part: float | None) -> Cell:
    return Cell(cell.text, cell.number, share(part)) if part and cell.number else cell


def sources(rows: Iterable[Counted], audience: Audience) -> Sheet:
    """Case types by the unit that reported."""
    counts = {(row["_id"]["case_type"], row["_id"]["source_unit"]): row["reports"] for row in rows}
    columns = labels(SourceUnit, audience)
    return crossed("by_source", labels(CaseType, audience), columns, counts, audience, head="case_type")


# --- trends --------------------------------------------------------------------------------------------------------


def trend(rows: Iterable[Counted], first: date, last: date, by: By, audience: Audience) -> Sheet:
    """Case types by day, by week from its Monday, or by month; every period is there, also those without reports."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[_period(date.fromisoformat(row["_id"]["day"]), by), row["_id"]["case_type"]] += row["reports"]
    every = (first + timedelta(days=each) for each in range((last - first).days + 1))
    days = Counter(_period(day, by) for day in every)
    periods = {period: _whole_or_part(period, by, many, audience) for period, many in days.items()}
    return crossed("trend", periods, labels(CaseType, audience), counts, audience, head=by)


def _period(day: date, by: By) -> str:
    if by == "week":
        return monday(day).isoformat()
    return day.isoformat() if by == "day" else day.isoformat()[:7]


def _whole_or_part(period: str, by: By, days: int, audience: Audience) -> str:
    """A period in words; one that was not counted whole says so, lest it look like a fall."""
    whole = {"day": 1, "week": 7}.get(by) or monthrange(int(period[:4]), int(period[5:7]))[1]
    said = _said(period, audience)
    return said if days == whole else audience.word("part").format(said)


def _said(period: str, audience: Audience) -> str:
    """A day or month in both calendars where Chinese is read."""
    if audience.lang == "en" or len(period) != len("2026-10"):
        return period
    return f"{period}（{roc_year(date.fromisoformat(f'{period}-01'))}年）"


def months(rows: Iterable[Counted], last_months: Sequence[str], audience: Audience) -> Sheet:
    """Case types by month."""
    counts = {(row["_id"]["month"], row["_id"]["case_type"]): row["reports"] for row in rows}
    periods = {month: _said(month, audience) for month in last_months}
    return crossed("months", periods, labels(CaseType, audience), counts, audience, head="month")


# --- places --------------------------------------------------------------------------------------------------------


def places(name: str, rows: Iterable[Counted], audience: Audience) -> Sheet:
    """Townships (or villages of one) by case type, the most reports first; rare ones together."""
    found = {(row["_id"]["place"], row["_id"]["case_type"]): row["reports"] for row in rows}
    counts = gathered(found, fewest=fewest(audience), most=MOST_PLACES)
    order = sorted({place for place, _ in counts}, key=lambda place: _place_order(place, counts))
    named = {place: audience.word(place) if place in (OTHER, UNKNOWN) else place for place in order}
    head = "township" if name == "townships" else "village"
    return crossed(name, named, labels(CaseType, audience), counts, audience, head=head)


def _place_order(place: str, counts: Counts) -> tuple[bool, int, str]:
    return place in (OTHER, UNKNOWN), -sum(count for (at, _), count in counts.items() if at == place), place


# --- early warning -------------------------------------------------------------------------------------------------


def rises(found: Sequence[Finding], whole: str, audience: Audience) -> Sheet:
    """What shows more than usual, the latest first, and the latest week of the whole county, which `whole` names."""
    latest = max((each.week for each in found), default=date.min)
    kept = [each for each in found if each.level is not Level.USUAL or (each.area is None and each.week == latest)]
    kept.sort(key=lambda each: (each.level is Level.USUAL, -each.week.toordinal(), each.chance))
    heads = ("case_type", "week", "observed", "expected", "bound", "chance", "warning")
    columns = tuple(Column(name, audience.word(name)) for name in heads)
    rows = tuple(_rise_row(each, whole, audience) for each in kept)
    return Sheet("rises", audience.word("rises"), audience.word("area"), columns, rows)


def _rise_row(each: Finding, whole: str, audience: Audience) -> Row:
    said, hide = audience.word(f"warning.{each.level}"), audience.hide and each.observed < FEWEST_REPORTS
    observed = number(audience.told(each.observed), hide=hide)
    # How usual counts move from week to week tells the counts themselves: whoever is told in steps is told of none.
    usual = (Cell(f"{each.expected:.1f}", each.expected), Cell(str(each.bound), each.bound),
             Cell(chance_said(each.chance)))  # fmt: skip
    cells = (
        Cell(audience.word(each.case_type)), Cell(each.week.isoformat()), observed,
        *((Cell(HIDDEN),) * len(usual) if audience.hide else usual), Cell(f"{_MARKS[each.level]}{said}"),
    )  # fmt: skip
    week = {"first": each.week.isoformat(), "last": (each.week + timedelta(days=6)).isoformat()}
    days = {} if audience.hide else week  # a week is no fixed period: the table of the last one opens instead
    about = urlencode({"area": each.area or "", "case_type": str(each.case_type)} | days)
    return Row(str(each.level), each.area or whole, cells, about=about)


# --- the month -----------------------------------------------------------------------------------------------------


def clocks(rows: Iterable[Counted], audience: Audience) -> Sheet:
    """How many clocks of the window were kept; each says where it comes from."""
    found = {row["_id"]: row for row in rows}
    counts = {
        (clock, kind): found.get(clock, {}).get(kind, 0) for clock in KEPT for kind in ("kept", "late", "running")
    }
    kinds = labels(("kept", "late", "running"), audience)
    sheet = crossed("clocks_kept", {id: _clock(id, audience) for id in KEPT}, kinds, counts, audience, head="clocks")
    rows_kept = tuple(_with_part(row, 0) for row in sheet.rows[:-1])
    return Sheet(sheet.id, sheet.caption, sheet.head, sheet.columns, rows_kept)


def _clock(id: str, audience: Audience) -> str:
    rule = next(each for each in policies().rules.clocks if each.id == id)
    form = "{}（{}）" if audience.lang == "zh" else "{} ({})"
    return audience.word(id) if rule.verified else form.format(audience.word(id), audience.word("unverified"))


def _with_part(row: Row, at: int) -> Row:
    """The row with what part the cell `at` is of its total; not where one of them is hidden."""
    part, whole = row.cells[at].number, row.cells[-1].number
    if not part or not whole or any(cell.text == HIDDEN for cell in row.cells):
        return row
    cells = list(row.cells)
    cells[at] = Cell(cells[at].text, part, share(part / whole))
    return Row(row.key, row.label, tuple(cells), row.total)


def transfers(rows: Iterable[Counted], audience: Audience) -> Sheet:
    """To which county reports were transferred, the most first."""
    found: Mapping[str, int] = {row["_id"] or UNKNOWN: row["reports"] for row in rows}
    order = sorted(found, key=lambda county: (-found[county], county))
    named = {id: audience.word(id) if id == UNKNOWN else words.county(id, audience.lang) for id in order}
    return listed("transfers", named, found, audience, head="to_county")


def duplicates(rows: Iterable[Counted], audience: Audience) -> Sheet:
    """How many reports of each source repeated one that was there."""
    counts = {(row["_id"], kind): row[kind] for row in rows for kind in ("duplicate", "first_told")}
    kinds = labels(("duplicate", "first_told"), audience)
    sheet = crossed("duplicates", labels(SourceUnit, audience), kinds, counts, audience, head="source_unit")
    return Sheet(sheet.id, sheet.caption, sheet.head, sheet.columns, tuple(_with_part(row, 0) for row in sheet.rows))
