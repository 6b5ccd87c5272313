"""A sender's rhythm, and when its silence is too long."""

from datetime import datetime, timedelta

import pytest
from contracts.reports import SourceUnit
from intake.domain.rhythm import Silence, expected, rates
from rules.spans import TAIPEI

MONDAY_NINE = datetime(2026, 11, 23, 9, tzinfo=TAIPEI)
OFFICE = rates({(day, hour): 8 * 4 for day in range(5) for hour in range(9, 17)}, weeks=8)
"""Four reports an hour, Monday to Friday from nine to five."""


@pytest.mark.parametrize(
    ("since", "hours", "count"),
    [
        (MONDAY_NINE, 0, 0),
        (MONDAY_NINE, 1, 4),
        (MONDAY_NINE, 2.5, 10),
        (MONDAY_NINE + timedelta(minutes=30), 1, 4),
        (MONDAY_NINE + timedelta(hours=8), 16, 0),
        (MONDAY_NINE + timedelta(days=4, hours=7), 24 * 3 - 7 + 1, 8),
    ],
)
def test_a_rhythm_brings_so_many(since: datetime, hours: float, count: float) -> None:
    assert expected(OFFICE, since, since + timedelta(hours=hours)) == pytest.approx(count)


def test_a_weekend_is_no_alarm_and_a_morning_is() -> None:
    friday = MONDAY_NINE - timedelta(days=3) + timedelta(hours=7)
    for now, alarming in ((MONDAY_NINE, False), (MONDAY_NINE + timedelta(hours=2), True)):
        assert Silence("a", SourceUnit.POLICE, friday, expected(OFFICE, friday, now)).alarming is alarming


def test_nothing_is_known_of_a_new_sender() -> None:
    assert rates({(0, 9): 100}, weeks=1.9) == {}
