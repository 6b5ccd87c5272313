"""`/v1/statistics`, `/v1/ledger` and `/v1/clocks`: a county's figures, as JSON or as a file."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from contracts.event import Model
from contracts.roles import May, opens_every
from contracts.times import At
from fastapi import APIRouter, Depends, Query, Response
from rules.spans import LEVELS
from rules.suppression import SMALLEST
from web.files import XLSX, Format, as_file, wanted

from dispatch.api.answers import LedgerShown, OutcomeStatistics, SourceStatistics
from dispatch.api.callers import Counts, County, Crosses, Day, Lang, Reads, counted, must_see
from dispatch.domain.period import Period
from dispatch.figures import crosstab, grids, published, screening
from dispatch.figures.analysis import Analysis, analysis_of
from dispatch.figures.ledger import ledger_of
from dispatch.window.deadlines import breaching
from dispatch.window.shifts.shifts import morning_after

router = APIRouter(prefix="/v1", tags=["figures"])
MOST_CLOCKS = 2_000
FILES: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}, XLSX: {}}}}
Until = Annotated[
    At | None, Query(description="Clocks due before this instant; without it, before 08:00 next in Taipei.")
]


class ClockShown(Model):
    """One running clock of one open report. `level`: 0, 50, 80 or 100, the hundredths of its time that are used up."""

    report_id: str
    serial: str | None
    stage: str
    case_type: str
    priority: int
    clock: str
    started_at: datetime
    due_at: datetime
    source: str
    verified: bool
    level: int


class ClocksShown(Model):
    """What breaches by `until`, the first due first, what is over among them; `levels` counts all clocks by level.

    `more`: so many of them are not listed.
    """

    county: str
    now: datetime
    until: datetime
    levels: dict[int, int]
    clocks: tuple[ClockShown, ...]
    more: int = 0


def published_rows(
    rows: Annotated[
        Literal["case_type", "published"],
        Query(description="The six case types, or the four rows that counties publish."),
    ] = "case_type",
) -> published.PublishedRows:
    return published.ROWS[rows]


Counted = Annotated[Analysis, Depends(analysis_of)]
Days = Annotated[Period, Depends(counted(May.COUNT))]
DaysToCross = Annotated[Period, Depends(counted(May.CROSS))]
WantedFormat = Annotated[Format, Depends(wanted)]


@dataclass(frozen=True)
class How:
    """As what kind of file, in which language."""

    format: WantedFormat
    lang: Lang


@router.get("/statistics/outcomes", summary="Case type by outcome", response_model=OutcomeStatistics, responses=FILES)
async def outcome_statistics(
    analysis: Counted,
    period: Days,
    rows: Annotated[published.PublishedRows, Depends(published_rows)],
    format: WantedFormat,
    lang: Lang,
) -> OutcomeStatistics | Response:
    figures = analysis.figures
    table, total = published.outcome_table(await figures.outcomes(period, rows), await figures.persons(period), rows)
    if format != "json":
        return as_file(grids.outcomes(period, table, total, lang), format)
    return OutcomeStatistics.model_validate(_of(period) | {"rows": table, "total": total})


@router.get("/statistics/sources", summary="Case type by source unit", response_model=SourceStatistics, responses=FILES)
async def source_statistics(
    analysis: Counted, period: Days, format: WantedFormat, lang: Lang
) -> SourceStatistics | Response:
    table, total = published.source_table(await analysis.figures.sources(period))
    if format != "json":
        return as_file(grids.sources(period, table, total, lang), format)
    return SourceStatistics.model_validate(_of(period) | {"rows": table, "total": total})


@router.get(
    "/statistics/crosstab",
    summary="One to three dimensions, small counts hidden",
    response_model=crosstab.CrossTabulation,
    responses=FILES,
)
async def cross_tabulation(
    analysis: Counted,
    period: DaysToCross,
    axes: Annotated[crosstab.Axes, Depends(crosstab.asked)],
    caller: Crosses,
    how: Annotated[How, Depends()],
) -> crosstab.CrossTabulation | Response:
    protect = how.format != "json" or not opens_every(caller)
    table = await analysis.crossed(period, axes, protect=protect)
    return table if how.format == "json" else as_file(grids.cross_tabulation(table, how.lang), how.format)


@router.get("/statistics/screening", summary="What triage said against what was found")
async def screened(analysis: Counted, period: DaysToCross, caller: Crosses) -> screening.Screening:
    smallest = 0 if opens_every(caller) else SMALLEST
    rows, total = screening.table(await analysis.figures.screened(period), smallest=smallest)
    shown = _of(period) | {"smallest": smallest, "rows": rows, "total": total}
    return screening.Screening.model_validate(shown)


@router.get("/ledger", summary="Conservation: received is decided plus open")
async def ledger(analysis: Counted, county: County, day: Day, caller: Counts) -> LedgerShown:
    must_see(caller, county)
    found = await ledger_of(analysis.reports, analysis.figures, Period(county, day, day), analysis.now())
    return LedgerShown.model_validate(asdict(found))


@router.get("/clocks", summary="What breaches by when, tonight if not told otherwise")
async def clocks(analysis: Counted, county: County, caller: Reads, until: Until = None) -> ClocksShown:
    must_see(caller, county)
    now = analysis.now()
    end = until or morning_after(county, now)
    found = await breaching(analysis.reports, county, now, end, caller.units)
    counts = Counter(each.level for each in found)
    levels = {each: counts[each] for each in (0, *reversed(LEVELS))}
    shown = {"county": county, "now": now, "until": end, "levels": levels, "more": max(0, len(found) - MOST_CLOCKS)}
    return ClocksShown.model_validate(shown | {"clocks": [asdict(each) for each in found[:MOST_CLOCKS]]})


def _of(period: Period) -> dict[str, Any]:
    return {"county": period.county, "from": period.first.isoformat(), "to": period.last.isoformat()}
