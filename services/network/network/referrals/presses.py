"""What partners say to referrals by a press in LINE, as notify tells it: the same acts as behind a link."""

from collections.abc import Sequence
from datetime import datetime

from contracts.deliveries import DeliveryAnswered
from contracts.event import Event
from kit.inbox import Permanent, Received
from kit.problems import Conflict
from kit.telemetry import log

from network.clock import now
from network.referrals import api
from network.referrals.acts import Acts
from network.referrals.api import Change
from network.referrals.bodies import evening
from network.referrals.domain import referral as steps
from network.referrals.domain.referral import Referral, Said
from network.services import catalogue


class Presses:
    """Each press once, by its event. One that does not follow changes nothing: notify tells its group when it hears.

    Whatever else goes wrong comes out: the press is read again, or a person looks at it.
    """

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    async def on_deliveries(self, batch: Sequence[Received[Event]]) -> None:
        for each in batch:
            if isinstance(each.event, DeliveryAnswered):
                await self._take(each.event, each.id)

    async def _take(self, press: DeliveryAnswered, cause: str) -> None:
        """Raises Permanent for an answer to what its unit was never asked: a person looks at it."""
        found = await self._acts.referrals.get(press.referral_id)
        if found is None or found.to != press.unit:
            raise Permanent("no_such_referral")
        said = Said(press.answered_by, _when(press.answered_at, found), "line", cause=cause)
        try:
            await self._acts.changed(found.id, _change(press), said)
        except Conflict as conflict:
            log.info("press_does_not_follow", referral_id=found.id, state=press.answer, reason=conflict.slug)


def _when(at: datetime, referral: Referral) -> datetime:
    """LINE's clock may differ from ours by a little: never before it was sent, nor later than now."""
    return min(max(at, referral.sent_at), now())


def _change(press: DeliveryAnswered) -> Change:
    """Raises Permanent for a reason that no referral is refused for, and for a wait without a day."""
    if press.answer == "accepted":
        return api.accepting
    if press.answer == "refused":
        if press.reason not in catalogue().refusals:
            raise Permanent("unknown_reason")
        return api.refusing(press.reason)
    if press.expected_on is None:
        raise Permanent("no_day")
    expected = datetime.fromisoformat(str(evening(press.expected_on.isoformat())))
    return lambda referral, said: steps.waiting(referral, expected, said)
