"""The API of warnings of staff under suspicion: two named readers, measures as the answer, every look on record."""

from datetime import datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from web.callers import allowed

from network.once import Once
from network.referrals.warnings.acts import Acts, MeasuresBody, WarningBody
from network.referrals.warnings.warning import StaffWarning
from network.tasks.views import View

router = APIRouter(prefix="/v1", tags=["referrals"])

MOST = 100


class WarningView(View):
    """A warning without its words. `read_by` are those of its readers who opened it."""

    warning_id: str
    county: str
    from_unit: str
    sent_by: str
    sent_at: datetime
    due_at: datetime
    to: str
    readers: tuple[str, ...]
    read_by: tuple[str, ...]
    measures: tuple[str, ...]
    answered_by: str | None
    answered_at: datetime | None

    @classmethod
    def of(cls, warning: StaffWarning) -> "WarningView":
        own = {name: getattr(warning, name) for name in cls.model_fields if hasattr(warning, name)}
        return cls.model_validate({**own, "warning_id": warning.id})


class WarningsView(View):
    """A page of warnings; `next` is the `after` of the following page."""

    warnings: tuple[WarningView, ...]
    next: str | None = None


class TextView(View):
    """What was written; null where it was erased."""

    text: str | None


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.warnings
    return acts


Worker = Annotated[Caller, allowed(May.WORK)]
Given = Annotated[Acts, Depends(acts_of)]


@router.get("/staff-warnings", summary="Warnings that one sent, or may open")
async def find(
    *,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = MOST,
    caller: Worker,
    acts: Given,
) -> WarningsView:
    found, following = await acts.warnings.of(caller, after, limit)
    return WarningsView(warnings=tuple(map(WarningView.of, found)), next=following)


@router.post("/staff-warnings", status_code=201, summary="Warn another unit of somebody who works there, sealed")
async def send(body: WarningBody, caller: Worker, acts: Given, key: Once) -> WarningView:
    return WarningView.of(await acts.send(body, caller, key))


@router.get("/staff-warnings/{id}", summary="One warning, without its words")
async def get(id: str, caller: Worker, acts: Given) -> WarningView:
    return WarningView.of(await acts.warning(id, caller))


@router.post("/staff-warnings/{id}/looks", summary="Its words, for its two readers; the look is on record")
async def look(id: str, caller: Worker, acts: Given) -> TextView:
    return TextView(text=await acts.look(id, caller))


@router.post("/staff-warnings/{id}/measures", summary="What was done, by one of its readers")
async def answer(id: str, body: MeasuresBody, caller: Worker, acts: Given) -> WarningView:
    return WarningView.of(await acts.answer(id, body, caller))
