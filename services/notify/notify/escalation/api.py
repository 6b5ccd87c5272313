"""What nobody has answered: what stands first, then by when the next one is asked."""

from datetime import UTC, datetime
from typing import Annotated

from contracts.roles import Caller, May, may
from fastapi import APIRouter, Depends, Request
from kit.problems import Conflict, Forbidden, NotFound
from pydantic import BaseModel
from web.callers import allowed
from web.directions import settled

from notify.acceptances import Acceptances
from notify.api import DeliveryView, deliveries_of
from notify.domain.notices import is_of_window
from notify.escalation.store import Runs
from notify.store import Deliveries, Delivery

Reader = Annotated[Caller, allowed(May.READ)]
Worker = Annotated[Caller, allowed(May.WORK)]
MOST = 500

router = APIRouter(prefix="/v1", tags=["escalations"])


class EscalationList(BaseModel):
    """The first of them; `more`: so many are not listed."""

    escalations: list[DeliveryView]
    more: int = 0


async def runs_of(request: Request) -> Runs:
    runs: Runs = request.app.state.runs
    return runs


@router.get("/escalations", summary="What nobody has answered")
async def list_escalations(runs: Annotated[Runs, Depends(runs_of)], caller: Reader) -> EscalationList:
    """Messages of the caller's counties and units of which a step was taken; without `next_step_at` they stand."""
    found, count = await runs.unanswered(caller.counties, caller.units, MOST)
    return EscalationList(escalations=[DeliveryView.of(each) for each in found], more=count - len(found))


async def acceptances_of(request: Request) -> Acceptances:
    acceptances: Acceptances = request.app.state.acceptances
    return acceptances


Messages = Annotated[Deliveries, Depends(deliveries_of)]
Answers = Annotated[Acceptances, Depends(acceptances_of)]


@router.post("/deliveries/{delivery_id}/acceptance", summary="I take on what a message asks")
async def accept(delivery_id: str, deliveries: Messages, acceptances: Answers, caller: Worker) -> DeliveryView:
    """As a press of the button by the caller, whatever became of the message. 409 when nobody is asked any more."""
    await accepted(await deliveries.of(delivery_id), acceptances, caller)
    [document] = await deliveries.listed({"_id": delivery_id}, caller.counties)
    return DeliveryView.of(document)


@router.post("/deliveries/{delivery_id}/refusal", status_code=204, summary="I was asked, and I cannot")
async def refuse(delivery_id: str, deliveries: Messages, acceptances: Answers, caller: Worker) -> None:
    """The next one is asked at once. 409 unless the caller is who was asked last."""
    await refused(await deliveries.of(delivery_id), acceptances, caller)


async def accepted(message: Delivery | None, acceptances: Acceptances, caller: Caller) -> None:
    """Raises NotFound for another's, Forbidden for a role, Conflict when nobody is asked any more, and says by whom."""
    found = _theirs(message, caller)
    if is_of_window(found.notice) and not may(caller.role, May.DECIDE):
        raise Forbidden("Only the county's window answers this.", "此件由縣市窗口回應。")
    if await acceptances.accept(found, caller.name, datetime.now(UTC)):
        return
    if by := found.acknowledged_by or (found.run and found.run.answered_by):
        raise Conflict(f"{settled(by)} was faster.", f"{settled(by)} 較快，已先回應。")
    raise Conflict("Nobody is asked for this any more.", "此件已不需回應。")


async def refused(message: Delivery | None, acceptances: Acceptances, caller: Caller) -> None:
    """Raises NotFound for another's, and Conflict unless the caller is who was asked last."""
    if not await acceptances.refuse(_theirs(message, caller), caller.name, datetime.now(UTC)):
        raise Conflict("You are not the one who was asked last.", "您不是最後被通知的人。")


def _theirs(message: Delivery | None, caller: Caller) -> Delivery:
    if message is None or not caller.sees(message.notice.county):
        raise NotFound("There is no such delivery.", "查無此送達紀錄。")
    was_asked = message.run and any(each.person == caller.name for each in message.run.taken)
    if caller.units and message.notice.unit not in caller.units and not was_asked:
        raise NotFound("There is no such delivery.", "查無此送達紀錄。")
    return message
