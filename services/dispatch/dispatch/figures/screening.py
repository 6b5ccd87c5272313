"""Screening quality: what the table said of reports against what visits found, by who sent them."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.event import Model
from contracts.reports import SourceUnit
from pydantic import Field
from rules.suppression import hidden

from dispatch.window.investigations import Found

SAID = ("protection", "less")
COLUMNS = tuple((said, str(found)) for said in SAID for found in Found)


class Screened(Model):
    """One source: counts by what triage said (protection or less) and what was found; null where a count is hidden.

    `sensitivity`: of what was substantiated, the share that triage called protection. `precision`: of what it called
    protection, the share that was substantiated. `specificity`: of what was not substantiated, the share called less.
    """

    source_unit: str
    said_protection: dict[Found, int | None]
    said_less: dict[Found, int | None]
    visited: int | None
    sensitivity: float | None
    precision: float | None
    specificity: float | None


class Screening(Model):
    """Reports of a time whose visit has a finding, both days included. Counts under `smallest` are hidden."""

    county: str
    from_: str = Field(alias="from")
    to: str
    smallest: int
    rows: tuple[Screened, ...]
    total: Screened


def table(found: Sequence[Mapping[str, Any]], *, smallest: int) -> tuple[tuple[Screened, ...], Screened]:
    """A row for each source that was visited, and the total; with a `smallest` count, smaller ones are hidden."""
    counted = {(row["_id"]["source_unit"], row["_id"]["said"], row["_id"]["found"]): row["reports"] for row in found}
    sources = [str(unit) for unit in SourceUnit if any(key[0] == unit for key in counted)]
    counts = [[counted.get((source, *column), 0) for column in COLUMNS] for source in sources]
    full = [[*row, sum(row)] for row in counts]
    full.append([sum(column) for column in zip(*full, strict=True)] or [0] * (len(COLUMNS) + 1))
    hide = hidden(full) if smallest else frozenset()
    rows = [
        _screened(name, row, {j for j in range(len(row)) if (i, j) in hide})
        for i, (name, row) in enumerate(zip([*sources, "total"], full, strict=True))
    ]
    return tuple(rows[:-1]), rows[-1]


def _screened(name: str, row: Sequence[int], hide: set[int]) -> Screened:
    by: Mapping[tuple[str, str], int] = dict(zip(COLUMNS, row, strict=False))
    shown: dict[str, Any] = {
        f"said_{said}": {found: None if COLUMNS.index((said, found)) in hide else by[said, found] for found in Found}
        for said in SAID
    }
    yes, no = Found.SUBSTANTIATED, (Found.UNSUBSTANTIATED, Found.NEEDS_ONLY)
    shares = {
        "sensitivity": _share(by, hide, [("protection", yes)], [(said, yes) for said in SAID]),
        "precision": _share(by, hide, [("protection", yes)], [("protection", each) for each in Found]),
        "specificity": _share(
            by, hide, [("less", each) for each in no], [(said, each) for said in SAID for each in no]
        ),
    }
    visited = None if len(COLUMNS) in hide else row[-1]
    return Screened.model_validate({"source_unit": name, "visited": visited} | shown | shares)


def _share(
    by: Mapping[tuple[str, str], int], hide: set[int], part: Sequence[tuple[str, str]], whole: Sequence[tuple[str, str]]
) -> float | None:
    """A share whose every count is shown; None for one of nothing, or from which a hidden count could be computed."""
    total = sum(by[each] for each in whole)
    if not total or any(COLUMNS.index(each) in hide for each in (*part, *whole)):
        return None
    return round(sum(by[each] for each in part) / total, 4)
