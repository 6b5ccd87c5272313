"""Someone in a group accepts a task, by name: the first one counts, and everyone in the group sees who."""

from datetime import datetime

from kit.telemetry import carried, log, spanning
from web.directions import settled

from notify import events
from notify.domain.answers import asks
from notify.domain.escalation import decline
from notify.domain.message import EXERCISE, Wording, roc_time
from notify.domain.tokens import AcceptTokens
from notify.escalation.store import Runs
from notify.happenings.store import Happening
from notify.metrics import DELIVERIES
from notify.pressers import Presser, Pressers
from notify.referred.presses import ReferralPresses
from notify.states import ACKNOWLEDGED, SENT
from notify.store import Deliveries, Delivery, Settlement

ON_PAGE = "page"
"""What acknowledged, where it was no press in LINE."""


class Acceptances:
    """What a press of a button brings about; of a card that asks a referral, `referrals` say."""

    def __init__(
        self, deliveries: Deliveries, runs: Runs, pressers: Pressers, referrals: ReferralPresses, *,
        tokens: AcceptTokens, wording: Wording,
    ) -> None:  # fmt: skip
        self._deliveries = deliveries
        self._runs = runs
        self._pressers = pressers
        self._referrals = referrals
        self._tokens = tokens
        self._replies = wording.replies

    async def on_press(self, press: Happening) -> None:
        answer, delivery = await self._meant(press)
        if delivery and self._referrals.are_asked_by(delivery):
            await self._referrals.on_press(press, answer, delivery)
        elif delivery is None or delivery.voided_at:
            log.warning("press_refused", event_id=press.id)
            await self._pressers.reply(press, self._replies.void)
        elif delivery.acknowledged_at:
            await self._on_later_press(press, delivery)
        elif answer == "cannot":
            await self._decline(press, delivery)
        elif self._pressers.counts(presser := await self._pressers.of(press)):
            await self._accept(press, delivery, presser)
        else:
            await self._on_seen(press, delivery)

    async def accept(self, delivery: Delivery, name: str, at: datetime) -> Delivery | None:
        """Somebody signed in accepts what a message asks; None when it asks for nobody any more.

        Unlike a press it does not say that the message was seen in its group.
        """
        while asks(delivery.run, delivery.voided_at, delivery.acknowledged_at):
            change = _acknowledgement(delivery, Presser(name, bound=True), at, ON_PAGE)
            if await self._deliveries.change(delivery, [change]):
                DELIVERIES.labels(ACKNOWLEDGED, "").inc()
                return await self._deliveries.of(delivery.id)
            delivery = await self._deliveries.of(delivery.id) or delivery
        return None

    async def refuse(self, delivery: Delivery, name: str, at: datetime) -> bool:
        """Somebody signed in cannot: the next one is asked at once. False unless they were the one asked last."""
        after = decline(delivery.run, name, at) if delivery.run else None
        return bool(after and delivery.run and await self._runs.change(delivery, delivery.run, after))

    async def _meant(self, press: Happening) -> tuple[str, Delivery | None]:
        """The answer of a button and the message it answers, if it was pressed where that message was told."""
        answer, id = self._tokens.read(press.data or "", press.at) or ("accept", "")
        delivery = await self._deliveries.of(id) if id else None
        return answer, delivery if delivery and await self._is_told(press, delivery) else None

    async def _is_told(self, press: Happening, delivery: Delivery) -> bool:
        """Pressed in its group, or where a step sent it on; one-to-one by a colleague who was asked or is in its group.

        A step may have sent it to the group of the county's window. A referral is answered in its group alone.
        """
        if press.group_id:
            return press.group_id == delivery.group_id or await self._runs.was_told(delivery.id, press.group_id)
        name = await self._pressers.colleague(press.user_id) if press.user_id else None
        if name is None or press.user_id is None or self._referrals.are_asked_by(delivery):
            return False
        if delivery.run and any(each.person == name and each.by for each in delivery.run.taken):
            return True
        return bool(await self._pressers.shown_name(press.user_id, delivery.group_id))

    async def _decline(self, press: Happening, delivery: Delivery) -> None:
        """A colleague who was asked last cannot: the next one is asked at once. Anybody else's word changes nothing."""
        presser = await self._pressers.of(press)
        after = decline(delivery.run, presser.name, press.received_at) if delivery.run and presser.bound else None
        if not (after and delivery.run and await self._runs.change(delivery, delivery.run, after)):
            await self._on_seen(press, delivery)
            return
        at = roc_time(press.at)
        said = self._replies.cannot.format(code=delivery.notice.code, name=presser.name, at=at)
        await self._pressers.reply(press, said)

    async def _on_seen(self, press: Happening, delivery: Delivery) -> None:
        seen = Settlement(delivery.id, press.at, "seen by somebody unbound", {"seen_at": press.at})
        await self._deliveries.change(delivery, [seen])
        await self._pressers.reply(press, self._replies.seen.format(code=delivery.notice.code))

    async def _on_later_press(self, press: Happening, delivery: Delivery) -> None:
        if delivery.acknowledged_event != press.id:
            await self._deliveries.change(delivery, [Settlement(delivery.id, press.at, "pressed again")])
            await self._reply_about(press, delivery, self._replies.already)

    async def _accept(self, press: Happening, delivery: Delivery, presser: Presser) -> None:
        with spanning("accept", delivery.trace, delivery_id=delivery.id, report_id=delivery.notice.report_id or ""):
            won = await self._deliveries.change(delivery, _acceptance(press, delivery, presser))
        if not won:
            # Pushed, settled or accepted in the meantime: look again.
            await self.on_press(press)
            return
        DELIVERIES.labels(ACKNOWLEDGED, "").inc()
        accepted = await self._deliveries.of(delivery.id)
        assert accepted
        is_exercise = delivery.notice.template == EXERCISE
        await self._reply_about(press, accepted, self._replies.exercise if is_exercise else self._replies.accepted)

    async def _reply_about(self, press: Happening, delivery: Delivery, text: str) -> None:
        at = roc_time(delivery.acknowledged_at or press.at)
        name = settled(delivery.acknowledged_by or "")
        await self._pressers.reply(press, text.format(code=delivery.notice.code, name=name, at=at))


def _acceptance(press: Happening, delivery: Delivery, presser: Presser) -> list[Settlement]:
    """The acceptance, preceded by the sending if that was in doubt: whoever pressed has seen the message."""
    accepted = _acknowledgement(delivery, presser, press.at, press.id)
    if delivery.state == SENT:
        return [accepted]
    seen = events.sent(delivery.id, delivery.notice, press.at, carried())
    return [Settlement(delivery.id, press.at, SENT, {"sent_at": press.at}, seen), accepted]


def _acknowledgement(delivery: Delivery, presser: Presser, at: datetime, event_id: str) -> Settlement:
    by = {"acknowledged_by": presser.name, "acknowledged_at": at, "acknowledged_event": event_id}
    told = (delivery.id, delivery.notice, presser.name, at, carried())
    is_real = delivery.notice.template != EXERCISE
    event = events.acknowledged(*told, bound=presser.bound) if is_real else None
    fields = {"state": ACKNOWLEDGED, "reason": None, "bound": presser.bound, **by}
    if delivery.run:
        answered = {"state": "answered", "next_at": None, "answered_by": presser.name, "ended_at": at}
        fields |= {f"run.{name}": value for name, value in answered.items()}
    return Settlement(delivery.id, at, ACKNOWLEDGED, fields, event)
