"""The API of looking for a person: a body, never an address, says whom."""

from typing import Annotated

from fastapi import APIRouter, Depends

from network.cases.api import Given, Worker
from network.cases.bodies import PersonBody
from network.cases.pages import Family
from network.cases.searching import searched
from network.cases.views import CasesView, CaseView
from network.looks.api import looks_of
from network.looks.store import Looks

router = APIRouter(prefix="/v1", tags=["cases"])


@router.post("/cases/searches", summary="The cases that name a person, found by keys; the search is on record")
async def search(
    body: PersonBody, caller: Worker, parts: Given, people: Family, looks: Annotated[Looks, Depends(looks_of)]
) -> CasesView:
    found = await searched(body, caller, parts.cases, people, looks)
    return CasesView(cases=tuple(map(CaseView.of, found.cases)), next=found.next)
