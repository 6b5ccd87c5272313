"""Two cases become one and part again: what each brought goes back with it, and nothing is there twice."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.cases import CaseJoined
from contracts.decisions import PersonKey
from contracts.reports import ReportId
from network.cases import deeds, ending_deeds, guard
from network.cases.acts import Act, Change
from network.cases.bodies import AssessmentBody, ContactBody
from network.cases.domain import collaborations
from network.cases.domain.case import ACCEPT, Case
from network.cases.domain.mergers import Back
from network.cases.domain.refusals import Refused
from network.cases.domain.reports import TAKE_PART

from tests.unit.network_day import CENTRE, COUNTY, PROTECTION, T0, Day, decided

POLICE = f"{COUNTY}/police"
GUARD = guard.load()
ANNA, BELA = (PersonKey(key=f"person:{name}", role="subject", birth_year=2019) for name in ("anna", "bela"))


@pytest.fixture
def day() -> Day:
    return Day()


def do(day: Day, case: Case, change: Change, by: str = "陳社工", unit: str = "") -> Any:
    """Do it as `Acts` does; what was told."""
    day.minutes += 1
    act = Act(by, unit or case.lead.unit, f"do/{day.minutes}", T0 + timedelta(minutes=day.minutes))
    after, told = change(day.register, day.register.cases[case.id], act)
    day.register.save(after)
    return told


def now(day: Day, case: Case) -> Case:
    return day.register.cases[case.id]


def merge(day: Day, one: Case, other: Case) -> str:
    """The id of the merge by which `other` became part of `one`."""
    do(day, one, ending_deeds.ask_merge(other.id, "same_household"), "王督導")
    id = now(day, one).merges[-1].id
    do(day, one, ending_deeds.merge(id), "黃督導")
    return id


def undo(day: Day, one: Case, id: str, *reports: str) -> None:
    do(day, one, ending_deeds.split(id, Back(frozenset(reports)), "mistake"), "王督導")


def taken(day: Day, report: str, family: str, unit: str = PROTECTION, **more: Any) -> Case:
    """The case of a report that somebody took on."""
    day.decide(decided(report, "protection" if unit == PROTECTION else "welfare_centre", family=family, **more))
    day.press(report, unit)
    return day.case(report)


def assessed(day: Day, case: Case) -> Case:
    do(day, case, deeds.assess(AssessmentBody(opened=True), GUARD))
    return now(day, case)


def visit(day: Day, case: Case, person: PersonKey) -> None:
    fields = {"kind": "visit", "at": T0 + timedelta(minutes=day.minutes), "reached": True}
    seen = [{"person": person.key, "alone": True}]
    do(day, case, deeds.contact(ContactBody.model_validate(fields | {"seen": seen}), None, None))


def parted(day: Day) -> tuple[Case, Case]:
    """Two cases in somebody's hands: r1 left the first, where r0 is, and opened the second."""
    taken(day, "r0", "a")
    day.decide(decided("r1", family="a"))
    day.decide(decided("r1", family="b", version=2, apart=("r0",)))
    day.press("r1", PROTECTION)
    return day.case("r0"), day.case("r1")


def test_a_report_that_left_a_case_and_comes_back_by_a_merge_is_in_it_once(day: Day) -> None:
    one, other = parted(day)
    merge(day, one, other)
    assert [(each.report_id, each.state) for each in now(day, one).reports] == [("r0", "active"), ("r1", "active")]
    assert isinstance(day.decide(decided("r1", family="b", version=3, priority=1)), CaseJoined)
    entry = now(day, one).entry(ReportId("r1"))
    assert entry and entry.priority == 1


def test_a_report_that_came_back_by_a_merge_leaves_again_and_what_it_left_before_stays(day: Day) -> None:
    one, other = parted(day)
    id = merge(day, one, other)
    undo(day, one, id)
    assert [(each.report_id, each.state) for each in now(day, one).reports] == [("r0", "active"), ("r1", "withdrawn")]
    assert [(each.report_id, each.state) for each in now(day, other).reports] == [("r1", "active")]
    assert {task.state for task in now(day, one).tasks if task.report_id == "r1"} == {"dropped"}
    assert day.case("r1").id == other.id


