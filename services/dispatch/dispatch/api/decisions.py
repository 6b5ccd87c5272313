"""`/v1/decisions`: the decision of a report, and what officers do to it."""

from dataclasses import dataclass
from typing import Annotated

from contracts.event import Model
from contracts.roles import Caller, May, may
from fastapi import APIRouter, Depends, Request
from kit.problems import Forbidden, NotFound
from pydantic import Field

from dispatch.api.answers import Decision, decision_shown
from dispatch.api.callers import Decides, Reads, ReportId, actor_of
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.window.investigations import Finding, Investigating, Visit
from dispatch.window.rulings import Again, Ruling, Rulings
from dispatch.window.store import Reports
from dispatch.window.teaching import Improper, Teaching
from dispatch.window.transfers import Transfers

router = APIRouter(prefix="/v1/decisions/{report_id}", tags=["decisions"])


@dataclass(frozen=True)
class Desk:
    """What is read and done here, as the composition root made it."""

    reports: Reports
    rulings: Rulings
    teaching: Teaching
    transfers: Transfers
    investigating: Investigating

    async def report_of(self, report_id: str, caller: Caller) -> Report:
        """The report as the caller may open it, the one of its holder first. Raises NotFound."""
        found = next(iter(await self.opened(report_id, caller)), None)
        if found is None:
            raise NotFound("No such report here.", "查無此通報。")
        return found

    async def opened(self, report_id: str, caller: Caller) -> list[Report]:
        """What every county has of a report, of those that the caller may open."""
        return [each for each in await self.reports.of_report(report_id) if _may_open(caller, each)]


def _may_open(caller: Caller, report: Report) -> bool:
    """Whether a report is of a county, and of a unit where any are named, that the caller may see."""
    return caller.sees(report.county) and report.concerns(caller.units)


def desk_of(request: Request) -> Desk:
    made: Desk = request.app.state.desk
    return made


OfDesk = Annotated[Desk, Depends(desk_of)]


class LookedAt(Model):
    """The decision's version that was looked at."""

    version: int = Field(ge=1)


@router.get("", summary="The decision in force of a report")
async def decision(desk: OfDesk, report_id: ReportId, caller: Reads) -> Decision:
    return decision_shown(await desk.report_of(report_id, caller))


@router.post("", summary="Decide a pending report, or decide anew")
async def decide(desk: OfDesk, report_id: ReportId, ruling: Ruling, caller: Decides) -> Decision:
    report = await desk.report_of(report_id, caller)
    return decision_shown(await desk.rulings.rule(report.id, ruling, actor_of(caller), caller.sees))


@router.post("/improper", summary="Find a report improper 不良通報")
async def improper(desk: OfDesk, report_id: ReportId, found: Improper, caller: Decides) -> Decision:
    report = await desk.report_of(report_id, caller)
    return decision_shown(await desk.teaching.find(report.id, found, actor_of(caller), caller.sees))


@router.post("/acceptance", summary="Accept a transfer to this county")
async def accept(desk: OfDesk, report_id: ReportId, at: LookedAt, caller: Decides) -> Decision:
    id = await _arrived(desk, report_id, caller)
    return decision_shown(await desk.transfers.accept(id, at.version, actor_of(caller), caller.sees))


@router.post("/rejection", summary="Give a transfer back, with a reason")
async def reject(desk: OfDesk, report_id: ReportId, asked: Again, caller: Decides) -> Decision:
    id = await _arrived(desk, report_id, caller)
    return decision_shown(await desk.transfers.reject(id, asked, actor_of(caller), caller.sees))


@router.post("/investigation", summary="Send someone to see first")
async def visit(desk: OfDesk, report_id: ReportId, asked: Visit, caller: Decides) -> Decision:
    report = await desk.report_of(report_id, caller)
    return decision_shown(await desk.investigating.begin(report.id, asked, actor_of(caller), caller.sees))


@router.post("/finding", summary="Record what a visit found")
async def find(desk: OfDesk, report_id: ReportId, found: Finding, caller: Reads) -> Decision:
    report = await desk.report_of(report_id, caller)
    if report.stage == Stage.INVESTIGATING and not may(caller.role, May.DECIDE):
        raise Forbidden("Only the window decides.", "僅篩派窗口可決定。")
    return decision_shown(await desk.investigating.find(report.id, found, actor_of(caller), caller.sees))


async def _arrived(desk: Desk, report_id: str, caller: Caller) -> str:
    """The id of what waits for acceptance in a county that the caller sees; else of the report as it has it."""
    arrived = (each for each in await desk.opened(report_id, caller) if each.stage == Stage.ARRIVED)
    report = next(arrived, None) or await desk.report_of(report_id, caller)
    return report.id
