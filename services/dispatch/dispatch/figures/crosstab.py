"""A county's reports by one to three dimensions, without a count that points at somebody."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from contracts.event import Model
from fastapi import Query
from kit.problems import Unprocessable
from pydantic import Field
from rules.crossing import TooLarge, crossed
from rules.suppression import SMALLEST

from dispatch.domain.period import Period
from dispatch.figures.dimensions import OPEN, SEVERAL, Dimension, place_of, value_named


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
    Whoever may not read the reports, and every file, is told counts in `steps` of five (10 stands for 10 to 14), none
    under `smallest`, and for whole quarters, half-years and years alone: what one answer hides follows from no other.
    """

    county: str
    from_: str = Field(alias="from")
    to: str
    rows: Dimension
    columns: Dimension | None
    by: Dimension | None = None
    counts: Literal["reports", "mentions"]
    smallest: int
    steps: int = 1
    row_values: tuple[Value, ...]
    by_values: tuple[Value, ...] = ()
    column_values: tuple[Value, ...]
    cells: tuple[tuple[Count, ...], ...]
    row_totals: tuple[Count, ...]
    column_totals: tuple[Count, ...]
    total: Count


def tabulated(
    period: Period, axes: Axes, rows: Iterable[Mapping[str, Any]], *, protect: bool = True
) -> CrossTabulation:
    """The table of the rows that `Figures.crossed` counts; with `protect`, as whoever may not read reports is told it.

    Raises Unprocessable for a table with too many cells.
    """
    ids = ((each["_id"], each["reports"]) for each in rows)
    counts = {(id["row"], id.get("by", ""), id.get("column", "")): count for id, count in ids}
    own = tuple(each in OPEN for each in axes.dimensions)
    try:
        found = crossed(counts, order=place_of, written=own, has_columns=axes.columns is not None, protect=protect)
    except TooLarge:
        en, zh = "This table has too many cells: choose fewer dimensions.", "表格過大，請少選一個面向。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/by", "code": "too_large", "en": en, "zh": zh}]) from None
    shown = [tuple(Count(count=count, suppressed=count is None) for count in row) for row in found.table]
    several = any(each in SEVERAL for each in axes.dimensions)
    return CrossTabulation.model_validate({
        "county": period.county, "from": str(period.first), "to": str(period.last),
        "rows": axes.rows, "columns": axes.columns, "by": axes.by,
        "counts": "mentions" if several else "reports", "smallest": SMALLEST if protect else 1,
        "steps": SMALLEST if protect else 1,
        "row_values": [_said(axes.rows, row) for row, _ in found.lines],
        "by_values": [_said(axes.by, by) for _, by in found.lines] if axes.by else (),
        "column_values": [_said(axes.columns, column) for column in found.columns] if axes.columns else (),
        "cells": [row[:-1] for row in shown[:-1]], "row_totals": [row[-1] for row in shown[:-1]],
        "column_totals": shown[-1][:-1], "total": shown[-1][-1],
    })  # fmt: skip


def _said(dimension: Dimension, value: str) -> Value:
    return Value(value=value, zh=value_named(dimension, value, "zh"), en=value_named(dimension, value, "en"))