def test_a_merge_that_is_undone_carries_no_report_away_that_the_other_case_had_let_go(day: Day) -> None:
    other, one = parted(day)
    id = merge(day, one, other)
    assert now(day, one).merges[0].reports == ("r0",)
    undo(day, one, id)
    assert [(each.report_id, each.state) for each in now(day, one).reports] == [("r1", "active")]
    assert {(each.report_id, each.state) for each in now(day, other).reports} == {("r0", "active"), ("r1", "withdrawn")}
    assert (day.case("r0").id, day.case("r1").id) == (other.id, one.id)


def test_what_a_declining_unit_owes_by_a_merge_is_the_leads(day: Day) -> None:
    one = taken(day, "r1", "a")
    day.decide(decided("r2", "welfare_centre", family="b"))
    merge(day, one, day.case("r2"))
    [asked] = now(day, one).active
    do(day, one, deeds.decline(asked.id, "no_capacity"), "林社工", CENTRE)
    mine = {task.what: (task.state, task.unit) for task in now(day, one).tasks if task.report_id == "r2"}
    assert mine == {ACCEPT: ("open", PROTECTION), "child.level1.see_child": ("open", PROTECTION)}


@pytest.mark.parametrize("change", [deeds.accept(ReportId("r2")), deeds.give_back(ReportId("r2"), "wrong_area")])
def test_a_report_is_not_answered_at_a_case_that_was_merged_away(day: Day, change: Change) -> None:
    one = taken(day, "r1", "a")
    day.decide(decided("r2", family="b"))
    other = day.case("r2")
    merge(day, one, other)
    with pytest.raises(Refused, match="case_not_open"):
        do(day, other, change)


def test_a_contact_is_recorded_where_the_family_is_served_now(day: Day) -> None:
    one, other = taken(day, "r1", "a"), taken(day, "r2", "b", people=(BELA,))
    merge(day, one, other)
    with pytest.raises(Refused, match="case_not_open"):
        visit(day, other, BELA)


def test_a_family_whose_merge_was_a_mistake_is_its_own_again(day: Day) -> None:
    one, other = taken(day, "r1", "a", people=(ANNA,)), taken(day, "r2", "b", CENTRE, people=(BELA,))
    id = merge(day, one, other)
    visit(day, one, ANNA)
    visit(day, one, BELA)
    undo(day, one, id)
    first, second = now(day, one), now(day, other)
    assert (first.family_keys, second.family_keys) == (("k:a",), ("k:b",))
    assert [each.key for each in first.people] == [each.person for each in first.last_seen] == [ANNA.key]
    assert [each.key for each in second.people] == [each.person for each in second.last_seen] == [BELA.key]
    day.decide(decided("r4", "welfare_centre", family="b"))
    assert day.case("r4").id == other.id


def test_whoever_a_report_names_goes_where_the_report_goes(day: Day) -> None:
    one, other = taken(day, "r1", "a", people=(ANNA,)), taken(day, "r2", "b", CENTRE)
    id = merge(day, one, other)
    day.decide(decided("r3", family="b", people=(BELA,)))
    undo(day, one, id, "r3")
    assert [each.key for each in now(day, one).people] == [ANNA.key]
    assert [each.key for each in now(day, other).people] == [BELA.key]


@pytest.mark.parametrize("again", [False, True])
def test_a_case_that_was_opened_by_a_merge_alone_is_not_opened_once_it_is_undone(day: Day, *, again: bool) -> None:
    one, other = taken(day, "r1", "a"), assessed(day, taken(day, "r2", "b", CENTRE))
    id = merge(day, one, other)
    assert now(day, one).state == "opened"
    if again:
        assessed(day, one)
    undo(day, one, id)
    assert (now(day, one).state, now(day, other).state) == ("opened" if again else "accepted", "opened")


def test_units_that_a_report_brought_since_go_with_it_and_can_still_answer(day: Day) -> None:
    one, other = taken(day, "r1", "a"), taken(day, "r2", "b", CENTRE)
    id = merge(day, one, other)
    day.decide(decided("r3", family="b", collaborators=(POLICE,)))
    undo(day, one, id, "r3")
    assert (POLICE in now(day, one).units, POLICE in now(day, other).units) == (False, True)
    assert [task.unit for task in now(day, other).owed if task.what == TAKE_PART] == [POLICE]


