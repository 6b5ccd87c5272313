"""A cell: one condition on one fact, structured, so that it can be explained and compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Test = Callable[[Any], bool]
Kind = Literal["code", "codes", "number", "flag"]
Rises = Literal["more", "less", "either"]


class TableError(Exception):
    """A table cannot be read: `where` it is wrong, and `how` to mend it, also in zh-TW."""

    def __init__(self, where: str, how: str, zh: str = "") -> None:
        super().__init__(f"{where}: {how}")
        self.where, self.how, self.zh = where, how, zh or how


@dataclass(frozen=True, slots=True)
class Fact:
    """What a cell may ask about: the kind of value, its words, its code list, and which way danger lies.

    `codes` names a list of `contracts.codes`, or `values` are all it may be. `rises`: more (or less) is worse.
    `either` where neither is: needs not yet assessed may ask for more than one need that is known.
    """

    kind: Kind
    zh: str
    en: str
    codes: str | None = None
    values: tuple[str, ...] = ()
    rises: Rises = "either"


Catalogue = Mapping[str, Fact]
"""Every fact that the cells of one kind of table may name."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`op` compares the fact with `value`: a tuple for lists and ranges, else a code, a number or a bool."""

    fact: str
    op: str
    value: Any
    holds: Test = field(compare=False, repr=False)

    def matches(self, facts: object) -> bool:
        return self.holds(getattr(facts, self.fact))


def _equals(value: Any) -> Test:
    return lambda actual: bool(actual == value)


def _one_of(value: Any) -> Test:
    among = frozenset(value)
    return lambda actual: actual in among


def _at_least(value: Any) -> Test:
    return lambda actual: actual is not None and actual >= value


def _at_most(value: Any) -> Test:
    return lambda actual: actual is not None and actual <= value


def _between(value: Any) -> Test:
    low, high = value
    return lambda actual: actual is not None and low <= actual <= high


def _any_of(value: Any) -> Test:
    among = frozenset(value)
    return lambda actual: not among.isdisjoint(actual)


def _all_of(value: Any) -> Test:
    among = frozenset(value)
    return lambda actual: among <= actual


def _is_missing(actual: Any) -> bool:
    return actual is None or actual == frozenset()


def _missing(value: Any) -> Test:
    return _is_missing if value else lambda actual: not _is_missing(actual)


_TESTS: Mapping[str, Callable[[Any], Test]] = {
    "equals": _equals, "one_of": _one_of, "at_least": _at_least, "at_most": _at_most, "between": _between,
    "any_of": _any_of, "all_of": _all_of, "is": _equals, "missing": _missing,
}  # fmt: skip
_OPS: Mapping[Kind, tuple[str, ...]] = {
    "code": ("equals", "one_of", "missing"),
    "codes": ("any_of", "all_of", "missing"),
    "number": ("equals", "at_least", "at_most", "between", "missing"),
    "flag": ("is",),
}
_LISTS = ("one_of", "any_of", "all_of")


def make(fact: str, op: str, value: Any) -> Cell:
    """A cell that compares `fact` by `op`; lists become tuples in the order given."""
    plain = tuple(value) if isinstance(value, list | tuple) else value
    return Cell(fact, op, plain, _TESTS[op](plain))


def parse_cells(when: object, where: str, catalogue: Catalogue) -> tuple[Cell, ...]:
    """Cells from `{fact: {op: value}}`. Raises TableError that says where, and how to mend it."""
    if not isinstance(when, Mapping):
        raise TableError(where, "write the conditions as `fact: {operator: value}`", "條件請寫成「事實: {比較: 值}」")
    return tuple(_cell(str(fact), condition, f"{where}.{fact}", catalogue) for fact, condition in when.items())


def _cell(name: str, condition: object, where: str, catalogue: Catalogue) -> Cell:
    if (fact := catalogue.get(name)) is None:
        all_facts = ", ".join(catalogue)
        raise TableError(where, f"there is no such fact; the facts are {all_facts}", f"沒有此事實；可用：{all_facts}")
    if not isinstance(condition, Mapping) or len(condition) != 1:
        raise TableError(
            where, "write exactly one operator, such as {any_of: [...]}", "請只寫一個比較，例如 {any_of: [...]}"
        )
    ((op, value),) = condition.items()
    allowed = _OPS[fact.kind]
    if op not in allowed:
        raise TableError(
            where, f"this fact takes {' or '.join(allowed)}, not {op}", f"「{fact.zh}」只能用 {'、'.join(allowed)}"
        )
    if not _is_fit(op, fact.kind, value):
        en, zh = _WANTS.get(op, ("one value", "一個值"))
        raise TableError(where, f"{op} takes {en}, not {value!r}", f"{op} 之後請寫{zh}")
    return make(name, op, value)


_WANTS = {
    "one_of": ("a list of codes", "代碼清單"), "any_of": ("a list of codes", "代碼清單"),
    "all_of": ("a list of codes", "代碼清單"), "at_least": ("a whole number", "一個整數"),
    "at_most": ("a whole number", "一個整數"), "between": ("two whole numbers [low, high]", "兩個整數 [低, 高]"),
    "is": ("true or false", " true 或 false"), "missing": ("true or false", " true 或 false"),
}  # fmt: skip


def _is_fit(op: str, kind: Kind, value: object) -> bool:
    if op in ("is", "missing"):
        return isinstance(value, bool)
    if op in _LISTS:
        return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
    if op == "between":
        return isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value)) and value[0] <= value[1]
    return isinstance(value, str) if kind == "code" else _is_whole(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
