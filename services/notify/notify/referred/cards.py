"""Cards of referrals that are over: their buttons answer nothing more, and the group hears where its answer is none."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.event import derived_id
from kit.mongo import Database, Document

from notify.domain.referring import ASKED, OTHERWISE, WITHDRAWN, Over
from notify.states import ACKNOWLEDGED, NEEDLESS, QUEUED
from notify.store import Deliveries, Delivery, delivery_of
from notify.writing import Writer


class Cards:
    """The cards of this service's database that ask for an answer to a referral."""

    def __init__(self, database: Database, deliveries: Deliveries, writer: Writer) -> None:
        self._cards = database["deliveries"]
        self._deliveries = deliveries
        self._writer = writer

    async def prepare(self) -> None:
        await self._cards.create_index("about", partialFilterExpression={"template": ASKED}, name="referral")

    async def end(self, over: Sequence[Over], now: datetime) -> list[Delivery]:
        """End the cards of referrals that are over; the new messages to their groups.

        What has not left yet need not, so that a reader that begins anew asks nobody for what is long over.
        First they are made void, then looked at: a press at the same instant finds its card void, or is found.
        """
        told = []
        for each in over:
            mine: Document = {"about": each.referral_id, "template": ASKED}
            unsent = mine | {"state": QUEUED, "attempts": 0, "voided_at": None}
            needless = {"state": ACKNOWLEDGED, "reason": NEEDLESS, "voided_at": now}
            await self._cards.update_many(unsent, {"$set": needless})
            unanswered = mine | {"acknowledged_at": None, "voided_at": None}
            await self._cards.update_many(unanswered, {"$set": {"voided_at": now}})
            told += [self._message(card, each, now) async for card in self._to_tell(mine, each)]
        return await self._deliveries.add([(each, None) for each in told])

    async def _to_tell(self, mine: Document, over: Over) -> AsyncIterator[Delivery]:
        """All of one that is withdrawn; else those on which somebody pressed something else than what counts."""
        async for document in self._cards.find(mine):
            said = document.get("answer")
            counts = said in (None, over.answer if over.by_press else None)
            was_told = document["group_id"] and document["reason"] != NEEDLESS
            if was_told and (over.answer == "withdrawn" or not counts):
                yield delivery_of(document)

    def _message(self, card: Delivery, over: Over, now: datetime) -> Delivery:
        template = WITHDRAWN if over.answer == "withdrawn" else OTHERWISE
        notice = replace(card.notice, template=template, due_at=None)
        id = str(derived_id("notify", card.id, template))
        told = self._writer.write(id, notice, card.group_id, now, card.trace)
        return replace(told, rule=card.rule, because=f"{card.id} asked for an answer, and it is {over.answer}")
