"""Runs and gaps of numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.domain.reconciling import gaps, ranges


@pytest.mark.parametrize(
    ("seen", "first", "last", "found"),
    [
        ([], None, None, []),
        ([], 1, 3, [(1, 3)]),
        ([5], None, None, []),
        ([1, 2, 4, 9], None, None, [(3, 3), (5, 8)]),
        ([1, 2, 4, 9], 0, 11, [(0, 0), (3, 3), (5, 8), (10, 11)]),
        ([1, 2, 4, 9], 3, 5, [(3, 3), (5, 5)]),
        ([4, 4, 3], 3, 4, []),
    ],
)
def test_gaps_are_what_was_not_seen(
    seen: list[int], first: int | None, last: int | None, found: list[tuple[int, int]]
) -> None:
    assert list(gaps(seen, first, last)) == found


@given(st.sets(st.integers(0, 60)), st.integers(0, 60), st.integers(0, 60))
def test_seen_and_gaps_make_up_the_range(seen: set[int], first: int, length: int) -> None:
    last = first + length
    missing = {number for begin, end in gaps(seen, first, last) for number in range(begin, end + 1)}
    assert missing == set(range(first, last + 1)) - seen
    assert all(begin > end + 1 for (_, end), (begin, _) in zip(ranges(seen), ranges(seen)[1:], strict=False))
