"""The HTTP side of onboarding, for administrators (a token of the role administrator)."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from contracts.codes import names as codes_of
from contracts.event import Model
from contracts.reports import SourceUnit
from contracts.roles import Caller, May
from contracts.times import At
from fastapi import APIRouter
from kit.mongo import Document, Duplicate
from kit.problems import Conflict, NotFound
from pydantic import Field, model_validator
from rules.taiwan import taipei_day
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from web.callers import allowed, digest

from intake.agencies.store import Agencies, agency_of
from intake.clock import now
from intake.domain.access import Route, Scope
from intake.domain.agency import ALL_COUNTIES, Agency, OauthClient
from intake.minting import written
from intake.parts import Given
from intake.reading import body_of, read_as
from intake.silence import SilentSenders, shown

MOST = 16 * 1024

router = APIRouter(tags=["agencies"])
Watcher = Annotated[Caller, allowed(May.SENDERS)]
Administrator = Annotated[Caller, allowed(May.ADMINISTER)]

SILENT = "silent"
_ID = "[a-z0-9][a-z0-9_-]{2,63}"


class AgencyId(Convertor[str]):
    """An agency's id in a path; `me` and `silent` are paths of their own."""

    regex = rf"(?!{SILENT}(?:$|/)){_ID}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("agency", AgencyId())

Counties = Annotated[tuple[Annotated[str, Field(max_length=40)], ...], Field(min_length=1, max_length=22)]
Rate = Annotated[str, Field(pattern=r"^[1-9]\d{0,6}/(second|minute|hour|day)$", examples=["600/minute"])]


class OauthClientNamed(Model):
    """A client of an OpenID provider; its tokens open what the agency's key opens."""

    issuer: Annotated[str, Field(min_length=1, max_length=200, examples=["https://login.agency.example"])]
    client_id: Annotated[str, Field(min_length=1, max_length=200, examples=["minxiong-precinct"])]


Clients = Annotated[tuple[OauthClientNamed, ...], Field(max_length=10)]


class AgencyChanged(Model):
    """What to change of an agency; what is left out stays."""

    counties: Counties | None = None
    active: bool | None = None
    scopes: Annotated[tuple[Scope, ...], Field(max_length=len(Scope))] | None = Field(
        None, description="What its keys open; an empty list means everything."
    )
    rate: Rate | None = Field(None, description="Its own limit of requests.")
    rates: dict[Route, Rate] | None = Field(
        None, description="Its own limits for kinds of requests; an empty object restores the defaults."
    )
    oauth_clients: Clients | None = Field(
        None, description="Clients whose tokens stand for it; none with an empty list."
    )

    @model_validator(mode="after")
    def _knows_its_counties(self) -> Self:
        known = codes_of("counties", taipei_day(now())).keys() | {ALL_COUNTIES}
        if not set(self.counties or ()) <= known:
            raise ValueError("unknown_counties")
        return self


class AgencyAsked(AgencyChanged):
    """A new agency. A sandbox agency's reports are answered like any other, and reach neither officers nor services."""

    agency_id: Annotated[str, Field(pattern=rf"^{_ID}$", examples=["minxiong-precinct"])]
    source_unit: SourceUnit
    sandbox: bool = False
    key_until: At | None = Field(None, description="When its key expires; never when left out.")


class RotationAsked(Model):
    """A new key; the one in use ends after `overlap_hours`, at once with 0."""

    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = 24
    key_until: At | None = None


class AgencyKnown(Model):
    """An agency as an administrator sees it. `key` is shown once, when it is made."""

    agency_id: str
    source_unit: SourceUnit
    counties: tuple[str, ...]
    active: bool
    sandbox: bool
    scopes: tuple[Scope, ...]
    rate: str | None = None
    rates: dict[Route, str] = {}
    oauth_clients: tuple[OauthClientNamed, ...] = ()
    key_until: datetime | None = None
    former_until: datetime | None = Field(
        None, description="Until when the key from before the last rotation still works."
    )
    key: str | None = None


class AgenciesKnown(Model):
    agencies: tuple[AgencyKnown, ...]


@router.get("/v1/agencies", summary="Every agency")
async def get_agencies(_: Administrator, parts: Given) -> AgenciesKnown:
    return AgenciesKnown(agencies=tuple(_shown(each) for each in await parts.agencies.documents()))


