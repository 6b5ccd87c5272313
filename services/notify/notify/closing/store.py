"""What asked for somebody, joined with what was noted of it before its message was written."""

from datetime import datetime

from kit.mongo import Database, Document

from notify.domain.closed_sum import Ask
from notify.store import of_counties

FIELDS = ("unit", "case_id", "report_id", "task_id", "queued_at", "due_at", "acknowledged_by")


class Asks:
    def __init__(self, database: Database) -> None:
        self._asks = database["asks"]
        self._deliveries = database["deliveries"]

    async def of(self, since: datetime, until: datetime, counties: frozenset[str]) -> list[Ask]:
        """What asked for somebody in [since, until), in the order in which it did; also what has no message."""
        asked = {"queued_at": {"$gte": since, "$lt": until}, "run": {"$type": "object"}, "step_of": None}
        shown: Document = dict.fromkeys(FIELDS, 1)
        shown |= {"run.state": 1, "run.next_at": 1, "run.answered_by": 1}
        found = self._deliveries.find(asked | of_counties(counties), shown).sort("queued_at", 1)
        return [_ask(document) async for document in found] + await self._without_message(since, until, counties)

    async def _without_message(self, since: datetime, until: datetime, counties: frozenset[str]) -> list[Ask]:
        match = {"at": {"$gte": since, "$lt": until}, **of_counties(counties)}
        message = {"from": "deliveries", "localField": "_id", "foreignField": "_id", "as": "message"}
        steps: list[Document] = [{"$match": match}, {"$lookup": message | {"pipeline": [{"$project": {"_id": 1}}]}}]
        found = self._asks.aggregate([*steps, {"$match": {"message": []}}])
        return [Ask(document["_id"], document["at"]) async for document in found]


def _ask(document: Document) -> Ask:
    run = document["run"]
    about = document.get("case_id") or document.get("report_id") or document.get("task_id") or document["_id"]
    return Ask(
        document["_id"],
        document["queued_at"],
        document["unit"],
        str(about).replace("-", "")[:8].upper(),
        run["state"],
        run.get("next_at"),
        document.get("due_at"),
        run.get("answered_by") or document.get("acknowledged_by"),
    )
