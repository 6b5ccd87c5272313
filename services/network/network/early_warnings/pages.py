"""Pages of early warning: what is owed and why in words and numbers, where more came than usual, how often rules were
right."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from contracts.roles import May, opens_every
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.counties import choosable
from rules.rises import GAP, RECENT, Level, chance_said
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.access import Scope
from network.early_warnings.acts import Acts
from network.early_warnings.api import MOST, Given, yesterday
from network.early_warnings.bodies import EarlyWarningView, HotSpotsView, VerdictBody
from network.early_warnings.finding import last_weeks
from network.early_warnings.looking import look
from network.early_warnings.rules import rules
from network.once import Printed, told

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Drawn = Callable[[str, Mapping[str, int]], Any]
"""The map of a county with so many in each township; None of a county without one."""


async def drawn_by(request: Request) -> Drawn:
    drawn: Drawn = request.app.state.county_map
    return drawn


@router.get("/early-warnings")
async def list_page(
    visit: SignedIn, acts: Given, drawn: Annotated[Drawn, Depends(drawn_by)], *, county: str = "", after: str = "",
    answered: str = "",
) -> Response:  # fmt: skip
    """Those that wait for an answer, or were answered, with the record of each rule and the last two weeks."""
    visit.must(May.WORK)
    scope, mine = Scope.of(visit.caller), choosable(visit.caller.counties)
    found, following = await acts.warnings.find(scope, None, after, MOST, is_open=not answered)
    here = county if county in mine else mine[0]
    protect, weeks = not opens_every(visit.caller), last_weeks(yesterday())
    spots = HotSpotsView.of(here, weeks, await look(acts.known, here, weeks), protect=protect)
    counts = Counter(each.township or "" for each in spots.findings if each.level is not Level.USUAL)
    listed = [EarlyWarningView.of(each, scope, task) for each, task in found]
    return visit.page(
        "early_warnings.html", listed=listed, answered=bool(answered),
        following=following, here_county=here, choosable=mine, spots=spots,
        map=drawn(here, counts), records=await acts.records(here), protect=protect, chance_said=chance_said,
        verified=rules().verified, recent=RECENT, gap=GAP,
    )  # fmt: skip


@router.get("/early-warnings/{id}")
async def one_page(id: str, visit: SignedIn, acts: Given) -> Response:
    visit.must(May.WORK)
    return await _shown(visit, acts, id)


@router.post("/early-warnings/{id}/looks")
async def look_at(id: str, visit: Meant, acts: Given) -> Response:
    visit.must(May.WORK)
    *_, text = await acts.read(id, visit.caller)
    return await _shown(visit, acts, id, text=text or visit.label("erased"))


@router.post("/early-warnings/{id}/answer")
async def answer(id: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    visit.must(May.WORK)
    fields = {"verdict": form["verdict"], "code": form[form["verdict"]], "text": form["text"] or None}
    try:
        body = body_of(VerdictBody, fields)
        await acts.answer(id, body, visit.caller, prints.key(f"early-warning:{id}", form["key"], form.words))
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, id, told(problem), form)
    return go_to(f"/early-warnings/{id}")


async def _shown(
    visit: Visit, acts: Acts, id: str, problem: Problem | None = None, form: Filled | None = None, *, text: str = ""
) -> Response:
    warning, task = await acts.get(id, visit.caller)
    scope = Scope.of(visit.caller)
    it = EarlyWarningView.of(warning, scope, task)
    has_words = bool(warning.answer and warning.answer.words)
    return visit.page(
        "early_warning.html", problem, it=it, may_answer=scope.speaks_for(it.unit), acts=rules().acts,
        reasons=rules().reasons, typed=form or Filled(), text=text, has_words=has_words, chance_said=chance_said,
        verified=rules().verified, about=lambda entry: visit.label(entry.get("about", "").rpartition(".")[2]),
    )  # fmt: skip
