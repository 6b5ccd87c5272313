"""What was written down of families, and how links were answered, in MongoDB."""

from collections.abc import Collection, Mapping

from kit.mongo import Database, Document, insert_new
from pydantic import TypeAdapter
from pymongo import ASCENDING

from network.access import EVERYWHERE
from network.graph.domain.facts import Answer, Fact

_FACT, _ANSWER = TypeAdapter(Fact), TypeAdapter(Answer)


class Graphs:
    """Facts of kinship and answers to links of this service's database."""

    def __init__(self, database: Database) -> None:
        self._facts, self._answers = database["kin"], database["link_answers"]

    async def prepare(self) -> None:
        await self._facts.create_index([("case_id", ASCENDING), ("at", ASCENDING)])
        await self._answers.create_index("counties")

    async def facts(self, cases: Collection[str]) -> list[Fact]:
        """Everything ever said of these cases, the first first."""
        found = self._facts.find({"case_id": {"$in": sorted(cases)}}).sort([("at", ASCENDING), ("_id", ASCENDING)])
        return [_fact(document) async for document in found]

    async def fact(self, id: str) -> Fact | None:
        document = await self._facts.find_one({"_id": id})
        return _fact(document) if document else None

    async def say(self, fact: Fact) -> Fact:
        """Kept; the one that is there under its id stays."""
        document: Document = _FACT.dump_python(fact)
        await insert_new(self._facts, [{"_id": document.pop("id"), **document}])
        return await self.fact(fact.id) or fact

    async def end(self, ended: Fact) -> Fact:
        """It holds no more; who ended it first did."""
        change = {name: getattr(ended, name) for name in ("ended_at", "ended_by", "reason", "note")}
        await self._facts.update_one({"_id": ended.id, "ended_at": None}, {"$set": change})
        return await self.fact(ended.id) or ended

    async def answers(self, links: Collection[str]) -> Mapping[str, Answer]:
        found = self._answers.find({"_id": {"$in": sorted(links)}})
        return {document["_id"]: _answer(document) async for document in found}

    async def answer(self, answer: Answer) -> Answer:
        """What is answered now; what was answered before stays in its history."""
        document: Document = _ANSWER.dump_python(answer)
        id = document.pop("id")
        await self._answers.update_one({"_id": id}, {"$set": document, "$push": {"history": document}}, upsert=True)
        return answer

    async def counted(self, counties: Collection[str]) -> dict[str, dict[str, int]]:
        """How the links of counties were answered, by rule: a rule that tells nobody anything new should go."""
        here: Document = {} if EVERYWHERE in counties else {"counties": {"$in": sorted(counties)}}
        stages: list[Document] = [
            {"$match": here | {"taken_back_at": None}},
            {"$group": {"_id": {"rule": "$rule", "verdict": "$verdict"}, "count": {"$sum": 1}}},
        ]
        found: dict[str, dict[str, int]] = {}
        async for each in self._answers.aggregate(stages):
            found.setdefault(each["_id"]["rule"], {})[each["_id"]["verdict"]] = each["count"]
        return found


def _fact(document: Document) -> Fact:
    return _FACT.validate_python({**document, "id": document["_id"]})


def _answer(document: Document) -> Answer:
    return _ANSWER.validate_python({**document, "id": document["_id"]})
