"""Steps of other services in MongoDB, each once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Event
from kit import mongo
from kit.inbox import Received
from kit.mongo import Collection, Database, Document, Session
from kit.paging import Order
from pydantic import TypeAdapter

from network.steps.step import Service, Step, step_of

OTHER_COUNTIES = "other-counties"
_STEP = TypeAdapter(Step)
_LATEST = Order("at", descending=True)


Beyond = tuple[datetime, str]
"""A place in a story: a time and, where that is alike, the id of a line."""


@dataclass(frozen=True)
class Asked:
    """Which steps: of units of a county, or of no unit; of one service, until when, from beyond a place."""

    county: str
    service: Service | None = None
    until: datetime | None = None
    beyond: Beyond | None = None


class Steps:
    """What dispatch and notify did, found by the report or the case that it was done for."""

    def __init__(self, database: Database) -> None:
        self._steps: Collection = database["steps"]

    async def prepare(self) -> None:
        for field in ("report_id", "case_id"):
            await self._steps.create_index([(field, 1), *_LATEST.sort])
            await mongo.drop_index(self._steps, f"{field}_1_at_-1")

    async def on_events(self, batch: Sequence[Received[Event]]) -> None:
        """Keep the steps of a batch; one that is there already stays as it is."""
        steps = [step for each in batch if (step := step_of(each.event, each.id))]
        await mongo.insert_new(self._steps, [_document(each) for each in steps])

    async def keep(self, steps: Sequence[Step]) -> None:
        """Keep steps of another room of this service, each once."""
        await mongo.insert_new(self._steps, [_document(each) for each in steps])

    async def add(self, steps: Sequence[Step], session: Session) -> None:
        """Keep steps of another room of this service, in the transaction of what they tell."""
        await self._steps.insert_many([_document(each) for each in steps], session=session)

    async def of(self, reports: Sequence[str], cases: Sequence[str], asked: Asked, limit: int) -> list[Step]:
        """The last steps for these reports, and for these cases as a whole, the latest first."""
        either = [{"report_id": {"$in": list(reports)}}, {"report_id": None, "case_id": {"$in": list(cases)}}]
        beyond = _LATEST.beyond(*asked.beyond) if asked.beyond else {}
        query = {"$and": [{"$or": either}, _within(asked), beyond]}
        found = self._steps.find(query).sort(_LATEST.sort).limit(limit)
        return [_STEP.validate_python({**document, "id": document["_id"]}) async for document in found]

    async def asked_next(self, reports: Sequence[str], cases: Sequence[str]) -> dict[str, Step]:
        """Whom notify asked last, since nobody in the unit had answered, by the report or case that it is about."""
        about = {"$or": [{"report_id": {"$in": list(reports)}}, {"case_id": {"$in": list(cases)}}]}
        found = self._steps.find(about | {"what": {"$regex": "^asked_next"}}).sort([("at", 1), ("_id", 1)])
        steps = [_STEP.validate_python({**document, "id": document["_id"]}) async for document in found]
        return {str(each.report_id or each.case_id): each for each in steps}

    async def decided(self, reports: Sequence[str]) -> set[str]:
        """Those of these reports of which a decision was kept."""
        asked = {"report_id": {"$in": list(reports)}, "service": "dispatch"}
        return {each["report_id"] async for each in self._steps.find(asked, {"report_id": 1})}


def _within(asked: Asked) -> Document:
    """A unit's id begins with its county; the window of another county is told of a transfer by ours."""
    query: Document = {"unit": {"$in": [None, re.compile(f"^({re.escape(asked.county)}|{OTHER_COUNTIES})/")]}}
    query |= {"service": asked.service} if asked.service else {}
    return query | ({"at": {"$lte": asked.until}} if asked.until else {})


def _document(step: Step) -> Document:
    document: Document = _STEP.dump_python(step)
    return {"_id": document.pop("id"), **document}
