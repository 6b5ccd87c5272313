"""A decision table proved before it is published: no gap, no dead row, no contradiction, no unknown code, monotone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, permutations, product
from math import prod
from typing import Any, Literal

from contracts.codes import names
from rules.cells import Cell

from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.table import PROTECTIVE, DecisionTable, Row
from dispatch.domain.triage.facts import Facts

Fault = Literal["gap", "dead_row", "contradiction", "unknown_code", "not_monotone"]

MOST_TRIED = 2_000_000
"""How many rows are held against how many reports to find a gap: some seconds; shipped tables need none."""
MOST_FOUND = 100
"""Faults told at once: 400 rows that repeat each other have 80,000, and a person mends the first ones first."""
_UPWARD = {"more": ("at_least", "any_of", "all_of", "is", "missing"), "less": ("at_most", "missing")}
_DERIVED = frozenset({"danger_count", "need_count", "youngest_age", "minor_in_household", "unknown_code"})


class _TooMany(Exception):
    """More combinations than can be tried while somebody waits for a page."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a table: the ids of its rows, and in words what is wrong and how to mend it."""

    fault: Fault
    rows: tuple[str, ...]
    zh: str
    en: str


def check(table: DecisionTable) -> tuple[Finding, ...]:
    """The first faults of a table; none when it is proved. The proof of no gap holds for tables that are monotone."""
    parts = (_unknown_codes, _not_monotone, _contradictions, _dead_rows, _gaps)
    found = chain.from_iterable(part(table) for part in parts)
    return tuple(dict.fromkeys(islice(found, MOST_FOUND)))


def _unknown_codes(table: DecisionTable) -> Iterator[Finding]:
    for row in table.rows:
        for cell in row.when:
            for code in sorted(_asked(cell) - _possible(cell, table)):
                zh = f"{row.id}：{FACTS[cell.fact].zh}沒有代碼「{code}」，請改用生效日已有的代碼"
                en = f"{row.id}: {cell.fact} has no code {code} on the day the table takes effect"
                yield Finding("unknown_code", (row.id,), zh, en)


def _asked(cell: Cell) -> frozenset[str]:
    values = cell.value if isinstance(cell.value, tuple) else (cell.value,)
    return frozenset(value for value in values if isinstance(value, str))


def _possible(cell: Cell, table: DecisionTable) -> frozenset[str]:
    """The codes a fact may have on the day the table takes effect; where there is no list, whatever the cell asks."""
    fact = FACTS[cell.fact]
    if fact.codes:
        return frozenset(names(fact.codes, table.in_force_from))
    return frozenset(fact.values) or _asked(cell)


def _not_monotone(table: DecisionTable) -> Iterator[Finding]:
    for row in table.rows:
        for cell in row.when:
            if not _is_upward(cell):
                zh = f"{row.id}：{FACTS[cell.fact].zh}的條件使情況變嚴重時不再符合，請改用不設上限的條件"
                en = f"{row.id}: graver {cell.fact} would no longer match; ask for a bound that danger cannot leave"
                yield Finding("not_monotone", (row.id,), zh, en)


def _is_upward(cell: Cell) -> bool:
    """Whether a fact that grows graver can never make the cell fail."""
    rises = FACTS[cell.fact].rises
    if rises == "either":
        return True
    fits = cell.op in _UPWARD[rises] or (rises == "less" and cell.op == "between" and cell.value[0] <= 0)
    wanted = {"is": True, "missing": False}
    return fits and (cell.op not in wanted or cell.value is wanted[cell.op])


def _contradictions(table: DecisionTable) -> Iterator[Finding]:
    for one, other in permutations(table.rows, 2):
        if one.id < other.id and _means(one) != _means(other) and _implies(one, other) and _implies(other, one):
            zh = f"{one.id} 與 {other.id} 條件相同而結果不同，請保留一條"
            en = f"{one.id} and {other.id} ask the same and answer differently: keep one"
            yield Finding("contradiction", (one.id, other.id), zh, en)


def _means(row: Row) -> tuple[object, ...]:
    return row.outcome, row.priority, row.review


def _dead_rows(table: DecisionTable) -> Iterator[Finding]:
    """Rows that change no decision, because another matches whenever they do and protects at least as much."""
    for one, other in permutations(table.rows, 2):
        if _implies(one, other) and _outweighs(other, one):
            zh = f"{one.id} 永不影響結果：{other.id} 涵蓋其條件且保護程度不低，請刪除或提高其結果"
            en = f"{one.id} never decides: {other.id} matches whenever it does and protects as much; drop or raise it"
            yield Finding("dead_row", (one.id, other.id), zh, en)


