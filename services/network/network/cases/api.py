"""The API of joint cases: one, many, how many; taking a report on or giving it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from contracts.cases import CaseId
from contracts.decisions import Outcome
from contracts.event import Sealed
from contracts.reports import ReportId
from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from kit.problems import NotFound
from pydantic import BaseModel, Field
from web.callers import allowed, must_cover

from network.access import Scope
from network.cases import deeds
from network.cases.acts import Act, Acts, Change, Speaker, by_lead
from network.cases.bodies import Body, Name
from network.cases.caseloads import Caseloads
from network.cases.documents import Sought
from network.cases.domain.case import Case
from network.cases.domain.closing import Guard
from network.cases.part_views import MeetingDecisionView
from network.cases.referred import AtMeetings, InProgrammes
from network.cases.referred import Kept as Referrals
from network.cases.store import ALONE, Cases, Touched
from network.cases.views import CasesView, CaseView, ResourcesView, StatisticsView
from network.once import Key, Once, Prints
from network.sealing import Sealing
from network.tasks.store import Tasks

router = APIRouter(prefix="/v1", tags=["cases"])


class Acceptance(BaseModel):
    """Who takes which report on; without a name, the caller's own."""

    report_id: ReportId
    accepted_by: Name | None = None


class Return(BaseModel):
    """Which report goes back to the window, and why, as a code such as `wrong_area`."""

    report_id: ReportId
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,63}$")]
    returned_by: Name | None = None


@dataclass(frozen=True)
class Parts:
    """What these routes rest on: made in `app`."""

    cases: Cases
    tasks: Tasks
    acts: Acts
    caseloads: Caseloads
    sealing: Sealing
    prints: Prints
    guard: Guard


async def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Given = Annotated[Parts, Depends(parts_of)]
Worker = Annotated[Caller, allowed(May.WORK)]
Counter = Annotated[Caller, allowed(May.COUNT)]
State = Literal[
    "open", "waiting", "accepted", "opened", "not_opened", "closing", "closed", "reopened", "withdrawn", "merged"
]
"""`open`: neither closed nor withdrawn; the others exactly."""


@dataclass(frozen=True)
class Doing:
    """Somebody who does something with a case, once: the same under its `key` again changes nothing."""

    caller: Caller
    parts: Parts
    key: Key | None

    async def act(
        self, id: str, change: Change, body: Body, *, speaker: Speaker = by_lead, touched: Touched = ALONE,
        leaving: bool = False,
    ) -> tuple[Case, Act]:  # fmt: skip
        return await self.parts.acts.act(
            id, self.caller, change, by=body.by, key=self.key, speaker=speaker, touched=touched, leaving=leaving
        )

    async def seal(self, id: str, words: str | None) -> Sealed | None:
        """Words sealed for a case. Raises NotFound for one that the caller may not see: no key is made for it."""
        if not words:
            return None
        await self.parts.acts.case(id, self.caller)
        return await self.parts.sealing.seal(id, words)


async def _doing(caller: Worker, parts: Given, once: Once) -> Doing:
    return Doing(caller, parts, once)


async def _governing(caller: Annotated[Caller, allowed(May.GOVERN)], parts: Given, once: Once) -> Doing:
    return Doing(caller, parts, once)


Does = Annotated[Doing, Depends(_doing)]
Governs = Annotated[Doing, Depends(_governing)]


@router.get("/cases", summary="The case of a report, or the cases of a county")
async def find_cases(
    *,
    report_id: ReportId | None = None,
    county: str | None = None,
    state: State | None = None,
    unit: Annotated[str | None, Query(max_length=80, description="The lead's unit")] = None,
    person: Annotated[str | None, Query(max_length=60, description="Who leads it there")] = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Worker,
    parts: Given,
) -> CasesView:
    scope = Scope.of(caller)
    if report_id:
        case = await parts.cases.of_report(report_id)
        return _page([case] if case and scope.covers(case.county, case.parties) else [])
    if county:
        must_cover(caller, county)
        scope = Scope(frozenset({county}), scope.units)
    return _page(*await parts.cases.latest(scope, Sought(state, unit, person), after, limit))


@router.get("/cases/{id}", summary="One joint case, with everything that was done and is owed")
async def get_case(
    *, id: CaseId, caller: Worker, parts: Given, referred: Referrals, enrolled: InProgrammes, met: AtMeetings
) -> CaseView:
    case = await parts.acts.case(id, caller)
    sent = tuple(each.id for each in await referred.of_cases(sorted(case.ids), Scope.of(caller)))
    entered = tuple(each.id for each in await enrolled.of_cases(sorted(case.ids)))
    contacts, older = await parts.cases.contacts.of(case)
    view = CaseView.of(case, contacts, more_contacts=older is not None)
    discussed = await met.of_case(sorted(case.ids), caller.name)
    decided = tuple(map(MeetingDecisionView.model_validate, discussed.decisions))
    more = {"referrals": sent, "enrolments": entered, "meetings": tuple(discussed.meetings), "decisions": decided}
    return view.model_copy(update=more)


@router.post("/cases/{id}/acceptances", summary="Take a report on, by name")
async def accept(id: CaseId, body: Acceptance, who: Does) -> CaseView:
    case, _ = await who.act(id, deeds.accept(body.report_id), Body(by=body.accepted_by))
    return CaseView.of(case)


@router.post("/cases/{id}/returns", summary="Give a report back to the window, with a reason")
async def give_back(id: CaseId, body: Return, who: Does) -> CaseView:
    case, _ = await who.act(id, deeds.give_back(body.report_id, body.reason), Body(by=body.returned_by))
    return CaseView.of(case)


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


def _page(found: Sequence[Case], following: str | None = None) -> CasesView:
    return CasesView(cases=tuple(map(CaseView.of, found)), next=following)
