"""The county's two published tables: case type by outcome with shares, and case type by source unit."""

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.decisions import Outcome
from contracts.reports import CaseType, SourceUnit
from rules.suppression import hidden, stepped

PublishedRows = Mapping[str, tuple[CaseType, ...]]
"""The rows of a table in their order, each with the case types that it counts."""
Row = dict[str, Any]
CASE_TYPES: PublishedRows = {str(each): (each,) for each in CaseType}
PUBLISHED: PublishedRows = {
    "adult_protection": (CaseType.ADULT_PROTECTION,),
    "child_protection": (CaseType.CHILD_PROTECTION,),
    "suspected_abuse": (CaseType.SEXUAL_ASSAULT_ADULT, CaseType.SEXUAL_ASSAULT_MINOR),
    "consultation": (CaseType.CONSULTATION_ADULT, CaseType.CONSULTATION_MINOR),
}
"""The four rows in which counties publish their outcomes."""
ROWS: Mapping[str, PublishedRows] = {"case_type": CASE_TYPES, "published": PUBLISHED}


def outcome_table(counted: Iterable[Row], persons: int, rows: PublishedRows = CASE_TYPES) -> tuple[list[Row], Row]:
    """A row for each case type (or published row), and their total, each with its shares.

    `persons` is how many people all the reports are about: somebody may be in several rows.
    """
    found = {row["_id"]: row for row in counted}
    numbers = ("reports", "persons", *(str(each) for each in Outcome), "pending")
    table = [{"case_type": kind} | {name: found.get(kind, {}).get(name, 0) for name in numbers} for kind in rows]
    total = {"case_type": "total"} | {name: sum(row[name] for row in table) for name in numbers}
    return [_with_shares(row) for row in table], _with_shares(total | {"persons": persons})


def _with_shares(row: Row) -> Row:
    """Shares over the reports that were ours to serve: received less duplicates and transfers (rules.yaml, figures)."""
    ours = row["reports"] - row["duplicate"] - row["transferred"]
    served = ("welfare_centre", "protection", "no_dispatch", "pending")
    return row | {"shares": {name: round(row[name] / ours, 4) if ours else 0.0 for name in served}}


def protected(rows: list[Row], total: Row, whole: str) -> tuple[list[Row], Row]:
    """The tables as whoever may not read reports is told them: in steps, small counts null, and no shares.

    `whole` names the sum of a row. How many persons there are stands for no sum, and is left out.
    """
    names = [name for name in total if name not in ("case_type", "persons", "shares", whole)] + [whole]
    table = [[row[name] for name in names] for row in (*rows, total)]
    hide = hidden(table)
    told = [
        {
            "case_type": row["case_type"],
            **{name: None if (i, j) in hide else stepped(row[name]) for j, name in enumerate(names)},
        }
        for i, row in enumerate((*rows, total))
    ]
    return told[:-1], told[-1]


def source_table(rows: Iterable[Row]) -> tuple[list[Row], Row]:
    """Case types by source unit, with the total of each row and column."""
    found = {(row["_id"]["case_type"], row["_id"]["source_unit"]): row["reports"] for row in rows}
    units = [str(unit) for unit in SourceUnit]
    table: list[Row] = [
        {"case_type": str(kind)} | {unit: found.get((kind, unit), 0) for unit in units} for kind in CaseType
    ]
    table = [row | {"total": sum(row[unit] for unit in units)} for row in table]
    return table, {"case_type": "total"} | {name: sum(row[name] for row in table) for name in (*units, "total")}
