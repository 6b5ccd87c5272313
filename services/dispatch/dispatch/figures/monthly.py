"""The monthly report: the same sections for the page and for the PDF."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rules.rises import Level

from dispatch.figures.analysis import Analysis, Warnings, whole_weeks
from dispatch.figures.choice import Month
from dispatch.figures.published import PUBLISHED
from dispatch.figures.sheet import Sheet, Told
from dispatch.site.words import county

MONTHS_BEFORE = 12


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report with what must be known to read it; `chart` is how the page draws it, empty for none."""

    sheet: Sheet
    note: str = ""
    chart: str = ""


@dataclass(frozen=True, slots=True)
class Monthly:
    """A county's month. `is_open` while the month has days to come."""

    county: str
    county_name: str
    month: Month
    is_open: bool
    hide: bool
    sections: tuple[Section, ...]


async def monthly(analysis: Analysis, where: str, month: Month, today: date, told: Told) -> Monthly:
    """Everything the report of a month says."""
    name = county(where, told.lang)
    last = min(month.last, today)
    days = (where, month.first.isoformat(), last.isoformat())
    ended = last if last < today else last - timedelta(days=1)
    sheets = await asyncio.gather(
        analysis.outcomes(days, told, PUBLISHED), analysis.sources(days, told), analysis.clocks(days, told),
        analysis.transfers(days, told), analysis.duplicates(days, told), analysis.trend(days, "week", told),
        analysis.months(where, month.and_before(MONTHS_BEFORE), told),
    )  # fmt: skip
    warned = await analysis.warnings(where, name, whole_weeks(month.first, ended), told)
    return Monthly(where, name, month, month.last >= today, told.hide, _sections(sheets, warned, told))


def _sections(sheets: Sequence[Sheet], warned: Warnings, told: Told) -> tuple[Section, ...]:
    outcomes, sources, clocks, transfers, duplicates, weeks, months = sheets
    return (
        Section(outcomes, told.word("shares_note"), "stacked"),
        Section(sources),
        Section(clocks, told.word("clocks_note")),
        Section(transfers),
        Section(duplicates, told.word("duplicates_note")),
        Section(replace(weeks, id="weeks", caption=told.word("weeks")), chart="columns"),
        Section(months, chart="columns"),
        Section(_alone(warned), f"{warned_in_words(warned, told)} {told.word('rises_short')}"),
    )


def _alone(warned: Warnings) -> Sheet:
    """The series that show more than usual, without those of the county that do not."""
    kept = tuple(row for row in warned.sheet.rows if row.key != Level.USUAL)
    return replace(warned.sheet, rows=kept)


def warned_in_words(warned: Warnings, told: Told) -> str:
    """How many series were looked at, and how many watches chance alone explains."""
    if not warned.found:
        return told.word("too_new")
    return told.word("looked_at").format(series=warned.series, chance=f"{warned.by_chance:.1f}")
