"""The page of a family graph: genogram and ecomap to look at and to copy, the net, and a list that says the same."""

from datetime import datetime, timedelta
from typing import get_args

from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Problem
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.clock import now
from network.graph.acts import Acts, Seen
from network.graph.api import Given
from network.graph.bodies import HOW, AnswerBody, KinBody, ReasonBody
from network.graph.domain.ecomap import ecomap
from network.graph.domain.genogram import draw
from network.graph.domain.net import Verdict
from network.graph.net_picture import picture
from network.graph.net_view import Net, link_view
from network.once import Printed, told

router = APIRouter(include_in_schema=False, route_class=PageRoute)
VIEWS = ("genogram", "ecomap", "net")
MONTHS = 36
"""So far back the slider of time goes."""


@router.get("/cases/{id}/graph")
async def graph_page(
    *, id: str, visit: SignedIn, acts: Given, view: str = "genogram", depth: int = 1, ago: int = 0
) -> Response:
    return await _shown(id, visit, acts, view=view, depth=depth, ago=ago)


@router.get("/cases/{id}/genogram.svg")
async def svg(id: str, visit: SignedIn, acts: Given) -> Response:
    """The genogram alone, for a report; its file has no name of anybody."""
    case, kin, names = await acts.family(id, visit.caller)
    shown = visit.page("genogram.svg", drawing=draw(kin), names=names)
    name = f'inline; filename="genogram-{case.source[:8]}.svg"'
    return Response(shown.body, media_type="image/svg+xml", headers={"Content-Disposition": name})


@router.post("/cases/{id}/kin")
async def say(id: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    try:
        kind, _, how = form["how"].partition(".")
        fields = form.texts("one", "other", "sex", "birth_year") | {"kind": kind, "how": how or None}
        await acts.say(id, body_of(KinBody, fields), visit.caller, prints.key("kin", form["key"], form.words))
    except Problem as problem:
        return await _shown(id, visit, acts, problem=told(problem), form=form)
    return go_to(f"/cases/{id}/graph#kin")


@router.post("/kin/{id}/end")
async def take_out(id: str, visit: Meant, form: Form, acts: Given) -> Response:
    fact = await acts.take_out(id, body_of(ReasonBody, {"reason": form["reason"] or "mistaken"}).reason, visit.caller)
    return go_to(f"/cases/{fact.case_id}/graph#kin")


@router.post("/cases/{id}/links/{link}/answer")
async def answer(id: str, link: str, visit: Meant, form: Form, acts: Given) -> Response:
    """A verdict, or one taken back with a reason."""
    if form["verdict"]:
        await acts.answer(id, link, body_of(AnswerBody, {"verdict": form["verdict"]}), visit.caller)
    else:
        await acts.take_back(id, link, body_of(ReasonBody, form.texts("reason")).reason, visit.caller)
    return go_to(f"/cases/{id}/graph?view=net#links")


async def _shown(
    id: str, visit: Visit, acts: Acts, *, view: str = "genogram", depth: int = 1, ago: int = 0,
    problem: Problem | None = None, form: Filled | None = None,
) -> Response:  # fmt: skip
    seen = await acts.see(id, visit.caller, 2 if depth > 1 else 1)
    ago = min(max(ago, 0), MONTHS)
    if ago:
        seen = Seen(seen.it.at(now() - timedelta(days=30 * ago)), seen.kin, seen.facts, seen.names, seen.answers)
    net = Net.of(seen)
    return visit.page(
        "graph.html", problem, typed=form or Filled(), id=id, case=seen.it.case,
        view=view if view in VIEWS else VIEWS[0],
        views=VIEWS, depth=depth, ago=ago, months=MONTHS, as_of=_as_of(ago), seen=seen, names=seen.names,
        drawing=draw(seen.kin), map=ecomap(seen.it.case, seen.it.near, seen.it.open), net=net, picture=picture(net),
        links=[link_view(each, seen) for each in seen.it.links], verdicts=get_args(Verdict), how=HOW,
        people={each.key: each for each in seen.kin.people},
        about=lambda entry: visit.label(entry.get("about", "")),
    )  # fmt: skip


def _as_of(ago: int) -> datetime:
    return now() - timedelta(days=30 * ago)
