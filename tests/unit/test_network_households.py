"""Households of lists: one family is one, whatever the order of rows; every row is answered or owed, always."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
import yaml
from contracts.event import BlindIndex
from hypothesis import given
from hypothesis import strategies as st
from network.rosters.answering import FILE, Answering, Result
from network.rosters.domain.gathering import Gathering
from network.rosters.domain.household import Household, HouseholdId, Row, Screening, assigned, screened
from network.rosters.domain.owing import FIND, FOLLOW_UP, GATHERED, SCREENED, VISIT, owed, settled
from network.tasks.domain.task import Task
from pydantic import ValidationError

T0 = datetime(2023, 2, 17, 2, tzinfo=UTC)
COUNTY = "chiayi-county"
CENTRE = f"{COUNTY}/welfare_centre.minxiong"


def row(number: int, *keys: str, roster: str = "carer_support", days: int = 0) -> Row:
    at = T0 + timedelta(days=days)
    due, answerable = at + timedelta(days=28), f"{COUNTY}/health"
    return Row(f"e{number}", roster, answerable, at, due, "a deck", True, tuple(map(BlindIndex, keys)))


def alone(one: Row) -> Household:
    return Household(HouseholdId(f"h-{one.entry_id}"), COUNTY, CENTRE, one.received_at, rows=(one,))


def gathered(*rows: Row) -> list[Household]:
    gathering = Gathering(())
    for each in rows:
        gathering.take(alone(each))
    return gathering.changed()


def found(result: str, *, at: datetime = T0, stays: bool = False, **more: object) -> Screening:
    return Screening(f"s-{result}-{at}", result, "a", CENTRE, at, at, stays, **more)  # type: ignore[arg-type]


def test_a_household_on_three_lists_is_one_in_whatever_order_its_rows_come() -> None:
    """The second row alone shares a person with each of the others."""
    three = (row(1, "id:father", days=1), row(2, "id:father", "id:mother", days=2), row(3, "id:mother", days=3))
    for order in permutations(three):
        [one] = gathered(*order)
        assert {each.entry_id for each in one.rows} == {"e1", "e2", "e3"}
        assert one.keys == {"id:father", "id:mother"}


def test_rows_without_a_person_to_know_them_by_stay_apart() -> None:
    assert len(gathered(row(1), row(2), row(3, "id:a"))) == 3


def test_two_households_that_turn_out_to_be_one_say_so_and_owe_one_visit() -> None:
    first, second = gathered(row(1, "id:a"), row(2, "id:b", days=1))
    gathering = Gathering((first, second))
    gathering.take(alone(row(3, "id:a", "id:b", days=2)))
    gone, whole = gathering.changed()
    assert (gone.id, gone.within, gone.rows, gone.state) == (second.id, first.id, (), "gathered")
    assert [each.entry_id for each in whole.rows] == ["e1", "e2", "e3"]
    before = [task for each in (first, second) if (task := owed(each, T0))]
    [ended] = settled(before[1:], owed(gone, T0), by="lists", at=T0, why=GATHERED)
    [kept] = settled(before[:1], owed(whole, T0), by="lists", at=T0, why=GATHERED)
    assert (ended.state, ended.reason) == ("dropped", "gathered")
    assert (kept.id, kept.state, kept.due_at) == (before[0].id, "open", T0 + timedelta(days=28))


def test_not_found_answers_nothing_and_is_owed_until_somebody_finds_them() -> None:
    [one] = gathered(row(1, "id:a"))
    week = T0 + timedelta(days=7)
    lost = screened(one, found("not_found", stays=True, next_step="ask_school", next_due_at=week))
    task = owed(lost, T0)
    assert (lost.state, lost.open_rows, lost.due_at) == ("looking", one.rows, week)
    assert task and (task.what, task.due_at, task.unit) == (FIND, week, CENTRE)
    there = screened(lost, found("no_need", at=week))
    assert (there.state, there.rows[0].answer, owed(there, week)) == ("answered", "no_need", None)


@pytest.mark.parametrize("came", [1, 5])
def test_a_row_that_no_search_was_about_keeps_its_own_clock(came: int) -> None:
    """Whoever was looked for turns out to be a family that another list named: by a row of before, or one told late."""
    [lost], [child] = gathered(row(1, "id:a")), gathered(row(2, "id:b", roster="under_six", days=came))
    lost = screened(
        lost, found("not_found", at=T0 + timedelta(days=3), stays=True, next_due_at=T0 + timedelta(days=33))
    )
    gathering = Gathering((lost, child))
    gathering.take(alone(replace(row(3, "id:a", "id:b", days=2), due_at=T0 + timedelta(days=40))))
    whole = gathering.changed()[-1]
    task = owed(whole, T0)
    assert whole.state == "open" and task and (task.what, task.due_at) == (VISIT, T0 + timedelta(days=28))


def test_a_list_that_names_an_answered_household_again_asks_for_it_again() -> None:
    [one] = gathered(row(1, "id:a"))
    answered = screened(one, found("no_need"))
    gathering = Gathering((answered,))
    gathering.take(alone(row(2, "id:a", days=30)))
    [again] = gathering.changed()
    assert again.state == "open" and [each.entry_id for each in again.open_rows] == ["e2"]
    first, second = owed(one, T0), owed(again, T0)
    assert first and second and first.id != second.id and second.what == VISIT


def test_whoever_was_informed_is_asked_how_it_goes_and_then_nothing_is_owed() -> None:
    [one] = gathered(row(1, "id:a"))
    later = T0 + timedelta(days=90)
    told = screened(one, found("informed", follow_up_at=later))
    task = owed(told, T0)
    assert told.state == "answered" and task and (task.what, task.due_at) == (FOLLOW_UP, later)
    asked = screened(told, found("no_need", at=later))
    assert owed(asked, later) is None and asked.rows[0].answer == "informed", "an answer that was given stays"


def test_whoever_is_not_found_when_they_are_asked_how_it_goes_is_looked_for() -> None:
    """Every row has its answer by then: the family is owed a search all the same."""
    [one] = gathered(row(1, "id:a"))
    later = T0 + timedelta(days=90)
    told = screened(one, found("informed", follow_up_at=later))
    week = later + timedelta(days=7)
    lost = screened(told, found("not_found", at=later, stays=True, next_step="ask_police", next_due_at=week))
    task = owed(lost, later)
    assert (lost.state, lost.due_at, lost.rows[0].answer) == ("looking", week, "informed")
    assert task and (task.what, task.due_at) == (FIND, week)


def test_a_worker_of_another_unit_does_not_visit_in_the_name_of_the_one_that_took_the_household_in() -> None:
    first, second = gathered(row(1, "id:a"), row(2, "id:b", days=1))
    health = assigned(second, f"{COUNTY}/health", "林訪視")
    for theirs, person in ((health, None), (assigned(second, CENTRE, "王社工"), "王社工")):
        gathering = Gathering((first, theirs))
        gathering.take(alone(row(3, "id:a", "id:b", days=2)))
        whole = gathering.changed()[-1]
        assert (whole.unit, whole.person) == (CENTRE, person)


def test_another_hand_owes_the_same_task() -> None:
    [one] = gathered(row(1, "id:a"))
    task = owed(one, T0)
    assert task
    before = replace(task, pressed=50)
    [after] = settled([before], owed(assigned(one, f"{COUNTY}/health", "林訪視"), T0), by="a", at=T0, why="assigned")
    assert (after.id, after.unit, after.person, after.pressed) == (before.id, f"{COUNTY}/health", "林訪視", 50)


def test_a_result_that_stays_owed_says_until_when_and_every_list_says_who_visits() -> None:
    with pytest.raises(ValidationError, match="after how long"):
        Result(stays=True)
    known = yaml.safe_load(FILE.read_text("utf-8"))
    del known["visits"]["dropouts"]
    with pytest.raises(ValidationError, match="dropouts"):
        Answering.model_validate(known)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("list"), st.sets(st.sampled_from("abcde"), max_size=3)),
        st.tuples(st.sampled_from(["no_need", "informed", "not_found"]), st.integers(0, 4)),
    ),
    max_size=14,
)


@given(ACTS)
def test_rows_in_are_rows_answered_and_owed_whatever_happens(acts: list[tuple[str, set[str] | int]]) -> None:
    """An open row is always owed by exactly one task of one unit, and nothing is owed to nobody."""
    households: dict[HouseholdId, Household] = {}
    ledger: dict[str, Task] = {}
    for number, (what, told) in enumerate(acts):
        at = T0 + timedelta(days=number)
        if isinstance(told, set):
            gathering = Gathering(tuple(households.values()))
            gathering.take(alone(row(number, *(f"id:{key}" for key in told), days=number)))
            changed, why = gathering.changed(), GATHERED
        else:
            live = [each for each in households.values() if each.open_rows or each.due_at]
            stays = what == "not_found"
            due = at + timedelta(days=7) if stays else None
            follow = at + timedelta(days=90) if what == "informed" else None
            screening = found(what, at=at, stays=stays, next_due_at=due, follow_up_at=follow)
            changed = [screened(live[told % len(live)], screening)] if live else []
            why = SCREENED
        for each in changed:
            known = [task for task in ledger.values() if task.because.id == each.id and task.is_open]
            ledger |= {task.id: task for task in settled(known, owed(each, at), by="a", at=at, why=why)}
            households[each.id] = each
        rows = [one for each in households.values() for one in each.rows]
        came = sum(isinstance(each[1], set) for each in acts[: number + 1])
        assert len({one.entry_id for one in rows}) == len(rows) == came
        for each in households.values():
            open_ = [task for task in ledger.values() if task.because.id == each.id and task.is_open]
            assert len(open_) == (0 if each.within else 1 if each.open_rows or each.due_at else 0)
            assert open_ or not (each.last and each.last.stays), "who is looked for is owed a search"
            assert all(task.unit and task.due_at for task in open_)
