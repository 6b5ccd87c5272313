"""What comes next in a case: in each of its states something is owed by a day, by whom, and what settles it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from contracts.cases import CaseId
from contracts.reports import ReportId
from network.cases.domain import closings, findings, mergers, plans
from network.cases.domain.asking import asks
from network.cases.domain.case import Assessment, Case, Plan
from network.cases.domain.closing import Evidence, Guard
from network.cases.domain.closings import Request
from network.cases.domain.mergers import Back
from network.cases.domain.onward import (
    ANSWER_CLOSING,
    ASSESS,
    HEAR_FROM_WINDOW,
    MAKE_PLAN,
    NEXT_STEP,
    ONWARD,
    onward,
)
from network.cases.domain.refusals import Refused
from network.tasks.domain.task import Because, Kind, TaskId
from rules.calendars import NATIONAL
from rules.counties import settings_of

from tests.unit.network_day import COUNTY, PROTECTION, T0, Day, decided

LATER = T0 + timedelta(days=2)
WATCH = timedelta(days=30)
SET = settings_of(COUNTY)
UNGUARDED = Guard()


def accepted() -> Case:
    """A case in somebody's hands in which no clock of a report runs."""
    day = Day()
    day.decide(decided("r1", family="a", clocks=()))
    day.press("r1", PROTECTION)
    return day.case("r1")


def opened() -> Case:
    found = Assessment("a1", LATER, "陳社工", opened=True)
    return onward(findings.assess(accepted(), found, cause="assess", watch=WATCH))


def closing() -> Case:
    request = Request("goals_met", Evidence(), True, (), LATER)
    return onward(closings.ask(opened(), request, UNGUARDED, by="陳社工", cause="close"))


def owed(case: Case) -> list[tuple[str, str, str | None]]:
    return [(task.what, task.unit, task.person) for task in case.owed]


def done(case: Case, what: str, cause: str) -> Case:
    """The case once this task was ticked off."""
    id = next(task.id for task in case.owed if task.what == what)
    return onward(findings.complete(case, id, by="陳社工", cause=cause, at=LATER, days=NATIONAL))


@pytest.mark.parametrize(
    ("case", "what", "within"),
    [
        (accepted(), ASSESS, SET.assessed_within),
        (opened(), MAKE_PLAN, SET.planned_within),
        (done(opened(), MAKE_PLAN, "tick"), NEXT_STEP, SET.next_step_within),
    ],
)
def test_a_case_in_somebodys_hands_owes_its_next_step_by_a_day(case: Case, what: str, within: timedelta) -> None:
    [task] = case.owed
    assert owed(case) == [(what, PROTECTION, "陳社工")]
    assert (task.due_at, task.source, task.verified) == (task.since + within, "county setting", False)
    assert onward(case) == case, "looked at again, it owes no more"
    assert asks(case) == ["nothing_planned"], "and its supervisor still sees that nothing is owed to the family"


def test_opening_leaves_a_plan_to_be_made_whatever_else_is_owed_and_making_it_settles_that() -> None:
    case = findings.give(opened(), PROTECTION, "home_visit", due_at=LATER, by="陳社工", cause="give", at=LATER)
    case = onward(case)
    assert {what for what, *_ in owed(case)} == {MAKE_PLAN, "home_visit"}
    plan = Plan("p1", LATER, "陳社工", ("child_safe",))
    case = onward(plans.agree(case, plan, [], review_at=None, by="陳社工", cause="plan"))
    assert [what for what, *_ in owed(case)] == ["home_visit"]
    assert [what for what, *_ in owed(done(case, "home_visit", "did"))] == [NEXT_STEP]


def test_the_next_step_is_owed_no_more_once_something_else_is() -> None:
    case = findings.give(accepted(), PROTECTION, "home_visit", due_at=LATER, by="陳社工", cause="give", at=LATER)
    assert [what for what, *_ in owed(onward(case))] == ["home_visit"]
    case = done(opened(), MAKE_PLAN, "tick")
    case = findings.give(case, PROTECTION, "home_visit", due_at=LATER, by="陳社工", cause="give", at=LATER)
    assert [what for what, *_ in owed(onward(case))] == ["home_visit"]
    ticked = done(opened(), MAKE_PLAN, "tick")
    undated = findings.give(ticked, PROTECTION, "home_visit", due_at=None, by="陳社工", cause="give", at=LATER)
    assert NEXT_STEP in [what for what, *_ in owed(onward(undated))], "what has no day does not count"


