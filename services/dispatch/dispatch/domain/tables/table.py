"""A county's decision table: every row that matches counts; the most protective outcome and priority win."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from contracts.decisions import Outcome, TableVersion
from rules.cells import Cell, TableError, parse_cells

from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.triage.facts import Facts

PROTECTIVE = {Outcome.PROTECTION: 0, Outcome.WELFARE_CENTRE: 1, Outcome.NO_DISPATCH: 2}
"""The outcomes a table may give, the most protective first."""


@dataclass(frozen=True, slots=True)
class Row:
    """All of `when` must hold. `priority` is 1 (highest) to 4; with `review` a person must decide first."""

    id: str
    when: tuple[Cell, ...]
    outcome: Outcome
    priority: int
    review: bool
    zh: str
    en: str

    @property
    def rank(self) -> tuple[int, int]:
        """Lower is more protective."""
        return PROTECTIVE[self.outcome], self.priority

    def matches(self, facts: Facts) -> bool:
        return _all_hold(self.when, facts)


@dataclass(frozen=True)
class DecisionTable:
    """Rows in the county's order, and `default` for what none of them matches."""

    county: str
    in_force_from: date
    author: str
    sample: bool
    rows: tuple[Row, ...]
    default: Row

    @property
    def version(self) -> TableVersion:
        return TableVersion(county=self.county, in_force_from=self.in_force_from.isoformat(), author=self.author)

    def hits(self, facts: Facts) -> tuple[Row, ...]:
        """Every row that matches, the most protective first; the default when none does. Never empty.

        The first gives the outcome; the priority is the highest of them all, so that no row can lower another's.
        """
        hits = [row for cells, row in self.rows_for(facts.case_type) if _all_hold(cells, facts)]
        return tuple(sorted(hits, key=lambda row: row.rank)) or (self.default,)

    def row(self, id: str) -> Row | None:
        return next((row for row in (*self.rows, self.default) if row.id == id), None)

    def rows_for(self, case_type: str) -> Sequence[tuple[tuple[Cell, ...], Row]]:
        """The rows that a case type can match, each with the cells that are left to ask."""
        return self._by_case_type.get(case_type) or [(row.when, row) for row in self.rows]

    @cached_property
    def _by_case_type(self) -> Mapping[str, Sequence[tuple[tuple[Cell, ...], Row]]]:
        types = {code for row in self.rows for cell in row.when if cell.fact == "case_type" for code in _codes(cell)}
        return {code: tuple(_for_type(self.rows, code)) for code in types}


def parse(document: Mapping[str, object]) -> DecisionTable:
    """A table from its YAML document. Raises TableError that says where it is wrong and how to mend it."""
    rows = document.get("rows")
    if not isinstance(rows, list) or not rows:
        raise TableError("rows", "write at least one row", "請至少寫一條規則")
    parsed = tuple(_row(row, f"rows[{number}]") for number, row in enumerate(rows))
    _refuse_repeats(parsed)
    in_force_from = document.get("in_force_from")
    if not isinstance(in_force_from, date):
        raise TableError(
            "in_force_from", "write the day it takes effect, such as 2026-01-01", "請寫生效日，例如 2026-01-01"
        )
    return DecisionTable(
        county=_text(document, "county", "table"),
        in_force_from=in_force_from,
        author=_text(document, "author", "table"),
        sample=document.get("sample") is True,
        rows=parsed,
        default=_row({"id": "default", "when": {}, **_mapping(document.get("default"), "default")}, "default"),
    )


def _row(row: object, where: str) -> Row:
    read = _mapping(row, where)
    id = _text(read, "id", where)
    where = f"{where} ({id})"
    outcome, priority, review = read.get("outcome"), read.get("priority"), read.get("review", False)
    if outcome not in {str(one) for one in PROTECTIVE}:
        raise TableError(
            f"{where}.outcome", f"write one of {', '.join(PROTECTIVE)}", f"請寫 {'、'.join(PROTECTIVE)} 之一"
        )
    if not isinstance(priority, int) or not 1 <= priority <= 4:
        raise TableError(f"{where}.priority", "write a whole number from 1 (highest) to 4", "請寫 1（最高）到 4 的整數")
    if not isinstance(review, bool):
        raise TableError(f"{where}.review", "write true or false", "請寫 true 或 false")
    cells = parse_cells(read.get("when"), f"{where}.when", FACTS)
    zh, en = _text(read, "zh", where), _text(read, "en", where)
    return Row(id, cells, Outcome(str(outcome)), priority, review, zh, en)


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TableError(
            where,
            "write a mapping with id, when, outcome, priority, zh and en",
            "請寫 id、when、outcome、priority、zh、en",
        )
    return value


def _text(read: Mapping[str, object], name: str, where: str) -> str:
    value = read.get(name)
    if not isinstance(value, str) or not value.strip():
        raise TableError(f"{where}.{name}", "write a text", "請寫文字")
    return value


def _refuse_repeats(rows: Sequence[Row]) -> None:
    ids = [row.id for row in rows]
    for id in ids:
        if ids.count(id) > 1 or id == "default":
            raise TableError(
                f"rows ({id})",
                "give every row an id of its own, other than default",
                "每條規則的 id 須不同，且不可為 default",
            )


def _all_hold(cells: Iterable[Cell], facts: Facts) -> bool:
    for cell in cells:  # noqa: SIM110  a generator doubles the cost of what runs 40 times a report
        if not cell.holds(getattr(facts, cell.fact)):
            return False
    return True


def _codes(cell: Cell) -> tuple[str, ...]:
    return cell.value if isinstance(cell.value, tuple) else (str(cell.value),)


def _for_type(rows: Iterable[Row], code: str) -> Iterable[tuple[tuple[Cell, ...], Row]]:
    for row in rows:
        if all(cell.holds(code) for cell in row.when if cell.fact == "case_type"):
            yield tuple(cell for cell in row.when if cell.fact != "case_type"), row
