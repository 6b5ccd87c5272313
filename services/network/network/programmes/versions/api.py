"""The API of a county's own programmes: proposed as one YAML file, approved by a second person, never edited."""

from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from web.callers import allowed

from network.programmes.api import Given, county_of
from network.programmes.versions import acts as deeds
from network.programmes.versions.store import Version
from network.tasks.views import View

router = APIRouter(prefix="/v1/programmes", tags=["programmes"])

Governor = Annotated[Caller, allowed(May.GOVERN)]
County = Annotated[str | None, Query(max_length=40)]


class ProposalBody(BaseModel):
    """A whole programme, as its file is written."""

    text: Annotated[str, Field(min_length=1, max_length=100_000)]


class ApprovalBody(BaseModel):
    """`digest` of the text that was read, as the proposal tells it."""

    digest: Annotated[str, Field(min_length=64, max_length=64)]


class VersionView(View):
    """A version of a county's own programme: proposed, or published."""

    programme: str
    version: int
    county: str
    state: str
    proposed_by: str | None
    approved_by: str | None
    digest: str
    text: str


class VersionsView(View):
    proposals: tuple[VersionView, ...]


@router.get("/proposals", summary="Programmes that wait for a second person")
async def proposals(caller: Governor, acts: Given, county: County = None) -> VersionsView:
    found = await acts.versions.proposed(county_of(caller, county))
    return VersionsView(proposals=tuple(map(_view, found)))


@router.post("/proposals", status_code=201, summary="Propose a programme, or a further version of one")
async def propose(body: ProposalBody, caller: Governor, acts: Given, county: County = None) -> VersionView:
    return _view(await deeds.propose(body.text, county_of(caller, county), caller, acts.versions))


@router.post("/{code}/versions/{version}/approval", summary="Publish what another person proposed, as it was read")
async def approve(
    *, code: str, version: int, body: ApprovalBody, caller: Governor, acts: Given, county: County = None
) -> VersionView:
    where = county_of(caller, county)
    return _view(await deeds.approve(code, version, body.digest, county=where, caller=caller, versions=acts.versions))


def _view(version: Version) -> VersionView:
    it = version.programme
    return VersionView(
        programme=it.programme, version=it.version, county=version.county, state=version.state,
        proposed_by=version.proposed_by, approved_by=version.approved_by, digest=deeds.digest_of(version.text),
        text=version.text,
    )  # fmt: skip
