"""The HTTP interface of a report's stages: its clocks, and what officers do beside deciding."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from contracts.event import Model
from contracts.roles import Caller, May, may, who
from fastapi import APIRouter, Depends, Query
from kit.problems import Forbidden
from pydantic import AwareDatetime, Field
from rules.spans import LEVELS
from rules.suppression import SMALLEST
from web.callers import Callers

from dispatch.answers import Decision, decision_shown
from dispatch.api import County, From, ReportIdPath, To, may_open, must_see, of_caller
from dispatch.api import _days as days_of
from dispatch.domain.report.actor import Actor
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.figures import screening
from dispatch.window.deadlines import breaching
from dispatch.window.investigations import Finding, Investigating, Visit
from dispatch.window.rulings import Again
from dispatch.window.shifts import morning_after
from dispatch.window.store import Reports
from dispatch.window.teaching import Improper, Teaching
from dispatch.window.transfers import Transfers

Until = Annotated[
    AwareDatetime | None,
    Query(
        description="Clocks due before this instant; without it, before 08:00 next in Taipei.",
        ge=datetime(2000, 1, 1, tzinfo=UTC),
        lt=datetime(3000, 1, 1, tzinfo=UTC),  # beyond year 9999 no database keeps a time
    ),
]


class LookedAt(Model):
    """The decision's version that was looked at."""

    version: int = Field(ge=1)


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
    """What breaches by `until`, the first due first, what is over among them; `levels` counts the clocks by level."""

    county: str
    now: datetime
    until: datetime
    levels: dict[int, int]
    clocks: tuple[ClockShown, ...]


def routes(  # noqa: PLR0917  what the routes rest on, as the composition root names it
    reports: Reports,
    teaching: Teaching,
    transfers: Transfers,
    investigating: Investigating,
    callers: Callers,
    now: Callable[[], datetime],
) -> APIRouter:
    """`/v1/clocks` and the acts under `/v1/decisions/{report_id}`, each for the roles that may."""
    router = APIRouter(prefix="/v1")
    window = callers.with_role(*who(May.READ))
    deciding = callers.with_role(*who(May.DECIDE))
    crossing = callers.with_role(*who(May.CROSS))

    @router.get("/clocks", summary="What breaches by when, tonight if not told otherwise", tags=["figures"])
    async def clocks(county: County, caller: Annotated[Caller, Depends(window)], until: Until = None) -> ClocksShown:
        must_see(caller, county)
        at = now()
        end = until or morning_after(at)
        found = await breaching(reports, county, at, end, caller.units)
        levels = Counter(each.level for each in found)
        shown = {
            "levels": {each: levels[each] for each in (0, *reversed(LEVELS))},
            "clocks": [asdict(e) for e in found],
        }
        return ClocksShown.model_validate({"county": county, "now": at, "until": end} | shown)

    @router.post("/decisions/{report_id}/improper", summary="Find a report improper 不良通報", tags=["decisions"])
    async def improper(
        report_id: ReportIdPath, found: Improper, caller: Annotated[Caller, Depends(deciding)]
    ) -> Decision:
        report = await of_caller(reports, report_id, caller)
        return decision_shown(await teaching.find(report.id, found, ruler(caller), caller.sees))

    @router.post("/decisions/{report_id}/acceptance", summary="Accept a transfer to this county", tags=["decisions"])
    async def accept(report_id: ReportIdPath, at: LookedAt, caller: Annotated[Caller, Depends(deciding)]) -> Decision:
        report = await arrived_of(reports, report_id, caller)
        return decision_shown(await transfers.accept(report.id, at.version, ruler(caller), caller.sees))

    @router.post("/decisions/{report_id}/rejection", summary="Give a transfer back, with a reason", tags=["decisions"])
    async def reject(report_id: ReportIdPath, asked: Again, caller: Annotated[Caller, Depends(deciding)]) -> Decision:
        report = await arrived_of(reports, report_id, caller)
        return decision_shown(await transfers.reject(report.id, asked, ruler(caller), caller.sees))

    @router.post("/decisions/{report_id}/investigation", summary="Send someone to see first", tags=["decisions"])
    async def visit(report_id: ReportIdPath, asked: Visit, caller: Annotated[Caller, Depends(deciding)]) -> Decision:
        report = await of_caller(reports, report_id, caller)
        return decision_shown(await investigating.begin(report.id, asked, ruler(caller), caller.sees))

    @router.post("/decisions/{report_id}/finding", summary="Record what a visit found", tags=["decisions"])
    async def find(report_id: ReportIdPath, found: Finding, caller: Annotated[Caller, Depends(window)]) -> Decision:
        report = await of_caller(reports, report_id, caller)
        if report.stage == Stage.INVESTIGATING and not may(caller.role, May.DECIDE):
            raise Forbidden("Only the window decides.", "僅篩派窗口可決定。")
        return decision_shown(await investigating.find(report.id, found, ruler(caller), caller.sees))

    @router.get("/statistics/screening", summary="What triage said against what was found", tags=["figures"])
    async def screened(
        county: County, first: From, to: To, caller: Annotated[Caller, Depends(crossing)]
    ) -> screening.Screening:
        days = days_of(caller, county, first, to)
        smallest = 0 if may(caller.role, May.READ) and not caller.units else SMALLEST
        rows, total = screening.table(await reports.figures(screening.pipeline(days)), smallest=smallest)
        shown = {"county": county, "from": days[1], "to": days[2], "smallest": smallest, "rows": rows, "total": total}
        return screening.Screening.model_validate(shown)

    return router


async def arrived_of(reports: Reports, report_id: str, caller: Caller) -> Report:
    """What waits for acceptance in a county that the caller sees; else the report as that county has it."""
    found = [each for each in await reports.of_report(report_id) if may_open(caller, each)]
    waits = next((each for each in found if each.stage == Stage.ARRIVED), None)
    return waits or await of_caller(reports, report_id, caller)


def ruler(caller: Caller) -> Actor:
    """A machine caller as the one who acts."""
    return Actor(caller.name, caller.role == "supervisor", f"api:{caller.name}")
