"""The single fact that would have changed an outcome, found from the structure of the rows and then tried."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import chain, islice
from typing import Annotated, Any

from contracts.codes import names
from contracts.decisions import Outcome
from contracts.words import OUTCOMES
from pydantic import Field
from rules.cells import Cell

from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.table import PROTECTIVE, DecisionTable, Row
from dispatch.domain.triage.facts import MAJORITY, Facts

Decide = Callable[[Facts], Outcome]
Change = tuple[str, str, str]
"""A fact and what it changes from and to, as text. Of a set: the code that leaves it, or the code that joins it."""

_FIXED = frozenset(
    {"case_type", "source_unit", "county", "event_county", "township", "relation", "known_outcome", "earlier_reports"}
)
_AGES = ("household_age", "subject_age")
_BASIS = {
    "danger_count": ("danger_signs",), "need_count": ("needs",), "youngest_age": _AGES, "minor_in_household": _AGES,
}  # fmt: skip
_TRIES = 24


@dataclass(frozen=True, slots=True)
class Nearest:
    """The single fact that, were it `to` instead of `from_`, would make the outcome `outcome`; in words.

    Of a set of codes one code leaves (`to` is empty) or joins (`from_` is empty).
    """

    fact: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    outcome: Outcome
    zh: str
    en: str


def nearest(
    facts: Facts, hits: Sequence[Row], table: DecisionTable, decide: Decide, *, outcome: Outcome, on: date
) -> Nearest | None:
    """The first change that, when tried, makes `decide` give another outcome; None when no single one does.

    `on` is the day whose code names are used. A family that is served is first told what the help rests on,
    one that is not, what would bring it.
    """
    down, up = _lowering(facts, [row for row in hits if row.outcome is hits[0].outcome]), _raising(facts, hits, table)
    ordered = chain(up, down) if outcome is Outcome.NO_DISPATCH else chain(_moved(facts, outcome), down, up)
    for change in islice(_each_once(ordered), _TRIES):
        changed = decide(changed_by(facts, change))
        if changed is not outcome:
            return _told(change, changed, on)
    return None


def _each_once(changes: Iterable[Change]) -> Iterator[Change]:
    """Found as they are tried, and not before: the first one is the answer for most reports."""
    seen: set[Change] = set()
    for change in changes:
        if change not in seen:
            seen.add(change)
            yield change


def changed_by(facts: Facts, change: Change) -> Facts:
    """The facts with one change made."""
    name, from_, to = change
    kind = FACTS[name].kind if name in FACTS else "number"
    value: Any = to or None
    if kind == "codes":
        value = (getattr(facts, name) - {from_}) | ({to} if to else frozenset())
    elif kind == "number":
        value = int(to) if to else None
    return replace(facts, **{name: value})


def _moved(facts: Facts, outcome: Outcome) -> Iterator[Change]:
    """A transferred report would have stayed, had it happened or had they lived in the receiving county."""
    if outcome is Outcome.TRANSFERRED:
        yield "residence_county", facts.residence_county or "", facts.county
        yield "event_county", facts.event_county or "", facts.county


def _lowering(facts: Facts, winning: Sequence[Row]) -> Iterator[Change]:
    """Changes of a fact on which every winning row rests, most likely to undo them all."""
    common = frozenset.intersection(*(_rests_on(row) for row in winning))
    for cell in winning[-1].when if common else ():
        yield from (change for change in _undone(facts, cell) if change[0] in common)


@cache
def _rests_on(row: Row) -> frozenset[str]:
    """The facts, none of them derived from others, that could undo a row."""
    return frozenset(name for cell in row.when for name in _BASIS.get(cell.fact, (cell.fact,))) - _FIXED


def _undone(facts: Facts, cell: Cell) -> Iterator[Change]:
    actual = getattr(facts, cell.fact)
    if cell.fact == "danger_count":
        yield from (("danger_signs", code, "") for code in sorted(facts.danger_signs))
    elif cell.fact == "need_count":
        yield from (("needs", code, "") for code in sorted(facts.needs))
    elif cell.fact in ("youngest_age", "minor_in_household"):
        yield from _older(facts, cell)
    elif FACTS[cell.fact].kind == "codes":
        yield from ((cell.fact, code, "") for code in sorted(actual))
    elif FACTS[cell.fact].kind == "number" and actual is not None:
        yield cell.fact, str(actual), str(cell.value - 1) if cell.op == "at_least" else ""
    elif FACTS[cell.fact].kind == "code":
        others = [value for value in FACTS[cell.fact].values if value != actual]
        yield from ((cell.fact, actual or "", value) for value in (*reversed(others), "") if value != (actual or ""))


def _older(facts: Facts, cell: Cell) -> Iterator[Change]:
    age = str(cell.value + 1 if cell.op == "at_most" else MAJORITY)
    for name in _AGES:
        if getattr(facts, name) is not None:
            yield name, str(getattr(facts, name)), age


def _raising(facts: Facts, hits: Sequence[Row], table: DecisionTable) -> Iterator[Change]:
    """Changes that would make one more row match, of a more protective outcome than any that does."""
    for cells, row in table.rows_for(facts.case_type):
        if PROTECTIVE[row.outcome] < PROTECTIVE[hits[0].outcome]:
            failing = list(islice((cell for cell in cells if not cell.matches(facts)), 2))
            if len(failing) == 1 and failing[0].fact not in _FIXED:
                yield from _made(facts, failing[0])


def _made(facts: Facts, cell: Cell) -> Iterator[Change]:
    """How a cell that fails would hold after one change."""
    actual = getattr(facts, cell.fact)
    if cell.fact in ("youngest_age", "minor_in_household"):
        age = MAJORITY - 1 if cell.fact == "minor_in_household" else cell.value
        yield "household_age", _text(facts.household_age), str(age)
    elif cell.op == "any_of":
        yield cell.fact, "", cell.value[0]
    elif cell.op == "all_of" and len(lacking := sorted(set(cell.value) - actual)) == 1:
        yield cell.fact, "", lacking[0]
    elif cell.op in ("equals", "at_least", "at_most") and cell.fact not in ("danger_count", "need_count"):
        yield cell.fact, _text(actual), str(cell.value)
    elif cell.op in ("one_of", "between"):
        yield cell.fact, _text(actual), str(cell.value[0])


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _told(change: Change, outcome: Outcome, on: date) -> Nearest:
    name, from_, to = change
    zh, en, _ = OUTCOMES[outcome]
    fact_zh, fact_en = _FACT_WORDS.get(name) or (FACTS[name].zh, FACTS[name].en)
    codes = names(FACTS[name].codes or "kinds", on) if name in FACTS and FACTS[name].codes else {}
    if name in FACTS and FACTS[name].kind == "codes":
        code = from_ or to
        word, plain = codes.get(code, code), code.replace("_", " ")
        without = f"若無「{word}」，則{zh}" if from_ else f"若有「{word}」，則{zh}"
        return Nearest(name, from_, to, outcome, without, f"{'without' if from_ else 'with'} {plain}: {en.lower()}")
    shown = _VALUE_ZH.get(to) or codes.get(to) or to or "不詳"
    told_zh, told_en = f"若{fact_zh}為「{shown}」，則{zh}", f"were the {fact_en} {to or 'unknown'}: {en}"
    return Nearest(name, from_, to, outcome, told_zh, told_en)


_FACT_WORDS = {"household_age": ("家中最小成員年齡", "age of the youngest other member of the family")}
_VALUE_ZH = {"intimate": "伴侶", "family": "家人", "other": "其他人", "unknown": "關係不詳"}
