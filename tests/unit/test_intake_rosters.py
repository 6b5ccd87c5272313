"""Until when the visit to someone on a roster is due."""

from datetime import UTC, datetime

import pytest
from intake.domain.rosters import VisitClock, due

MONTH = VisitClock(1, "a deck", verified=True)


@pytest.mark.parametrize(
    ("received", "until"),
    [
        (datetime(2026, 11, 22, 2, tzinfo=UTC), datetime(2026, 12, 22, 2, tzinfo=UTC)),
        (datetime(2026, 12, 31, 2, tzinfo=UTC), datetime(2027, 1, 31, 2, tzinfo=UTC)),
        (datetime(2027, 1, 31, 2, tzinfo=UTC), datetime(2027, 2, 28, 2, tzinfo=UTC)),
        # In Taiwan this is already the first of February.
        (datetime(2027, 1, 31, 18, tzinfo=UTC), datetime(2027, 2, 28, 18, tzinfo=UTC)),
        (datetime(2028, 1, 30, 15, tzinfo=UTC), datetime(2028, 2, 29, 15, tzinfo=UTC)),
    ],
)
def test_a_visit_is_due_on_the_same_day_of_the_next_month_or_its_last(received: datetime, until: datetime) -> None:
    assert due(received, MONTH) == until
