"""The network service's API: joint cases, how many, what a family was linked to, and taking a report on or back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from contracts.cases import CaseId
from contracts.decisions import Outcome
from contracts.reports import ReportId
from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.problems import NotFound
from pydantic import BaseModel, Field
from web.callers import allowed, must_cover

from network.desk import Desk
from network.domain.case import Case
from network.scopes import Scope
from network.store import Cases
from network.views import CasesView, CaseView, ResourcesView, StatisticsView

router = APIRouter(prefix="/v1", tags=["cases"])


class Acceptance(BaseModel):
    """Who takes which report on; without a name, the caller's own."""

    report_id: ReportId
    accepted_by: Annotated[str | None, Field(min_length=1, max_length=60)] = None


class Return(BaseModel):
    """Which report goes back to the window, and why, as a code such as `wrong_area`."""

    report_id: ReportId
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,63}$")]
    returned_by: Annotated[str | None, Field(min_length=1, max_length=60)] = None


@dataclass(frozen=True)
class Parts:
    """What these routes rest on: made in `app`."""

    cases: Cases
    desk: Desk


async def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Given = Annotated[Parts, Depends(parts_of)]
Worker = Annotated[Caller, allowed(May.WORK)]
Counter = Annotated[Caller, allowed(May.COUNT)]


@router.get("/cases", summary="The case of a report, or the cases of a county")
async def find_cases(
    *,
    report_id: ReportId | None = None,
    county: str | None = None,
    state: Annotated[str | None, Query(pattern="^(open|withdrawn)$")] = None,
    after: CaseId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Worker,
    parts: Given,
) -> CasesView:
    scope = parts.desk.scope(caller)
    if report_id:
        case = await parts.cases.of_report(report_id)
        return _page([case] if case and scope.covers(case) else [], limit)
    if county:
        must_cover(caller, county)
        scope = Scope(frozenset({county}), scope.units)
    return _page(await parts.cases.latest(scope, state, after, limit), limit)


@router.get("/cases/{id}", summary="One joint case")
async def get_case(id: CaseId, caller: Worker, parts: Given) -> CaseView:
    return CaseView.of(await parts.desk.case(id, caller))


@router.post("/cases/{id}/acceptances", summary="Take a report on, by name")
async def accept(id: CaseId, body: Acceptance, caller: Worker, parts: Given) -> CaseView:
    return CaseView.of(await parts.desk.accept(id, body.report_id, caller, body.accepted_by or caller.name))


@router.post("/cases/{id}/returns", summary="Give a report back to the window, with a reason")
async def give_back(id: CaseId, body: Return, caller: Worker, parts: Given) -> CaseView:
    by = body.returned_by or caller.name
    return CaseView.of(await parts.desk.return_(id, body.report_id, caller, body.reason, by))


@router.get("/statistics/cases", summary="How many cases are open, were opened, were joined")
async def count_cases(county: str, caller: Counter, parts: Given) -> StatisticsView:
    must_cover(caller, county)
    return StatisticsView.model_validate(await parts.cases.statistics(county))


@router.get("/resources", summary="What a family was linked to where no unit was dispatched")
async def linked_resources(report_id: ReportId, caller: Worker, parts: Given) -> ResourcesView:
    standing = await parts.cases.standing(report_id)
    theirs = standing and caller.sees(standing.county) and not caller.units  # no unit was sent
    if standing is None or standing.outcome is not Outcome.NO_DISPATCH or not theirs:
        raise NotFound("Nothing was linked for this report.", "此通報無資源連結紀錄。")
    return ResourcesView(report_id=report_id, resources=standing.resources, linked_at=standing.noted_at)


def _page(found: Sequence[Case], limit: int) -> CasesView:
    following = found[-1].id if len(found) == limit else None
    return CasesView(cases=tuple(map(CaseView.of, found)), next=following)
