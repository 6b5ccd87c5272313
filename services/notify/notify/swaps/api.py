"""One colleague offers a duty, the other confirms or refuses; both have signed what then stands in the rota."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import uuid4

from contracts.event import derived_id
from contracts.roles import Caller, May
from contracts.times import At
from fastapi import APIRouter, Depends, Header, Request
from kit.problems import Conflict, NotFound, Unprocessable
from kit.telemetry import log
from pydantic import BaseModel, Field, model_validator
from web.callers import allowed

from notify.domain.notices import Notice
from notify.domain.swaps import Obstacle, Span, Swap, SwapState, obstacle, swapped
from notify.people.telling import Telling
from notify.rota.api import Name, Office, office_of
from notify.rota.store import Changed, DutyKind, Kept
from notify.swaps.store import Answered, Swaps

Worker = Annotated[Caller, allowed(May.WORK)]
MOST = 200
TRIES = 5
LONGEST = timedelta(days=31)

router = APIRouter(prefix="/v1", tags=["rota"])


class SpanLine(BaseModel):
    """From `start` to before `end`, within 31 days."""

    start: At
    end: At

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if not timedelta(0) < self.end - self.start <= LONGEST:
            raise ValueError("a duty ends after it starts, within 31 days")
        return self


class SwapOrder(BaseModel):
    """The caller offers a duty of theirs to `to`; for another one `back`, if they exchange."""

    unit: Annotated[str, Field(pattern=r"^[a-z-]+/[a-z0-9_.-]+$", max_length=100)]
    duty: DutyKind = "on_call"
    to: Name
    given: SpanLine
    back: SpanLine | None = None


class SwapAnswer(BaseModel):
    """`accept` and `refuse` are for whom it was offered to, `withdraw` for who offered it."""

    answer: Literal["accept", "refuse", "withdraw"]


class SwapView(BaseModel):
    """An exchange of duties. `state`: offered, accepted (the rota has it), refused or withdrawn."""

    swap_id: str
    unit: str
    duty: str
    by: str
    to: str
    given: SpanLine
    back: SpanLine | None = None
    state: SwapState
    offered_at: datetime
    answered_at: datetime | None = None


class SwapList(BaseModel):
    swaps: list[SwapView]


@dataclass(frozen=True)
class Exchange:
    """What the routes need."""

    swaps: Swaps
    office: Office
    telling: Telling


async def exchange_of(request: Request, office: Annotated[Office, Depends(office_of)]) -> Exchange:
    swaps: Swaps = request.app.state.swaps
    return Exchange(swaps, office, request.app.state.telling)


Given = Annotated[Exchange, Depends(exchange_of)]
Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same offer again under a key is made once"),
]


@router.get("/rota/swaps", summary="What I offered and was offered")
async def list_swaps(exchange: Given, caller: Worker) -> SwapList:
    return SwapList(swaps=[view(each) for each in await exchange.swaps.concerning(caller.name, MOST)])


@router.post("/rota/swaps", status_code=201, summary="Offer a duty of mine to a colleague")
async def offer_swap(order: SwapOrder, exchange: Given, caller: Worker, key: Key = None) -> SwapView:
    """Nothing changes until the colleague accepts, who is told by LINE or e-mail.

    409 for a duty that is not the caller's, or has begun.
    """
    now = datetime.now(UTC)
    kept = await _rota(order.unit, order.duty, exchange, caller)
    if order.to == caller.name:
        raise Unprocessable("Name a colleague, not yourself.", "請選擇同仁，不是自己。")
    id = str(derived_id("notify", f"swap:{caller.name}", key)) if key else str(uuid4())
    given = Span(order.given.start, order.given.end)
    back = Span(order.back.start, order.back.end) if order.back else None
    swap = Swap(id, order.unit, order.duty, caller.name, order.to, given, back, now)
    if await exchange.swaps.of(id) is None:
        _must_be_free(obstacle(swap, kept.rota, now))
    offered = await exchange.swaps.offer(swap)
    notice = Notice(offered.unit, "swap_offered", kept.county, about=offered.id)
    told = await exchange.telling.tell(offered.to, notice, "offered", "a colleague offers a swap")
    log.info("swap_offered", unit=swap.unit, told=told)
    return view(offered)


@router.post("/rota/swaps/{swap_id}/answer", summary="Accept, refuse or withdraw an offer")
async def answer_swap(swap_id: str, told: SwapAnswer, exchange: Given, caller: Worker) -> SwapView:
    """Accepted, it stands in the rota at the same moment, as an override that two people signed.

    409 when it is answered already, when one of the duties has begun, or the rota has given it to somebody else.
    """
    swap = await exchange.swaps.of(swap_id)
    side = swap and (swap.by if told.answer == "withdraw" else swap.to)
    if swap is None or caller.name != side:
        raise NotFound("There is no such offer for you.", "查無給您的換班。")
    now = datetime.now(UTC)
    try:
        if told.answer == "accept":
            return view(await _accept(swap, exchange, caller, now))
        return view(await exchange.swaps.close(swap, "refused" if told.answer == "refuse" else "withdrawn", now))
    except Answered:
        raise Conflict("This offer was answered or withdrawn already.", "此換班已有回應或已撤回。") from None


async def _accept(swap: Swap, exchange: Exchange, caller: Caller, now: datetime) -> Swap:
    for _ in range(TRIES):
        kept = await _rota(swap.unit, swap.duty, exchange, caller)
        _must_be_free(obstacle(swap, kept.rota, now))
        after = replace(kept, rota=swapped(kept.rota, swap), written_by=f"{swap.by}, {swap.to}", written_at=now)
        try:
            accepted = await exchange.swaps.accept(swap, kept, after, now)
        except Changed:
            continue
        log.info("swap_accepted", unit=swap.unit)
        await exchange.office.dry_run.look(swap.unit)
        await exchange.office.dry_run.tell()
        return accepted
    raise Conflict("This rota is being written. Try again.", "此班表正在更新，請再試一次。")


async def _rota(unit: str, duty: str, exchange: Exchange, caller: Caller) -> Kept:
    """Raises NotFound for another's county or unit."""
    kept = await exchange.office.rotas.of(unit, "supervisor" if duty == "supervisor" else "on_call")
    if kept is None or not caller.sees(kept.county) or (caller.units and unit not in caller.units):
        raise NotFound("There is no such rota here.", "查無此班表。")
    return kept


def _must_be_free(why: Obstacle | None) -> None:
    match why:
        case "past":
            raise Conflict("This duty has begun; exchange one to come.", "此班已開始，只能交換尚未開始的班。")
        case "not_yours":
            raise Conflict("By the rota this duty is not theirs who offers it.", "依班表，此班不是提出換班者的。")
        case "not_theirs":
            raise Conflict("By the rota the duty in return is not the colleague's.", "依班表，交換的班不是對方的。")
        case None:
            return


def view(swap: Swap) -> SwapView:
    spans = {name: vars(span) if span else None for name, span in (("given", swap.given), ("back", swap.back))}
    return SwapView.model_validate({**vars(swap), "swap_id": swap.id, **spans})