def test_contacts_of_a_case_that_was_merged_into_one_that_was_merged_are_found(day: Day) -> None:
    one, two, three = (taken(day, f"r{family}", family) for family in "abc")
    merge(day, two, three)
    id = merge(day, one, two)
    assert now(day, one).ids == {one.id, two.id, three.id}
    undo(day, one, id)
    assert now(day, one).ids == {one.id}
    assert now(day, two).ids == {two.id, three.id}


@pytest.mark.parametrize("unit", [PROTECTION, POLICE])
def test_who_leads_or_takes_part_owes_no_answer_to_the_case_that_came(day: Day, unit: str) -> None:
    one = taken(day, "r1", "a", collaborators=(POLICE,))
    part = now(day, one).collaborators[0].id
    do(day, one, lambda _, case, act: (collaborations.join(case, part, by="林警員", cause=act.cause, at=act.at), []))
    other = taken(day, "r2", "b", CENTRE)
    later = T0 + timedelta(days=1)
    do(day, other, lambda _, case, act: (
        collaborations.ask(case, unit, (), later, by=act.by, cause=act.cause, at=act.at), []))  # fmt: skip
    merge(day, one, other)
    assert TAKE_PART not in {task.what for task in now(day, one).owed if task.unit == unit}


@pytest.mark.parametrize("joined", [False, True])
def test_who_was_asked_by_the_case_that_leaves_again_still_owes_it_an_answer(day: Day, *, joined: bool) -> None:
    """Its answer was owed no more where it served the other case by then, or was given to that one since."""
    one, other = taken(day, "r1", "a", collaborators=() if joined else (POLICE,)), taken(day, "r2", "b", CENTRE)
    if not joined:
        part = now(day, one).collaborators[0].id
        do(day, one, lambda _, case, act: (collaborations.join(case, part, by="周警員", cause="j", at=act.at), []))
    later = T0 + timedelta(days=1)
    do(day, other, lambda _, case, act: (
        collaborations.ask(case, POLICE, (), later, by=act.by, cause=act.cause, at=act.at), []))  # fmt: skip
    id = merge(day, one, other)
    if joined:
        part = next(each.id for each in now(day, one).active if each.unit == POLICE)
        do(day, one, lambda _, case, act: (collaborations.join(case, part, by="周警員", cause="j", at=act.at), []))
    undo(day, one, id)
    [asked] = now(day, other).collaborators
    owed = {(task.what, task.unit, task.due_at) for task in now(day, other).owed}
    assert (asked.state, (TAKE_PART, POLICE, later) in owed) == ("asked", True)
    do(day, other, deeds.join(asked.id), "周警員", POLICE)
    assert TAKE_PART not in {task.what for task in now(day, other).owed}


def test_cases_that_would_hold_more_reports_than_one_may_are_not_merged_and_it_is_said_before(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = taken(day, "r1", "a"), taken(day, "r2", "b")
    monkeypatch.setattr("network.cases.domain.mergers.MOST_REPORTS", 1)
    with pytest.raises(Refused, match="too_many_reports"):
        do(day, one, ending_deeds.ask_merge(other.id, "same_household"), "王督導")
    monkeypatch.setattr("network.cases.domain.mergers.MOST_REPORTS", 2)
    do(day, one, ending_deeds.ask_merge(other.id, "same_household"), "王督導")
    monkeypatch.setattr("network.cases.domain.mergers.MOST_REPORTS", 1)
    with pytest.raises(Refused, match="too_many_reports"):
        do(day, one, ending_deeds.merge(now(day, one).merges[-1].id), "黃督導")


def test_a_unit_is_released_from_the_whole_case_never_from_one_that_was_merged_into_it(day: Day) -> None:
    one, other = taken(day, "r1", "a"), taken(day, "r2", "b", CENTRE)
    asked = T0 + timedelta(days=1)
    do(day, other, lambda _, case, act: (
        collaborations.ask(case, POLICE, (), asked, by=act.by, cause=act.cause, at=act.at), []))  # fmt: skip
    part = now(day, other).collaborators[0].id
    id = merge(day, one, other)
    with pytest.raises(Refused) as refusal:
        do(day, other, deeds.release(part, "moved"))
    assert refusal.value.missing[0].code == "case_not_open"
    undo(day, one, id)
    owe = {task.unit for task in now(day, other).owed if task.what == TAKE_PART}
    assert owe == {POLICE}, "a unit that is asked still owes its answer"
