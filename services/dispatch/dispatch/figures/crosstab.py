"""A county's reports by one to three dimensions, without a count that points at somebody."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, Literal

from contracts.event import Model
from fastapi import Query
from kit.problems import Unprocessable
from pydantic import Field
from rules.suppression import SMALLEST, hidden

from dispatch.domain.period import Period
from dispatch.figures.dimensions import OPEN, OTHER, SEVERAL, Dimension, place_of, value_named

MOST = 40
"""How many values a dimension has whose values senders write; the rarer ones are counted together as `other`."""
LARGEST = 1_500
"""How many cells a table may have: hiding small counts takes seconds beyond that."""

Place = tuple[str, str, str]
"""The value of the rows, of what they are split by, and of the columns; empty where there is no such dimension."""
Counts = Mapping[Place, int]


@dataclass(frozen=True)
class Axes:
    """One to three different dimensions."""

    rows: Dimension
    columns: Dimension | None
    by: Dimension | None = None

    @property
    def dimensions(self) -> tuple[Dimension | None, Dimension | None, Dimension | None]:
        return self.rows, self.by, self.columns

    @property
    def named(self) -> Mapping[str, Dimension | None]:
        """By the names that the rows of the database have."""
        return dict(zip(("row", "by", "column"), self.dimensions, strict=True))


def asked(
    rows: Annotated[Dimension, Query(description="What the rows are.")],
    columns: Annotated[Dimension | None, Query(description="What the columns are.")] = None,
    by: Annotated[Dimension | None, Query(description="What each row is split by.")] = None,
) -> Axes:
    """What a request asks for. Raises Unprocessable for a dimension against itself."""
    chosen = [each for each in (rows, columns, by) if each]
    if len(set(chosen)) < len(chosen):
        en, zh = "Choose different dimensions.", "請選不同的面向。"
        at = "/query/columns" if rows is columns else "/query/by"
        raise Unprocessable(en, zh, errors=[{"at": at, "code": "same_twice", "en": en, "zh": zh}])
    return Axes(rows, columns, by)


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


def tabulated(period: Period, axes: Axes, rows: Iterable[Mapping[str, Any]]) -> CrossTabulation:
    """The table of the rows that `Figures.crossed` counts, small counts hidden.

    Raises Unprocessable for a table with too many cells.
    Split rows are rows like others, without sums between, so that what holds for two dimensions holds for three.
    """
    ids = ((each["_id"], each["reports"]) for each in rows)
    counted = _gathered({(id["row"], id.get("by", ""), id.get("column", "")): count for id, count in ids}, axes)
    values, bys, columns = (sorted({place[axis] for place in counted}, key=place_of) for axis in range(3))
    lines = list(product(values, bys))
    if len(lines) * len(columns) > LARGEST:
        en, zh = "This table has too many cells: choose fewer dimensions.", "表格過大，請少選一個面向。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/by", "code": "too_large", "en": en, "zh": zh}])
    inner = [[counted.get((*row, column), 0) for column in columns] for row in lines]
    table = [[*row, sum(row)] for row in inner]
    table.append([sum(column) for column in zip(*table, strict=True)] or [0])
    hide = hidden(table)
    shown = [
        tuple(Count(count=None if (i, j) in hide else count, suppressed=(i, j) in hide) for j, count in enumerate(row))
        for i, row in enumerate(table)
    ]
    if axes.columns is None:
        columns, shown = [], [(_either(row),) for row in shown]
    several = any(each in SEVERAL for each in axes.dimensions)
    return CrossTabulation.model_validate({
        "county": period.county, "from": str(period.first), "to": str(period.last),
        "rows": axes.rows, "columns": axes.columns, "by": axes.by,
        "counts": "mentions" if several else "reports", "smallest": SMALLEST,
        "row_values": [_said(axes.rows, row) for row, _ in lines],
        "by_values": [_said(axes.by, by) for _, by in lines] if axes.by else (),
        "column_values": [_said(axes.columns, column) for column in columns] if axes.columns else (),
        "cells": [row[:-1] for row in shown[:-1]], "row_totals": [row[-1] for row in shown[:-1]],
        "column_totals": shown[-1][:-1], "total": shown[-1][-1],
    })  # fmt: skip


def _either(row: tuple[Count, ...]) -> Count:
    """Without columns a count and its sum are one: hidden when either is."""
    return next((each for each in row if each.suppressed), row[-1])


def _gathered(counted: Counts, axes: Axes) -> Counts:
    """What senders wrote and few others did is gathered as `other`: a rare township would name somebody by itself."""
    kept = [_kept(counted, axis) if of in OPEN else None for axis, of in enumerate(axes.dimensions)]
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


def _said(dimension: Dimension, value: str) -> Value:
    return Value(value=value, zh=value_named(dimension, value, "zh"), en=value_named(dimension, value, "en"))
