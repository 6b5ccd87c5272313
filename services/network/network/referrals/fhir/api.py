"""FHIR R4 for the health partners that are asked: their Tasks, what each is about, and their answer by PUT."""

from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import urlencode

from contracts.languages import Lang, Said
from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from kit.paging import After
from kit.problems import NO_STORE, BadRequest, NotFound, preferred
from web.callers import allowed

from network.referrals.acts import Acts
from network.referrals.api import Given
from network.referrals.domain.referral import Referral, State
from network.referrals.fhir.capability import statement
from network.referrals.fhir.hearing import HEARD, changing, heard, read
from network.referrals.fhir.kinds import kinds
from network.referrals.fhir.outcomes import MEDIA, FhirRoute
from network.referrals.fhir.saying import request_of, task_of, version_of
from network.referrals.fhir.store import Addressed, Sought
from network.services import one_of

router = APIRouter(prefix="/fhir", tags=["fhir"], route_class=FhirRoute)

Asked = Annotated[Caller, allowed(May.ANSWER)]
PARAMETERS = ("status", "_count", "_after")
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def addressed_of(request: Request) -> Addressed:
    found: Addressed = request.app.state.addressed
    return found


async def _language(request: Request) -> Lang:
    return preferred(request)


async def _known_parameters(request: Request) -> None:
    """Raises BadRequest for a parameter that would change nothing."""
    if unknown := sorted(set(request.query_params) - set(PARAMETERS)):
        said = one_of(PARAMETERS)
        entry = {"at": f"http.{unknown[0]}", "code": "parameter", **said._asdict()}
        raise BadRequest(said.en, said.zh, errors=[entry])


Language = Annotated[Lang, Depends(_language)]
Read = Annotated[Addressed, Depends(addressed_of)]


@router.get("/metadata", summary="What this server does: a CapabilityStatement")
async def metadata() -> JSONResponse:
    return JSONResponse(statement(), media_type=MEDIA)


@router.get("/Task", summary="Tasks that one's unit is asked to do", dependencies=[Depends(_known_parameters)])
async def find(
    *,
    status: Annotated[str, Query(max_length=100, description="One, or several with commas")] = "",
    count: Annotated[int, Query(alias="_count", ge=1, le=200)] = 50,
    after: Annotated[After | None, Query(alias="_after", description="From the link `next`")] = None,
    request: Request, caller: Asked, read: Read, lang: Language,
) -> JSONResponse:  # fmt: skip
    sought = Sought(caller.counties, caller.units, kinds().services, _states(status))
    found, following = await read.find(sought, after, count)
    base = str(request.url).partition("/fhir/")[0]
    links = [{"relation": "self", "url": str(request.url)}]
    if following:
        asked = urlencode([("status", status)] * bool(status) + [("_count", str(count)), ("_after", following)])
        links.append({"relation": "next", "url": f"{base}/fhir/Task?{asked}"})
    entries = [
        {"fullUrl": f"{base}/fhir/Task/{each.id}", "resource": task_of(each, lang).json_body,
         "search": {"mode": "match"}}
        for each in found
    ]  # fmt: skip
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return _answered(bundle | ({"entry": entries} if entries else {}))


@router.get("/Task/{id}", summary="One Task")
async def get(id: str, caller: Asked, acts: Given, lang: Language) -> JSONResponse:
    return _task(await _mine(id, caller, acts), lang)


@router.get("/ServiceRequest/{id}", summary="What a Task is about")
async def request_for(id: str, caller: Asked, acts: Given, lang: Language) -> JSONResponse:
    found = await _mine(id, caller, acts)
    return _answered(request_of(found, lang).json_body, found)


@router.put(
    "/Task/{id}", summary="Answer, begin, end: the referral moves as by the API; the same again changes nothing"
)
async def put(
    *, id: str, request: Request, caller: Asked, acts: Given, lang: Language,
    over: Annotated[str | None, Header(alias="If-Match", max_length=40)] = None,
) -> JSONResponse:  # fmt: skip
    found = await _mine(id, caller, acts)
    said = heard(read(await request.body()), found)
    change = changing(said, found, over.strip().removeprefix("W/").strip('"') if over else None)
    return _task(await acts.step(id, caller, change, of="receiver", at=said.at), lang)


@router.api_route("/{path:path}", methods=METHODS, include_in_schema=False)
async def elsewhere(path: str) -> JSONResponse:
    raise NotFound(
        "Here are /fhir/metadata, GET /fhir/Task, GET and PUT /fhir/Task/{id}, GET /fhir/ServiceRequest/{id}.",
        "這裡有 /fhir/metadata、GET /fhir/Task、GET 與 PUT /fhir/Task/{id}、GET /fhir/ServiceRequest/{id}。",
    )


async def _mine(id: str, caller: Caller, acts: Acts) -> Referral:
    """A referral that a health partner is asked; whoever asks, or takes part in the case, uses the API.

    Raises NotFound, also for one of another unit and of a service that does not go to health partners.
    """
    found, side = await acts.referral(id, caller)
    if side != "receiver" or not caller.units or found.service not in kinds().services:
        raise NotFound("There is no such Task.", "查無此 Task。")
    return found


def _states(text: str) -> Collection[State]:
    """Raises BadRequest for a status that no Task here has."""
    asked = [each.strip() for each in text.split(",") if each.strip()]
    if wrong := [each for each in asked if each not in HEARD]:
        said: Said = one_of(tuple(HEARD))
        raise BadRequest(said.en, said.zh, errors=[{"at": "http.status", "code": wrong[0][:20], **said._asdict()}])
    return {HEARD[each] for each in asked}


def _task(referral: Referral, lang: Lang) -> JSONResponse:
    return _answered(task_of(referral, lang).json_body, referral)


def _answered(body: dict[str, Any], referral: Referral | None = None) -> JSONResponse:
    tag = {"ETag": f'W/"{version_of(referral)}"'} if referral else {}
    return JSONResponse(body, headers=NO_STORE | tag, media_type=MEDIA)
