"""What a unit owes in working days when its county closes: due later, told no second time, and it says why."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from contracts.calendar import DayTold
from contracts.decisions import Clock
from network.cases.domain.case import Case
from network.cases.domain.days import with_days
from network.cases.domain.register import Register
from network.tasks.domain.task import Because, Task, following, pressed, presses_at
from rules.calendars import NATIONAL, Calendar
from rules.spans import Span

from tests.unit.network_day import CITY, COUNTY, T0, Day, clock, decided

FIRST_CONTACT = "welfare_centre.first_contact"
WEDNESDAY = date(2026, 11, 25)
TOLD_AT = T0 + timedelta(days=2)
"""T0 is a Sunday; the county says on Tuesday evening that Wednesday is off."""


def told(says: str = "off", number: int = 1, at: datetime = TOLD_AT) -> DayTold:
    entry = {
        "id": f"d{number}",
        "day": WEDNESDAY,
        "says": says,
        "reason": "typhoon",
        "told_by": "李督導",
        "told_at": at,
    }
    return DayTold.model_validate(entry)


TYPHOON = Calendar((told(),), 1)
BACK = Calendar((told(), told("withdrawn", 2, TOLD_AT + timedelta(hours=1))), 2)


def due(days: Calendar) -> datetime:
    return days.due(Span(3, "wd"), T0)


def to_the_centre(report: str = "r1", **more: Any) -> Any:
    first = Clock(id=FIRST_CONTACT, started_at=T0, due_at=due(NATIONAL), source="county setting", span="3wd")
    return decided(report, "welfare_centre", clocks=(clock("unit.accept", 4), first), **more)


@pytest.fixture
def case() -> Case:
    day = Day()
    day.decide(to_the_centre())
    return day.case("r1")


def first_contact(case: Case) -> Task:
    return next(task for task in case.tasks if task.what == FIRST_CONTACT)


def test_what_is_owed_in_working_days_moves_and_says_why_and_hours_do_not(case: Case) -> None:
    after = with_days(case, TYPHOON, TOLD_AT)
    task = first_contact(after)
    assert (task.due_at, task.due_at and task.due_at - due(NATIONAL)) == (due(TYPHOON), timedelta(days=1))
    assert task.moved
    assert (task.moved.due_before, task.moved.day, task.moved.told_by) == (due(NATIONAL), "2026-11-25", "李督導")
    assert [(each.what, each.by, each.reason) for each in after.history[len(case.history) :]] == [
        ("day_off", "李督導", "typhoon")]  # fmt: skip
    assert [task.due_at for task in after.tasks if task.what != FIRST_CONTACT] == [
        task.due_at for task in case.tasks if task.what != FIRST_CONTACT]  # fmt: skip
    assert with_days(after, TYPHOON, TOLD_AT) is after, "a repeat changes nothing"
    assert first_contact(with_days(after, BACK, TOLD_AT)).due_at == due(NATIONAL)


def test_what_a_stage_of_a_programme_owes_is_moved_by_its_programme_alone(case: Case) -> None:
    stage = [replace(task, because=Because("stage", "e1")) for task in case.tasks]
    entered = replace(case, tasks=tuple(stage))
    assert with_days(entered, TYPHOON, TOLD_AT) is entered


def test_a_step_that_was_told_is_not_told_again(case: Case) -> None:
    told_already = [replace(task, pressed=50) if task.what == FIRST_CONTACT else task for task in case.tasks]
    task = first_contact(with_days(replace(case, tasks=tuple(told_already)), TYPHOON, TOLD_AT))
    assert task.pressed == 50
    assert presses_at(task) == T0 + (due(TYPHOON) - T0) * 80 / 100
    assert pressed(task, T0).pressed == 50


def test_what_is_done_or_was_over_stays(case: Case) -> None:
    over = Calendar((told(at=due(NATIONAL) + timedelta(hours=1)),), 1)
    assert with_days(case, over, TOLD_AT) is case
    done = [replace(task, state="done") if task.what == FIRST_CONTACT else task for task in case.tasks]
    settled = replace(case, tasks=tuple(done))
    assert with_days(settled, TYPHOON, TOLD_AT) is settled


@pytest.mark.parametrize(("county", "days"), [(COUNTY, TYPHOON), (CITY, NATIONAL)])
def test_a_decision_that_was_on_its_way_is_counted_as_it_comes_in(county: str, days: Calendar) -> None:
    day = Day()
    day.register = Register(calendars={county: TYPHOON})
    day.decide(to_the_centre())
    assert first_contact(day.case("r1")).due_at == due(days)
    assert [note.what for note in day.case("r1").history] == ["opened"]


def test_a_decision_that_comes_again_rings_nothing_anew(case: Case) -> None:
    moved = with_days(case, TYPHOON, TOLD_AT)
    rung = [replace(task, pressed=80) if task.what == FIRST_CONTACT else task for task in moved.tasks]
    register = Register(calendars={COUNTY: TYPHOON}, known=[replace(moved, tasks=tuple(rung))])
    day = Day()
    day.decide(to_the_centre())
    register.standings = day.register.standings
    register.decide(to_the_centre(version=2), cause="again", at=TOLD_AT)
    [again] = register.cases.values()
    assert (first_contact(again).due_at, first_contact(again).pressed) == (due(TYPHOON), 80)


def test_what_recurs_in_working_days_counts_the_countys(case: Case) -> None:
    task = replace(first_contact(case), every="1wd", due_at=T0 + timedelta(days=2, hours=3), state="done")
    after = [following(task, days) for days in (NATIONAL, TYPHOON)]
    assert [each and each.due_at and each.due_at.date() for each in after] == [WEDNESDAY, date(2026, 11, 26)]
    assert [each and each.span for each in after] == ["1wd", "1wd"]
