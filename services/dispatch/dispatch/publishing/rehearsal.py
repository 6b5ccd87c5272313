"""Reads the decided reports of a period for a replay, a batch at a time; it only ever reads."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from contracts.decisions import Outcome
from kit import mongo
from kit.mongo import Collection, Document
from pydantic import Field, TypeAdapter

from dispatch.domain.people.duplicates import Relation
from dispatch.domain.tables.replay import Decided, Flips
from dispatch.domain.triage.facts import Facts

BATCH = 1_000
_NEEDED = {
    "facts": 1, "decision.outcome": 1, "decision.priority": 1, "decision.relation": 1, "decision.by_person": 1,
    "history.what": 1,
}  # fmt: skip


@dataclass(frozen=True)
class _Ruled:
    outcome: Outcome
    priority: int
    by_person: bool
    relation: Relation | None = None


@dataclass(frozen=True)
class _Happened:
    what: str


@dataclass(frozen=True)
class _Archived:
    """The part of a report that a replay reads: of a hundred thousand of them no more than that."""

    id: Annotated[str, Field(alias="_id")]
    facts: Facts
    decision: _Ruled
    history: tuple[_Happened, ...] = ()


_ARCHIVED = TypeAdapter(_Archived)


@dataclass(frozen=True)
class Period:
    """The reports that a county received from `first` to `last`, both days of Taiwan included."""

    county: str
    first: date
    last: date

    def query(self) -> Document:
        return {"county": self.county, "day": {"$gte": self.first.isoformat(), "$lte": self.last.isoformat()}}


class Archive:
    """What is decided already, to be read in a synchronous loop; a context manager that closes its connection."""

    def __init__(self, url: str, database: str) -> None:
        self._runner = asyncio.Runner()
        self._client = self._runner.run(_connected(url))
        self._reports: Collection = mongo.database(self._client, database)["reports"]

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._runner.close()

    def count(self, period: Period) -> int:
        return self._runner.run(self._count(period))

    def decided(self, period: Period) -> Iterator[Decided]:
        """The reports of a period, in no order; BATCH of them in memory at a time."""
        cursor = self._reports.find(period.query(), _NEEDED).batch_size(BATCH)
        while batch := self._runner.run(_next(cursor)):
            yield from map(decided_of, batch)

    def serials(self, flips: Flips) -> Mapping[str, str]:
        """The serials, by report id, of the examples of a replay."""
        ids = [one.report_id for examples in flips.examples.values() for one in examples]
        return self._runner.run(self._serials(ids))

    async def _serials(self, ids: list[str]) -> Mapping[str, str]:
        found = self._reports.find({"_id": {"$in": ids}}, {"serial": 1})
        return {each["_id"]: each["serial"] or each["_id"] async for each in found}

    async def _count(self, period: Period) -> int:
        return await self._reports.count_documents(period.query())


async def _connected(url: str) -> mongo.Client:
    """Made inside the loop that will use it."""
    return mongo.connect(url)


async def _next(cursor: Any) -> list[Document]:
    batch: list[Document] = await cursor.to_list(BATCH)
    return batch


def decided_of(document: Document) -> Decided:
    """A stored report as a replay needs it; tolerant of fields this version does not know."""
    read = _ARCHIVED.validate_python(document)
    raised = any(happened.what == "raised" for happened in read.history)
    return Decided(
        report_id=read.id,
        facts=read.facts,
        relation=read.decision.relation or Relation(),
        outcome=read.decision.outcome,
        priority=read.decision.priority,
        by_table=not (read.decision.by_person or raised),
    )
