"""The API of the desk: calls written down, the share of village offices, and codes of community partners."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from contracts.event import Model
from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.problems import NotFound
from pydantic import Field
from rules.taiwan import taipei_day
from web.callers import allowed, must_cover

from intake.answers import Receipt
from intake.clock import now
from intake.desk.calls import Calls
from intake.desk.chiefs import Chiefs, Share, counted
from intake.desk.partners import Kind, Partner, Partners, Thanked, Thanks, Told
from intake.desk.told_links import ToldLinks
from intake.headers import idempotency_key
from intake.reading import body_of, read_as, submission_of

MOST = 256 * 1024
YEAR = timedelta(days=365)

router = APIRouter(tags=["desk"])


@dataclass(frozen=True)
class Desk:
    """What the routes of the desk work with. `home` is where browsers find intake; empty as they asked for it."""

    calls: Calls
    chiefs: Chiefs
    partners: Partners
    links: ToldLinks
    home: str = ""

    def at(self, request: Request, path: str) -> str:
        return f"{self.home or str(request.base_url).rstrip('/')}{path}"


async def desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


Given = Annotated[Desk, Depends(desk_of)]
Worker = Annotated[Caller, allowed(May.WORK)]
Watcher = Annotated[Caller, allowed(May.SENDERS)]
Keeper = Annotated[Caller, allowed(May.KEEP)]


class CallReceipt(Receipt):
    """The receipt, and the link by which who telephoned hears the kind of what became of it: shown this once."""

    told_link: str


class ShareView(Model):
    """`share` of 1, null of nothing."""

    of: str
    reports: int
    by_chiefs: int
    share: float | None


class ChiefsView(Model):
    """Reports that village chiefs, village officers and neighbourhood heads told; `silent` are villages that never did.

    `civil_affairs` is the column 民政, `written_by` the units that wrote some of it down.
    """

    county: str
    reports: int
    by_chiefs: int
    share: float | None
    civil_affairs: int
    written_by: dict[str, int]
    offices: dict[str, int]
    months: tuple[ShareView, ...]
    townships: tuple[ShareView, ...]
    silent: dict[str, tuple[str, ...]]


class PartnerAsked(Model):
    """A new community partner."""

    county: Annotated[str, Field(max_length=40)]
    kind: Kind
    name: Annotated[str, Field(min_length=1, max_length=60)]
    township: Annotated[str, Field(max_length=20)] | None = None


class ThanksAsked(Model):
    how: Thanks


class ThankedView(Model):
    how: str
    at: datetime
    by: str


class PartnerView(Model):
    """A partner. `link` opens the form with its code, which is shown once, when it is made."""

    partner_id: str
    county: str
    kind: str
    name: str
    township: str | None
    made_at: datetime
    made_by: str
    revoked_at: datetime | None
    reports: int
    last_at: datetime | None
    thanked: tuple[ThankedView, ...]
    link: str | None = None

    @classmethod
    def of(cls, partner: Partner, told: Told, link: str | None = None) -> "PartnerView":
        own: dict[str, Any] = {name: getattr(partner, name) for name in cls.model_fields if hasattr(partner, name)}
        thanked = tuple(ThankedView(how=each.how, at=each.at, by=each.by) for each in partner.thanked)
        counts = {"partner_id": partner.id, "reports": told.reports, "last_at": told.last_at, "link": link}
        return cls.model_validate({**own, **counts, "thanked": thanked})


class PartnersView(Model):
    partners: tuple[PartnerView, ...]


@router.post("/v1/calls", status_code=202, summary="Write down what a village office telephoned")
async def post_call(request: Request, caller: Worker, desk: Given) -> CallReceipt:
    """A report with `told_by`; it counts for civil affairs, with the caller's unit beside it."""
    at = now()
    submission = submission_of(await body_of(request, MOST), at)
    told, secret = await desk.calls.write(submission, caller, at, idempotency_key(request))
    return CallReceipt.model_validate({**told.receipt, "told_link": desk.at(request, f"/told/{secret}")})


@router.get("/v1/statistics/chiefs", summary="The share of village offices, and villages that never report")
async def get_chiefs(
    *,
    county: str,
    since: Annotated[date | None, Query(alias="from")] = None,
    until: Annotated[date | None, Query(alias="to")] = None,
    caller: Watcher,
    desk: Given,
) -> ChiefsView:
    must_cover(caller, county)
    return await chiefs_view(desk, county, since, until)