@pytest.mark.parametrize("kind", ["referral", "stage"])
def test_what_a_referral_or_a_programme_owes_is_no_next_step_of_the_case(kind: Kind) -> None:
    """It is settled elsewhere, and then nobody looks at the case again: it would owe nothing by a day."""
    case = done(opened(), MAKE_PLAN, "tick")
    [step] = case.owed
    heard = replace(step, id=TaskId("t"), what="hear_answer", because=Because(kind, "r"))
    sent = onward(replace(case, tasks=(*case.tasks, heard)))
    assert [what for what, *_ in owed(sent)] == [NEXT_STEP, "hear_answer"]
    answered = replace(sent, tasks=tuple(each for each in sent.tasks if each.id != heard.id))
    assert [what for what, *_ in owed(answered)] == [NEXT_STEP]


def test_a_closing_that_was_asked_for_is_owed_an_answer_that_no_tick_gives() -> None:
    case = closing()
    assert ANSWER_CLOSING in [what for what, *_ in owed(case)]
    with pytest.raises(Refused, match="by_name"):
        done(case, ANSWER_CLOSING, "tick")
    refused = onward(closings.refuse(case, case.closings[0].id, reason="too_early", by="王督導", cause="no", at=LATER))
    assert [what for what, *_ in owed(refused)] == [MAKE_PLAN]
    closed = closings.approve(case, case.closings[0].id, (), UNGUARDED, by="王督導", cause="yes", at=LATER)
    assert (onward(closed).state, owed(onward(closed))) == ("closed", [])
    ends = {task.what: (task.state, task.closed_by) for task in closed.tasks}
    assert ends[ANSWER_CLOSING] == ("done", "王督導")
    assert ends[MAKE_PLAN] == ("dropped", "王督導")


def test_asking_to_close_waits_for_no_step_of_the_case_itself_and_for_all_that_is_owed_to_the_family() -> None:
    request = Request("goals_met", Evidence(), True, (), LATER)
    guard = Guard(rules={"task_open": rule("task_open")})
    assert closings.missing(opened(), request, guard) == ()
    case = findings.give(opened(), PROTECTION, "home_visit", due_at=LATER, by="陳社工", cause="give", at=LATER)
    [lacks] = closings.missing(onward(case), request, guard)
    assert lacks.about == case.tasks[-1].id


def rule(code: str) -> closings.Rule:
    return closings.Rule(code, (), "practice", False, "2026-12-01")


def test_who_gave_every_report_back_still_answers_until_the_window_has_decided_again() -> None:
    day = Day()
    day.decide(decided("r1", family="a"))
    day.press("r1", PROTECTION)
    case = day.case("r1")
    day.register.return_(case.id, case.reports[0].report_id, reason="wrong_area", by="陳社工", cause="back", at=LATER)
    case = day.case("r1")
    assert owed(case) == [(HEAR_FROM_WINDOW, PROTECTION, "陳社工")]
    ticked = done(case, HEAR_FROM_WINDOW, "tick")
    assert [what for what, *_ in owed(ticked)] == [ASSESS], "ticked off, the case is not forgotten"


def test_a_report_that_went_back_before_a_merge_is_heard_of_once_when_it_alone_is_left() -> None:
    """A tick stays a tick, whatever is done in the case next."""
    day = Day()
    for report, family in (("r1", "a"), ("r2", "b")):
        day.decide(decided(report, family=family, clocks=()))
        day.press(report, PROTECTION)
    other = day.case("r2")
    day.register.return_(other.id, ReportId("r2"), reason="wrong_area", by="陳社工", cause="back", at=LATER)
    case = day.register.save(mergers.ask(day.case("r1"), day.case("r2"), reason="same_family", by="陳社工", cause="ask",
                                         at=LATER))  # fmt: skip
    id, at = case.merges[0].id, LATER + timedelta(hours=1)
    for each in mergers.merge(case, day.case("r2"), id, by="王督導", cause="merge", at=at):
        day.register.save(each)
    parted = decided("r1", family="a", clocks=(), version=2, apart=("r2",))
    day.register.decide(parted, cause="apart", at=at + timedelta(hours=1))
    case = day.register.cases[case.id]
    assert [each.report_id for each in case.reports if each.state == "returned"] == ["r2"]
    assert [what for what, *_ in owed(case)].count(HEAR_FROM_WINDOW) == 1
    again = done(case, HEAR_FROM_WINDOW, "tick")
    assert HEAR_FROM_WINDOW not in [what for what, *_ in owed(onward(again, at + timedelta(hours=2)))]


