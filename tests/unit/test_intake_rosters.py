"""Until when the visit to someone on a roster is due."""

from datetime import date, datetime

import pytest
from contracts.rosters import Roster
from intake.rosters.listing import taken_on, visit
from intake.rules import data
from rules.spans import TAIPEI, due
from rules.working_days import working_day


@pytest.mark.parametrize(
    ("roster", "received", "last_day"),
    [
        (Roster.PSYCHIATRIC_CARE, (2023, 2, 17), (2023, 3, 17)),
        (Roster.CARER_SUPPORT, (2027, 1, 31), (2027, 2, 28)),
        (Roster.CARER_SUPPORT, (2028, 1, 30), (2028, 2, 29)),
        (Roster.UNDER_SIX, (2026, 12, 28), (2027, 1, 7)),
        (Roster.ALLOWANCES, (2026, 12, 31), (2027, 12, 31)),
    ],
)
def test_a_visit_is_due_by_the_end_of_the_last_day_of_the_rosters_own_clock(
    roster: Roster, received: tuple[int, int, int], last_day: tuple[int, int, int]
) -> None:
    ends = due(visit(roster).span, datetime(*received, 10, tzinfo=TAIPEI), working_day)
    assert ends == datetime(*last_day, 23, 59, 59, tzinfo=TAIPEI)


def test_which_lists_are_taken_on_a_day_is_data_with_days(monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken_on(date(2026, 11, 30)) == tuple(Roster)
    assert Roster.DROPOUTS in taken_on(date(2022, 6, 1)) and Roster.PSYCHIATRIC_CARE not in taken_on(date(2022, 6, 1))
    monkeypatch.setitem(data("rosters")["rosters"]["dropouts"], "until", date(2026, 7, 31))
    assert Roster.DROPOUTS in taken_on(date(2026, 7, 31))
    assert Roster.DROPOUTS not in taken_on(date(2026, 8, 1))
    assert visit(Roster.DROPOUTS).span.amount == 3, "what came before goes on by its clock"


def test_every_clock_says_where_it_comes_from() -> None:
    assert {visit(each).source for each in Roster} == {"Chiayi County deck 2023", "D0050181 s5", "county setting"}
    assert all(visit(each).verified == (visit(each).source != "county setting") for each in Roster)
