"""The API of the signal: a question with its purpose, five answers, and the record of who asked."""

from typing import Annotated

from contracts.cases import CaseId
from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from web.callers import allowed

from network.access import Scope
from network.once import Once
from network.signals.acts import Acts
from network.signals.bodies import (
    AskerView,
    AskingsView,
    AskingView,
    CutBody,
    CutView,
    GuardedBody,
    MarkBody,
    MarkView,
    NewBody,
    NewView,
    ReasonBody,
    SignalBody,
    SignalView,
)
from network.signals.domain.answer import Mark
from network.signals.store import seen

router = APIRouter(prefix="/v1", tags=["signals"])

MOST = 100


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.signals
    return acts


Given = Annotated[Acts, Depends(acts_of)]
Asks = Annotated[Caller, allowed(May.ASK)]
Worker = Annotated[Caller, allowed(May.WORK)]
Governs = Annotated[Caller, allowed(May.GOVERN)]


@router.post("/signals", summary="A question on the spot: five answers, whom to call, no words; it is on record")
async def ask(body: SignalBody, caller: Asks, acts: Given, key: Once) -> SignalView:
    return await acts.ask(body, caller, key)


@router.post("/signals/{id}/new_to_me", summary="Whether the answer told its asker something new")
async def new_to_me(id: str, caller: Asks, acts: Given, body: NewBody | None = None) -> NewView:
    new = await acts.was_new(id, caller, new=body.new if body else True)
    return NewView(signal_id=id, new_to_me=new)


@router.get("/signals", summary="Who asked, for whom they answer to and for whose families it was; never about whom")
async def latest(
    *,
    alarming: bool = False,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = MOST,
    caller: Governs,
    acts: Given,
) -> AskingsView:
    found, following = await acts.askings.latest(Scope.of(caller), after, limit, alarming=alarming)
    return AskingsView(signals=tuple(map(AskingView.of, found)), next=following)


@router.put("/signals/guarded", status_code=204, summary="Whom curiosity is likely to ask for, kept by keys alone")
async def guard(body: GuardedBody, caller: Governs, acts: Given) -> None:
    await acts.guard(body, caller)


@router.post("/signals/cuts", summary="A lost device: its asker is answered no more, and what they were told")
async def cut(body: CutBody, caller: Governs, acts: Given) -> CutView:
    asker, told = await acts.cut(body, caller)
    mine = seen(told, Scope.of(caller))
    view = AskerView(name=asker.name, unit=asker.unit)
    return CutView(asker=view, cut=True, seen=tuple(map(AskingView.of, mine)))


@router.post("/signals/restorations", summary="An asker who is answered again")
async def restore(body: CutBody, caller: Governs, acts: Given) -> CutView:
    asker, _ = await acts.restore(body, caller)
    return CutView(asker=AskerView(name=asker.name, unit=asker.unit), cut=False, seen=())


@router.get("/cases/{id}/marks", summary="What whoever comes to the door must know of a family")
async def marks(id: CaseId, caller: Worker, acts: Given) -> tuple[MarkView, ...]:
    return tuple(map(_mark, await acts.marks(id, caller)))


@router.post("/cases/{id}/marks", status_code=201, summary="A protection order, or a warning for whoever comes")
async def mark(id: CaseId, body: MarkBody, caller: Worker, acts: Given, key: Once) -> MarkView:
    return _mark(await acts.mark(id, body, caller, key))


@router.post("/marks/{id}/end", summary="A mark that holds no more, and why")
async def end_mark(id: str, body: ReasonBody, caller: Worker, acts: Given) -> MarkView:
    return _mark(await acts.end_mark(id, body.reason, caller))


def _mark(mark: Mark) -> MarkView:
    return MarkView.model_validate({**vars(mark), "mark_id": mark.id})
