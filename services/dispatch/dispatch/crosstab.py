"""Any two dimensions of a county's reports against each other, without a count that points at somebody."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from itertools import chain
from typing import Annotated, Any, Literal

from contracts.decisions import Outcome
from contracts.event import Model
from contracts.reports import CaseType, SourceUnit
from fastapi import Query, Request, Response
from kit.mongo import Document
from kit.problems import Unprocessable, language
from pydantic import Field

from dispatch import figures
from dispatch.board import words
from dispatch.domain.suppression import SMALLEST, hidden
from dispatch.figures import Pipeline
from dispatch.stages import UNDECIDED

MOST = 40
"""How many values a dimension has whose values senders write; the rarer ones are counted together as `other`."""
HIDDEN = "*"
"""What a spreadsheet shows for a hidden count."""

Counts = Mapping[tuple[str, str], int]


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
    """Two different dimensions, and how to tell: `lang` is 0 for English, 1 for zh-TW."""

    rows: Dimension
    columns: Dimension
    is_csv: bool
    lang: int


def asked(
    request: Request,
    rows: Annotated[Dimension, Query(description="What the rows are.")],
    columns: Annotated[Dimension, Query(description="What the columns are.")],
    format: Annotated[Literal["json", "csv"] | None, Query(description="Before `Accept: text/csv`.")] = None,
) -> Asked:
    """What a request asks for. Raises Unprocessable for a dimension against itself."""
    if rows is columns:
        en, zh = "Choose two different dimensions.", "請選兩個不同的面向。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/columns", "code": "same_as_rows", "en": en, "zh": zh}])
    wants = "csv" if "text/csv" in request.headers.get("accept", "") else "json"
    return Asked(rows, columns, (format or wants) == "csv", language(request))


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
    """`cells[row][column]` with totals; both days included.

    Counted are `reports`, or `mentions` where a dimension has several values in one report (danger signs, needs).
    What one answer hides cannot be computed from it; answers for overlapping times may be compared, so analysts
    answer for what they publish.
    """

    county: str
    from_: str = Field(alias="from")
    to: str
    rows: Dimension
    columns: Dimension
    counts: Literal["reports", "mentions"]
    smallest: int
    row_values: tuple[Value, ...]
    column_values: tuple[Value, ...]
    cells: tuple[tuple[Count, ...], ...]
    row_totals: tuple[Count, ...]
    column_totals: tuple[Count, ...]
    total: Count


def pipeline(days: tuple[str, str, str], ask: Asked) -> Pipeline:
    """Rows `{_id: {row, column}, reports}` of a county's days."""
    return [
        figures.within(*days),
        {"$project": {"row": _VALUES[ask.rows], "column": _VALUES[ask.columns]}},
        {"$unwind": "$row"},
        {"$unwind": "$column"},
        {"$group": {"_id": {"row": "$row", "column": "$column"}, "reports": {"$sum": 1}}},
    ]


def tabulated(days: tuple[str, str, str], ask: Asked, found: Iterable[Document]) -> CrossTabulation:
    """The table of the rows that `pipeline` finds, small counts hidden."""
    counted = _gathered({(each["_id"]["row"], each["_id"]["column"]): each["reports"] for each in found}, ask)
    rows, columns = (sorted({place[axis] for place in counted}, key=_place_of) for axis in (0, 1))
    inner = [[counted.get((row, column), 0) for column in columns] for row in rows]
    table = [[*row, sum(row)] for row in inner]
    table.append([sum(column) for column in zip(*table, strict=True)] or [0])
    hide = hidden(table)
    shown = [
        tuple(Count(count=None if (i, j) in hide else count, suppressed=(i, j) in hide) for j, count in enumerate(row))
        for i, row in enumerate(table)
    ]
    return CrossTabulation.model_validate({
        "county": days[0], "from": days[1], "to": days[2], "rows": ask.rows, "columns": ask.columns,
        "counts": "mentions" if ask.rows in SEVERAL or ask.columns in SEVERAL else "reports", "smallest": SMALLEST,
        "row_values": [_said(ask.rows, row) for row in rows],
        "column_values": [_said(ask.columns, column) for column in columns],
        "cells": [row[:-1] for row in shown[:-1]], "row_totals": [row[-1] for row in shown[:-1]],
        "column_totals": shown[-1][:-1], "total": shown[-1][-1],
    })  # fmt: skip


def _gathered(counted: Counts, ask: Asked) -> Counts:
    """What senders wrote and few others did is gathered as `other`: a rare township would name somebody by itself."""
    kept = [_kept(counted, axis) if by in OPEN else None for axis, by in enumerate((ask.rows, ask.columns))]
    gathered: Counter[tuple[str, str]] = Counter()
    for place, count in counted.items():
        row, column = (_kept_or_other(value, names) for value, names in zip(place, kept, strict=True))
        gathered[row, column] += count
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


def as_csv(shown: CrossTabulation, lang: int) -> Response:
    """The table for a spreadsheet: UTF-8 with the mark that Excel wants; no label can be a formula."""
    out, name = StringIO("\ufeff"), "en" if lang == 0 else "zh"
    out.seek(0, 2)
    head, total = _WORDS[shown.rows][1 - lang], _WORDS["total"][1 - lang]
    writer = csv.writer(out)
    writer.writerow([head, *(_guarded(getattr(each, name)) for each in shown.column_values), total])
    for each, cells, sum_of in zip(shown.row_values, shown.cells, shown.row_totals, strict=True):
        writer.writerow([_guarded(getattr(each, name)), *map(_written, [*cells, sum_of])])
    writer.writerow([total, *map(_written, chain(shown.column_totals, [shown.total]))])
    file = f"{shown.rows}-{shown.columns}-{shown.from_}-{shown.to}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"', "Vary": "Accept, Accept-Language"}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _written(count: Count) -> int | str:
    return HIDDEN if count.count is None else count.count


def _guarded(label: str) -> str:
    """Spreadsheets run a cell that begins like a formula; an apostrophe makes it text."""
    return f"'{label}" if label.lstrip().startswith(tuple("=+-@＝＋－＠|%")) else label
