"""What asked for somebody, joined with what was noted of it before its message was written."""

from collections.abc import Collection
from datetime import datetime

from kit.mongo import Client, Database, Document, Session, at_one_moment

from notify.domain.closed_sum import Ask
from notify.store import of_counties

_FIELDS = (
    "unit", "case_id", "report_id", "task_id", "queued_at", "due_at", "acknowledged_by",
    "run.state", "run.next_at", "run.answered_by",
)  # fmt: skip
SHOWN = dict.fromkeys(_FIELDS, 1)
AT_ONCE = 1_000


class Asks:
    def __init__(self, database: Database) -> None:
        self._client: Client = database.client
        self._asks = database["asks"]
        self._deliveries = database["deliveries"]

    async def of(self, since: datetime, until: datetime, counties: frozenset[str]) -> list[Ask]:
        """What asked for somebody in [since, until), in the order in which it did; also what has no message."""
        asked = {"queued_at": {"$gte": since, "$lt": until}, "run": {"$type": "object"}, "step_of": None}
        async with at_one_moment(self._client) as moment:
            found = self._deliveries.find(asked | of_counties(counties), SHOWN, session=moment).sort("queued_at", 1)
            told = [_ask(document) async for document in found]
            known = {ask.id for ask in told}
            return told + await self.without_message(since, until, counties, but=known, moment=moment)

    async def open(self, since: datetime, until: datetime) -> list[Ask]:
        """What asked for somebody in [since, until) and is neither answered nor over, of all counties."""
        asked = {
            "run.state": {"$in": ["open", "standing"]},
            "queued_at": {"$gte": since, "$lt": until},
            "step_of": None,
        }
        return [_ask(document) async for document in self._deliveries.find(asked, SHOWN).hint("open_runs")]

    async def without_message(
        self, since: datetime, until: datetime, counties: frozenset[str], *, but: Collection[str] = (),
        moment: Session | None = None,
    ) -> list[Ask]:  # fmt: skip
        """What was noted in [since, until) and has no message; of the ids `but` it is known that they have one."""
        asked_in = {"at": {"$gte": since, "$lt": until}, **of_counties(counties)}
        noted = self._asks.find(asked_in, {"at": 1}, session=moment)
        asked = {each["_id"]: each["at"] async for each in noted if each["_id"] not in but}
        ids, told = list(asked), set[str]()
        for first in range(0, len(ids), AT_ONCE):
            some = {"_id": {"$in": ids[first : first + AT_ONCE]}}
            found = self._deliveries.find(some, {"_id": 1}, session=moment)
            told |= {each["_id"] async for each in found}
        return [Ask(id, at) for id, at in asked.items() if id not in told]


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
