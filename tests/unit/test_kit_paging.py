"""Where a page of a list ends: a place is read as it was written, and anything else is none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.paging import NEVER, Order, place_of

MILLISECOND = timedelta(milliseconds=1)
TIMES = st.integers(0, (NEVER - datetime(1, 1, 1, tzinfo=UTC)) // MILLISECOND).map(lambda n: NEVER - n * MILLISECOND)
LATEST = Order("at", descending=True)


@given(TIMES, st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=80))
def test_what_stands_behind_a_place_stands_behind_what_it_was_written_for(at: datetime, id: str) -> None:
    assert len(place_of(at, id)) <= 100
    for order in (LATEST, Order("at")):
        assert order.behind(place_of(at, id)) == order.beyond(at, id)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_a_time_beyond_the_calendar_is_the_end_of_it(at: int) -> None:
    said = LATEST.behind(f"{at}.x")["at"]["$lte"]
    assert datetime.min.replace(tzinfo=UTC) <= said <= NEVER


@pytest.mark.parametrize("after", [None, "", "x", "1", "1.", ".x", "1" * 16 + ".x", "1." + "x" * 81, "٣.x", "1.\n"])
def test_what_is_no_place_stands_before_everything(after: str | None) -> None:
    assert LATEST.behind(after) == {}
