"""Looks into sealed reports, in MongoDB: who opened what, and who asked for whose name."""

from collections.abc import Collection
from datetime import UTC, datetime

from kit.mongo import Database, Document

from dispatch.domain.report.report import Report
from dispatch.site.officers import Officer

MOST_REVEALS = 100
MOST_SHOWN = 200


class Looks:
    """The record of looks; it holds ids and the reader's name, nobody else's."""

    def __init__(self, database: Database) -> None:
        self._looks = database["looks"]

    async def prepare(self) -> None:
        await self._looks.create_index([("report_id", 1), ("at", 1)])
        await self._looks.create_index([("county", 1), ("at", -1)])

    async def note_look(self, officer: Officer, report: Report) -> None:
        """Record that an officer read a report's sealed part."""
        await self._looks.insert_one(_look(officer, report))

    async def note_reveal(self, officer: Officer, report: Report, person: int) -> None:
        """Record that an officer asked for the name of one person of a report."""
        await self._looks.insert_one(_look(officer, report) | {"person": person})

    async def reveals_of(self, report_id: str) -> list[Document]:
        """Who asked for whose name in a report, `{who, name, person, at}`, the latest first."""
        found = self._looks.find({"report_id": report_id, "person": {"$exists": True}}).sort("at", -1)
        return [each async for each in found.limit(MOST_REVEALS)]

    async def latest(self, counties: Collection[str], *, who: str = "", report_id: str = "") -> list[Document]:
        """Who opened what in some counties (`*` for all), the latest first; of one officer or one report if asked."""
        query: Document = {} if "*" in counties else {"county": {"$in": list(counties)}}
        query |= {name: value for name, value in (("who", who), ("report_id", report_id)) if value}
        return [each async for each in self._looks.find(query).sort("at", -1).limit(MOST_SHOWN)]


def _look(officer: Officer, report: Report) -> Document:
    return {"report_id": report.id, "county": report.county, "who": officer.username, "name": officer.name,
            "role": officer.role, "at": datetime.now(UTC)}  # fmt: skip
