"""Pages of reports to which no unit was sent: which wait for the window, and one with who has room, one click each."""

from typing import Any

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.once import Printed, told
from network.referrals.linking.acts import AdviceBody
from network.referrals.linking.api import Given, shown
from network.services import catalogue

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 50


@router.get("/linkings")
async def linkings_page(visit: SignedIn, acts: Given, state: str = "open", after: str = "") -> Response:
    visit.must(May.WORK)
    known = state if state in ("open", "linked") else "open"
    found, following = await acts.find(visit.caller, known, after, MOST)
    return visit.page("linkings.html", listed=found, state=known, following=following)


@router.get("/linkings/{report_id}")
async def linking_page(report_id: str, visit: SignedIn, acts: Given) -> Response:
    visit.must(May.WORK)
    return await _shown(visit, acts, report_id)


@router.post("/linkings/{report_id}/advice")
async def advise(*, report_id: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    visit.must(May.WORK)
    fields: dict[str, Any] = form.texts("note") | {"advised": tuple(form.all("advised"))}
    fields["family_agrees"] = {"yes": True, "no": False}.get(form["family_agrees"])
    key = prints.key("advice", form["key"], form.words)
    try:
        await acts.advise(report_id, body_of(AdviceBody, fields), visit.caller, key)
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, report_id, problem=told(problem), form=form)
    return go_to(f"/linkings/{report_id}")


async def _shown(
    visit: Visit, acts: Any, report_id: str, *, problem: Problem | None = None, form: Filled | None = None
) -> Response:
    found = await acts.linking(report_id, visit.caller)
    sent = await acts.referrals.of_report(report_id)
    return visit.page(
        "linking.html", problem, it=await shown(found, acts), sent=sent, typed=form or Filled(),
        names=await acts.offers.names([each.to for each in sent]), services=tuple(catalogue().services),
        about=lambda entry: visit.label(entry.get("about", "").rpartition(".")[2]),
    )  # fmt: skip
