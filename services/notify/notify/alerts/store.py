"""Alerts, and the one write that reminds together with the messages it causes."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from kit.mongo import A_TEXT, Client, Database, Document, Duplicate, Session, drop_index, transact

from notify.domain.news import Alert, Owed, Step
from notify.handlers import failure_of
from notify.store import Delivery, document_with, of_counties


class Alerts:
    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._alerts = database["alerts"]
        self._deliveries = database["deliveries"]

    async def prepare(self) -> None:
        due = {"next_at": {"$type": "date"}}
        await self._alerts.create_index("next_at", partialFilterExpression=due, name="due")
        await self._alerts.create_index([("county", 1), ("raised_at", -1)])
        await drop_index(self._deliveries, "about")
        await self._deliveries.create_index("about", partialFilterExpression={"about": A_TEXT}, name="told_about")

    async def raise_(self, alert: Alert, told: Sequence[Delivery]) -> bool:
        """Keep an alert with its messages; False when it was raised before."""

        async def work(session: Session) -> None:
            document = {**vars(alert), "_id": alert.id, "owes": [vars(owed) for owed in alert.owes]}
            del document["id"]
            await self._alerts.insert_one(document, session=session)
            await self._tell(told, alert.raised_at, session)

        try:
            await transact(self._client, work)
        except Duplicate:
            return False
        return True

    async def of(self, id: str) -> Alert | None:
        found = await self._alerts.find_one({"_id": id})
        return _alert(found) if found else None

    async def listed(self, counties: frozenset[str], most: int) -> list[Alert]:
        """The latest first."""
        found = self._alerts.find(of_counties(counties)).sort("raised_at", -1).limit(most)
        return [_alert(document) async for document in found]

    async def due(self, now: datetime, most: int) -> list[Alert]:
        found = self._alerts.find({"next_at": {"$lte": now}}).sort("next_at", 1).limit(most)
        return [_alert(document) async for document in found]

    async def remind(
        self, alert: Alert, step: Step, next_at: datetime | None, told: Sequence[Delivery], now: datetime
    ) -> bool:
        """Take a reminder; False when it was taken, or somebody has answered meanwhile."""

        async def work(session: Session) -> bool:
            owes = [{**vars(owed)} for owed in alert.owes]
            seen = {"_id": alert.id, "step": alert.step, "next_at": alert.next_at, "owes": owes}
            written = await self._alerts.update_one(seen, {"$set": {"step": step, "next_at": next_at}}, session=session)
            if written.matched_count:
                await self._tell(told, now, session)
            return bool(written.matched_count)

        return await transact(self._client, work)

    async def answer(self, id: str, owed: Owed) -> bool:
        """Keep a unit's answer; False when it has answered already. The last one ends the reminders."""
        fields_ = {f"owes.$.{name}": value for name, value in vars(owed).items() if name != "unit"}
        owing = {"_id": id, "owes": {"$elemMatch": {"unit": owed.unit, "answered_at": None}}}
        written = await self._alerts.update_one(owing, {"$set": fields_})
        done = {"_id": id, "owes.answered_at": {"$ne": None}}
        await self._alerts.update_one(done, {"$set": {"next_at": None}})
        return bool(written.matched_count)

    async def messages(self, id: str) -> list[Document]:
        found = self._deliveries.find({"about": id}, {"unit": 1, "template": 1, "state": 1, "sent_at": 1, "reason": 1})
        return [document async for document in found.sort("queued_at", 1)]

    async def _tell(self, told: Sequence[Delivery], now: datetime, session: Session) -> None:
        documents = [document_with(each, failure_of(each, now)) for each in told]
        if documents:
            await self._deliveries.insert_many(documents, session=session)


_FIELDS = tuple(each.name for each in fields(Alert) if each.name not in ("id", "owes"))


def _alert(document: Document) -> Alert:
    owes = tuple(Owed(**each) for each in document["owes"])
    return Alert(id=document["_id"], owes=owes, **{name: document[name] for name in _FIELDS})
