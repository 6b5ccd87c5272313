"""An attack on cross-tabulations: every pair of answers held against each other, and what follows of a hidden count.

`python -m tests.differencing` tries 100,000 pairs and prints what it found; the suite tries fewer. The attacker knows
how answers are told: a number stands for a step, a star for anything, each row and column adds up, tables of the same
days agree on the dimension they share, and what a longer time counts more is no less than nothing. Every count is
narrowed by every one of these until nothing narrows any more; a hidden one with a single possibility is found.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, permutations, product
from random import Random
from typing import Any

from rules.crossing import Crossed, Place, crossed
from rules.periods import fixed
from rules.suppression import SMALLEST

BEGAN, ENDED = date(2025, 1, 1), date(2025, 12, 31)
AXES: Mapping[str, Sequence[str]] = {
    "township": ("民雄鄉", "布袋鎮", "阿里山鄉", "朴子市"),
    "need": ("economic", "support", "child"),
    "outcome": ("open", "goals_met", "moved", "refused"),
}
TOTAL, NO_END = "total", 10**9
Case = Mapping[str, str]
Known = Sequence[tuple[date, Case]]
Cell = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """A table as it is told, of which days and dimensions: how far each count reaches, and what it is in truth.

    `printed`: a table that the county publishes cell by cell; it hides nothing, and tells of the others.
    """

    first: date
    last: date
    axes: tuple[str, str]
    reach: Mapping[Cell, tuple[int, int]]
    true: Mapping[Cell, int]
    printed: bool = False

    def holds(self, other: "Answer") -> bool:
        return self.first <= other.first and other.last <= self.last

    def hidden(self) -> set[Cell]:
        return {cell for cell, (_, most) in self.reach.items() if most == NO_END and self.true[cell] < SMALLEST}


Telling = Callable[[Mapping[Place, int]], Crossed]


def protected(counts: Mapping[Place, int]) -> Crossed:
    """As analysts and files are told it."""
    return crossed(counts, order=lambda value: (0, value), written=[False] * 3, has_columns=True)


def starred(counts: Mapping[Place, int]) -> Crossed:
    """A small count alone is a star, and every other is told as it is."""
    told = crossed(counts, order=lambda value: (0, value), written=[False] * 3, has_columns=True, protect=False)
    table = [[None if count is not None and count < SMALLEST else count for count in row] for row in told.table]
    return Crossed(told.lines, told.columns, table)


def complemented(counts: Mapping[Place, int]) -> Crossed:
    """Small counts hidden with those from which they follow within the table, and every other told as it is."""
    told, true = protected(counts), starred(counts)
    table = [
        [None if hidden is None else count for hidden, count in zip(*rows, strict=True)]
        for rows in zip(told.table, true.table, strict=True)
    ]
    return Crossed(told.lines, told.columns, table)


def cases(random: Random, count: int = 400) -> Known:
    """A year of cases, few enough a day that every cell of a short time is small."""
    weights = {name: [2**-at for at in range(len(values))] for name, values in AXES.items()}
    return [
        (BEGAN + timedelta(days=random.randrange(365)),
         {name: random.choices(values, weights[name])[0] for name, values in AXES.items()})
        for _ in range(count)
    ]  # fmt: skip


def answers(
    known: Known, random: Random, count: int, tell: Telling = protected, *, step: int = SMALLEST
) -> list[Answer]:
    """Tables over every two dimensions: of the fixed periods, and of times that overlap by days, as none is told."""
    periods, axes = [(each.first, each.last) for each in fixed(2025, date(2026, 1, 1))], [*permutations(AXES, 2)]
    found = []
    for at in range(count):
        first, last = random.choice(periods)
        if at % 2:
            first, last = (
                first + timedelta(days=random.choice((0, 0, 1, 2))),
                last - timedelta(days=random.randrange(4)),
            )
        pair = axes[at % len(axes)]
        found.append(_answer(known, first, last, (pair[0], pair[1]), tell, step))
    return found


def printed(known: Known, random: Random, count: int) -> list[Answer]:
    """Two dimensions without a township of any days, true to the last one: what a county publishes of itself."""
    found = []
    for _ in range(count):
        first = BEGAN + timedelta(days=random.choice((0, 90, 181, random.randrange(300))))
        last = min(ENDED, first + timedelta(days=random.choice((0, 6, 89, 90, 180, 364))))
        found.append(_printed(known, first, last))
    return found


def _answer(known: Known, first: date, last: date, axes: tuple[str, str], tell: Telling, step: int) -> Answer:
    true = _true(known, first, last, axes)
    told = tell({(row, "", column): true[row, column] for row, column in product(*(AXES[each] for each in axes))})
    rows, columns = [*(line[0] for line in told.lines), TOTAL], [*told.columns, TOTAL]
    reach = {
        (row, column): (0, NO_END) if count is None else (count, count + step - 1)
        for row, counts in zip(rows, told.table, strict=True)
        for column, count in zip(columns, counts, strict=True)
    }
    return Answer(first, last, axes, reach, true)


def _printed(known: Known, first: date, last: date) -> Answer:
    true = _true(known, first, last, ("need", "outcome"))
    return Answer(first, last, ("need", "outcome"), {cell: (n, n) for cell, n in true.items()}, true, printed=True)


def answered(told: Mapping[str, Any], true: Mapping[str, Any]) -> Answer:
    """One query of two dimensions as the API answers it to an analyst, and to whoever may open every case."""
    first, last = date.fromisoformat(told["from_"]), date.fromisoformat(told["to"])
    reach = {cell: (0, NO_END) if count is None else (count, count + told["steps"] - 1) for cell, count in _cells(told)}
    return Answer(
        first, last, (told["rows"], told["columns"]), reach, {cell: count or 0 for cell, count in _cells(true)}
    )


def _cells(table: Mapping[str, Any]) -> Iterator[tuple[Cell, int | None]]:
    counts = [[*row, total] for row, total in zip(table["cells"], table["row_totals"], strict=True)]
    counts.append([*table["column_totals"], table["total"]])
    rows, columns = [*(line[0] for line in table["lines"]), TOTAL], [*table["column_values"], TOTAL]
    for row, line in zip(rows, counts, strict=True):
        yield from (((row, column), count) for column, count in zip(columns, line, strict=True))


def _true(known: Known, first: date, last: date, axes: tuple[str, str]) -> Mapping[Cell, int]:
    counts = Counter[Cell]()
    for day, case in known:
        if first <= day <= last:
            row, column = case[axes[0]], case[axes[1]]
            counts.update([(row, column), (row, TOTAL), (TOTAL, column), (TOTAL, TOTAL)])
    places = product((*AXES[axes[0]], TOTAL), (*AXES[axes[1]], TOTAL))
    return {place: counts[place] for place in places}


# --- what follows --------------------------------------------------------------------------------------------------

Name = tuple[int, Cell]
Sum = tuple[Name, tuple[Name, ...]]
LONGER, SHORTER, LEFT = 0, 1, 2


def found_by(one: Answer, other: Answer) -> list[str]:
    """Hidden counts, and small counts of the days between, for which the two answers together leave one possibility."""
    if (one.printed or other.printed) and set(one.axes) == set(other.axes):
        return []  # nobody hides what is printed
    reach, sums = _put_together(one, other)
    _narrow(reach, sums)
    hidden = [(number, cell, each.true[cell]) for number, each in enumerate((one, other)) for cell in each.hidden()]
    between = one.axes == other.axes and (one.first, one.last) != (other.first, other.last) and not one.printed
    if between and (one.holds(other) or other.holds(one)):
        hidden += [(LEFT, cell, abs(count - other.true[cell])) for cell, count in one.true.items()]
    return [
        f"{one.axes} {one.first}-{one.last} {other.axes} {other.first}-{other.last}: {cell} is {true}"
        for number, cell, true in hidden
        if true < SMALLEST and reach[number, cell][0] == reach[number, cell][1]
    ]


def _put_together(one: Answer, other: Answer) -> tuple[dict[Name, tuple[int, int]], list[Sum]]:
    """Every count of two tables by name with how far it reaches, and which add up to which."""
    reach = {(number, cell): each for number, of in enumerate((one, other)) for cell, each in of.reach.items()}
    sums = [*_sums(0, one), *_sums(1, other)]
    if not (one.holds(other) or other.holds(one)):
        return reach, sums
    longer, shorter = (0, 1) if one.holds(other) else (1, 0)
    is_same = (one.first, one.last) == (other.first, other.last)
    for mine, theirs in _shared(one, other):
        reach[LEFT, mine] = (0, 0 if is_same else NO_END)
        names = {0: (0, mine), 1: (1, theirs)}
        reach.setdefault(names[1], (0, 0))  # a value that an answer does not have, nothing has
        sums.append((names[longer], (names[shorter], (LEFT, mine))))
    if one.axes == other.axes:
        sums += _sums(LEFT, one)
    return reach, sums


def _shared(one: Answer, other: Answer) -> Iterator[tuple[Cell, Cell]]:
    """Cells of one table with those of the other that count the same, but for the days."""
    for cell in one.reach:
        said = {axis: value for axis, value in zip(one.axes, cell, strict=True) if value != TOTAL}
        if set(said) <= set(other.axes):
            yield cell, (said.get(other.axes[0], TOTAL), said.get(other.axes[1], TOTAL))


def _sums(number: int, of: Answer) -> Iterator[Sum]:
    rows, columns = ([*dict.fromkeys(cell[axis] for cell in of.reach)] for axis in (0, 1))
    for row in rows:
        yield (number, (row, TOTAL)), tuple((number, (row, each)) for each in columns[:-1])
    for column in columns:
        yield (number, (TOTAL, column)), tuple((number, (each, column)) for each in rows[:-1])


def _narrow(reach: dict[Name, tuple[int, int]], sums: Sequence[Sum]) -> None:
    """Holds every sum against its parts, both ways, until nothing changes."""
    changed = True
    while changed:
        changed = False
        for whole, parts in sums:
            least, most = sum(reach[each][0] for each in parts), sum(reach[each][1] for each in parts)
            low, high = reach[whole]
            changed |= _set(reach, whole, least, most)
            for part in parts:
                less, more = reach[part]
                changed |= _set(reach, part, low - (most - more), high - (least - less))


def _set(reach: dict[Name, tuple[int, int]], name: Name, least: int, most: int) -> bool:
    before = reach[name]
    reach[name] = max(before[0], least), min(before[1], most)
    if reach[name][0] > reach[name][1]:
        raise AssertionError(f"{name} can be nothing: what the attacker holds true is not")
    return reach[name] != before


def attacked(known: Sequence[Answer]) -> tuple[int, list[str]]:
    """How many pairs were tried, and what was found."""
    pairs = [pair for pair in combinations(known, 2) if not (pair[0].printed and pair[1].printed)]
    return len(pairs), [each for one, other in pairs for each in found_by(one, other)]


def main(tables: int = 460) -> int:
    """Prints how many pairs were tried and what they told, of answers as they are told and of true ones beside."""
    random = Random(20)
    known = cases(random)
    told = [*answers(known, random, tables - 30), *printed(known, random, 30)]
    tried, found = attacked(told)
    hidden = sum(len(each.hidden()) for each in told)
    print(f"{len(told)} tables with {hidden:,} hidden counts, {tried:,} pairs: {len(found)} recovered")
    naive, left = attacked(answers(known, random, 60, starred, step=1))
    print(f"the same attack where only small counts are starred, {naive:,} pairs: {len(left):,} recovered")
    return 1 if found or not left else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
