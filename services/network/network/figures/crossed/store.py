"""Cases counted by one to three dimensions, in one aggregation; nobody's case leaves it."""

from collections.abc import Iterable, Mapping

from kit.mongo import Database, Document
from rules import ages

from network.figures.crossed.dimensions import MONTHS, NONE, UNKNOWN, Dimension
from network.periods import Period

Axes = tuple[Dimension | None, Dimension | None, Dimension | None]
_AXES = ("row", "by", "column")
_REFERRED = {"$lookup": {"from": "referrals", "localField": "_id", "foreignField": "case_id", "as": "sent"}}
_ENROLLED = {"$lookup": {"from": "enrolments", "localField": "_id", "foreignField": "subject.case_id", "as": "in_it"}}
_LOOKUPS = {Dimension.SERVICE: _REFERRED, Dimension.REFERRAL: _REFERRED, Dimension.PROGRAMME: _ENROLLED}


def _several(list_: Document | str) -> Document:
    return {"$let": {"vars": {"all": {"$setUnion": [{"$ifNull": [list_, []]}, []]}},
                     "in": {"$cond": [{"$eq": ["$$all", []]}, [NONE], "$$all"]}}}  # fmt: skip


_LATEST = {"$ifNull": [{"$last": "$assessments"}, {}]}
_SUBJECT = {"$first": {"$filter": {"input": "$people", "cond": {"$eq": ["$$this.role", "subject"]}}}}
_AGE = {"$subtract": [{"$year": {"date": "$opened_at", "timezone": "Asia/Taipei"}}, "$subject.birth_year"]}
_MONTH = 30.44 * 24 * 3600 * 1000
_LASTED = {"$divide": [{"$subtract": ["$ended_at", "$opened_at"]}, _MONTH]}
_TOWNSHIPS = {"$filter": {"input": "$reports.township", "cond": {"$ne": ["$$this", None]}}}
_APPROVED = {"$last": {"$filter": {"input": "$closings", "cond": {"$eq": ["$$this.state", "approved"]}}}}
_ENDED = {"$gt": ["$ended_at", None]}
_VALUES: Mapping[Dimension, Document | str] = {
    Dimension.CASE_TYPE: {"$ifNull": [{"$first": "$reports.case_type"}, UNKNOWN]},
    Dimension.NEED: _several("$latest.needs"),
    Dimension.FACTOR: _several("$latest.factors"),
    Dimension.MODE: {"$ifNull": ["$latest.service_mode", NONE]},
    Dimension.SERVICE: _several("$sent.service"),
    Dimension.REFERRAL: _several({"$map": {"input": {"$ifNull": ["$sent", []]}, "in": {
        "$cond": [{"$eq": ["$$this.state", "done"]}, {"$ifNull": ["$$this.outcome", "done"]}, "$$this.state"]}}}),
    Dimension.OUTCOME: {"$cond": [_ENDED, {"$ifNull": ["$closing.reason", "$state"]}, "open"]},
    Dimension.DURATION: {"$cond": [_ENDED, {"$switch": {
        "branches": [{"case": {"$lt": [_LASTED, each]}, "then": f"under_{each}"} for each in MONTHS],
        "default": "longer"}}, "open"]},
    Dimension.TOWNSHIP: {"$ifNull": [{"$last": _TOWNSHIPS}, UNKNOWN]},
    Dimension.AGE_BAND: {"$switch": {
        "branches": [{"case": {"$eq": [{"$ifNull": ["$subject.birth_year", None]}, None]}, "then": UNKNOWN},
                     *({"case": {"$lte": [_AGE, oldest]}, "then": band} for band, oldest in ages.BANDS.items())],
        "default": ages.LAST}},
    Dimension.PROGRAMME: _several("$in_it.programme"),
    Dimension.UNIT: "$lead.unit",
    Dimension.MONTH: {"$dateToString": {"date": "$opened_at", "format": "%Y-%m", "timezone": "Asia/Taipei"}},
}  # fmt: skip


class Crossings:
    """Counts the cases that came to a county in a period."""

    def __init__(self, database: Database) -> None:
        self._cases = database["cases"]

    async def counted(self, period: Period, axes: Axes) -> Mapping[tuple[str, str, str], int]:
        """By the values of rows, of what they are split by, and of columns; empty for no dimension."""
        chosen = [each for each in axes if each]
        read: Document = {"latest": _LATEST, "subject": _SUBJECT, "closing": _APPROVED}
        values = {name: _VALUES[of] if of else {"$literal": ""} for name, of in zip(_AXES, axes, strict=True)}
        unwound = ({"$unwind": f"${name}"} for name, of in zip(_AXES, axes, strict=True) if of)
        found = self._cases.aggregate([
            # Open or not, which is said because the index of their list begins with it.
            {"$match": period.of("opened_at") | {"open": {"$in": [False, True]}, "state": {"$ne": "merged"}}},
            *_needed(chosen), {"$addFields": read}, {"$project": values}, *unwound,
            {"$group": {"_id": {name: f"${name}" for name in _AXES}, "cases": {"$sum": 1}}},
        ])  # fmt: skip
        return {_place(row["_id"]): row["cases"] async for row in found}


def _needed(chosen: Iterable[Dimension]) -> list[Document]:
    """What must be looked up for these dimensions, each once."""
    found: list[Document] = []
    for each in chosen:
        if (lookup := _LOOKUPS.get(each)) and lookup not in found:
            found.append(lookup)
    return found


def _place(id: Mapping[str, str | None]) -> tuple[str, str, str]:
    row, by, column = (id.get(name) or "" for name in _AXES)
    return row, by, column
