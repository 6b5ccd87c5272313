"""What is in the news, on pages: late answers first; raised, answered, and who was reminded when."""

from collections.abc import Sequence

from contracts.decisions import UnitId
from contracts.roles import Caller, May, may
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Problem
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from notify.alerts import api
from notify.alerts.api import AlertOrder, AlertView, AnswerOrder, Given
from notify.alerts.desk import Desk
from notify.domain.news import PURPOSE
from notify.places import counties_of, units_for

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/alerts")
async def alerts_page(visit: SignedIn, desk: Given) -> Response:
    return await _all(visit, desk)


@router.post("/alerts")
async def begin(visit: Meant, form: Form, desk: Given) -> Response:
    """Raises Forbidden for who may not."""
    visit.must(May.DECIDE)
    fields = form.texts("county", "subject", "link") | {"answer_by": form.time("answer_by")}
    try:
        order = body_of(AlertOrder, {**fields, "purpose": PURPOSE, "units": form.all("units")})
        made = await api.post_alert(order, desk, visit.caller, form["key"] or None)
    except Problem as problem:
        return await _all(visit, desk, problem, form)
    return go_to(f"/alerts/{made.alert_id}")


@router.get("/alerts/{alert_id}")
async def alert_page(alert_id: str, visit: SignedIn, desk: Given) -> Response:
    return await _one(alert_id, visit, desk)


@router.post("/alerts/{alert_id}/answers")
async def answer(alert_id: str, visit: Meant, form: Form, desk: Given) -> Response:
    """Raises Forbidden for another unit's answer, and NotFound."""
    fields = form.texts("unit", "ours", "says") | {"by": form.time("by")}
    try:
        await api.post_answer(alert_id, body_of(AnswerOrder, fields), desk, visit.caller)
    except Problem as problem:
        return await _one(alert_id, visit, desk, problem, form)
    return go_to(f"/alerts/{alert_id}")


async def _all(visit: Visit, desk: Desk, problem: Problem | None = None, form: Filled | None = None) -> Response:
    alerts = (await api.list_alerts(desk, visit.caller)).alerts
    owing = [each for each in alerts if any(owed.state != "answered" for owed in each.owes)]
    typed = form or Filled()
    return visit.page(
        "alerts.html", problem, late=_late(alerts), open=owing, done=[each for each in alerts if each not in owing],
        typed=typed, chosen=typed.all("units"), places=counties_of(visit.caller), units=units_for(visit.caller),
        bureaus=desk.watch.bureaus, may_begin=may(visit.caller.role, May.DECIDE),
    )  # fmt: skip


async def _one(
    id: str, visit: Visit, desk: Desk, problem: Problem | None = None, form: Filled | None = None
) -> Response:
    alert = await api.get_alert(id, desk, visit.caller)
    mine = [each.unit for each in alert.owes if _may_answer(visit.caller, each.unit)]
    owes = sorted(alert.owes, key=lambda each: (each.state == "answered", each.unit not in visit.caller.units))
    return visit.page("alert.html", problem, alert=alert, owes=owes, mine=mine, typed=form or Filled())


def _late(alerts: Sequence[AlertView]) -> list[tuple[AlertView, UnitId]]:
    """Each unit whose time is over, the longest first."""
    late = [(alert, unit) for alert in alerts for unit in alert.late]
    return sorted(late, key=lambda each: each[0].answer_by)


def _may_answer(caller: Caller, unit: UnitId) -> bool:
    return may(caller.role, May.WORK) and (not caller.units or unit in caller.units)
