"""Somebody in a group answers a referral, by name: the first answer counts, and the group sees whose it is.

Whether it counts is said by who keeps the referral: another channel may have been faster, and then the group is told.
"""

from dataclasses import dataclass

from kit.telemetry import carried, log, spanning
from web.directions import settled

from notify import events
from notify.domain.message import roc_time
from notify.domain.referring import NOT_US, Pressed, Said
from notify.happenings.store import Happening
from notify.pressers import Pressers
from notify.states import ACKNOWLEDGED, SENT
from notify.store import Deliveries, Delivery, Settlement
from notify.writing import Writer


@dataclass(frozen=True)
class ReferralPresses:
    deliveries: Deliveries
    pressers: Pressers
    writer: Writer

    def are_asked_by(self, delivery: Delivery) -> bool:
        """Whether a card asks for an answer to a referral."""
        return self.writer.wording.templates[delivery.notice.template].asks == "referral"

    async def on_press(self, press: Happening, button: str, delivery: Delivery) -> None:
        words, code = self.writer.wording.referrals, delivery.notice.code
        if delivery.voided_at or not await self._is_bound(press.group_id or ""):
            await self.pressers.reply(press, words.over.format(code=code))
        elif delivery.acknowledged_at:
            await self._on_later_press(press, delivery)
        elif not self.pressers.counts(presser := await self.pressers.of(press)):
            await self._on_seen(press, delivery)
        elif button == NOT_US:
            await self.pressers.reply(press, self.writer.reasons(delivery))
        elif said := Said.of(button, press.chosen, press.at, words):
            await self._answer(press, button, delivery, Pressed(press.id, said, presser.name, press.at, presser.bound))
        else:
            await self.pressers.reply(press, words.wrong_day.format(code=code))

    async def _is_bound(self, group_id: str) -> bool:
        """Whether a group is still for something: one that somebody ended, or replaced, answers for nobody."""
        known = await self.writer.groups.of(group_id)
        was_bound = known is not None and "purpose" in known
        return not was_bound or bool(known and known["purpose"]) or group_id in self.writer.settled.values()

    async def _answer(self, press: Happening, button: str, delivery: Delivery, pressed: Pressed) -> None:
        said = pressed.said
        with spanning("answer", delivery.trace, delivery_id=delivery.id):
            won = await self.deliveries.change(delivery, _answered(delivery, pressed))
        if not won and (now := await self.deliveries.of(delivery.id)):
            # Pushed, answered or over in the meantime: look again.
            await self.on_press(press, button, now)
            return
        log.info("referral_answered", delivery_id=delivery.id, unit=delivery.notice.unit, state=said.answer)
        words, code = self.writer.wording.referrals, delivery.notice.code
        await self.pressers.reply(press, said.told(words, code, settled(pressed.by), roc_time(press.at)))

    async def _on_later_press(self, press: Happening, delivery: Delivery) -> None:
        if delivery.acknowledged_event == press.id:
            return
        await self.deliveries.change(delivery, [Settlement(delivery.id, press.at, "pressed again")])
        at = roc_time(delivery.acknowledged_at or press.at)
        by, code = settled(delivery.acknowledged_by or ""), delivery.notice.code
        await self.pressers.reply(press, self.writer.wording.referrals.already.format(code=code, name=by, at=at))

    async def _on_seen(self, press: Happening, delivery: Delivery) -> None:
        seen = Settlement(delivery.id, press.at, "seen by somebody unbound", {"seen_at": press.at})
        await self.deliveries.change(delivery, [seen])
        await self.pressers.reply(press, self.writer.wording.replies.seen.format(code=delivery.notice.code))


def _answered(delivery: Delivery, pressed: Pressed) -> list[Settlement]:
    """The answer, preceded by the sending if that was in doubt: whoever pressed has seen the card."""
    said, at, trace = pressed.said, pressed.at, carried()
    fields: dict[str, object] = {"answer": said.answer, "answer_reason": said.reason}
    if said.answer != "waiting":
        fields |= {"state": ACKNOWLEDGED, "reason": None, "bound": pressed.bound}
        fields |= {"acknowledged_by": pressed.by, "acknowledged_at": at, "acknowledged_event": pressed.id}
    event = events.answered(delivery.id, delivery.notice, pressed, trace)
    answered = Settlement(delivery.id, at, f"answered {said.answer}", fields, event)
    if delivery.state == SENT:
        return [answered]
    seen = events.sent(delivery.id, delivery.notice, at, trace)
    return [Settlement(delivery.id, at, SENT, {"state": SENT, "sent_at": at}, seen), answered]
