"""The quota as a budget: what is kept for the gravest, and what would not fit, named in time."""

from datetime import UTC, datetime

import pytest
from notify.domain.budget import LOOKS_BACK, forecast, is_beyond, is_named, reserve_of
from notify.holding import Quota

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
"""Eleven days are left of the month, today among them."""


class _Line:
    """LINE as far as the quota asks it: every group is of ten, and `left` is told whatever was sent."""

    left = 30

    async def members(self, group_id: str) -> int:
        return 10

    async def quota(self) -> tuple[float, int]:
        return self.left, 0


async def test_what_is_held_is_let_go_by_more_than_line_last_told_not_by_figures_that_come_late() -> None:
    released: list[str] = []

    async def release(cause: str) -> None:
        released.append(cause)

    line = _Line()
    quota = Quota(line, release)  # type: ignore[arg-type]
    await quota.look()
    await quota.spent("small")
    assert quota.left == 20
    await quota.look()
    assert not released, "LINE has not counted the last message yet: that is no room"
    line.left = 1_000
    await quota.look()
    assert released == ["quota"]


@pytest.mark.parametrize(
    ("cost", "left", "rank", "beyond"),
    [(60, 300, 2, False), (60, 250, 2, True), (60, 250, 1, False), (1, 200, 5, True), (None, 0, 5, False)],
)
def test_what_is_kept_for_the_gravest_is_taken_by_nothing_else(
    cost: int | None, left: float, rank: int, beyond: bool
) -> None:
    assert is_beyond(cost, left, reserve_of(1000, 20), rank) is beyond


def test_what_would_not_fit_is_named_by_rank_the_least_grave_first_to_go() -> None:
    found = forecast(1000, 200, {1: 280, 3: 1400, 5: 2800}, LOOKS_BACK, AT)
    assert found.days_left == 11
    assert [(line.rank, line.expected, line.short) for line in found.lines] == [
        (1, 110, 0),
        (3, 550, 0),
        (5, 1100, 850),
    ]
    assert found.short == 850 and is_named(found, AT)
    assert not is_named(found, AT.replace(day=19))


def test_the_reserve_is_kept_even_when_nothing_grave_came_lately() -> None:
    [line] = forecast(1000, 200, {4: 2800}, LOOKS_BACK, AT).lines
    assert (line.expected, line.short) == (1100, 300)


def test_the_gravest_may_need_more_than_what_is_kept_for_them() -> None:
    found = forecast(100, 20, {1: 2800, 2: 28}, LOOKS_BACK, AT)
    assert [(line.rank, line.short) for line in found.lines] == [(1, 1000), (2, 11)]


def test_without_a_limit_everything_fits() -> None:
    found = forecast(float("inf"), reserve_of(float("inf"), 20), {1: 99999, 5: 99999}, LOOKS_BACK, AT)
    assert (found.short, found.reserve) == (0, 0)


def test_the_month_ends_as_line_counts_it() -> None:
    """23:30 in Taipei on the last of the month is the next month's first day in UTC+9."""
    assert forecast(0, 0, {}, LOOKS_BACK, datetime(2026, 11, 30, 15, 30, tzinfo=UTC)).days_left == 31
