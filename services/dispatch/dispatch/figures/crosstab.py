"""A county's reports by one to three dimensions, without a count that points at somebody."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Annotated, Any, Literal

from contracts.decisions import Outcome
from contracts.event import Model
from contracts.reports import CaseType, SourceUnit
from fastapi import Query, Request
from kit.mongo import Document
from kit.problems import Unprocessable, language
from pydantic import Field
from rules.suppression import SMALLEST, hidden

from dispatch.domain.report.stages import UNDECIDED
from dispatch.figures import exports, published
from dispatch.figures.published import Pipeline
from dispatch.site import words

MOST = 40
"""How many values a dimension has whose values senders write; the rarer ones are counted together as `other`."""
HIDDEN = "*"
"""What a spreadsheet shows for a hidden count."""
LARGEST = 1_500
"""How many cells a table may have: hiding small counts takes seconds beyond that."""

Place = tuple[str, str, str]
"""The value of the rows, of what they are split by, and of the columns; empty where there is no such dimension."""
Counts = Mapping[Place, int]


class Dimension(StrEnum):
    """What reports may be counted by. By danger sign or need a report counts once for each that it names."""

    CASE_TYPE = "case_type"
    SOURCE_UNIT = "source_unit"
    OUTCOME = "outcome"
    PRIORITY = "priority"
    TOWNSHIP = "township"
    AGE_BAND = "age_band"
    MONTH = "month"
    WEEKDAY = "weekday"
    HOUR = "hour"
    DANGER_SIGN = "danger_sign"
    NEED = "need"
    UNIT = "unit"


OPEN = (Dimension.TOWNSHIP, Dimension.UNIT)
SEVERAL = (Dimension.DANGER_SIGN, Dimension.NEED)
NONE, OTHER, UNKNOWN, PENDING = "none", "other", "unknown", "pending"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
AGE_BANDS = {"under_6": 5, "6_to_11": 11, "12_to_17": 17, "18_to_29": 29, "30_to_49": 49, "50_to_64": 64}
"""The oldest of each band; whoever is older is in the last one."""
OLDEST = "65_and_over"
_ORDER = [*CaseType, *SourceUnit, *Outcome, *AGE_BANDS, OLDEST, *WEEKDAYS, PENDING, OTHER, UNKNOWN, NONE]
_WORDS = {
    "case_type": ("案件類型", "case type"), "source_unit": ("通報單位", "source unit"),
    "outcome": ("篩派結果", "outcome"), "priority": ("優先等級", "priority"), "township": ("鄉鎮市區", "township"),
    "age_band": ("被害人年齡", "age of the subject"), "month": ("月份", "month"), "weekday": ("星期", "weekday"),
    "hour": ("時", "hour"), "danger_sign": ("危險訊號", "danger sign"), "need": ("需求面向", "need"),
    "unit": ("受派單位", "unit"), "total": ("合計", "total"), NONE: ("無", "none"),
    UNKNOWN: ("不詳", "unknown"), "under_6": ("未滿6歲", "under 6"), "6_to_11": ("6至11歲", "6 to 11"),
    "12_to_17": ("12至17歲", "12 to 17"), "18_to_29": ("18至29歲", "18 to 29"), "30_to_49": ("30至49歲", "30 to 49"),
    "50_to_64": ("50至64歲", "50 to 64"), OLDEST: ("65歲以上", "65 and over"),
    **{day: (f"星期{glyph}", day.title()) for day, glyph in zip(WEEKDAYS, "一二三四五六日", strict=True)},
}  # fmt: skip

_IS_PENDING = {"$in": ["$stage", list(UNDECIDED)]}
_AGE = {"$ifNull": ["$facts.subject_age", None]}
_RECEIVED = {"date": "$received_at", "timezone": "Asia/Taipei"}
_VALUES: Mapping[Dimension, Any] = {
    Dimension.CASE_TYPE: "$case_type",
    Dimension.SOURCE_UNIT: "$source_unit",
    Dimension.OUTCOME: {"$cond": [_IS_PENDING, PENDING, "$decision.outcome"]},
    Dimension.PRIORITY: {"$toString": "$decision.priority"},
    Dimension.TOWNSHIP: {"$ifNull": ["$township", UNKNOWN]},
    Dimension.AGE_BAND: {"$switch": {
        "branches": [{"case": {"$eq": [_AGE, None]}, "then": UNKNOWN},
                     *({"case": {"$lte": [_AGE, last]}, "then": band} for band, last in AGE_BANDS.items())],
        "default": OLDEST}},
    Dimension.MONTH: {"$substrCP": ["$day", 0, 7]},
    Dimension.WEEKDAY: {"$arrayElemAt": [WEEKDAYS, {"$subtract": [{"$isoDayOfWeek": _RECEIVED}, 1]}]},
    Dimension.HOUR: {"$dateToString": _RECEIVED | {"format": "%H"}},
    Dimension.DANGER_SIGN: {"$ifNull": ["$facts.danger_signs", [NONE]]},
    Dimension.NEED: {"$ifNull": ["$facts.needs", [NONE]]},
    Dimension.UNIT: {"$cond": [_IS_PENDING, NONE, {"$ifNull": ["$decision.unit", NONE]}]},
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """One to three different dimensions, and how to tell: `lang` is 0 for English, 1 for zh-TW."""

    rows: Dimension
    columns: Dimension | None
    by: Dimension | None = None
    format: exports.Format = "json"
    lang: int = 0

    @property
    def dimensions(self) -> tuple[Dimension | None, Dimension | None, Dimension | None]:
        return self.rows, self.by, self.columns


def asked(
    request: Request,
    rows: Annotated[Dimension, Query(description="What the rows are.")],
    columns: Annotated[Dimension | None, Query(description="What the columns are.")] = None,
    by: Annotated[Dimension | None, Query(description="What each row is split by.")] = None,
    format: Annotated[exports.Format | None, Query(description="Before the header `Accept`.")] = None,
) -> Asked:
    """What a request asks for. Raises Unprocessable for a dimension against itself."""
    chosen = [each for each in (rows, columns, by) if each]
    if len(set(chosen)) < len(chosen):
        en, zh = "Choose different dimensions.", "請選不同的面向。"
        at = "/query/columns" if rows is columns else "/query/by"
        raise Unprocessable(en, zh, errors=[{"at": at, "code": "same_twice", "en": en, "zh": zh}])
    return Asked(rows, columns, by, exports.wanted(request, format), language(request))


class Count(Model):
    """A count, or null where it is hidden: under five, or else a hidden one could be computed from it."""

    count: int | None
    suppressed: bool


class Value(Model):
    """One value of a dimension in words."""

    value: str
    zh: str
    en: str


class CrossTabulation(Model):
    """`cells[row][column]` with totals; both days included. Rows that are split have `by_values` beside `row_values`.

    Counted are `reports`, or `mentions` where a dimension has several values in one report (danger signs, needs).
    What one answer hides cannot be computed from it; answers for overlapping times may be compared, so analysts
    answer for what they publish.
    """

    county: str
    from_: str = Field(alias="from")
    to: str
    rows: Dimension
    columns: Dimension | None
    by: Dimension | None = None
    counts: Literal["reports", "mentions"]
    smallest: int
    row_values: tuple[Value, ...]
    by_values: tuple[Value, ...] = ()
    column_values: tuple[Value, ...]
    cells: tuple[tuple[Count, ...], ...]
    row_totals: tuple[Count, ...]
    column_totals: tuple[Count, ...]
    total: Count


def named(dimension: Dimension, lang: str) -> str:
    """A dimension as people say it."""
    return _WORDS[dimension][words.LANGUAGES.index(lang)]


def pipeline(days: tuple[str, str, str], ask: Asked) -> Pipeline:
    """Rows `{_id: {row, by, column}, reports}` of a county's days."""
    axes = dict(zip(("row", "by", "column"), ask.dimensions, strict=True))
    return [
        published.within(*days),
        {"$project": {name: _VALUES[of] if of else {"$literal": ""} for name, of in axes.items()}},
        *({"$unwind": f"${name}"} for name, of in axes.items() if of),
        {"$group": {"_id": {name: f"${name}" for name in axes}, "reports": {"$sum": 1}}},
    ]


