"""The HTTP interface for machines: decisions, statistics and the ledger."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from contracts.roles import Caller, May, who
from fastapi import APIRouter, Depends, Path, Query, Response
from kit.problems import NotFound, Unprocessable
from web.callers import Callers, must_cover

from contracts import codes
from dispatch.answers import Decision, LedgerShown, OutcomeStatistics, SourceStatistics, decision_shown
from dispatch.domain.report.actor import Actor
from dispatch.domain.report.report import Report
from dispatch.figures import crosstab, exports, published
from dispatch.figures.ledger import ledger_of
from dispatch.window.rulings import Ruling, Rulings
from dispatch.window.store import Reports

County = Annotated[str, Query(min_length=1, max_length=40, pattern=r"^[a-z-]+$", examples=["chiayi-county"])]
Day = Annotated[date, Query(description="A day in Taipei.", examples=["2026-11-22"])]
From = Annotated[date, Query(alias="from", description="First day in Taipei, included.")]
To = Annotated[date, Query(description="Last day in Taipei, included.")]
Rows = Annotated[
    Literal["case_type", "published"], Query(description="The six case types, or the four rows that counties publish.")
]
FILES: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}, exports.XLSX: {}}}}
Asked = Annotated[exports.Asked, Depends(exports.asked)]
ReportIdPath = Annotated[str, Path(min_length=1, max_length=64)]


def routes(reports: Reports, rulings: Rulings, callers: Callers, now: Callable[[], datetime]) -> APIRouter:
    """`/v1/decisions`, `/v1/statistics` and `/v1/ledger`, each for the roles that may."""
    router = APIRouter(prefix="/v1")
    window = callers.with_role(*who(May.READ))
    deciding = callers.with_role(*who(May.DECIDE))
    counting = callers.with_role(*who(May.COUNT))
    analysing = callers.with_role(*who(May.CROSS))

    @router.get("/decisions/{report_id}", summary="The decision in force of a report", tags=["decisions"])
    async def decision(report_id: ReportIdPath, caller: Annotated[Caller, Depends(window)]) -> Decision:
        return decision_shown(await of_caller(reports, report_id, caller))

    @router.post("/decisions/{report_id}", summary="Decide a pending report, or decide anew", tags=["decisions"])
    async def decide(report_id: ReportIdPath, ruling: Ruling, caller: Annotated[Caller, Depends(deciding)]) -> Decision:
        by = Actor(caller.name, caller.role == "supervisor", f"api:{caller.name}")
        report = await of_caller(reports, report_id, caller)
        return decision_shown(await rulings.rule(report.id, ruling, by, caller.sees))

    @router.get(
        "/statistics/outcomes",
        summary="Case type by outcome",
        tags=["figures"],
        response_model=OutcomeStatistics,
        responses=FILES,
    )
    async def outcome_statistics(
        county: County,
        first: From,
        to: To,
        ask: Asked,
        caller: Annotated[Caller, Depends(counting)],
        *,
        rows: Rows = "case_type",
    ) -> OutcomeStatistics | Response:
        days, kinds = _days(caller, county, first, to), published.ROWS[rows]
        people = await reports.figures(published.persons(*days))
        table, total = published.outcome_table(await reports.figures(published.outcomes(*days, kinds)), people, kinds)
        if ask.format != "json":
            return exports.as_file(exports.outcomes(days, table, total, ask.lang), ask.format)
        return OutcomeStatistics.model_validate(_shown(days, table, total))

    @router.get(
        "/statistics/sources",
        summary="Case type by source unit",
        tags=["figures"],
        response_model=SourceStatistics,
        responses=FILES,
    )
    async def source_statistics(
        county: County, first: From, to: To, ask: Asked, caller: Annotated[Caller, Depends(counting)]
    ) -> SourceStatistics | Response:
        days = _days(caller, county, first, to)
        rows, total = published.source_table(await reports.figures(published.sources(*days)))
        if ask.format != "json":
            return exports.as_file(exports.sources(days, rows, total, ask.lang), ask.format)
        return SourceStatistics.model_validate(_shown(days, rows, total))

    @router.get(
        "/statistics/crosstab",
        summary="One to three dimensions, small counts hidden",
        tags=["figures"],
        response_model=crosstab.CrossTabulation,
        responses=FILES,
    )
    async def cross_tabulation(
        county: County,
        first: From,
        to: To,
        ask: Annotated[crosstab.Asked, Depends(crosstab.asked)],
        caller: Annotated[Caller, Depends(analysing)],
    ) -> crosstab.CrossTabulation | Response:
        days = _days(caller, county, first, to)
        found = await reports.figures(crosstab.pipeline(days, ask))
        table = await asyncio.to_thread(crosstab.tabulated, days, ask, found)
        return table if ask.format == "json" else exports.as_file(crosstab.sheet(table, ask.lang), ask.format)

    @router.get("/ledger", summary="Conservation: received is decided plus open", tags=["figures"])
    async def ledger(county: County, day: Day, caller: Annotated[Caller, Depends(counting)]) -> LedgerShown:
        must_see(caller, county)
        return LedgerShown.model_validate(asdict(await ledger_of(reports, county, day.isoformat(), now())))

    return router


async def of_caller(reports: Reports, report_id: str, caller: Caller) -> Report:
    """The report as the caller may open it, of whoever holds it first. Raises NotFound."""
    found = next((each for each in await reports.of_report(report_id) if may_open(caller, each)), None)
    if found is None:
        raise NotFound("No such report here.", "查無此通報。")
    return found


def may_open(caller: Caller, report: Report) -> bool:
    """Whether a report is of a county, and of a unit where any are named, that the caller may see."""
    return caller.sees(report.county) and report.concerns(caller.units)


def must_see(caller: Caller, county: str) -> None:
    """Raises Forbidden for another county, Unprocessable for one that is none: its zeros would be equal, too."""
    must_cover(caller, county)
    if county not in codes.names("counties", date.max):
        en = "Write the county's code, such as chiayi-county."
        zh = "請填縣市代碼，如 chiayi-county。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/county", "code": "unknown_county", "en": en, "zh": zh}])


def _days(caller: Caller, county: str, first: date, last: date) -> tuple[str, str, str]:
    must_see(caller, county)
    if first > last:
        en, zh = "`from` must not be after `to`.", "起日不可晚於迄日。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/from", "code": "after_to", "en": en, "zh": zh}])
    return county, first.isoformat(), last.isoformat()


def _shown(days: tuple[str, str, str], rows: list[dict[str, object]], total: dict[str, object]) -> dict[str, object]:
    county, first, last = days
    return {"county": county, "from": first, "to": last, "rows": rows, "total": total}
