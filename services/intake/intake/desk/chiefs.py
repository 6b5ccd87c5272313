"""How many reports village offices told, of all, by month and township; and which villages never did."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kit.mongo import Database, Document
from rules.places import villages_of

from intake.arrivals import Sealing


@dataclass(frozen=True)
class Cell:
    """So many reports that are alike."""

    month: str
    township: str
    source_unit: str
    office: str | None
    written_by: str | None
    count: int


@dataclass
class Share:
    reports: int = 0
    by_chiefs: int = 0

    @property
    def share(self) -> float | None:
        """Of 1; None of nothing."""
        return round(self.by_chiefs / self.reports, 4) if self.reports else None


@dataclass
class Counted(Share):
    """`civil_affairs` are the reports in that column, `written_by` those of them that a unit wrote down."""

    civil_affairs: int = 0
    written_by: Counter[str] = field(default_factory=Counter)
    offices: Counter[str] = field(default_factory=Counter)
    months: dict[str, Share] = field(default_factory=dict)
    townships: dict[str, Share] = field(default_factory=dict)


def counted(cells: Iterable[Cell]) -> Counted:
    found = Counted()
    for cell in cells:
        parts = (found.months.setdefault(cell.month, Share()), found.townships.setdefault(cell.township, Share()))
        for each in (found, *parts):
            each.reports += cell.count
            each.by_chiefs += cell.count if cell.office else 0
        if cell.source_unit == "civil_affairs":
            found.civil_affairs += cell.count
            found.written_by.update({cell.written_by: cell.count} if cell.written_by else {})
        found.offices.update({cell.office: cell.count} if cell.office else {})
    return found


class Chiefs:
    """Counts of intake's reports."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._reports = database["reports"]
        self._sealing = sealing

    async def cells(self, county: str, since: str, until: str) -> list[Cell]:
        """Those of a county that were received on these days, both included (`2026-11-29`)."""
        office = {"$ifNull": ["$report.told_by.office", "$report.reporter.office"]}
        alike = {
            "month": {"$substrBytes": ["$day", 0, 7]}, "township": "$report.event.place.township", "office": office,
            "source_unit": "$source_unit", "written_by": "$written_by",
        }  # fmt: skip
        match = _within(county, since, until)
        found = self._reports.aggregate([{"$match": match}, {"$group": {"_id": alike, "count": {"$sum": 1}}}])
        return [_cell(row) async for row in found]

    async def silent(self, county: str, since: str, until: str) -> Mapping[str, Sequence[str]]:
        """The villages of each township whose office told nothing in these days."""
        heard = set(await self._reports.distinct("told_village", _within(county, since, until)))
        places = {
            township: [each for each in villages if self._sealing.village(county, township, each) not in heard]
            for township, villages in villages_of(county).items()
        }
        return {township: villages for township, villages in sorted(places.items()) if villages}


def _within(county: str, since: str, until: str) -> Document:
    return {"county": county, "day": {"$gte": since, "$lte": until}}


def _cell(row: Document) -> Cell:
    alike = row["_id"]
    township, office, by = (alike.get(name) for name in ("township", "office", "written_by"))
    return Cell(alike["month"], township or "", alike["source_unit"], office, by, row["count"])