@router.get("/v1/partners", summary="Community partners, what they told, and how they were thanked")
async def get_partners(caller: Keeper, desk: Given) -> PartnersView:
    return PartnersView(partners=await partners_view(desk, caller))


@router.post("/v1/partners", status_code=201, summary="A new community partner, with its code")
async def post_partner(request: Request, caller: Keeper, desk: Given) -> PartnerView:
    asked = read_as(PartnerAsked, await body_of(request, MOST))
    made, code = await make(asked, caller, desk, idempotency_key(request))
    return PartnerView.of(made, Told(), form_link(desk, request, code))


@router.post("/v1/partners/{partner_id}/code", status_code=201, summary="A new code; the one before opens nothing")
async def post_code(partner_id: str, request: Request, caller: Keeper, desk: Given) -> PartnerView:
    code = await desk.partners.renew(await partner_of(partner_id, caller, desk))
    return await _shown(partner_id, caller, desk, form_link(desk, request, code))


@router.post("/v1/partners/{partner_id}/revocation", summary="Its code opens nothing any more")
async def post_revocation(partner_id: str, caller: Keeper, desk: Given) -> PartnerView:
    await desk.partners.revoke(await partner_of(partner_id, caller, desk), by=caller.name, at=now())
    return await _shown(partner_id, caller, desk)


@router.post("/v1/partners/{partner_id}/thanks", status_code=201, summary="The partner was thanked")
async def post_thanks(partner_id: str, request: Request, caller: Keeper, desk: Given) -> PartnerView:
    asked = read_as(ThanksAsked, await body_of(request, MOST))
    partner = await partner_of(partner_id, caller, desk)
    await desk.partners.thank(partner.id, Thanked(asked.how, now(), caller.name), idempotency_key(request))
    return await _shown(partner_id, caller, desk)


async def make(asked: PartnerAsked, caller: Caller, desk: Desk, key: str | None = None) -> tuple[Partner, str]:
    """A new partner and its code. Raises Forbidden for another county, Conflict for what was sent before."""
    must_cover(caller, asked.county)
    said = asked.county, asked.kind, asked.name, asked.township
    return await desk.partners.make(*said, by=caller.name, at=now(), key=key)


async def partner_of(id: str, caller: Caller, desk: Desk) -> Partner:
    """Raises NotFound, also for a partner of another county."""
    found = await desk.partners.get(id)
    if found is None or not caller.sees(found.county):
        raise NotFound("There is no such partner.", "查無此夥伴。")
    return found


async def partners_view(desk: Desk, caller: Caller) -> tuple[PartnerView, ...]:
    """The partners of a caller's counties."""
    found = await desk.partners.of(sorted(caller.counties))
    told = await desk.partners.told([each.id for each in found])
    return tuple(PartnerView.of(each, told.get(each.id, Told())) for each in found)


async def chiefs_view(desk: Desk, county: str, since: date | None, until: date | None) -> ChiefsView:
    """Of these days, else of the last year."""
    last = until or taipei_day(now())
    days = (since or last - YEAR).isoformat(), last.isoformat()
    found = counted(await desk.chiefs.cells(county, *days))
    return ChiefsView(
        county=county, reports=found.reports, by_chiefs=found.by_chiefs, share=found.share,
        civil_affairs=found.civil_affairs, written_by=dict(found.written_by), offices=dict(found.offices),
        months=_shares(found.months), townships=_shares(found.townships),
        silent={at: tuple(names) for at, names in (await desk.chiefs.silent(county, *days)).items()},
    )  # fmt: skip


def form_link(desk: Desk, request: Request, code: str) -> str:
    """The form with a code. Behind `#` it stays in the browser: no server's log and no referrer holds it."""
    return desk.at(request, f"/form#code={code}")


async def _shown(id: str, caller: Caller, desk: Desk, link: str | None = None) -> PartnerView:
    partner = await partner_of(id, caller, desk)
    return PartnerView.of(partner, (await desk.partners.told([id])).get(id, Told()), link)


def _shares(found: Mapping[str, Share]) -> tuple[ShareView, ...]:
    return tuple(
        ShareView(of=key, reports=each.reports, by_chiefs=each.by_chiefs, share=each.share)
        for key, each in sorted(found.items())
    )
