"""One's own page: duties and their exchange, where one is reached (LINE, e-mail), the calendar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from contracts.roles import Caller
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from kit.problems import Problem
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from notify.calendars.api import Given as Feeds
from notify.calendars.api import duties_of, make, revoke
from notify.calendars.calendar import Stretch
from notify.codes import Codes
from notify.domain.rota import final
from notify.mail.api import Address, addresses_of, put_address
from notify.mail.store import MailAddresses
from notify.people.api import Code, bind, codes_of, people_of
from notify.people.store import LinePeople
from notify.rota.pages import people_of as named_in
from notify.rota.store import Kept
from notify.swaps.api import MOST, SwapAnswer, SwapOrder, answer_swap, offer_swap
from notify.swaps.api import Given as Exchanging

router = APIRouter(include_in_schema=False, route_class=PageRoute)

AHEAD = timedelta(days=31)


@dataclass(frozen=True)
class Desk:
    """What the page is made of."""

    people: LinePeople
    codes: Codes
    addresses: MailAddresses
    feeds: Feeds
    exchange: Exchanging


@dataclass(frozen=True)
class Mine:
    """A duty of one's own to come, the colleagues of that rota, and their duties to take in return."""

    duty: Stretch
    colleagues: Sequence[str]
    returns: Sequence[tuple[str, Stretch]]


async def desk_of(
    *, people: Annotated[LinePeople, Depends(people_of)], codes: Annotated[Codes, Depends(codes_of)],
    addresses: Annotated[MailAddresses, Depends(addresses_of)], feeds: Feeds, exchange: Exchanging,
) -> Desk:  # fmt: skip
    return Desk(people, codes, addresses, feeds, exchange)


Given = Annotated[Desk, Depends(desk_of)]


@router.get("/mine")
async def my_page(visit: SignedIn, desk: Given) -> Response:
    return await _shown(visit, desk)


@router.post("/mine/line")
async def bind_line(visit: Meant, form: Form, desk: Given) -> Response:
    try:
        await bind(body_of(Code, form.texts("code")), desk.people, desk.codes, visit.caller)
    except Problem as problem:
        return await _shown(visit, desk, problem, form)
    return go_to("/mine")


@router.post("/mine/mail")
async def write_mail(visit: Meant, form: Form, desk: Given) -> Response:
    try:
        await put_address(body_of(Address, form.texts("address")), desk.addresses, visit.caller)
    except Problem as problem:
        return await _shown(visit, desk, problem, form)
    return go_to("/mine")


@router.post("/mine/mail/end")
async def forget_mail(visit: Meant, desk: Given) -> Response:
    await desk.addresses.forget(visit.caller.name)
    return go_to("/mine")


@router.post("/mine/calendar")
async def make_calendar(visit: Meant, desk: Given) -> Response:
    """The address is shown this once."""
    made = await make(desk.feeds, visit.caller)
    return await _shown(visit, desk, address=f"{visit.site.door.home(visit.request)}{made.path}")


@router.post("/mine/calendar/end")
async def revoke_calendar(visit: Meant, desk: Given) -> Response:
    try:
        await revoke(desk.feeds, visit.caller)
    except Problem as problem:
        return await _shown(visit, desk, problem)
    return go_to("/mine")


@router.post("/mine/swaps")
async def offer(visit: Meant, form: Form, desk: Given) -> Response:
    """`with` is a colleague, with their duty in return after it where there is one."""
    to, _, back = form["with"].partition("|")
    fields: dict[str, Any] = form.texts("unit", "duty") | {"to": to, "given": _span(form["given"]), "back": _span(back)}
    try:
        await offer_swap(body_of(SwapOrder, fields), desk.exchange, visit.caller, form["key"] or None)
    except Problem as problem:
        return await _shown(visit, desk, problem, form)
    return go_to("/mine")


@router.post("/mine/swaps/{swap_id}")
async def answer(swap_id: str, visit: Meant, form: Form, desk: Given) -> Response:
    try:
        told = body_of(SwapAnswer, form.texts("answer"))
        await answer_swap(swap_id, told, desk.exchange, visit.caller)
    except Problem as problem:
        return await _shown(visit, desk, problem)
    return go_to("/mine")


async def _shown(
    visit: Visit, desk: Desk, problem: Problem | None = None, form: Filled | None = None, *, address: str | None = None
) -> Response:
    name, now = visit.caller.name, datetime.now(UTC)
    rotas = await desk.exchange.office.rotas.listed(visit.caller.counties)
    swaps = await desk.exchange.swaps.concerning(name, MOST)
    duties = sorted(_duties(visit.caller, rotas, now), key=lambda each: each.duty.start)
    return visit.page(
        "mine.html", problem, typed=form or Filled(), address=address, duties=duties,
        swaps=swaps, line=await desk.people.of(name), mail=await desk.addresses.told(name),
        feed=await desk.feeds.of(name),
    )  # fmt: skip


def _duties(caller: Caller, rotas: Sequence[Kept], now: datetime) -> Iterator[Mine]:
    for kept in rotas:
        colleagues = sorted({*named_in(kept.rota)} - {caller.name})
        returns = [
            (each.person, Stretch(kept.unit, kept.duty, each.start, each.end))
            for each in final(kept.rota, now, now + AHEAD)
            if each.person and each.person != caller.name and each.start > now
        ]
        for duty in duties_of(caller.name, [kept], now, now + AHEAD):
            yield Mine(duty, colleagues, returns)


def _span(text: str) -> dict[str, str] | None:
    start, _, end = text.partition("|")
    return {"start": start, "end": end} if text else None
