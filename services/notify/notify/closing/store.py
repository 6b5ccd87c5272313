"""What asked for somebody, joined with what was noted of it before its message was written."""

from collections.abc import AsyncGenerator
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
"""Asks in memory together: a disaster's day has many times as many. MongoDB itself would send 16 MB of them."""
Some = AsyncGenerator[list[Ask], None]
"""Up to AT_ONCE asks at a time; whoever does not read to the end closes it."""


class Asks:
    def __init__(self, database: Database) -> None:
        self._client: Client = database.client
        self._asks = database["asks"]
        self._deliveries = database["deliveries"]

    async def of(self, since: datetime, until: datetime, counties: frozenset[str]) -> Some:
        """What asked for somebody in [since, until), in the order in which it did; then what has no message.

        All of it as of one moment.
        """
        asked = {"queued_at": {"$gte": since, "$lt": until}, "run": {"$type": "object"}, "step_of": None}
        async with at_one_moment(self._client) as moment:
            found = self._deliveries.find(asked | of_counties(counties), SHOWN, session=moment, batch_size=AT_ONCE)
            found = found.sort("queued_at", 1)
            while documents := await found.to_list(AT_ONCE):
                yield [_ask(document) for document in documents]
            async for some in self.without_message(since, until, counties, moment):
                yield some

    async def open(self, since: datetime, until: datetime) -> Some:
        """What asked for somebody in [since, until) and is neither answered nor over, of all counties."""
        asked = {
            "run.state": {"$in": ["open", "standing"]},
            "queued_at": {"$gte": since, "$lt": until},
            "step_of": None,
        }
        found = self._deliveries.find(asked, SHOWN, batch_size=AT_ONCE).hint("open_runs")
        while documents := await found.to_list(AT_ONCE):
            yield [_ask(document) for document in documents]

    async def without_message(
        self, since: datetime, until: datetime, counties: frozenset[str], moment: Session | None = None
    ) -> Some:
        """What was noted in [since, until) and has no message."""
        asked_in = {"at": {"$gte": since, "$lt": until}, **of_counties(counties)}
        noted = self._asks.find(asked_in, {"at": 1}, session=moment, batch_size=AT_ONCE).sort("at", 1)
        while documents := await noted.to_list(AT_ONCE):
            ids = {"_id": {"$in": [each["_id"] for each in documents]}}
            told = {each["_id"] async for each in self._deliveries.find(ids, {"_id": 1}, session=moment)}
            yield [Ask(each["_id"], each["at"]) for each in documents if each["_id"] not in told]


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
