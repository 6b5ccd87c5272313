"""Counts told of ranges that overlap, or by other dimensions, subtracted from each other: nothing hidden is found.

`DIFFERENCING=450 pytest tests/unit/test_rules_differencing.py` tries 100,000 pairs of tables; the suite tries fewer.
"""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, product
from random import Random

import pytest
from rules.crossing import Crossed, Place, crossed
from rules.periods import fixed, is_fixed, latest
from rules.suppression import SMALLEST, stepped

TABLES = int(os.environ.get("DIFFERENCING", "24"))
BEGAN = date(2025, 1, 1)
AXES = {"township": ("民雄鄉", "布袋鎮", "阿里山鄉", "朴子市"), "need": ("economic", "support", "child"),
        "outcome": ("open", "goals_met", "moved", "refused")}  # fmt: skip
NO_END = 10**9
Case = Mapping[str, str]
Bounds = tuple[int, int]


@dataclass(frozen=True)
class Answer:
    """A table as it is told, of which days and dimensions, and the counts behind it."""

    first: date
    last: date
    axes: tuple[str, str]
    told: Crossed
    true: Mapping[Place, int]

    def holds(self, other: "Answer") -> bool:
        return self.first <= other.first and other.last <= self.last

    def bounds(self, row: int, column: int) -> Bounds:
        """What a count may be, for all that is told of it."""
        count = self.told.table[row][column]
        return (0, NO_END) if count is None else (count, count + SMALLEST - 1)

    def rows(self) -> dict[str, int]:
        return {line[0]: at for at, line in enumerate(self.told.lines)}


def cases(random: Random) -> list[tuple[date, Case]]:
    """A year of cases, few enough a day that every cell of a short range is small."""
    weights = {name: [2**-at for at in range(len(values))] for name, values in AXES.items()}
    return [
        (BEGAN + timedelta(days=random.randrange(365)),
         {name: random.choices(values, weights[name])[0] for name, values in AXES.items()})
        for _ in range(900)
    ]  # fmt: skip


def answer(
    known: Sequence[tuple[date, Case]], first: date, last: date, axes: tuple[str, str], *, exact: bool
) -> Answer:
    rows, columns = axes
    true = Counter((case[rows], "", case[columns]) for day, case in known if first <= day <= last)
    counts = {(row, "", column): true[row, "", column] for row, column in product(AXES[rows], AXES[columns])}
    told = crossed(counts, order=lambda value: (0, value), written=[False] * 3, has_columns=True, protect=not exact)
    if exact:  # as before: a small count alone is a star, and every other is told as it is
        table = [[None if count is not None and count < SMALLEST else count for count in row] for row in told.table]
        told = Crossed(told.lines, told.columns, table)
    return Answer(first, last, axes, told, counts)


def answers(known: Sequence[tuple[date, Case]], random: Random, count: int, *, exact: bool = False) -> list[Answer]:
    """Ranges that overlap, most of them longer than others by a few days, over every pair of dimensions."""
    found = []
    for at in range(count):
        first = BEGAN + timedelta(days=random.choice((0, 0, 0, random.randrange(30))))
        last = BEGAN + timedelta(days=random.choice((89, 90, 180, 364)) - random.randrange(6))
        axes = list(combinations(AXES, 2))[at % 3]
        found.append(answer(known, first, last, axes, exact=exact))  # type: ignore[arg-type]
    return found


def by_days(one: Answer, other: Answer, step: int) -> list[str]:
    """Cells of the days by which two ranges differ whose small count follows from what is told of both."""
    if one.axes != other.axes or not (one.holds(other) or other.holds(one)):
        return []
    longer, shorter = (one, other) if one.holds(other) else (other, one)
    found = []
    for (i, line), (j, column) in product(enumerate(longer.told.lines), enumerate(longer.told.columns)):
        place = (*line, column)
        left = longer.true[place] - shorter.true[place]
        (low, high), (less, more) = _width(longer.bounds(i, j), step), _width(shorter.bounds(i, j), step)
        if 0 < left < SMALLEST and max(0, low - more) == high - less:
            found.append(f"{place} {left}")
    return found


