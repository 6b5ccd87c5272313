"""What a board lists, in MongoDB, and looks into sealed reports: who opened what, and who asked for whose name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from contracts.reports import CaseType
from kit.mongo import Database, Document, Session, drop_index, object_id
from kit.paging import Order, Page

from dispatch.board.view import LATEST, OVER
from dispatch.domain.period import Period
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import OPEN
from dispatch.site.officers import Officer
from dispatch.window.store import Reports

MOST_REVEALS = 100
MOST_SHOWN = 200
_LATEST = Order("at", descending=True, id_of=object_id)


class Rows:
    """The reports that a board lists, without what no list shows."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def lists(self, county: str, groups: Collection[str], now: datetime, most: int) -> Mapping[str, list[Report]]:
        """Lists of a county's board as they are at one moment: each report stands in one of them."""
        async with self._reports.at_one_moment() as moment:
            return {group: await self._listed(county, group, now, most, moment) for group in groups}

    async def _listed(self, county: str, group: str, now: datetime, most: int, moment: Session) -> list[Report]:
        if group == LATEST:
            return await self.settled(county, now, most, moment)
        if group == OVER:
            return await self._reports.breaching(county, now, most, moment)
        return await self.waiting(county, group, now, most, moment)

    async def settled(self, county: str, now: datetime, most: int, moment: Session) -> list[Report]:
        """Those that wait for nobody and have no clock that is over, the latest decided first."""
        query = {"county": county, "stage": {"$nin": OPEN}, "$nor": [_over(now)]}
        return await self._reports.listed(query, "decision.decided_at", -1, most, moment)

    async def waiting(self, county: str, stage: str, now: datetime, most: int, moment: Session) -> list[Report]:
        """Those of a stage whose clock is not over, the first due first."""
        query = {"county": county, "stage": stage, "$nor": [_over(now)]}
        return await self._reports.listed(query, "breach_at", 1, most, moment)

    async def behind(self, period: Period, case_type: CaseType, township: str, most: int) -> list[Report]:
        """Those of a case type and some days, in the order in which they came; of one township, or of all."""
        days = {"$gte": period.first.isoformat(), "$lte": period.last.isoformat()}
        query: Document = {"county": period.county, "day": days, "case_type": str(case_type)}
        return await self._reports.listed(query | ({"township": township} if township else {}), "received_at", 1, most)

    async def ended(self, counties: Collection[str], since: datetime, until: datetime, most: int) -> list[Report]:
        """Those whose clock or claim ran out in that time."""
        ended = {"$gt": since, "$lte": until}
        query = {"county": {"$in": list(counties)}, "$or": [{"breach_at": ended}, {"claim.until": ended}]}
        return await self._reports.listed(query, "breach_at", 1, most)


def _over(now: datetime) -> Document:
    return {"breach_at": {"$lt": now}}


@dataclass(frozen=True, slots=True)
class Reveal:
    """Who asked for a name, `person` by their place in the report."""

    who: str
    name: str
    person: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """Who opened a report, and whose name they asked for if any, or its narrative."""

    report_id: str
    who: str
    name: str
    role: str
    at: datetime
    person: int | None = None
    narrative: bool = False


class Looks:
    """The record of looks; it holds ids and the reader's name, nobody else's."""

    def __init__(self, database: Database) -> None:
        self._looks = database["looks"]

    async def prepare(self) -> None:
        await self._looks.create_index([("report_id", 1), ("at", 1)])
        await self._looks.create_index([("county", 1), *_LATEST.sort])
        await drop_index(self._looks, "county_1_at_-1")

    async def note_look(self, officer: Officer, report: Report) -> None:
        """Record that an officer read a report's sealed part."""
        await self._looks.insert_one(_look(officer, report))

    async def note_reveal(self, officer: Officer, report: Report, person: int) -> None:
        """Record that an officer asked for the name of one person of a report."""
        await self._looks.insert_one(_look(officer, report) | {"person": person})

    async def note_narrative(self, officer: Officer, report: Report) -> None:
        """Record that an officer asked for what is told in a report."""
        await self._looks.insert_one(_look(officer, report) | {"narrative": True})

    async def has_asked(self, officer: Officer, report_id: str, since: datetime) -> bool:
        """Whether an officer asked for what is told in a report since then."""
        asked = {"report_id": report_id, "at": {"$gt": since}, "who": officer.username, "narrative": True}
        return await self._looks.find_one(asked, {"_id": 1}) is not None

    async def reveals_of(self, report_id: str) -> list[Reveal]:
        """Who asked for whose name in a report, the latest first: one more than a page shows, where there are more."""
        asked = {"report_id": report_id, "person": {"$exists": True}}
        found = self._looks.find(asked, _only(Reveal)).sort("at", -1)
        return [Reveal(**each) async for each in found.limit(MOST_REVEALS + 1)]

    async def latest(
        self, counties: Collection[str], *, who: str = "", report_id: str = "", after: str = ""
    ) -> Page[Looked]:
        """Who opened what in some counties (`*` for all), the latest first, from beyond the place `after`.

        Of one officer or one report if asked.
        """
        query: Document = {} if "*" in counties else {"county": {"$in": list(counties)}}
        query |= {name: value for name, value in (("who", who), ("report_id", report_id)) if value}
        shown = _only(Looked) | {"_id": 1}
        return await _LATEST.page(self._looks, query, after, MOST_SHOWN, _looked, fields=shown)


def _only(kind: type[Reveal] | type[Looked]) -> Document:
    """What is read of a document for it."""
    return {"_id": 0} | {each.name: 1 for each in fields(kind)}


def _looked(document: Document) -> Looked:
    return Looked(**{name: value for name, value in document.items() if name != "_id"})


def _look(officer: Officer, report: Report) -> Document:
    return {"report_id": report.id, "county": report.county, "who": officer.username, "name": officer.name,
            "role": officer.role, "at": datetime.now(UTC)}  # fmt: skip
