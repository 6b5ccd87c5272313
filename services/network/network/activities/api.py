"""The API of plain records: written, read, corrected, withdrawn."""

from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from web.callers import allowed, must_cover

from network.access import Scope
from network.activities.acts import Acts
from network.activities.bodies import CorrectionBody, ReasonBody, RecordBody
from network.activities.views import RecordsView, RecordView
from network.once import Once

router = APIRouter(prefix="/v1", tags=["records"])
MOST = 200


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.records
    return acts


Recorder = Annotated[Caller, allowed(May.RECORD)]
Given = Annotated[Acts, Depends(acts_of)]


@router.get("/records", summary="Plain records of a county, the last recorded first")
async def find(
    *,
    county: Annotated[str | None, Query(max_length=40)] = None,
    of: Annotated[str | None, Query(max_length=20)] = None,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    caller: Recorder,
    acts: Given,
) -> RecordsView:
    if county:
        must_cover(caller, county)
    sought = {"county": county, "what.of": of, "year": year}
    found, following = await acts.records.find(Scope.of(caller), sought, after, limit)
    return RecordsView(records=tuple(map(RecordView.of, found)), next=following)


@router.post("/records", status_code=201, summary="Record an activity, a need of training, what the county has")
async def write(body: RecordBody, caller: Recorder, acts: Given, key: Once) -> RecordView:
    return RecordView.of(await acts.write(body, caller, key))


@router.get("/records/{id}", summary="One record, also one that does not hold any more")
async def get(id: str, caller: Recorder, acts: Given) -> RecordView:
    return RecordView.of(await acts.record(id, caller))


@router.post("/records/{id}/correction", status_code=201, summary="Another record in its place")
async def correct(id: str, body: CorrectionBody, caller: Recorder, acts: Given, key: Once) -> RecordView:
    return RecordView.of(await acts.correct(id, body, caller, key))


@router.post("/records/{id}/withdrawal", summary="It never was")
async def withdraw(id: str, body: ReasonBody, caller: Recorder, acts: Given) -> RecordView:
    return RecordView.of(await acts.withdraw(id, body.reason, caller))