def by_totals(one: Answer, other: Answer, step: int) -> list[str]:
    """Hidden cells of one table that follow from its shown ones and the sum of their row, as another table tells it."""
    if (one.first, one.last) != (other.first, other.last) or one.axes[0] != other.axes[0] or one.axes == other.axes:
        return []
    theirs, found = other.rows(), []
    for i, line in enumerate(one.told.lines[:]):
        low, high = _width(other.bounds(theirs[line[0]], len(other.told.columns)), step)
        cells = [_width(one.bounds(i, j), step) for j in range(len(one.told.columns))]
        for j, column in enumerate(one.told.columns):
            others = [each for at, each in enumerate(cells) if at != j]
            least, most = low - sum(each[1] for each in others), high - sum(each[0] for each in others)
            true = one.true[(*line, column)]
            if one.told.table[i][j] is None and true < SMALLEST and max(0, least) == most:
                found.append(f"{line} {column} {true}")
    return found


def _width(bounds: Bounds, step: int) -> Bounds:
    return (bounds[0], bounds[0] + step - 1) if bounds[1] != NO_END else bounds


def attacked(known: Sequence[Answer], step: int) -> tuple[int, list[str]]:
    """How many pairs were tried, and what was found."""
    pairs = list(combinations(known, 2))
    found = [each for one, other in pairs for each in by_days(one, other, step)]
    found += [each for one, other in pairs for each in by_totals(one, other, step) + by_totals(other, one, step)]
    return len(pairs), found


@pytest.mark.parametrize("seed", [1, 2])
def test_no_pair_of_answers_tells_a_hidden_count(seed: int) -> None:
    random = Random(seed)
    tried, found = attacked(answers(cases(random), random, TABLES), SMALLEST)
    assert found == [] and tried == TABLES * (TABLES - 1) // 2


def test_the_attack_finds_what_exact_counts_give_away() -> None:
    random = Random(1)
    _, found = attacked(answers(cases(random), random, 24, exact=True), 1)
    assert len(found) > 20


def test_no_hidden_quarter_follows_from_its_half_and_its_year() -> None:
    """Every remainder of four quarters, told with both halves and the year: each hidden one has two counts at least.

    Larger counts are told by the same steps, further up.
    """
    for quarters in product((0, 1, 2, 3, 4, 5, 6, 8, 9), repeat=4):
        bounds = _narrowed(quarters)
        for at, count in enumerate(quarters):
            low, high = bounds[f"q{at}"]
            assert count >= SMALLEST or high > low, quarters


SUMS = (("h0", ("q0", "q1")), ("h1", ("q2", "q3")), ("y", ("h0", "h1")), ("y", ("q0", "q1", "q2", "q3")))


def _narrowed(quarters: Sequence[int]) -> dict[str, Bounds]:
    """What each count may be once every sum is held against its parts, until nothing narrows any more."""
    true = {f"q{at}": count for at, count in enumerate(quarters)}
    true |= {"h0": true["q0"] + true["q1"], "h1": true["q2"] + true["q3"], "y": sum(quarters)}
    bounds = {name: (stepped(count), stepped(count) + SMALLEST - 1) for name, count in true.items()}
    before: dict[str, Bounds] = {}
    while bounds != before:
        before = dict(bounds)
        for whole, parts in SUMS:
            _hold(bounds, whole, parts)
    return bounds


def _hold(bounds: dict[str, Bounds], whole: str, parts: Sequence[str]) -> None:
    low, high = (sum(bounds[each][end] for each in parts) for end in (0, 1))
    bounds[whole] = max(bounds[whole][0], low), min(bounds[whole][1], high)
    for part in parts:
        less, more = (sum(bounds[each][end] for each in parts if each != part) for end in (0, 1))
        bounds[part] = max(bounds[part][0], bounds[whole][0] - more), min(bounds[part][1], bounds[whole][1] - less)


def test_only_whole_quarters_halves_and_years_that_ended_are_fixed() -> None:
    today = date(2026, 11, 29)
    assert is_fixed(date(2026, 1, 1), date(2026, 3, 31), today) and is_fixed(
        date(2025, 1, 1), date(2025, 12, 31), today
    )
    for first, last in (
        (date(2026, 1, 1), date(2026, 3, 30)), (date(2026, 1, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 12, 31)), (date(2025, 7, 1), date(2026, 6, 30)),
    ):  # fmt: skip
        assert not is_fixed(first, last, today)
    assert latest(today).last == date(2026, 9, 30) and latest(date(2026, 2, 1)).first == date(2025, 10, 1)
    assert len(fixed(2025, today)) == 7