def _outweighs(other: Row, one: Row) -> bool:
    """Neither the outcome nor the priority could come from `one`. Of two equals the later one is the dead one."""
    if PROTECTIVE[other.outcome] > PROTECTIVE[one.outcome] or other.priority > one.priority:
        return False
    if _means(other) == _means(one):
        return not _implies(other, one) or other.id < one.id
    return other.rank < one.rank or one.review


def _implies(one: Row, other: Row) -> bool:
    """Whether `other` matches whenever `one` does, as far as cells on one fact can tell."""
    asked = {cell.fact: cell for cell in one.when}
    return all(cell.fact in asked and _cell_implies(asked[cell.fact], cell) for cell in other.when)


def _cell_implies(one: Cell, other: Cell) -> bool:
    if one == other:
        return True
    match other.op:
        case "missing":
            return other.value is False and one.op != "missing"
        case "any_of":
            given = set(one.value) if one.op in ("any_of", "all_of") else set()
            return bool(given & set(other.value)) if one.op == "all_of" else bool(given) and given <= set(other.value)
        case "all_of":
            return one.op == "all_of" and set(other.value) <= set(one.value)
        case "equals" | "one_of":
            return one.op in ("equals", "one_of") and _values(one) <= _values(other)
    return _range_implies(one, other)


def _values(cell: Cell) -> set[Any]:
    return set(cell.value) if cell.op == "one_of" else {cell.value}


def _range_implies(one: Cell, other: Cell) -> bool:
    ranges = (_range(one), _range(other))
    if ranges[0] is None or ranges[1] is None:
        return False
    return ranges[1][0] <= ranges[0][0] and ranges[0][1] <= ranges[1][1]


def _range(cell: Cell) -> tuple[float, float] | None:
    match cell.op:
        case "at_least":
            return cell.value, float("inf")
        case "at_most":
            return float("-inf"), cell.value
        case "between":
            return cell.value[0], cell.value[1]
        case "equals" if isinstance(cell.value, int):
            return cell.value, cell.value
    return None


def _gaps(table: DecisionTable) -> Iterator[Finding]:
    """For each case type the mildest reports there can be: what matches these, matches everything graver."""
    for case_type in FACTS["case_type"].values:
        rows = [(cells, row) for cells, row in table.rows_for(case_type) if case_type in _types(row)]
        if any(not cells for cells, _ in rows):
            continue
        try:
            facts = _unmatched(case_type, [cells for cells, _ in rows])
        except _TooMany:
            zh = f"無法證明 {case_type} 每件都有規則符合：條件組合過多，請加一條只問案件類型的規則"
            en = (
                f"too many combinations to prove {case_type} without a gap: add a row that asks for the case type alone"
            )
            yield Finding("gap", (), zh, en)
            continue
        if facts is not None:
            told = ", ".join(f"{name}={value}" for name, value in facts.stored().items())
            zh, en = (
                f"沒有規則符合：{told}，請加一條該案件類型的規則",
                f"no row matches {told}: add a row for the case type",
            )
            yield Finding("gap", (), zh, en)


def _types(row: Row) -> frozenset[str]:
    cells = [cell for cell in row.when if cell.fact == "case_type"]
    return frozenset(value for value in FACTS["case_type"].values if all(cell.holds(value) for cell in cells))


def _unmatched(case_type: str, rows: Sequence[Sequence[Cell]]) -> Facts | None:
    """Facts that no row matches, if there are any. Raises _TooMany where trying all of them would take minutes."""
    asked = [cell for cells in rows for cell in cells if cell.fact not in _DERIVED and cell.fact != "case_type"]
    facts = sorted({cell.fact for cell in asked})
    choices = [_mildest(fact, [cell for cell in asked if cell.fact == fact]) for fact in facts]
    if prod(map(len, choices)) * max(1, len(rows)) > MOST_TRIED:
        raise _TooMany
    for values in product(*choices):
        tried = Facts(
            **{"case_type": case_type, "source_unit": "other", "county": "", **dict(zip(facts, values, strict=True))}
        )
        if not any(all(cell.matches(tried) for cell in cells) for cells in rows):
            return tried
    return None


def _mildest(fact: str, cells: Iterable[Cell]) -> Sequence[Any]:
    """The values of a fact that can tell the cells apart; one, the mildest, where danger only ever adds matches."""
    kind, asked = FACTS[fact].kind, list(cells)
    none: Mapping[str, Any] = {"codes": frozenset(), "number": None, "code": None, "flag": False}
    if FACTS[fact].rises != "either" and all(map(_is_upward, asked)):
        return [none[kind]]
    if kind == "codes":
        return [frozenset(), frozenset({"other"})]
    if kind == "number":
        bounds = [bound for cell in asked for bound in _range(cell) or () if abs(bound) != float("inf")]
        return [None, *sorted({int(bound) + step for bound in bounds for step in (-1, 0, 1)})]
    return [None, *sorted({code for cell in asked for code in _asked(cell)}), "another"]
