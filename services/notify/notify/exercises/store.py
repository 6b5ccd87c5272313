"""Communication tests, with their calls as messages in the one ledger."""

from collections.abc import Sequence
from datetime import datetime

from kit.mongo import Client, Database, Document, Duplicate, Session, transact

from notify.domain.exercise import Call, Exercise, Result
from notify.states import ACKNOWLEDGED
from notify.store import Delivery, document_with, of_counties


class Exercises:
    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._tests = database["communication_tests"]
        self._deliveries = database["deliveries"]

    async def prepare(self) -> None:
        await self._tests.create_index([("county", 1), ("at", -1)])

    async def begin(self, test: Exercise, messages: Sequence[Delivery]) -> bool:
        """Keep a test with its audience, and queue its messages, marked as an exercise in the data.

        False when it was begun before.
        """

        async def work(session: Session) -> None:
            calls = [vars(call) for call in test.calls]
            kept = {"_id": test.id, "county": test.county, "by": test.by, "at": test.at, "calls": calls}
            await self._tests.insert_one(kept, session=session)
            if messages:
                documents = [document_with(each) | {"exercise": True} for each in messages]
                await self._deliveries.insert_many(documents, session=session)

        try:
            await transact(self._client, work)
        except Duplicate:
            return False
        return True

    async def of(self, id: str) -> Exercise | None:
        found = await self._tests.find_one({"_id": id})
        return _exercise(found) if found else None

    async def last(self, county: str) -> Exercise | None:
        found = await self._tests.find_one({"county": county}, sort=[("at", -1)])
        return _exercise(found) if found else None

    async def listed(self, counties: frozenset[str], most: int) -> list[Exercise]:
        """The latest first."""
        found = self._tests.find(of_counties(counties)).sort("at", -1).limit(most)
        return [_exercise(document) async for document in found]

    async def results(self, test: Exercise) -> list[Result]:
        """What became of each call, in their order."""
        ids = {"_id": {"$in": [call.id for call in test.calls]}}
        found = {document["_id"]: document async for document in self._deliveries.find(ids)}
        return [_result(call, found.get(call.id)) for call in test.calls]

    async def answer(self, test: Exercise, person: str, at: datetime) -> int:
        """Note that a colleague read what reached them alone; how many calls that answers."""
        called = {"_id": {"$in": [call.id for call in test.calls if call.person == person]}, "acknowledged_at": None}
        answered = {"state": ACKNOWLEDGED, "acknowledged_at": at, "acknowledged_by": person, "bound": True}
        written = await self._deliveries.update_many(called | {"sent_at": {"$ne": None}}, {"$set": answered})
        return int(written.modified_count)


def _exercise(document: Document) -> Exercise:
    calls = tuple(Call(**each) for each in document["calls"])
    return Exercise(document["_id"], document["county"], document["by"], document["at"], calls)


def _result(call: Call, document: Document | None) -> Result:
    if document is None:
        return Result(call, "failed", reason="unreachable")
    answered = document.get("acknowledged_at")
    by = document.get("acknowledged_by") if answered else None
    return Result(call, document["state"], document["sent_at"], answered, by, document.get("reason"))
