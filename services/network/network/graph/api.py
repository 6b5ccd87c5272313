"""The API of the family graph: the net with its links and their reasons, kinship, and answers."""

from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from web.callers import allowed

from network.graph.acts import Acts
from network.graph.bodies import AnswerBody, AnswerView, FactView, GraphView, KinBody, ReasonBody
from network.graph.net_view import view
from network.once import Once

router = APIRouter(prefix="/v1", tags=["family graph"])


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.graphs
    return acts


Given = Annotated[Acts, Depends(acts_of)]
Worker = Annotated[Caller, allowed(May.WORK)]
Governs = Annotated[Caller, allowed(May.GOVERN)]


@router.get("/cases/{id}/graph", summary="A family's net: what it shares with others, why it matters; others' unnamed")
async def graph(id: str, caller: Worker, acts: Given, depth: Annotated[int, Query(ge=1, le=2)] = 1) -> GraphView:
    return view(await acts.see(id, caller, depth))


@router.post("/cases/{id}/kin", status_code=201, summary="Kinship as a worker learned it")
async def say(id: str, body: KinBody, caller: Worker, acts: Given, key: Once) -> FactView:
    return FactView.of(await acts.say(id, body, caller, key))


@router.post("/kin/{id}/end", summary="What was written down holds no more; it stays on record")
async def take_out(id: str, body: ReasonBody, caller: Worker, acts: Given) -> FactView:
    return FactView.of(await acts.take_out(id, body.reason, caller))


@router.post("/cases/{id}/links/{link}/answer", summary="Whether a link was new, known or wrong; for both its sides")
async def answer(id: str, link: str, body: AnswerBody, caller: Worker, acts: Given) -> AnswerView:
    return AnswerView.of(await acts.answer(id, link, body, caller))


@router.post("/cases/{id}/links/{link}/withdrawal", summary="An answer that was a mistake: the link is open again")
async def take_back(id: str, link: str, body: ReasonBody, caller: Worker, acts: Given) -> AnswerView:
    return AnswerView.of(await acts.take_back(id, link, body.reason, caller))


@router.get("/statistics/links", summary="How links were answered, by rule")
async def counted(caller: Governs, acts: Given) -> dict[str, dict[str, int]]:
    return await acts.graphs.counted(caller.counties)
