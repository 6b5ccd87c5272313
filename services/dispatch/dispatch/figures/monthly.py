"""The monthly report: the same sections for the page and for the PDF."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rules.rises import Level, whole_weeks
from web.sheet import Section, Sheet

from dispatch.domain.period import Period
from dispatch.figures.analysis import Analysis, Warnings
from dispatch.figures.choice import Month
from dispatch.figures.published import PUBLISHED
from dispatch.figures.sheet import Audience
from dispatch.site.words import county

MONTHS_BEFORE = 12


@dataclass(frozen=True, slots=True)
class Monthly:
    """A county's month. `is_open` while the month has days to come."""

    county: str
    county_name: str
    month: Month
    is_open: bool
    hide: bool
    sections: tuple[Section, ...]


async def monthly(analysis: Analysis, where: str, month: Month, today: date, audience: Audience) -> Monthly:
    """Everything the report of a month says."""
    name = county(where, audience.lang)
    last = min(month.last, today)
    period = Period(where, month.first, last)
    ended = last if last < today else last - timedelta(days=1)
    sheets = await asyncio.gather(
        analysis.outcomes(period, audience, PUBLISHED),
        analysis.sources(period, audience),
        analysis.clocks(period, audience),
        analysis.transfers(period, audience),
        analysis.duplicates(period, audience),
        analysis.trend(period, "week", audience),
        analysis.months(where, month.and_before(MONTHS_BEFORE), audience),
    )
    warned = await analysis.warnings(where, name, whole_weeks(month.first, ended), audience)
    return Monthly(where, name, month, month.last >= today, audience.hide, _sections(sheets, warned, audience))


def _sections(sheets: Sequence[Sheet], warned: Warnings, audience: Audience) -> tuple[Section, ...]:
    outcomes, sources, clocks, transfers, duplicates, weeks, months = sheets
    return (
        Section(outcomes, audience.word("shares_note"), "stacked"),
        Section(sources),
        Section(clocks, audience.word("clocks_note")),
        Section(transfers),
        Section(duplicates, audience.word("duplicates_note")),
        Section(replace(weeks, id="weeks", caption=audience.word("weeks")), chart="columns"),
        Section(months, chart="columns"),
        Section(_alone(warned), f"{warned_in_words(warned, audience)} {audience.word('rises_short')}"),
    )


def _alone(warned: Warnings) -> Sheet:
    """The series that show more than usual, without those of the county that do not."""
    kept = tuple(row for row in warned.sheet.rows if row.key != Level.USUAL)
    return replace(warned.sheet, rows=kept)


def warned_in_words(warned: Warnings, audience: Audience) -> str:
    """How many series were looked at, and how many watches chance alone explains."""
    if not warned.found:
        return audience.word("too_new")
    return audience.word("looked_at").format(series=warned.series, chance=f"{warned.by_chance:.1f}")
