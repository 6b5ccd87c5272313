"""Visits of several units: planned, answered by name, done by one entry; whatever befalls the case, nobody waits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from contracts.event import BlindIndex
from network.cases import guard
from network.cases.domain import closings, collaborations, events, findings, handovers, mergers, reports, visits
from network.cases.domain.case import Case
from network.cases.domain.contact import Contact
from network.cases.domain.handovers import Hands
from network.cases.domain.invitations import JOIN_VISIT, JOINT_VISIT, NAME_ANOTHER_VISITOR
from network.cases.domain.mergers import Back
from network.cases.domain.parts import Invitation, JointVisit
from network.cases.domain.refusals import NotAnswerable, Refused
from network.cases.domain.reports import TAKE_PART
from network.cases.domain.visits import Planned
from rules.calendars import NATIONAL

from tests.unit.network_day import CENTRE, COUNTY, PROTECTION, T0, Day, decided
from tests.unit.network_hands import LATER, POLICE, at_work, offered, with_police

LABOUR = f"{COUNTY}/labour"
TOMORROW = T0 + timedelta(days=1)
GUARD = guard.load()


def planned(case: Case, *units: str, unit: str = PROTECTION, by: str = "陳社工", cause: str = "plan") -> Case:
    wanted = Planned(at=TOMORROW, joint=units or (LABOUR,))
    return visits.plan(case, wanted, unit=unit, by=by, cause=cause, at=T0)


def visit_of(case: Case) -> JointVisit:
    return case.visits[-1]


def invitation(case: Case, unit: str = LABOUR) -> Invitation:
    return next(each for each in visit_of(case).invitations if each.unit == unit)


def accepted(case: Case, unit: str = LABOUR, by: str = "勞政 張") -> Case:
    return visits.join(case, invitation(case, unit).id, by=by, cause=f"yes:{unit}", at=T0)


def declined(case: Case, unit: str = LABOUR) -> Case:
    return visits.decline(case, invitation(case, unit).id, reason="no_capacity", by="勞政 張", cause="no", at=T0)


def gone(case: Case, *joint: str, unit: str = PROTECTION, completes: tuple[str, ...] = (), kind: str = "visit") -> Case:
    made = Contact(
        f"{case.id}.contact", case.id, case.county, kind, TOMORROW, "陳社工", unit, TOMORROW, reached=True,  # type: ignore[arg-type]
        joint=joint, completes=completes,
    )  # fmt: skip
    return findings.contact(case, made, cause=f"gone:{unit}", days=NATIONAL)


def owed(case: Case) -> set[tuple[str, str, str | None]]:
    """What is owed because of visits, by whom."""
    return {(task.what, task.unit, task.person) for task in case.owed if task.because.kind == "visit"}


def states(case: Case) -> list[str]:
    return [visit_of(case).state, *(each.state for each in visit_of(case).invitations)]


def test_a_visit_is_owed_by_who_planned_it_and_its_answer_by_who_is_invited() -> None:
    case = planned(at_work())
    assert owed(case) == {(JOINT_VISIT, PROTECTION, "陳社工"), (JOIN_VISIT, LABOUR, None)}
    assert {task.due_at for task in case.owed if task.because.kind == "visit"} == {TOMORROW}
    case = accepted(case)
    assert owed(case) == {(JOINT_VISIT, PROTECTION, "陳社工"), (JOINT_VISIT, LABOUR, "勞政 張")}
    assert [(each.unit, each.state) for each in case.active] == [(LABOUR, "joined")], "by the same answer"
    case = gone(case, LABOUR)
    assert (owed(case), states(case)) == (set(), ["done", "was_there"])
    done = [task for task in case.tasks if task.because.kind == "visit"]
    assert {(task.state, task.evidence) for task in done if task.what == JOINT_VISIT} == {
        ("done", f"{case.id}.contact")
    }


@pytest.mark.parametrize(
    ("units", "by", "settled"),
    [
        ((LABOUR,), PROTECTION, True),
        ((PROTECTION,), LABOUR, True),
        ((), PROTECTION, False),
        ((POLICE,), PROTECTION, False),
    ],
)
def test_one_entry_of_any_of_them_settles_it_where_all_who_accepted_were_there(
    units: tuple[str, ...], by: str, settled: bool
) -> None:
    case = gone(accepted(planned(with_police(at_work()))), *units, unit=by)
    assert (owed(case) == set()) is settled


def test_a_telephone_call_of_both_is_no_visit() -> None:
    assert owed(gone(accepted(planned(at_work())), LABOUR, kind="telephone"))


def test_what_lay_before_the_plan_is_not_what_was_planned() -> None:
    case = planned(at_work())
    late = replace(case, visits=(replace(visit_of(case), planned_at=TOMORROW + timedelta(hours=1)),))
    assert owed(gone(late, LABOUR)) == owed(case)


def test_who_never_answered_is_gone_without_and_owes_no_answer_any_more() -> None:
    case = planned(at_work())
    own = next(task for task in case.owed if task.what == JOINT_VISIT)
    assert owed(gone(case)), "a visit alone is not what was planned, unless it is said so"
    case = gone(case, completes=(own.id,))
    assert (owed(case), states(case)) == (set(), ["done", "missed"])
    assert [task.reason for task in case.tasks if task.what == JOIN_VISIT] == ["went_without_them"]


def test_whoever_declines_leaves_the_planner_to_name_another_or_go_alone() -> None:
    case = declined(planned(at_work()))
    assert owed(case) == {(JOINT_VISIT, PROTECTION, "陳社工"), (NAME_ANOTHER_VISITOR, PROTECTION, "陳社工")}
    assert LABOUR not in case.parties, "invited for this alone, it has part in the case no more"
    another = visits.invite(case, visit_of(case).id, POLICE, inviting=PROTECTION, by="陳社工", cause="another", at=T0)
    assert owed(another) == {(JOINT_VISIT, PROTECTION, "陳社工"), (JOIN_VISIT, POLICE, None)}
    alone = next(task for task in case.owed if task.what == JOINT_VISIT)
    assert owed(gone(case, completes=(alone.id,))) == set()


def test_a_unit_that_cannot_come_after_all_says_so_and_still_serves_the_family() -> None:
    case = declined(accepted(planned(at_work())))
    assert owed(case) == {(JOINT_VISIT, PROTECTION, "陳社工"), (NAME_ANOTHER_VISITOR, PROTECTION, "陳社工")}
    assert case.units == (LABOUR,)


def test_a_unit_that_declines_one_of_two_visits_is_still_awaited_at_the_other() -> None:
    case = planned(planned(at_work()), cause="second")
    case = visits.decline(case, case.visits[0].invitations[0].id, reason="no_capacity", by="勞政 張", cause="no", at=T0)
    assert (case.units, (JOIN_VISIT, LABOUR, None) in owed(case)) == ((LABOUR,), True)


def test_a_visit_that_is_called_off_is_owed_by_nobody() -> None:
    case = accepted(planned(at_work(), LABOUR, POLICE))
    case = visits.withdraw(case, visit_of(case).id, reason="not_needed", by="陳社工", cause="off", at=T0)
    assert (owed(case), states(case)) == (set(), ["withdrawn", "withdrawn", "withdrawn"])
    with pytest.raises(Refused, match="visit_ended"):
        visits.join(case, invitation(case, POLICE).id, by="周警員", cause="late", at=T0)


def test_only_who_leads_brings_a_unit_into_the_case_by_an_invitation() -> None:
    case = with_police(at_work())
    with pytest.raises(NotAnswerable):
        planned(case, LABOUR, unit=POLICE, by="周警員")
    assert owed(planned(case, PROTECTION, unit=POLICE, by="周警員")) == {
        (JOINT_VISIT, POLICE, "周警員"), (JOIN_VISIT, PROTECTION, None),
    }  # fmt: skip


def test_no_tick_settles_a_visit_or_answers_for_somebody() -> None:
    case = accepted(planned(at_work(), LABOUR, POLICE))
    for task in [each for each in case.owed if each.because.kind == "visit"]:
        for act in (findings.complete, findings.drop, findings.hand):
            more: dict[str, object] = {"days": NATIONAL} if act is findings.complete else {}
            more |= {"reason": "no_need"} if act is findings.drop else {}
            to = (PROTECTION if task.unit != PROTECTION else LABOUR, None) if act is findings.hand else ()
            with pytest.raises(Refused, match=r"by_name|by_visit"):
                act(case, task.id, *to, by="陳社工", cause="tick", at=T0, **more)  # type: ignore[operator]


def test_a_case_with_a_visit_to_come_is_not_closed() -> None:
    case = planned(at_work())
    told = closings.Request("goals_met", closings.Evidence(), True, (), T0)  # type: ignore[arg-type]
    open_now = {each.about for each in closings.missing(case, told, GUARD) if each.code == "task_open"}
    assert {task.id for task in case.owed if task.because.kind == "visit"} <= open_now


def released(case: Case) -> Case:
    part = next(each for each in case.active if each.unit == LABOUR)
    return collaborations.release(case, part.id, reason="moved", by="陳社工", cause="release", at=T0)


def refused_part(case: Case) -> Case:
    part = next(each for each in case.active if each.unit == LABOUR)
    return collaborations.decline(case, part.id, reason="not_ours", by="勞政 張", cause="decline", at=T0)


def handed(case: Case) -> Case:
    case = offered(case, Hands(CENTRE, "林社工"))
    return handovers.take(case, case.handovers[-1].id, by="林社工", cause="take", at=LATER)


def handed_to_the_invited(case: Case) -> Case:
    case = offered(case, Hands(LABOUR, "勞政 張"))
    return handovers.take(case, case.handovers[-1].id, by="勞政 張", cause="take", at=LATER)


def withdrawn(case: Case) -> Case:
    return reports.withdraw(case, case.reports[0].report_id, reason="no_dispatch", cause="withdrawn", at=LATER)


NAMES = (NAME_ANOTHER_VISITOR, PROTECTION, "陳社工")


@pytest.mark.parametrize(
    ("befalls", "left", "said"),
    [
        (released, {(JOINT_VISIT, PROTECTION, "陳社工"), NAMES}, ["planned", "withdrawn"]),
        (refused_part, {(JOINT_VISIT, PROTECTION, "陳社工"), NAMES}, ["planned", "withdrawn"]),
        (handed, {(JOINT_VISIT, CENTRE, "林社工"), (JOIN_VISIT, LABOUR, None)}, ["planned", "invited"]),
        (handed_to_the_invited, {(JOINT_VISIT, LABOUR, "勞政 張")}, ["planned", "withdrawn"]),
        (withdrawn, set(), ["withdrawn", "withdrawn"]),
    ],
)
def test_whatever_befalls_the_case_a_planned_visit_is_somebodys(
    befalls: Callable[[Case], Case], left: set[tuple[str, str, str | None]], said: list[str]
) -> None:
    case = befalls(planned(at_work()))
    assert (owed(case), states(case)) == (left, said)


def test_a_visit_planned_by_a_unit_that_left_is_the_leads() -> None:
    case = planned(with_police(at_work()), PROTECTION, unit=POLICE, by="周警員")
    part = next(each for each in case.active if each.unit == POLICE)
    case = collaborations.release(case, part.id, reason="moved", by="陳社工", cause="release", at=T0)
    assert owed(case) == {(JOINT_VISIT, PROTECTION, "陳社工")}
    assert (visit_of(case).unit, states(case)) == (PROTECTION, ["planned", "withdrawn"])


def merged(one: Case, other: Case) -> tuple[Case, Case]:
    one = mergers.ask(one, other, reason="same_household", by="陳社工", cause="ask", at=T0)
    return mergers.merge(one, other, one.merges[-1].id, by="王督導", cause="merge", at=T0 + timedelta(hours=1))


def two_families() -> tuple[Case, Case]:
    day = Day()
    day.decide(decided("r1", family="a"))
    day.press("r1", PROTECTION)
    day.decide(decided("r2", "welfare_centre", family="b"))
    day.press("r2", CENTRE, by="林社工")
    one, other = day.case("r1"), day.case("r2")
    return one, replace(other, family_keys=(BlindIndex("k:b"),))


def test_a_visit_comes_with_a_merge_and_goes_again_with_what_was_answered_since() -> None:
    one, other = two_families()
    one, other = merged(one, planned(other, unit=CENTRE, by="林社工"))
    assert owed(one) == {(JOINT_VISIT, CENTRE, "林社工"), (JOIN_VISIT, LABOUR, None)}
    assert (other.visits, owed(other)) == ((), set())
    one = accepted(one)
    one, other = mergers.split(
        one, other, one.merges[-1].id, Back(), reason="mistake", by="王督導", cause="split", at=LATER
    )
    assert (one.visits, owed(one)) == ((), set())
    assert owed(other) == {(JOINT_VISIT, CENTRE, "林社工"), (JOINT_VISIT, LABOUR, "勞政 張")}


def test_who_was_invited_before_a_merge_answers_after_it_by_what_they_were_sent() -> None:
    one, other = two_families()
    other = planned(other, unit=CENTRE, by="林社工")
    sent = next(each.id for each in other.active if each.unit == LABOUR)
    one, _ = merged(one, other)
    assert (TAKE_PART, LABOUR) in {(task.what, task.unit) for task in one.owed}
    away = visits.decline(one, invitation(one).id, reason="no_capacity", by="勞政 張", cause="no", at=LATER)
    assert LABOUR not in away.units, "the visit alone had brought it"
    assert not [task for task in away.owed if task.unit == LABOUR]
    away = collaborations.decline(one, sent, reason="not_ours", by="勞政 張", cause="no", at=LATER)
    assert LABOUR not in away.units
    assert not [task for task in away.owed if task.unit == LABOUR]
    part = collaborations.part(collaborations.join(one, sent, by="勞政 張", cause="yes", at=LATER), sent)
    assert (part.state, part.person) == ("joined", "勞政 張")


def test_a_unit_with_part_in_both_families_answers_once_for_both() -> None:
    one, other = two_families()
    one = collaborations.ask(one, LABOUR, ("employment",), TOMORROW, by="陳社工", cause="ask", at=T0)
    other = planned(other, unit=CENTRE, by="林社工")
    sent = next(each.id for each in other.active if each.unit == LABOUR)
    one, _ = merged(one, other)
    away = visits.decline(one, invitation(one).id, reason="no_capacity", by="勞政 張", cause="no", at=LATER)
    assert LABOUR in away.units, "it was asked for something else"
    away = collaborations.decline(away, sent, reason="not_ours", by="勞政 張", cause="neither", at=LATER)
    assert not [task for task in away.owed if task.unit == LABOUR]


def test_the_lead_brings_a_new_unit_into_the_visit_of_a_collaborator_and_a_collaborator_does_not() -> None:
    case = planned(with_police(at_work()), PROTECTION, unit=POLICE, by="周警員")
    invited = visits.invite(case, visit_of(case).id, LABOUR, inviting=PROTECTION, by="陳社工", cause="more", at=T0)
    assert (JOIN_VISIT, LABOUR, None) in owed(invited)
    assert LABOUR in invited.units
    with pytest.raises(NotAnswerable):
        visits.invite(case, visit_of(case).id, LABOUR, inviting=POLICE, by="周警員", cause="more", at=T0)


def test_who_was_invited_since_a_merge_and_has_no_part_in_the_case_that_leaves_is_awaited_no_more() -> None:
    one, other = two_families()
    one, other = merged(with_police(one), planned(other, unit=CENTRE, by="林社工"))
    one = visits.invite(
        one, visit_of(one).id, POLICE, inviting=CENTRE, by="林社工", cause="more", at=T0 + timedelta(hours=2)
    )
    one, other = mergers.split(
        one, other, one.merges[-1].id, Back(), reason="mistake", by="王督導", cause="split", at=LATER
    )
    assert owed(one) == set()
    assert owed(other) == {
        (JOINT_VISIT, CENTRE, "林社工"), (JOIN_VISIT, LABOUR, None), (NAME_ANOTHER_VISITOR, CENTRE, "林社工"),
    }  # fmt: skip


def entry(case: Case, at: datetime, *joint: str, id: str = "one", **more: Any) -> Case:
    """The case with one more visit by the protection team."""
    made = Contact(
        id, case.id, case.county, more.pop("kind", "visit"), at, "陳社工", PROTECTION, LATER, reached=True,
        joint=joint, **more,
    )  # fmt: skip
    earlier = [replace(made, id=str(made.corrects), corrects=None)] if made.corrects else []
    return findings.contact(case, made, cause=f"entry:{id}", days=NATIONAL, earlier=earlier)


def test_a_visit_is_not_done_by_telephone_whatever_the_entry_says() -> None:
    case = accepted(planned(at_work()))
    own = next(task for task in case.owed if task.what == JOINT_VISIT)
    with pytest.raises(Refused, match="by_visit"):
        gone(case, LABOUR, completes=(own.id,), kind="telephone")


def test_a_visit_before_its_day_is_another_one_unless_it_is_said_to_be_this() -> None:
    case = accepted(planned(at_work()))
    own = next(task for task in case.owed if task.what == JOINT_VISIT)
    assert owed(entry(case, T0 + timedelta(minutes=1), LABOUR)) == owed(case)
    brought_forward = entry(case, T0 + timedelta(minutes=1), LABOUR, completes=(own.id,))
    assert (owed(brought_forward), states(brought_forward)) == (set(), ["done", "was_there"])


def test_an_entry_that_is_corrected_settles_no_other_visit_and_tells_who_was_there() -> None:
    case = entry(planned(accepted(planned(at_work())), cause="second"), TOMORROW, LABOUR)
    assert [each.state for each in case.visits] == ["done", "planned"]
    case = entry(case, TOMORROW, id="two", corrects="one")
    first, second = case.visits
    assert (first.contact_id, first.invitations[0].state, second.state) == ("two", "missed", "planned")
    assert owed(case) == {(JOINT_VISIT, PROTECTION, "陳社工"), (JOIN_VISIT, LABOUR, None)}


def test_a_planner_who_was_not_there_has_not_done_it() -> None:
    case = accepted(planned(at_work()))
    theirs = next(task for task in case.owed if (task.what, task.unit) == (JOINT_VISIT, LABOUR))
    case = gone(case, unit=LABOUR, completes=(theirs.id,))
    assert owed(case) == set()
    assert {task.unit: (task.state, task.reason) for task in case.tasks if task.what == JOINT_VISIT} == {
        PROTECTION: ("dropped", "went_without_them"), LABOUR: ("done", None),
    }  # fmt: skip


def test_whoever_is_awaited_at_a_visit_hears_that_it_is_off_with_the_case() -> None:
    before = accepted(planned(planned(with_police(at_work()), PROTECTION, unit=POLICE, by="周警員", cause="two")))
    told = events.called_off(before, withdrawn(before), LATER)
    assert [(each.visit_id, each.invited, each.reason) for each in told] == [
        (before.visits[0].id, (POLICE,), "withdrawn"), (before.visits[1].id, (LABOUR,), "withdrawn"),
    ]  # fmt: skip
    assert events.called_off(before, before, LATER) == []
