"""Tables as grids for files: words for people, and in zh-TW also the codes by which machines know them."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.languages import Lang
from contracts.reports import SourceUnit
from web.files import Grid, Value
from web.sheet import HIDDEN, Cell, Sheet

from dispatch.domain.period import Period
from dispatch.figures.crosstab import Count, CrossTabulation
from dispatch.figures.crosstab import Value as CrossValue
from dispatch.figures.dimensions import named
from dispatch.site import words

Row = Mapping[str, Any]
_SHARES = ("welfare_centre", "protection", "no_dispatch", "pending")


def outcomes(period: Period, rows: Sequence[Row], total: Row, lang: Lang) -> Grid:
    """The published table: case type by outcome, with shares in percent."""
    counted = [name for name in total if name not in ("case_type", "shares")]
    head = [*(_said(name, lang) for name in ("case_type", *counted)), *(f"{_said(name, lang)} %" for name in _SHARES)]
    lines = [
        [_said(row["case_type"], lang), *(row[name] for name in counted), *(_percent(row, name) for name in _SHARES)]
        for row in (*rows, total)
    ]
    return Grid(f"outcomes-{period}", [head, *lines])


def sources(period: Period, rows: Sequence[Row], total: Row, lang: Lang) -> Grid:
    """The published table: case type by source unit."""
    units = (*map(str, SourceUnit), "total")
    head = [_said(name, lang) for name in ("case_type", *units)]
    lines = [[_said(row["case_type"], lang), *(row[unit] for unit in units)] for row in (*rows, total)]
    return Grid(f"sources-{period}", [head, *lines])


def _percent(row: Row, name: str) -> float:
    share: float = row["shares"][name]
    return round(100 * share, 2)


def _said(name: str, lang: Lang) -> str:
    return _labelled(name, words.word(name, lang), lang)


def _labelled(code: str, label: str, lang: Lang) -> str:
    """A head or a name: in zh-TW with its code, in English as people say it."""
    return label if lang == "en" or label == code else f"{label} {code}"


def cross_tabulation(table: CrossTabulation, lang: Lang) -> Grid:
    """The table of a cross-tabulation, a hidden count as HIDDEN."""
    dimensions = [each for each in (table.rows, table.by) if each]
    total = _labelled("total", named("total", lang), lang)
    head = [*(_labelled(str(each), named(each, lang), lang) for each in dimensions),
            *(_value(each, lang) for each in table.column_values), total]  # fmt: skip
    splits = [[_value(each, lang)] for each in table.by_values] or [[] for _ in table.row_values]
    lines = [
        [_value(each, lang), *split, *map(_count, [*cells, row_total])]
        for each, split, cells, row_total in zip(table.row_values, splits, table.cells, table.row_totals, strict=True)
    ]
    last = [total, *("" for _ in dimensions[1:]), *map(_count, [*table.column_totals, table.total])]
    axes = [str(each) for each in (table.rows, table.by, table.columns) if each]
    return Grid("-".join([*axes, table.from_, table.to]), [head, *lines, last])


def _value(value: CrossValue, lang: Lang) -> str:
    return _labelled(value.value, value.zh if lang == "zh" else value.en, lang)


def _count(count: Count) -> Value:
    return HIDDEN if count.count is None else count.count


def shown(sheet: Sheet, name: str, lang: Lang) -> Grid:
    """What a page shows and hides; a share that stands small beside a count has a column of its own, in percent."""
    has_share = [any(row.cells[at].small for row in sheet.rows) for at in range(len(sheet.columns))]
    head: list[Value] = [sheet.head]
    for column, shared in zip(sheet.columns, has_share, strict=True):
        said = _coded(column.key, column.label, lang)
        head += [said, f"{said} %"] if shared else [said]
    return Grid(name, [head, *(_line(row.cells, _coded(row.key, row.label, lang), has_share) for row in sheet.rows)])


def _line(cells: Sequence[Cell], label: str, has_share: Sequence[bool]) -> list[Value]:
    line: list[Value] = [label]
    for cell, shared in zip(cells, has_share, strict=True):
        line += [_number(cell), _share(cell.small)] if shared else [_number(cell)]
    return line


def _coded(key: str, label: str, lang: Lang) -> str:
    return label if label.startswith(key) else _labelled(key, label, lang)


def _share(share: str) -> Value:
    return float(share.removesuffix(" %")) if share else ""


def _number(cell: Cell) -> Value:
    return cell.text if cell.number is None else int(cell.number)