def test_two_cases_that_become_one_owe_each_step_once_and_each_its_own_again_when_they_part() -> None:
    other = replace(opened(), id=CaseId("other"), tasks=tuple(replace(task, id=f"o{n}", case_id="other")  # type: ignore
                    for n, task in enumerate(opened().tasks)), reports=())  # fmt: skip
    case = mergers.ask(opened(), other, reason="same_family", by="陳社工", cause="ask", at=LATER)
    id = case.merges[0].id
    one, gone = map(onward, mergers.merge(case, other, id, by="王督導", cause="merge", at=LATER))
    assert [what for what, *_ in owed(one)] == [MAKE_PLAN]
    assert {task.id for task in other.tasks} < {task.id for task in one.tasks}, "and none is gone"
    left, back = map(
        onward, mergers.split(one, gone, id, Back(), reason="mistake", by="王督導", cause="split", at=LATER)
    )
    assert ([what for what, *_ in owed(left)], [what for what, *_ in owed(back)]) == ([MAKE_PLAN], [MAKE_PLAN])


def test_a_step_that_nobody_took_is_not_done_when_another_unit_leads() -> None:
    day = Day()
    day.decide(decided("r1", family="a", clocks=()))
    day.press("r1", PROTECTION)
    case = day.case("r1")
    day.register.return_(case.id, case.reports[0].report_id, reason="wrong_area", by="陳社工", cause="back", at=LATER)
    case = day.register.save(done(day.case("r1"), HEAR_FROM_WINDOW, "tick"))
    assert [what for what, *_ in owed(case)] == [ASSESS]
    day.decide(decided("r1", "welfare_centre", family="a", clocks=(), version=2))
    ends = {task.what: (task.state, task.reason) for task in day.case("r1").tasks if not task.is_open}
    assert ends[ASSESS] == ("dropped", "redecided")


def test_a_plan_is_owed_again_when_a_case_is_opened_again_after_its_closing() -> None:
    closed = closings.approve(closing(), closing().closings[0].id, (), UNGUARDED, by="王督導", cause="yes", at=LATER)
    again = replace(closed, state="reopened", ended_at=None)
    found = Assessment("a2", LATER, "陳社工", opened=True)
    assert MAKE_PLAN in [what for what, *_ in owed(onward(findings.assess(again, found, cause="2", watch=WATCH)))]


def test_a_closing_is_answered_by_the_unit_and_not_by_whoever_asked() -> None:
    [answer] = [each for each in owed(closing()) if each[0] == ANSWER_CLOSING]
    assert answer == (ANSWER_CLOSING, PROTECTION, None)


@pytest.mark.parametrize("what", sorted(ONWARD - {ANSWER_CLOSING}))
def test_what_a_case_owes_by_itself_is_given_by_nobody(what: str) -> None:
    with pytest.raises(Refused, match="owed_by_itself"):
        findings.give(opened(), PROTECTION, what, due_at=LATER, by="陳社工", cause="give", at=LATER)
    with pytest.raises(Refused, match="owed_by_itself"):
        plans.step(opened(), PROTECTION, what, due_at=LATER, person=None, cause="give", at=LATER)


def test_a_case_that_was_opened_once_ends_by_a_closing_also_after_it_came_back() -> None:
    back = replace(opened(), state="reopened")
    found = Assessment("a2", LATER, "陳社工", opened=False, reason="no_need")
    with pytest.raises(Refused, match="opened_already"):
        findings.assess(back, found, cause="2", watch=WATCH)


@pytest.mark.parametrize(
    ("by", "at", "lacks"),
    [
        ("tainan-city/protection", LATER, False),
        (f"{COUNTY}/police", LATER, True),
        ("village_chief", LATER, True),
        ("tainan-city/protection", T0 - timedelta(days=1), True),
    ],
)
def test_a_family_that_moved_is_confirmed_by_another_countys_unit_since_it_was_reported(
    by: str, at: datetime, *, lacks: bool
) -> None:
    request = Request("moved", Evidence(acknowledged_by=by, acknowledged_at=at), True, (), LATER)
    guard = Guard(rules={"acknowledgement_missing": rule("acknowledgement_missing")})
    assert bool(closings.missing(opened(), request, guard)) is lacks


def test_the_plan_of_a_case_that_ended_is_reviewed_no_more() -> None:
    over = replace(opened(), plans=(Plan("p1", LATER, "陳社工", ("child_safe",)),), state="merged")
    with pytest.raises(Refused, match="case_not_open"):
        plans.review(over, "p1", by="陳社工", cause="again", at=LATER)


def test_a_case_of_an_earlier_release_counts_from_when_it_is_looked_at() -> None:
    bare = replace(opened(), tasks=())
    [task] = onward(bare, LATER + timedelta(days=90)).owed
    assert task.due_at == LATER + timedelta(days=90) + SET.planned_within
