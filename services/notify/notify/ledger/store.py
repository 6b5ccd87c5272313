"""Messages as a ledger shows them: failures apart, the latest first, and how soon people answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.roles import Caller
from kit.mongo import A_TEXT, Client, Database, Document, Session, at_one_moment, drop_index
from kit.paging import Order

from notify.ledger.choice import Choice
from notify.states import ACKNOWLEDGED, FAILED, TOLD_STATE
from notify.store import of_counties

_HIDDEN = {"outbox": 0, "trace": 0, "card": 0}
ANSWERED_AT = {"$ifNull": ["$acknowledged_at", {"$cond": [{"$eq": ["$run.state", "answered"]}, "$run.ended_at", None]}]}
OPEN = {"run.state": {"$in": ["open", "standing"]}}
_LATEST = Order("queued_at", descending=True)
_STILL_FAILED = {"state": FAILED, "sent_anew_as": None}


@dataclass(frozen=True)
class Row:
    """A group or a person: how many messages, how many of them failed or wait for an answer, how soon people answered.

    `took` are the seconds until an answer, ascending.
    """

    key: str
    messages: int
    failed: int
    open: int
    took: Sequence[float]


@dataclass(frozen=True)
class Page:
    """Messages as they were at one moment, in two lists; and how many there are in each state.

    `lost` are those that failed and were not sent again; behind `following` the rest goes on, if it does.
    """

    failures: list[Document]
    rest: list[Document]
    following: str | None
    counts: Mapping[str, int]


class Ledger:
    """Reads the deliveries; what is written about them is written elsewhere."""

    def __init__(self, database: Database) -> None:
        self._client: Client = database.client
        self._deliveries = database["deliveries"]

    async def prepare(self) -> None:
        failed = {"state": FAILED}
        await self._deliveries.create_index([("queued_at", -1)], partialFilterExpression=failed, name="failures")
        await self._deliveries.create_index([("unit", 1), ("queued_at", -1)])
        await drop_index(self._deliveries, "people")
        to_one = {"person": A_TEXT}
        await self._deliveries.create_index([("person", 1), ("queued_at", -1)], partialFilterExpression=to_one)

    async def page(self, choice: Choice, caller: Caller, most: int, after: str | None = None) -> Page:
        """Failures stand on the first page alone; the rest is from beyond the place `after`, the latest first."""
        async with at_one_moment(self._client) as moment:
            wanted = _wanted(choice, caller)
            failures = [] if after else await self._failures(wanted, most, moment)
            # From a place on all, since what failed after the first page stands there.
            rest = wanted if after else {"$and": [wanted, {"$nor": [_STILL_FAILED]}]}
            shown, following = await _LATEST.page(
                self._deliveries, rest, after, most, dict, session=moment, fields=_HIDDEN
            )
            return Page(failures, shown, following, await self._counts(wanted, moment))

    async def _failures(self, wanted: Document, most: int, moment: Session) -> list[Document]:
        """What failed and was not sent again, the most urgent first."""
        found = self._deliveries.find({"$and": [wanted, _STILL_FAILED]}, _HIDDEN, session=moment)
        return [document async for document in found.sort([("rank", 1), ("queued_at", -1)]).limit(most)]

    async def _counts(self, wanted: Document, moment: Session) -> Mapping[str, int]:
        group = {"_id": {"$cond": [_LOST, "lost", TOLD_STATE]}, "n": {"$sum": 1}}
        found = self._deliveries.aggregate([{"$match": wanted}, {"$group": group}], session=moment)
        return {each["_id"]: each["n"] async for each in found}

    async def seconds_until_answered(self, choice: Choice, caller: Caller) -> list[float]:
        """From when somebody was asked for until somebody answered, by whatever channel; ascending."""
        asks = {"step_of": None, "$or": [{"acknowledged_at": {"$ne": None}}, {"run.state": "answered"}]}
        took = {"_id": 0, "ms": {"$subtract": [ANSWERED_AT, "$queued_at"]}}
        match = {"$and": [_wanted(choice, caller), asks]}
        steps: list[Document] = [{"$match": match}, {"$project": took}, {"$sort": {"ms": 1}}]
        found = self._deliveries.aggregate(steps, allowDiskUse=True)
        return [max(0.0, each["ms"] / 1000) async for each in found]

    async def rows(self, choice: Choice, caller: Caller, by: str, most: int) -> list[Row]:
        """By `unit` or by `person`: whoever has the most failures first, then by what nobody has answered."""
        one = {"failed": _count(_LOST), "open": _count({"$in": ["$run.state", ["open", "standing"]]})}
        took = {"$push": {"$cond": [_ANSWERED, {"$subtract": [ANSWERED_AT, "$queued_at"]}, "$$REMOVE"]}}
        steps: list[Document] = [
            {"$match": _wanted(choice, caller) | {by: {"$type": "string"}}},
            {"$group": {"_id": f"${by}", "messages": {"$sum": 1}, "took": took} | one},
            {"$sort": {"failed": -1, "open": -1, "_id": 1}},
            {"$limit": most},
        ]
        return [_row(each) async for each in self._deliveries.aggregate(steps, allowDiskUse=True)]


_LOST = {"$and": [{"$eq": ["$state", FAILED]}, {"$eq": [{"$ifNull": ["$sent_anew_as", None]}, None]}]}
_ANSWERED = {
    "$and": [
        {"$eq": [{"$ifNull": ["$step_of", None]}, None]},
        {"$or": [{"$eq": ["$state", ACKNOWLEDGED]}, {"$eq": ["$run.state", "answered"]}]},
    ]
}


def _wanted(choice: Choice, caller: Caller) -> Document:
    start, end = choice.period
    wanted: Document = {"queued_at": {"$gte": start, "$lt": end}, **of_counties(caller.counties)}
    if choice.unit:
        wanted["unit"] = {"$in": [choice.unit] if not caller.units or choice.unit in caller.units else []}
    elif caller.units:
        wanted["unit"] = {"$in": sorted(caller.units)}
    if choice.report:
        wanted["$or"] = [{"report_id": choice.report}, {"case_id": choice.report}, {"_id": choice.report}]
    if choice.person:
        wanted["person"] = choice.person
    return wanted | _of_state(choice.state)


def _of_state(state: str) -> Document:
    """The state as it is told: what is `escalated` is kept as sent."""
    taken = {"run.taken.0": {"$exists": True}}
    match state:
        case "":
            return {}
        case "open":
            return OPEN
        case "escalated":
            return {"state": "sent"} | OPEN | taken
        case "sent":
            return {"state": "sent", "$nor": [OPEN | taken]}
        case _:
            return {"state": state}


def _count(condition: Document) -> Document:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def _row(each: Document) -> Row:
    took = sorted(max(0.0, ms / 1000) for ms in each["took"] if ms is not None)
    return Row(each["_id"], each["messages"], each["failed"], each["open"], took)
