"""The tables of the analysis pages, each from the rows of its aggregation."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal
from urllib.parse import urlencode

from contracts.reports import CaseType, SourceUnit
from kit.mongo import Document
from rules.rises import FEWEST_REPORTS, Finding, Level, monday
from rules.suppression import SMALLEST

from dispatch.figures.queries import KEPT, UNKNOWN
from dispatch.figures.sheet import (
    HIDDEN,
    OTHER,
    Cell,
    Column,
    Counts,
    Labels,
    Row,
    Sheet,
    Told,
    crossed,
    fewest,
    gathered,
    listed,
    number,
    numbers,
    share,
    small_places,
)
from dispatch.policy import policies
from dispatch.site import words

By = Literal["day", "week", "month"]
MOST_PLACES = 60
DECIDED = ("protection", "welfare_centre", "no_dispatch", "transferred", "duplicate", "pending")
"""What becomes of a report, in the order in which charts stack it."""
_MARKS = {Level.RISE: "▲ ", Level.WATCH: "△ ", Level.USUAL: ""}


def labels(keys: Iterable[str], told: Told) -> Labels:
    return {str(key): told.word(str(key)) for key in keys}


# --- the two published tables --------------------------------------------------------------------------------------


def outcomes(rows: Sequence[Document], total: Document, told: Told) -> Sheet:
    """Case types by outcome with persons, and shares over what was ours to serve."""
    shown = [*rows, total]
    places = small_places([[*(row[name] for name in DECIDED), row["reports"]] for row in shown], told)
    heads = (Column("reports", told.word("reports")), Column("persons", told.word("persons")))
    drawn = tuple(Column(name, told.word(name), drawn=True) for name in DECIDED)
    made = [_outcome_row(row, at, places, told) for at, row in enumerate(shown)]
    if sum(row.cells[1].text == HIDDEN for row in made[:-1]) == 1:  # the total would give it away
        made[-1] = replace(made[-1], cells=(made[-1].cells[0], Cell(HIDDEN), *made[-1].cells[2:]))
    return Sheet("by_outcome", told.word("by_outcome"), told.word("case_type"), (*heads, *drawn), tuple(made))


def _outcome_row(row: Document, at: int, places: frozenset[tuple[int, int]], told: Told) -> Row:
    *decided, reports = numbers([*(row[name] for name in DECIDED), row["reports"]], at, places)
    persons = number(row["persons"], hide=told.hide and (row["persons"] < SMALLEST or reports.text == HIDDEN))
    is_whole = not any(cell.text == HIDDEN for cell in (*decided, reports))
    cells = [_with_share(cell, row["shares"].get(name)) if is_whole else cell
             for name, cell in zip(DECIDED, decided, strict=True)]  # fmt: skip
    key = row["case_type"]
    return Row(key, told.word(key), (reports, persons, *cells), total=key == "total")


def _with_share(cell: Cell, part: float | None) -> Cell:
    return Cell(cell.text, cell.number, share(part)) if part and cell.number else cell


def sources(rows: Iterable[Document], told: Told) -> Sheet:
    """Case types by the unit that reported."""
    counts = {(row["_id"]["case_type"], row["_id"]["source_unit"]): row["reports"] for row in rows}
    columns = labels(SourceUnit, told)
    return crossed("by_source", labels(CaseType, told), columns, counts, told, head="case_type")


# --- trends --------------------------------------------------------------------------------------------------------


def trend(rows: Iterable[Document], first: date, last: date, by: By, told: Told) -> Sheet:
    """Case types by day, by week from its Monday, or by month; every period is there, also those without reports."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[_period(date.fromisoformat(row["_id"]["day"]), by), row["_id"]["case_type"]] += row["reports"]
    every = (first + timedelta(days=each) for each in range((last - first).days + 1))
    days = Counter(_period(day, by) for day in every)
    periods = {period: _whole_or_part(period, by, many, told) for period, many in days.items()}
    return crossed("trend", periods, labels(CaseType, told), counts, told, head=by)


def _period(day: date, by: By) -> str:
    if by == "week":
        return monday(day).isoformat()
    return day.isoformat() if by == "day" else day.isoformat()[:7]


def _whole_or_part(period: str, by: By, days: int, told: Told) -> str:
    """A period in words; one of which some days are outside of the time says so: it is no fall."""
    whole = {"day": 1, "week": 7}.get(by) or monthrange(int(period[:4]), int(period[5:7]))[1]
    said = _said(period, told)
    return said if days == whole else told.word("part").format(said)


def _said(period: str, told: Told) -> str:
    """A day or month in both calendars where Chinese is read."""
    year, rest = int(period[:4]), period[5:]
    return f"{period}（{year - 1911}年）" if told.lang == "zh" and len(rest) == 2 else period


def months(rows: Iterable[Document], last_months: Sequence[str], told: Told) -> Sheet:
    """Case types by month."""
    counts = {(row["_id"]["month"], row["_id"]["case_type"]): row["reports"] for row in rows}
    periods = {month: _said(month, told) for month in last_months}
    return crossed("months", periods, labels(CaseType, told), counts, told, head="month")