@router.get(f"/v1/agencies/{SILENT}", summary="Senders silent longer than their own rhythm")
async def get_silent(_: Watcher, parts: Given) -> SilentSenders:
    """Rhythms are learned per weekday and hour over eight weeks; a silence is listed when its chance was below one in
    a thousand."""
    return shown(parts.listening.silent)


@router.post("/v1/agencies", summary="Register an agency", status_code=201)
async def post_agency(_: Administrator, request: Request, response: Response, parts: Given) -> AgencyKnown:
    """The key is in this answer and is never shown again, but to the same request under the same Idempotency-Key."""
    body = await body_of(request, MOST)
    asked = read_as(AgencyAsked, body)
    once = parts.minting.once(request, body, asked.agency_id)
    key = written(parts.minting.secret(once))
    made = asked.agency_id != SILENT and (
        await parts.agencies.add(_agency(asked), digest(key), asked.key_until, now(), once)
        or (once is not None and await parts.agencies.has_made(asked.agency_id, digest(key), once))
    )
    if not made:
        raise Conflict(
            "This id, or one of these clients, belongs to an agency already: change that agency, or rotate its key.",
            "已有此代碼的機關，或用戶端已屬於其他機關。",
        )
    response.headers["Location"] = f"/v1/agencies/{asked.agency_id}"
    return await _known(parts.agencies, asked.agency_id, key)


@router.get("/v1/agencies/{agency_id:agency}", summary="One agency")
async def get_agency(agency_id: str, _: Administrator, parts: Given) -> AgencyKnown:
    return await _known(parts.agencies, agency_id, None)


@router.patch("/v1/agencies/{agency_id:agency}", summary="Change or suspend an agency")
async def patch_agency(agency_id: str, _: Administrator, request: Request, parts: Given) -> AgencyKnown:
    """A right that is withdrawn ends within five seconds."""
    changed = read_as(AgencyChanged, await body_of(request, MOST))
    changes = changed.model_dump(mode="json", exclude_none=True)
    try:
        known = not changes or await parts.agencies.change(agency_id, changes)
    except Duplicate:
        raise Conflict("One of these clients belongs to another agency.", "用戶端已屬於其他機關。") from None
    if not known:
        raise _none()
    return await _known(parts.agencies, agency_id, None)


@router.post("/v1/agencies/{agency_id:agency}/keys", summary="Rotate an agency's key", status_code=201)
async def post_key(agency_id: str, _: Administrator, request: Request, parts: Given) -> AgencyKnown:
    """The same request under the same Idempotency-Key rotates once, and is answered by the same key."""
    body = await body_of(request, MOST)
    asked, once = read_as(RotationAsked, body), parts.minting.once(request, body, agency_id)
    key, former_until = written(parts.minting.secret(once)), now() + timedelta(hours=asked.overlap_hours)
    made = await parts.agencies.rotate(
        agency_id, digest(key), until=asked.key_until, former_until=former_until, once=once
    )
    if not made and not (once and await parts.agencies.has_made(agency_id, digest(key), once)):
        raise _none()
    return await _known(parts.agencies, agency_id, key)


def _agency(asked: AgencyAsked) -> Agency:
    return Agency(
        asked.agency_id,
        asked.source_unit,
        frozenset(asked.counties or [ALL_COUNTIES]),
        active=asked.active is not False,
        sandbox=asked.sandbox,
        scopes=frozenset(asked.scopes or ()),
        rate=asked.rate,
        rates=dict(asked.rates or {}),
        oauth_clients=frozenset(OauthClient(each.issuer, each.client_id) for each in asked.oauth_clients or ()),
    )


async def _known(agencies: Agencies, agency_id: str, key: str | None) -> AgencyKnown:
    document = await agencies.of(agency_id)
    if document is None:
        raise _none()
    return _shown(document, key)


def _shown(document: Document, key: str | None = None) -> AgencyKnown:
    agency = agency_of(document)
    former: list[Any] = [past["until"] for past in document.get("former", []) if past["until"] > now()]
    return AgencyKnown(
        agency_id=agency.agency_id,
        source_unit=agency.source_unit,
        counties=tuple(sorted(agency.counties)),
        active=agency.active,
        sandbox=agency.sandbox,
        scopes=tuple(sorted(agency.scopes)),
        rate=agency.rate,
        rates=dict(agency.rates),
        oauth_clients=tuple(OauthClientNamed(**asdict(client)) for client in sorted(agency.oauth_clients)),
        key_until=document.get("key_until"),
        former_until=max(former, default=None),
        key=key,
    )


def _none() -> NotFound:
    return NotFound("No such agency.", "沒有這個機關。")
