"""Counts told of ranges that overlap, or by other dimensions, subtracted from each other: nothing hidden is found."""

from collections.abc import Sequence
from datetime import date
from itertools import product
from random import Random

import pytest
from rules.periods import fixed, is_fixed, latest
from rules.suppression import SMALLEST, stepped

from tests import differencing

Bounds = tuple[int, int]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_pair_of_answers_tells_a_hidden_count(seed: int) -> None:
    random = Random(seed)
    known = differencing.cases(random)
    told = [*differencing.answers(known, random, 36), *differencing.printed(known, random, 8)]
    assert sum(len(each.hidden()) for each in told) > 100, "there is something to find"
    tried, found = differencing.attacked(told)
    assert found == [] and tried == 44 * 43 // 2 - 8 * 7 // 2


def test_the_attack_finds_what_exact_counts_give_away() -> None:
    random = Random(1)
    known = differencing.cases(random)
    _, found = differencing.attacked(differencing.answers(known, random, 24, differencing.starred, step=1))
    assert len(found) > 100


def test_hiding_within_each_table_is_not_enough() -> None:
    random = Random(1)
    known = differencing.cases(random)
    _, found = differencing.attacked(differencing.answers(known, random, 60, differencing.complemented, step=1))
    assert found


def test_no_hidden_quarter_follows_from_its_half_and_its_year() -> None:
    """Every remainder of four quarters, told with both halves and the year: each hidden one has two counts at least.

    Larger counts are told by the same steps, further up.
    """
    for quarters in product(range(10), repeat=4):
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