# --- places --------------------------------------------------------------------------------------------------------


def places(name: str, rows: Iterable[Document], told: Told) -> Sheet:
    """Townships (or villages of one) by case type, the most reports first; rare ones together."""
    found = {(row["_id"]["place"], row["_id"]["case_type"]): row["reports"] for row in rows}
    counts = gathered(found, fewest=fewest(told), most=MOST_PLACES)
    order = sorted({place for place, _ in counts}, key=lambda place: _place_order(place, counts))
    named = {place: told.word(place) if place in (OTHER, UNKNOWN) else place for place in order}
    head = "township" if name == "townships" else "village"
    return crossed(name, named, labels(CaseType, told), counts, told, head=head)


def _place_order(place: str, counts: Counts) -> tuple[bool, int, str]:
    return place in (OTHER, UNKNOWN), -sum(count for (at, _), count in counts.items() if at == place), place


# --- early warning -------------------------------------------------------------------------------------------------


def rises(found: Sequence[Finding], whole: str, told: Told) -> Sheet:
    """What shows more than usual, the latest first, and the latest week of the whole county, which `whole` names."""
    latest = max((each.week for each in found), default=date.min)
    kept = [each for each in found if each.level is not Level.USUAL or (each.area is None and each.week == latest)]
    kept.sort(key=lambda each: (each.level is Level.USUAL, -each.week.toordinal(), each.chance))
    heads = ("case_type", "week", "observed", "expected", "bound", "chance", "warning")
    columns = tuple(Column(name, told.word(name)) for name in heads)
    rows = tuple(_rise_row(each, whole, told) for each in kept)
    return Sheet("rises", told.word("rises"), told.word("area"), columns, rows)


def _rise_row(each: Finding, whole: str, told: Told) -> Row:
    said, hide = told.word(f"warning.{each.level}"), told.hide and each.observed < FEWEST_REPORTS
    cells = (
        Cell(told.word(each.case_type)), Cell(each.week.isoformat()), number(each.observed, hide=hide),
        Cell(f"{each.expected:.1f}", each.expected), Cell(str(each.bound), each.bound),
        Cell(HIDDEN if hide else _chance(each.chance)), Cell(f"{_MARKS[each.level]}{said}"),
    )  # fmt: skip
    days = {"first": each.week.isoformat(), "last": (each.week + timedelta(days=6)).isoformat()}
    about = urlencode({"area": each.area or "", "case_type": str(each.case_type)} | days)
    return Row(str(each.level), each.area or whole, cells, about=about)


def _chance(chance: float) -> str:
    return "< 0.0001" if chance < 0.0001 else f"{chance:.4f}" if chance < 0.01 else f"{chance:.2f}"


# --- the month -----------------------------------------------------------------------------------------------------


def clocks(rows: Iterable[Document], told: Told) -> Sheet:
    """How many clocks of the window were kept; each says where it comes from."""
    found = {row["_id"]: row for row in rows}
    counts = {
        (clock, kind): found.get(clock, {}).get(kind, 0) for clock in KEPT for kind in ("kept", "late", "running")
    }
    kinds = labels(("kept", "late", "running"), told)
    sheet = crossed("clocks_kept", {id: _clock(id, told) for id in KEPT}, kinds, counts, told, head="clocks")
    rows_kept = tuple(_with_part(row, 0) for row in sheet.rows[:-1])
    return Sheet(sheet.id, sheet.caption, sheet.head, sheet.columns, rows_kept)


def _clock(id: str, told: Told) -> str:
    rule = next(each for each in policies().rules.clocks if each.id == id)
    form = "{}（{}）" if told.lang == "zh" else "{} ({})"
    return told.word(id) if rule.verified else form.format(told.word(id), told.word("unverified"))


def _with_part(row: Row, at: int) -> Row:
    """The row with what part the cell `at` is of its total; not where one of them is hidden."""
    part, whole = row.cells[at].number, row.cells[-1].number
    if not part or not whole or any(cell.text == HIDDEN for cell in row.cells):
        return row
    cells = list(row.cells)
    cells[at] = Cell(cells[at].text, part, share(part / whole))
    return Row(row.key, row.label, tuple(cells), row.total)


def transfers(rows: Iterable[Document], told: Told) -> Sheet:
    """To which county reports were transferred, the most first."""
    found: Mapping[str, int] = {row["_id"] or UNKNOWN: row["reports"] for row in rows}
    order = sorted(found, key=lambda county: (-found[county], county))
    named = {id: told.word(id) if id == UNKNOWN else words.county(id, told.lang) for id in order}
    return listed("transfers", named, found, told, head="to_county")


def duplicates(rows: Iterable[Document], told: Told) -> Sheet:
    """How many reports of each source repeated one that was there."""
    counts = {(row["_id"], kind): row[kind] for row in rows for kind in ("duplicate", "first_told")}
    kinds = labels(("duplicate", "first_told"), told)
    sheet = crossed("duplicates", labels(SourceUnit, told), kinds, counts, told, head="source_unit")
    return Sheet(sheet.id, sheet.caption, sheet.head, sheet.columns, tuple(_with_part(row, 0) for row in sheet.rows))
