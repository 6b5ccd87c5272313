"""The API of a case's story across the four services."""

from datetime import UTC
from typing import Annotated

from contracts.cases import CaseId
from contracts.times import At
from fastapi import APIRouter, Depends, Request

from network.cases.api import Given, Worker
from network.cases.part_views import NextView, StepView, TimelineView
from network.cases.timeline import About, Filter, about_of, timeline_of
from network.steps.step import Service
from network.steps.store import Steps

router = APIRouter(prefix="/v1", tags=["cases"])


async def steps_of(request: Request) -> Steps:
    steps: Steps = request.app.state.steps
    return steps


Told = Annotated[Steps, Depends(steps_of)]


@router.get("/cases/{id}/timeline", summary="What every service did for a case, the last first")
async def timeline(
    *, id: CaseId, service: Service | None = None, about: About | None = None, since: At | None = None,
    after: str | None = None, caller: Worker, parts: Given, steps: Told,
) -> TimelineView:  # fmt: skip
    """`since` and `after` of a further page: the `next` of the one before."""
    case = await parts.acts.case(id, caller)
    beyond = (since.astimezone(UTC), after) if since and after else None
    told = await timeline_of(case, steps, Filter(service, about), beyond)
    lines = tuple(StepView.model_validate(vars(each) | {"about": about_of(each)}) for each in told.lines)
    following = NextView(since=told.last.at, after=told.last.id) if told.last else None
    return TimelineView(lines=lines, next=following, thin=tuple(told.thin))
