"""Counts of standings, cases and contacts in MongoDB."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kit.mongo import Database, Document

from network.figures.rates import Counted


@dataclass(frozen=True)
class Period:
    """One county, from a moment (included) to a moment (left out), in UTC."""

    county: str
    start: datetime
    end: datetime

    def of(self, field: str) -> Document:
        return {"county": self.county, field: {"$gte": self.start, "$lt": self.end}}


class Figures:
    """What is counted over the whole of a county."""

    def __init__(self, database: Database) -> None:
        self._standings = database["standings"]
        self._cases = database["cases"]
        self._contacts = database["contacts"]

    async def prepare(self) -> None:
        await self._standings.create_index([("county", 1), ("received_at", 1)])
        await self._cases.create_index([("county", 1), ("reports.received_at", 1)])
        await self._cases.create_index([("county", 1), ("assessments.at", 1)])
        await self._contacts.create_index([("county", 1), ("at", 1)])

    async def reports(self, period: Period) -> Mapping[str, Counted]:
        """By case type: reports received in a period, by outcome and by what their case's lead found."""
        outcomes: dict[str, dict[str, int]] = defaultdict(dict)
        by_outcome = {"_id": {"type": "$case_type", "outcome": "$outcome"}, "reports": {"$sum": 1}}
        async for row in self._standings.aggregate([{"$match": period.of("received_at")}, {"$group": by_outcome}]):
            outcomes[row["_id"]["type"]][row["_id"]["outcome"]] = row["reports"]
        opened, refused = await self._found(period)
        return {each: Counted(outcomes[each], opened.get(each, 0), refused.get(each, {})) for each in sorted(outcomes)}

    async def _found(self, period: Period) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        received = {"reports.received_at": {"$gte": period.start, "$lt": period.end}}
        at_work = received | {"reports.state": {"$ne": "withdrawn"}, "latest": {"$exists": True}}
        key = {"type": "$reports.case_type", "opened": "$latest.opened", "reason": "$latest.reason"}
        found = self._cases.aggregate([
            {"$match": {"county": period.county, **received, "state": {"$ne": "merged"}}},
            {"$project": {"reports": 1, "latest": {"$last": "$assessments"}}},
            {"$unwind": "$reports"},
            {"$match": at_work},
            {"$group": {"_id": key, "reports": {"$sum": 1}}},
        ])  # fmt: skip
        opened: dict[str, int] = {}
        refused: dict[str, dict[str, int]] = defaultdict(dict)
        async for row in found:
            if row["_id"]["opened"]:
                opened[row["_id"]["type"]] = opened.get(row["_id"]["type"], 0) + row["reports"]
            else:
                refused[row["_id"]["type"]][row["_id"].get("reason") or ""] = row["reports"]
        return opened, refused

    async def needs(self, period: Period) -> Mapping[str, int]:
        """Cases that were opened in a period, by what their latest assessment found they need.

        A merge changes no figure: each case counts by what was found of its own family, before and after.
        """
        came: Document = {"$reduce": {
            "input": {"$ifNull": ["$merges.assessments", []]}, "initialValue": [],
            "in": {"$concatArrays": ["$$value", "$$this"]},
        }}  # fmt: skip
        own = {"$filter": {"input": "$assessments", "cond": {"$not": {"$in": ["$$this.id", came]}}}}
        found = self._cases.aggregate([
            {"$match": period.of("assessments.at")},
            {"$project": {"latest": {"$last": own}}},
            {"$match": {"latest.opened": True, "latest.at": {"$gte": period.start, "$lt": period.end}}},
            {"$unwind": "$latest.needs"},
            {"$group": {"_id": "$latest.needs", "cases": {"$sum": 1}}},
        ])  # fmt: skip
        return {row["_id"]: row["cases"] async for row in found}

    async def joint_visits(self, period: Period) -> Mapping[tuple[str, str], int]:
        """Face-to-face contacts of several units, by each pair of kinds of unit."""
        kinds = {"kind": {"$in": ["visit", "session", "escort"]}, "joint.0": {"$exists": True}}
        pairs: dict[tuple[str, str], int] = defaultdict(int)
        async for row in self._contacts.find(period.of("at") | kinds, {"unit": 1, "joint": 1}):
            units = sorted({_kind(each) for each in (row["unit"], *row["joint"]) if each != "family"})
            for number, one in enumerate(units):
                for other in units[number + 1 :]:
                    pairs[one, other] += 1
        return pairs

    async def returned(self, period: Period) -> Mapping[str, int]:
        """Closings of a period whose family was reported again while watched or remembered, by the closing's reason."""
        within = {"closings.answered_at": {"$gte": period.start, "$lt": period.end}, "closings.state": "approved"}
        again = {"closings.reopened_at": {"$ne": None}}
        found = self._cases.aggregate([
            {"$match": {"county": period.county, **within}}, {"$unwind": "$closings"}, {"$match": within | again},
            {"$group": {"_id": "$closings.reason", "cases": {"$sum": 1}}},
        ])  # fmt: skip
        reopened = {row["_id"]: row["cases"] async for row in found}
        earlier = "returned_after_closing"
        late = self._cases.aggregate([
            {"$match": period.of(f"{earlier}.closed_at")}, {"$unwind": f"${earlier}"},
            {"$match": period.of(f"{earlier}.closed_at")},
            {"$group": {"_id": f"${earlier}.reason", "cases": {"$addToSet": f"${earlier}.case_id"}}},
        ])  # fmt: skip
        async for row in late:
            reopened[row["_id"]] = reopened.get(row["_id"], 0) + len(row["cases"])
        return reopened

    async def closed(self, period: Period) -> Mapping[str, int]:
        """Cases closed in a period, by reason."""
        within = {"closings.answered_at": {"$gte": period.start, "$lt": period.end}, "closings.state": "approved"}
        found = self._cases.aggregate([
            {"$match": {"county": period.county, **within}}, {"$unwind": "$closings"}, {"$match": within},
            {"$group": {"_id": "$closings.reason", "cases": {"$sum": 1}}},
        ])  # fmt: skip
        return {row["_id"]: row["cases"] async for row in found}


def _kind(unit: str) -> str:
    """What kind of unit stands behind a unit's or a partner's name."""
    return unit.partition("/")[2].partition(".")[0] or unit