def tabulated(days: tuple[str, str, str], ask: Asked, found: Iterable[Document]) -> CrossTabulation:
    """The table of the rows that `pipeline` finds, small counts hidden. Raises Unprocessable for too large a one.

    Split rows are rows like others, without sums between, so that what holds for two dimensions holds for three.
    """
    ids = ((each["_id"], each["reports"]) for each in found)
    counted = _gathered({(id["row"], id.get("by", ""), id.get("column", "")): count for id, count in ids}, ask)
    values, bys, columns = (sorted({place[axis] for place in counted}, key=_place_of) for axis in range(3))
    rows = list(product(values, bys))
    if len(rows) * len(columns) > LARGEST:
        en, zh = "This table has too many cells: choose fewer dimensions.", "表格過大，請少選一個面向。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/by", "code": "too_large", "en": en, "zh": zh}])
    inner = [[counted.get((*row, column), 0) for column in columns] for row in rows]
    table = [[*row, sum(row)] for row in inner]
    table.append([sum(column) for column in zip(*table, strict=True)] or [0])
    hide = hidden(table)
    shown = [
        tuple(Count(count=None if (i, j) in hide else count, suppressed=(i, j) in hide) for j, count in enumerate(row))
        for i, row in enumerate(table)
    ]
    if ask.columns is None:
        columns, shown = [], [(_either(row),) for row in shown]
    several = any(each in SEVERAL for each in ask.dimensions)
    return CrossTabulation.model_validate({
        "county": days[0], "from": days[1], "to": days[2], "rows": ask.rows, "columns": ask.columns, "by": ask.by,
        "counts": "mentions" if several else "reports", "smallest": SMALLEST,
        "row_values": [_said(ask.rows, row) for row, _ in rows],
        "by_values": [_said(ask.by, by) for _, by in rows] if ask.by else (),
        "column_values": [_said(ask.columns, column) for column in columns] if ask.columns else (),
        "cells": [row[:-1] for row in shown[:-1]], "row_totals": [row[-1] for row in shown[:-1]],
        "column_totals": shown[-1][:-1], "total": shown[-1][-1],
    })  # fmt: skip


