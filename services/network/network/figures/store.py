"""Counts of standings, cases and contacts in MongoDB."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kit.mongo import Database, Document

from network.figures.linked import Linked
from network.figures.rates import Counted
from network.figures.referrals import Cell
from network.periods import Period


class Figures:
    """What is counted over the whole of a county."""

    def __init__(self, database: Database) -> None:
        self._standings = database["standings"]
        self._cases = database["cases"]
        self._contacts = database["contacts"]
        self._referrals = database["referrals"]
        self._linkings = database["linkings"]
        self._directory = database["directory"]

    async def prepare(self) -> None:
        await self._standings.create_index([("county", 1), ("received_at", 1)])
        await self._cases.create_index([("county", 1), ("reports.received_at", 1)])
        await self._cases.create_index([("county", 1), ("assessments.at", 1)])
        await self._contacts.create_index([("county", 1), ("at", 1)])
        await self._contacts.create_index("corrects", partialFilterExpression={"corrects": {"$type": "string"}})

    async def names(self, units: Sequence[str]) -> Mapping[str, str]:
        """What the providers of these units are called."""
        found = self._directory.find(
            {"content.unit": {"$in": list(set(units))}}, {"content.name": 1, "content.unit": 1}
        )
        return {each["content"]["unit"]: each["content"]["name"] async for each in found}

    async def reports(self, period: Period) -> Mapping[str, Counted]:
        """By case type: reports received in a period, by outcome and by what their case's lead found."""
        outcomes: dict[str, dict[str, int]] = defaultdict(dict)
        by_outcome = {"_id": {"type": "$case_type", "outcome": "$outcome"}, "reports": {"$sum": 1}}
        async for row in self._standings.aggregate([{"$match": period.of("received_at")}, {"$group": by_outcome}]):
            outcomes[row["_id"]["type"]][row["_id"]["outcome"]] = row["reports"]
        opened, refused = await self._found(period)
        return {each: Counted(outcomes[each], opened.get(each, 0), refused.get(each, {})) for each in sorted(outcomes)}

    async def sources(self, period: Period) -> Mapping[tuple[str, str], int]:
        """By case type and who told them: reports received in a period."""
        alike = {"type": "$case_type", "source": "$source_unit"}
        found = self._standings.aggregate([
            {"$match": period.of("received_at")}, {"$group": {"_id": alike, "reports": {"$sum": 1}}},
        ])  # fmt: skip
        return {(row["_id"].get("type") or "", row["_id"].get("source") or ""): row["reports"] async for row in found}

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

    async def opened(self, period: Period) -> tuple[int, int]:
        """The two numbers of the opening rate: of the reports received in a period, those opened and those assessed."""
        found = (await self.reports(period)).values()
        return sum(each.opened for each in found), sum(each.assessed for each in found)

    async def carried(self, county: str) -> Mapping[str, int]:
        """Open cases by the unit that leads them."""
        group = {"$group": {"_id": "$lead.unit", "cases": {"$sum": 1}}}
        found = self._cases.aggregate([{"$match": {"county": county, "open": True}}, group])
        return {row["_id"]: row["cases"] async for row in found}

    async def joint_visits(self, period: Period) -> Mapping[tuple[str, str], int]:
        """Face-to-face contacts of several units, each as it was entered last, by each pair of kinds of unit."""
        kinds = {"kind": {"$in": ["visit", "session", "escort"]}, "joint.0": {"$exists": True}}
        pairs: dict[tuple[str, str], int] = defaultdict(int)
        rows = [row async for row in self._contacts.find(period.of("at") | kinds, {"unit": 1, "joint": 1})]
        wrong = await self._corrected([row["_id"] for row in rows])
        for row in (each for each in rows if each["_id"] not in wrong):
            units = sorted({_kind(each) for each in (row["unit"], *row["joint"]) if each != "family"})
            for number, one in enumerate(units):
                for other in units[number + 1 :]:
                    pairs[one, other] += 1
        return pairs

    async def _corrected(self, ids: Sequence[str]) -> set[str]:
        """Those of these contacts that another entry corrects, whenever it says that was."""
        # The index holds strings alone: the query must name the type, or the database does not use it.
        later = self._contacts.find({"corrects": {"$in": list(ids), "$type": "string"}}, {"corrects": 1})
        return {row["corrects"] async for row in later}

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

    async def referrals(self, period: Period, service: str | None, now: datetime) -> list[Cell]:
        """Referrals that were sent in a period, those that are alike together."""
        match: Document = period.of("sent_at")
        match |= {"service": service} if service else {}
        exact = ("service", "to", "township", "group", "state", "answer", "outcome")
        alike: Document = {name: f"${name}" for name in exact}
        alike["year"] = {"$dateToString": {"date": "$sent_at", "format": "%Y", "timezone": "+08:00"}}
        late = {"$and": [{"$in": ["$state", ["sent", "waiting"]]}, {"$lt": ["$answer_due_at", now]}]}
        answered = {"$gt": ["$answered_at", None]}
        length = {"$cond": [answered, {"$subtract": ["$answered_at", "$sent_at"]}, 0]}
        in_time = {"$and": [answered, {"$lte": ["$answered_at", "$answer_due_at"]}]}
        group: Document = {
            "_id": alike, "count": {"$sum": 1}, "overdue": _how_many(late), "in_time": _how_many(in_time),
            "answered_in": {"$sum": length}, "asked": _how_many({"$ne": [{"$ifNull": ["$confirmed", None]}, None]}),
            "got_it": _how_many({"$eq": ["$confirmed", True]}), "sessions": {"$sum": {"$ifNull": ["$sessions", 0]}},
            "kept": {"$push": {"$map": {"input": {"$filter": {
                "input": {"$ifNull": ["$kept", []]}, "cond": "$$this.kept"}}, "in": "$$this.after"}}},
        }  # fmt: skip
        found = self._referrals.aggregate([{"$match": match}, {"$group": group}])
        return [_cell(row) async for row in found]

    async def linkings(self, period: Period) -> list[Linked]:
        """Reports of a period to which no unit was sent, those that are alike together."""
        match = period.of("decided_at") | {"state": {"$ne": "ended"}}
        alike = {"referred": "$referred", "advised": "$advised"}
        found = self._linkings.aggregate([{"$match": match}, {"$group": {"_id": alike, "count": {"$sum": 1}}}])
        return [Linked(tuple(r["_id"]["referred"]), tuple(r["_id"]["advised"]), r["count"]) async for r in found]


def _kind(unit: str) -> str:
    """What kind of unit stands behind a unit's or a partner's name."""
    return unit.partition("/")[2].partition(".")[0] or unit


def _how_many(condition: Document) -> Document:
    return {"$sum": {"$cond": [condition, 1, 0]}}


def _cell(row: Document) -> Cell:
    alike, numbers = (
        row["_id"],
        {name: row[name] for name in ("count", "overdue", "in_time", "asked", "got_it", "sessions")},
    )
    return Cell(
        alike["service"], alike["to"], alike.get("township") or "", alike.get("group") or "", alike["year"],
        alike["state"], alike.get("answer"), **numbers, answered_in=timedelta(milliseconds=row["answered_in"]),
        outcome=alike.get("outcome"), kept=Counter(after for each in row["kept"] for after in each),
    )  # fmt: skip
