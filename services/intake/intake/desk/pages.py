"""Pages of the desk: a call written down, the share of village offices, codes to print; and what a caller may hear."""

import json
from typing import Any

import segno
from contracts.people import Office
from contracts.reports import CaseType
from contracts.roles import May, may
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from markupsafe import Markup
from rules.counties import choosable
from rules.places import villages_of
from starlette.requests import Request
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, go_to, site_of

from intake.clock import now
from intake.desk import api
from intake.desk.api import Desk, Given
from intake.desk.partners import KINDS, THANKS, Thanked
from intake.reading import read_as, submission_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)

CASE_TYPES = tuple(each.value for each in (CaseType.CONSULTATION_ADULT, CaseType.CONSULTATION_MINOR))
OFFICES = tuple(each.value for each in Office)
NEEDS = ("economic_hardship", "support_system_change", "relationship_conflict", "child_development",
         "member_adversity", "personal_adjustment")  # fmt: skip
_NO_REFERRER = {"Referrer-Policy": "no-referrer"}


@router.get("/")
async def home(visit: SignedIn) -> Response:
    return go_to("/desk/calls" if may(visit.caller.role, May.WORK) else "/desk/partners")


@router.get("/desk/calls")
async def call_page(visit: SignedIn) -> Response:
    visit.must(May.WORK)
    return _call(visit)


@router.post("/desk/calls")
async def write_call(visit: Meant, form: Form, desk: Given) -> Response:
    """The receipt with the link for who telephoned, or the form again with what to correct."""
    visit.must(May.WORK)
    at = now()
    try:
        submission = submission_of(json.dumps(_report(form), ensure_ascii=False).encode(), at)
        told, secret = await desk.calls.write(submission, visit.caller, at, form["key"] or None)
    except Problem as problem:
        return _call(visit, problem, form)
    link = desk.at(visit.request, f"/told/{secret}")
    return visit.page("call_written.html", receipt=told.receipt, link=link, qr=_qr(link))


@router.get("/desk/chiefs")
async def chiefs_page(visit: SignedIn, desk: Given, county: str = "") -> Response:
    """One county, the first where none of theirs is asked for."""
    visit.must(May.SENDERS)
    mine = choosable(visit.caller.counties)
    here = county if county in mine else mine[0]
    return visit.page("chiefs.html", it=await api.chiefs_view(desk, here, None, None), choosable=mine)


@router.get("/desk/partners")
async def partners_page(visit: SignedIn, desk: Given) -> Response:
    visit.must(May.KEEP)
    return await _partners(visit, desk)


@router.post("/desk/partners")
async def make_partner(visit: Meant, form: Form, desk: Given) -> Response:
    """The new partner's sheet to print, shown this once."""
    visit.must(May.KEEP)
    try:
        asked = read_as(api.PartnerAsked, json.dumps(form.texts("county", "kind", "name", "township")).encode())
        made, code = await api.make(asked, visit.caller, desk, form["key"] or None)
    except Problem as problem:
        return await _partners(visit, desk, problem, form)
    return _sheet(visit, desk, made.name, code)


@router.post("/desk/partners/{partner_id}/{act}")
async def do(partner_id: str, act: str, visit: Meant, form: Form, desk: Given) -> Response:
    visit.must(May.KEEP)
    partner = await api.partner_of(partner_id, visit.caller, desk)
    if act == "code":
        return _sheet(visit, desk, partner.name, await desk.partners.renew(partner))
    if act == "revocation":
        await desk.partners.revoke(partner, by=visit.caller.name, at=now())
    elif act == "thanks":
        asked = read_as(api.ThanksAsked, json.dumps(form.texts("how")).encode())
        await desk.partners.thank(partner.id, Thanked(asked.how, now(), visit.caller.name), form["key"] or None)
    else:
        raise NotFound("There is no such act.", "查無此動作。")
    return go_to("/desk/partners")


@router.get("/told/{secret}")
async def told_page(secret: str, request: Request, desk: Given) -> Response:
    """What became of a call, in kind: who told it needs no sign-in, and hears no more."""
    kind = await desk.links.kind(secret, now())
    if kind is None:
        raise NotFound(
            "This link opens nothing, or is over: ask the welfare centre.", "連結無效或已逾期，請洽社福中心。"
        )
    answer = site_of(request).pages.show(request, None, "told_page.html", kind=kind)
    answer.headers.update(_NO_REFERRER)
    return answer


def _report(form: Filled) -> dict[str, Any]:
    """The fields as a report."""
    place = form.texts("county", "township", "village", "address")
    told = form.texts("office") | {"township": form["told_township"] or None, "village": form["told_village"] or None,
                                   "name": form["chief_name"] or None, "phone": form["chief_phone"] or None,
                                   "told_at": form.time("told_at")}  # fmt: skip
    subject = {"role": "subject", "name": form["subject_name"] or None,
               "phones": [form["subject_phone"]] if form["subject_phone"] else []}  # fmt: skip
    return {
        "case_type": form["case_type"], "county": form["county"], "oral": True, "known_at": form.time("told_at"),
        "event": {"place": place, "narrative": form["narrative"] or None}, "people": [_said(subject)],
        "needs": form.all("needs"), "told_by": _said(told),
    }  # fmt: skip


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _call(visit: Visit, problem: Problem | None = None, form: Filled | None = None) -> Response:
    counties = choosable(visit.caller.counties)
    towns = sorted({town for county in counties for town in villages_of(county)})
    return visit.page(
        "call.html", problem, typed=form or Filled(), here_counties=counties, towns=towns, case_types=CASE_TYPES,
        offices=OFFICES, needs=NEEDS,
    )  # fmt: skip


async def _partners(visit: Visit, desk: Desk, problem: Problem | None = None, form: Filled | None = None) -> Response:
    counties = choosable(visit.caller.counties)
    return visit.page(
        "partners.html", problem, partners=await api.partners_view(desk, visit.caller), typed=form or Filled(),
        kinds=KINDS, thanks=THANKS, here_counties=counties,
    )  # fmt: skip


def _sheet(visit: Visit, desk: Desk, name: str, code: str) -> Response:
    link = api.form_link(desk, visit.request, code)
    return visit.page("partner_sheet.html", partner=name, link=link, qr=_qr(link))


def _qr(link: str) -> Markup:
    """A code to scan, as a picture in the page."""
    made = segno.make_qr(link, error="m")
    picture = made.svg_inline(scale=6, border=4, light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return Markup(picture)  # noqa: S704