def _either(row: tuple[Count, ...]) -> Count:
    """Without columns a count and its sum are one: hidden when either is."""
    return next((each for each in row if each.suppressed), row[-1])


def _gathered(counted: Counts, ask: Asked) -> Counts:
    """What senders wrote and few others did is gathered as `other`: a rare township would name somebody by itself."""
    kept = [_kept(counted, axis) if of in OPEN else None for axis, of in enumerate(ask.dimensions)]
    gathered: Counter[Place] = Counter()
    for place, count in counted.items():
        row, by, column = (_kept_or_other(value, names) for value, names in zip(place, kept, strict=True))
        gathered[row, by, column] += count
    return gathered


def _kept_or_other(value: str, names: frozenset[str] | None) -> str:
    return value if names is None or value in names else OTHER


def _kept(counted: Counts, axis: int) -> frozenset[str]:
    totals: Counter[str] = Counter()
    for place, count in counted.items():
        totals[place[axis]] += count
    return frozenset({OTHER}.union(value for value, count in totals.most_common(MOST) if count >= SMALLEST))


def _place_of(value: str) -> tuple[int, str]:
    """Codes in the order of their lists; what has none by its name, before the rest that is gathered."""
    return (_ORDER.index(value) if value in _ORDER else 0), value


def _said(dimension: Dimension, value: str) -> Value:
    zh, en = (_word(dimension, value, lang) for lang in words.LANGUAGES)
    return Value(value=value, zh=zh, en=en)


def _word(dimension: Dimension, value: str, lang: str) -> str:
    if value in _WORDS:
        return _WORDS[value][words.LANGUAGES.index(lang)]
    if dimension in SEVERAL:
        return words.code(f"{dimension}s", value, lang)
    if "/" in value:
        return words.unit(value, lang)
    return value if dimension in OPEN and value != OTHER else words.word(value, lang)


# --- as a file -----------------------------------------------------------------------------------------------------


def sheet(shown: CrossTabulation, lang: int) -> exports.Sheet:
    """The table for a spreadsheet, a hidden count as HIDDEN."""
    dimensions = [each for each in (shown.rows, shown.by) if each]
    total = exports.labelled("total", *_WORDS["total"], lang)
    head = [*(exports.labelled(str(each), *_WORDS[each], lang) for each in dimensions),
            *(_label(each, lang) for each in shown.column_values), total]  # fmt: skip
    bys = [[_label(each, lang)] for each in shown.by_values] or [[] for _ in shown.row_values]
    lines = [
        [_label(each, lang), *by, *map(_written, [*cells, sum_of])]
        for each, by, cells, sum_of in zip(shown.row_values, bys, shown.cells, shown.row_totals, strict=True)
    ]
    last = [total, *("" for _ in dimensions[1:]), *map(_written, [*shown.column_totals, shown.total])]
    axes = [str(each) for each in (shown.rows, shown.by, shown.columns) if each]
    return exports.Sheet("-".join([*axes, shown.from_, shown.to]), [head, *lines, last])


def _label(value: Value, lang: int) -> str:
    return exports.labelled(value.value, value.zh, value.en, lang)


def _written(count: Count) -> int | str:
    return HIDDEN if count.count is None else count.count
