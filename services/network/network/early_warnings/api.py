"""The API of early warning: what warns and why, an answer by a person, how often each rule was right."""

from datetime import date, timedelta
from typing import Annotated

from contracts.roles import Caller, May, may, opens_every
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from kit.problems import Unprocessable
from rules.rises import monday
from rules.spans import TAIPEI
from web.callers import allowed, must_cover

from network.access import Scope
from network.clock import now
from network.early_warnings.acts import Acts
from network.early_warnings.bodies import (
    EarlyWarningsView,
    EarlyWarningView,
    HotSpotsView,
    RuleRecordsView,
    RuleRecordView,
    VerdictBody,
)
from network.early_warnings.domain.warning import Rule
from network.early_warnings.finding import last_weeks
from network.early_warnings.looking import look
from network.early_warnings.rules import rules
from network.once import Once
from network.periods import must_be_counted

router = APIRouter(prefix="/v1", tags=["early warning"])
MOST = 100


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.early_warnings
    return acts


Given = Annotated[Acts, Depends(acts_of)]
Worker = Annotated[Caller, allowed(May.WORK)]
Counts = Annotated[Caller, allowed(May.COUNT)]
County = Annotated[str, Query(max_length=40)]


@router.get("/early-warnings", summary="Warnings that one's units owe an answer to, or gave one")
async def find(
    *,
    open: Annotated[bool | None, Query(description="Those that wait for an answer, or were answered.")] = None,
    rule: Rule | None = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = MOST,
    caller: Worker,
    acts: Given,
) -> EarlyWarningsView:
    scope = Scope.of(caller)
    found, following = await acts.warnings.find(scope, rule, after, limit, is_open=open)
    views = tuple(EarlyWarningView.of(each, scope, task) for each, task in found)
    return EarlyWarningsView(warnings=views, next=following)


@router.get("/early-warnings/{id}", summary="One warning: why, and the answer without its words")
async def get(id: str, caller: Worker, acts: Given) -> EarlyWarningView:
    return await _view(id, caller, acts)


@router.post("/early-warnings/{id}/looks", summary="One warning with the words of its answer; the look is on record")
async def read(id: str, caller: Worker, acts: Given) -> EarlyWarningView:
    warning, task, text = await acts.read(id, caller)
    return EarlyWarningView.of(warning, Scope.of(caller), task, text)


@router.post("/early-warnings/{id}/answer", summary="Acted on, or dismissed with a reason")
async def answer(id: str, body: VerdictBody, caller: Worker, acts: Given, key: Once) -> EarlyWarningView:
    await acts.answer(id, body, caller, key)
    return await _view(id, caller, acts)


@router.get("/statistics/early-warnings", summary="How often each rule was right: acted on, of those answered")
async def records(county: County, caller: Counts, acts: Given) -> RuleRecordsView:
    must_cover(caller, county)
    protect = not may(caller.role, May.WORK)
    found = await acts.records(county)
    rows = tuple(RuleRecordView.of(rule, each, protect=protect) for rule, each in found.items())
    return RuleRecordsView(county=county, verified=rules().verified, rules=rows)


@router.get("/statistics/hot-spots", summary="Where and when more came than chance explains; small counts hidden")
async def hot_spots(
    county: County,
    caller: Counts,
    acts: Given,
    week: Annotated[date | None, Query(description="Any day of the week; else the last two that ended.")] = None,
) -> HotSpotsView:
    must_cover(caller, county)
    protect = not opens_every(caller)
    if week:
        must_be_counted("week", week)
        if protect and monday(week) > last_weeks(yesterday())[-1]:
            # Told again every day, a count in steps says on which day one more came.
            raise Unprocessable("Ask for a week that has ended.", "僅提供已結束之週次。")
    weeks = [monday(week)] if week else last_weeks(yesterday())
    looked = await look(acts.known, county, weeks)
    return HotSpotsView.of(county, weeks, looked, protect=protect)


def yesterday() -> date:
    return now().astimezone(TAIPEI).date() - timedelta(days=1)


async def _view(id: str, caller: Caller, acts: Acts) -> EarlyWarningView:
    warning, task = await acts.get(id, caller)
    return EarlyWarningView.of(warning, Scope.of(caller), task)
