"""The ledger of messages: failures with what to do first, then all, by report, by group and by person."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from contracts.roles import May, may
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from kit.mongo import Document
from kit.problems import NotFound
from web.frame import Form, Meant, PageRoute, SignedIn, go_to

from notify.anew import Anew
from notify.api import DeliveryView, anew_of, deliveries_of, percentile, send_anew
from notify.ledger.choice import Choice, State, chosen
from notify.ledger.store import Ledger
from notify.places import units_for
from notify.store import Deliveries

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 100
MOST_ROWS = 500


async def ledger_of(request: Request) -> Ledger:
    ledger: Ledger = request.app.state.ledger
    return ledger


async def choice_of(
    *,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    report: Annotated[str, Query(max_length=100)] = "",
    unit: Annotated[str, Query(max_length=100)] = "",
    person: Annotated[str, Query(max_length=100)] = "",
    state: State = "",
) -> Choice:
    return chosen(first, last, report=report, unit=unit.strip(), person=person.strip(), state=state)


Given = Annotated[Ledger, Depends(ledger_of)]
Chosen = Annotated[Choice, Depends(choice_of)]


@router.get("/deliveries")
async def deliveries_page(visit: SignedIn, ledger: Given, choice: Chosen, after: str = "") -> Response:
    """Failures stand on the first page alone; every page says whether there are more."""
    page = await ledger.page(choice, visit.caller, MOST, after)
    return visit.page(
        "deliveries.html", choice=choice, failures=views(page.failures), rest=views(page.rest),
        counts=page.counts, following=choice.address(after=page.following) if page.following else None,
        took=figures(await ledger.seconds_until_answered(choice, visit.caller)),
        may_resend=may(visit.caller.role, May.GOVERN), beyond=bool(after), units=units_for(visit.caller),
    )  # fmt: skip


@router.get("/deliveries/by/{what}")
async def rows_page(visit: SignedIn, ledger: Given, choice: Chosen, what: Literal["group", "person"]) -> Response:
    """The same messages, a line each group or person."""
    rows = await ledger.rows(choice, visit.caller, "unit" if what == "group" else "person", MOST_ROWS)
    told = [(row, figures(row.took)) for row in rows]
    return visit.page(
        "deliveries_by.html", choice=choice, what=what, rows=told, most=MOST_ROWS, units=units_for(visit.caller)
    )


@router.post("/deliveries/{delivery_id}/resend")
async def resend(
    delivery_id: str, visit: Meant, form: Form, deliveries: Annotated[Deliveries, Depends(deliveries_of)],
    anew: Annotated[Anew, Depends(anew_of)],
) -> Response:  # fmt: skip
    """Raises NotFound, and Conflict for what has not failed."""
    visit.must(May.GOVERN)
    failed = await deliveries.of(delivery_id)
    if failed is None or (visit.caller.units and failed.notice.unit not in visit.caller.units):
        raise NotFound("There is no such delivery.", "查無此送達紀錄。")
    sent = await send_anew(failed, anew, visit.caller)
    return go_to(f"/deliveries?report={sent.id}")


def views(documents: Sequence[Document]) -> list[DeliveryView]:
    return [DeliveryView.of(each) for each in documents]


def figures(took: Sequence[float]) -> Mapping[str, float | int | None]:
    """Percentiles of seconds that ascend, by the nearest rank, and how many they are of."""
    return {"p50": percentile(took, 50), "p95": percentile(took, 95), "n": len(took)}
