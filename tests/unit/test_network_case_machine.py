"""Whatever happens to cases, in any order: what is owed is always somebody's, and what was recorded stays."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

from contracts.cases import CaseId
from contracts.decisions import PersonKey
from contracts.reports import ReportId
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from network.cases import deeds, ending_deeds, guard, visit_deeds
from network.cases.acts import Act, Change
from network.cases.bodies import (
    AssessmentBody,
    ClosingBody,
    CollaboratorBody,
    Completion,
    ContactBody,
    Hand,
    JointVisitBody,
    TaskBody,
)
from network.cases.domain.case import ACCEPT, Case, Collaboration
from network.cases.domain.handovers import Hands
from network.cases.domain.invitations import JOIN_VISIT, JOINT_VISIT, NAME_ANOTHER_VISITOR
from network.cases.domain.mergers import Back
from network.cases.domain.onward import ANSWER_CLOSING, ONWARD
from network.cases.domain.refusals import Refused
from network.cases.domain.register import Register
from network.cases.domain.reports import TAKE_PART
from network.tasks.domain.task import Task

from tests.unit.network_day import CENTRE, COUNTY, PROTECTION, T0, decided

UNITS = (PROTECTION, CENTRE, f"{COUNTY}/police", f"{COUNTY}/labour")
PEOPLE = ("陳社工", "林社工", "王督導")
CHILD = PersonKey(key="person:child", role="subject", birth_year=2019)  # type: ignore[arg-type]
GUARD = guard.load()

nth = st.integers(0, 5)
unit, person = st.sampled_from(UNITS), st.sampled_from(PEOPLE)
replayed = st.booleans()


class Life(RuleBasedStateMachine):
    """One county's register, worked by the deeds that the API and the pages use."""

    @initialize()
    def begin(self) -> None:
        self.register = Register()
        self.now, self.causes = T0, count()
        self.tasks: dict[str, Task] = {}
        self.reports: set[str] = set()
        self.lines: dict[CaseId, int] = {}
        self.contacts = 0
        self.merged: dict[str, tuple[Case, Case]] = {}
        for family in "abc":
            self.report(family, "protection", 0)
        self.ask(0, PEOPLE[0], UNITS[2], replay=False)
        for number in range(2):
            self.take_on(number, PEOPLE[number], PROTECTION, replay=False)
            self._each(number, PEOPLE[number], False, lambda _: deeds.assess(AssessmentBody(opened=True), GUARD))

    # -- what comes in

    @rule(
        family=st.sampled_from("abcd"),
        outcome=st.sampled_from(["protection", "welfare_centre"]),
        days=st.integers(0, 40),
    )
    def report(self, family: str, outcome: str, days: int) -> None:
        self.now += timedelta(days=days)
        id = f"r{len(self.reports)}"
        self.reports.add(id)
        self._decide(decided(id, outcome, family, people=(CHILD,), received_at=self.now))

    @rule(
        number=nth,
        outcome=st.sampled_from(["protection", "welfare_centre", "no_dispatch", "duplicate"]),
        apart=st.sampled_from([None, *range(6)]),
        replay=replayed,
    )
    def decide_again(self, number: int, outcome: str, apart: int | None, *, replay: bool) -> None:
        if self.reports:
            id = ReportId(_nth(sorted(self.reports), number))
            parted = {_nth(sorted(self.reports), apart)} - {id} if apart is not None else set()
            version = self.register.standings[id].version + (not replay)
            more: dict[str, Any] = {"version": version, "people": (CHILD,), "apart": tuple(parted)}
            self._decide(decided(id, outcome, "abcd"[number % 4], **more))

    def _decide(self, decision: Any) -> None:
        self.now += timedelta(minutes=1)
        self.register.decide(decision, cause=f"e{next(self.causes)}", at=self.now)

    # -- what people do

    @rule(number=nth, by=person, unit=unit, replay=replayed)
    def take_on(self, number: int, by: str, unit: str, *, replay: bool) -> None:
        self._each(number, by, replay, lambda case: deeds.accept(_nth(case.reports, number).report_id))

    @rule(number=nth, by=person)
    def give_back(self, number: int, by: str) -> None:
        self._each(number, by, False, lambda case: deeds.give_back(_nth(case.reports, number).report_id, "wrong_area"))

    @rule(number=nth, by=person, opened=st.booleans())
    def assess(self, number: int, by: str, *, opened: bool) -> None:
        body = AssessmentBody(opened=opened, reason=None if opened else "no_need")
        self._each(number, by, False, lambda _: deeds.assess(body, GUARD))

    @rule(number=nth, by=person, unit=unit, every=st.sampled_from([None, "1mo"]), replay=replayed)
    def give_task(self, number: int, by: str, unit: str, every: str | None, *, replay: bool) -> None:
        body = TaskBody(unit=unit, what="home_visit", due_at=self.now + timedelta(days=3), every=every)
        self._each(number, by, replay, lambda _: deeds.give_task(body, None))

    @rule(number=nth, by=person, replay=replayed)
    def complete(self, number: int, by: str, *, replay: bool) -> None:
        self._each(
            number, by, replay, lambda case: deeds.complete_task(_nth(case.tasks, number).id, Completion(), None)
        )

    @rule(number=nth, by=person)
    def complete_all_and_close(self, number: int, by: str) -> None:
        self.visit(number, by, replay=False)
        for _ in range(len(_nth(self._cases, number).owed)):
            self._each(number, by, False, _settling)
        self.ask_closing(number, by)

    @rule(number=nth, by=person, unit=unit)
    def hand(self, number: int, by: str, unit: str) -> None:
        self._each(number, by, False, lambda case: deeds.hand_task(_nth(_asking(case), number).id, Hand(unit=unit)))

    @rule(number=nth, by=person)
    def drop(self, number: int, by: str) -> None:
        self._each(number, by, False, lambda case: deeds.drop_task(_nth(case.tasks, number).id, "no_need"))

    @rule(number=nth, by=person, replay=replayed)
    def visit(self, number: int, by: str, *, replay: bool) -> None:
        seen = [{"person": CHILD.key, "alone": True}]
        place = {"id": "r0:event/place/address", "source": "family"}
        body = ContactBody.model_validate(
            {"kind": "visit", "at": self.now, "reached": True, "seen": seen, "address": place}
        )
        self.contacts += self._each(number, by, replay, lambda _: deeds.contact(body, None, None))

    @rule(number=nth, by=person, unit=unit, replay=replayed)
    def ask(self, number: int, by: str, unit: str, *, replay: bool) -> None:
        body = CollaboratorBody(unit=unit, asked_for=("patrol",), due_at=self.now + timedelta(days=2))
        self._each(number, by, replay, lambda _: deeds.ask_collaborator(body))

    @rule(
        number=nth,
        by=person,
        how=st.sampled_from(
            [deeds.join, lambda part: deeds.decline(part, "no_capacity"), lambda part: deeds.release(part, "moved")]
        ),
    )
    def answer(self, number: int, by: str, how: Callable[[str], Change]) -> None:
        self._each(number, by, False, lambda case: how(_nth(_waiting(case.collaborators, "asked"), number).id))

    @rule(number=nth, by=person, units=st.lists(unit, min_size=1, max_size=2), replay=replayed)
    def plan_visit(self, number: int, by: str, units: list[str], *, replay: bool) -> None:
        body = JointVisitBody.model_validate({"with": units, "at": self.now + timedelta(days=1)})
        self._each(number, by, replay, lambda _: visit_deeds.plan(body, None, None))

    @rule(
        number=nth,
        by=person,
        how=st.sampled_from([visit_deeds.join, lambda part: visit_deeds.decline(part, "no_capacity")]),
    )
    def answer_invitation(self, number: int, by: str, how: Callable[[str], Change]) -> None:
        self._each(number, by, False, lambda case: how(_nth(_nth(case.visits, number).invitations, number).id))

    @rule(number=nth, by=person, unit=unit)
    def invite_or_call_off(self, number: int, by: str, unit: str) -> None:
        self._each(number, by, False, lambda case: visit_deeds.invite(_nth(case.visits, -1).id, unit))
        if number % 2:
            self._each(number, by, False, lambda case: visit_deeds.withdraw(_nth(case.visits, -1).id, "not_needed"))

    @rule(number=nth, by=person)
    def visit_together(self, number: int, by: str) -> None:
        """With whoever accepted, as it was planned, or without who did not."""

        def together(case: Case) -> Change:
            visit = _nth([each for each in case.visits if each.state == "planned"], number)
            own = [task.id for task in case.owed if task.because.id == visit.id and task.what == JOINT_VISIT]
            there = [each.unit for each in visit.invitations if each.state == "accepted"]
            body = {"kind": "visit", "at": self.now, "reached": True, "with": there, "completes": own}
            return deeds.contact(ContactBody.model_validate(body), None, None)

        self.contacts += self._each(number, by, False, together)

    @rule(number=nth, by=person, to=unit, whom=st.sampled_from([None, *PEOPLE]), replay=replayed)
    def offer(self, number: int, by: str, to: str, whom: str | None, *, replay: bool) -> None:
        self._each(number, by, replay, lambda _: deeds.offer(Hands(to, whom), "leaves"))

    @rule(number=nth, by=person, how=st.sampled_from([deeds.take, lambda part: deeds.refuse(part, "full")]))
    def settle(self, number: int, by: str, how: Callable[[str], Change]) -> None:
        self._each(number, by, False, lambda case: how(_nth(_waiting(case.handovers, "offered"), number).id))

    @rule(number=nth, by=person)
    def ask_closing(self, number: int, by: str) -> None:
        heard = {"heard": list(UNITS)}
        body = ClosingBody.model_validate({"reason": "goals_met", "evidence": heard, "return_plan": "plan"})
        self._each(number, by, False, lambda _: ending_deeds.ask_closing(body, GUARD, "plan", None))  # type: ignore[arg-type]

    @rule(number=nth, by=person, approves=st.booleans())
    def answer_closing(self, number: int, by: str, *, approves: bool) -> None:
        self._each(
            number, by, False,
            lambda case: ending_deeds.approve_closing(_nth(case.closings, -1).id, GUARD)
            if approves else ending_deeds.refuse_closing(_nth(case.closings, -1).id, "too_early"),
        )  # fmt: skip

    @rule(number=nth, other=nth, by=person, asks=person)
    def merge(self, number: int, other: int, by: str, asks: str) -> None:
        if self._cases:
            self._merge(_nth(self._cases, number).id, _nth(self._cases, other).id, by, asks)

    @rule(number=nth, by=person, asks=person)
    def part_and_merge_again(self, number: int, by: str, asks: str) -> None:
        """A report is parted from its case, which then takes in the case where that report is now."""
        id = _nth(self._cases, number).id if self._cases else None
        held = sorted(_held(self.register.cases[id])) if id else []
        if id and len(held) > 1:
            version = self.register.standings[ReportId(held[0])].version + 1
            self._decide(decided(held[0], version=version, people=(CHILD,), apart=tuple(held[1:])))
            now = self.register.standings[ReportId(held[0])].case_id
            if now and now != id:
                self._merge(id, now, by, asks)

    def _merge(self, id: CaseId, other: CaseId, by: str, asks: str) -> None:
        self._at(id, asks, False, lambda _: ending_deeds.ask_merge(other, "same_family"))
        before = dict(self.register.cases)
        if self._at(id, by, False, lambda case: ending_deeds.merge(_nth(case.merges, -1).id)):
            merge = self.register.cases[id].merges[-1]
            self.merged[merge.id] = (before[id], before[merge.other])

    @rule(number=nth, by=person)
    def undo(self, number: int, by: str) -> None:
        """Each family is its own again, with what it had before."""
        split = self._each(number, by, False, lambda case: ending_deeds.split(case.merges[-1].id, Back(), "mistake"))
        merge = _nth(self._cases, number).merges[-1] if split else None
        if merge and merge.id in self.merged:
            one, other = self.merged[merge.id]
            left, back = self.register.cases[one.id], self.register.cases[other.id]
            assert not ({*other.family_keys} - {*one.family_keys}) & {*left.family_keys}
            assert {*other.family_keys} <= {*back.family_keys}
            assert back.state == other.state
            assert not _held(one) & _held(back)

    @rule(
        number=nth,
        by=person,
        how=st.sampled_from(
            [
                ending_deeds.merge,
                lambda part: ending_deeds.refuse_merge(part, "not_same"),
                lambda part: ending_deeds.split(part, Back(), "mistake"),
            ]
        ),
    )
    def answer_merge(self, number: int, by: str, how: Callable[[str], Change]) -> None:
        self._each(number, by, False, lambda case: how(_nth(_waiting(case.merges, "merged"), -1).id))

    def _each(self, number: int, by: str, replay: bool, deed: Callable[[Case], Change]) -> int:
        return self._at(_nth(self._cases, number).id, by, replay, deed) if self._cases else 0

    def _at(self, id: CaseId, by: str, replay: bool, deed: Callable[[Case], Change]) -> int:
        """Do it as `Acts` does, twice with one key where it is replayed; 1 where the case changed, else 0."""
        self.now += timedelta(minutes=1)
        cause = f"a{next(self.causes)}"
        before = self.register.cases[id].version
        for _ in range(1 + replay):
            case = self.register.cases[id]
            if case.has_seen(cause):
                continue
            act = Act(by, case.lead.unit, cause, self.now)
            try:
                after, _told = deed(case)(self.register, case, act)
            except (Refused, IndexError):
                return 0
            self.register.save(after)
        return int(self.register.cases[id].version > before)

    @property
    def _cases(self) -> list[Case]:
        return sorted(self.register.cases.values(), key=lambda case: (case.opened_at, case.id))

    # -- what always holds

    @invariant()
    def every_open_task_has_exactly_one_answerable_unit(self) -> None:
        for case in self._cases:
            for task in case.owed:
                assert case.is_open, (case.state, task)
                assert task.unit in case.answerable, (task, case.answerable)
                assert task.case_id == case.id

    @invariant()
    def a_case_that_is_not_over_has_a_unit_that_answers_and_owes_something_by_a_day(self) -> None:
        for case in self._cases:
            if case.is_open:
                assert case.lead.unit
                assert case.next_due, (case.state, case.owed, case.history[-1])
                closing = [task.what for task in case.owed].count(ANSWER_CLOSING)
                assert closing == (case.state == "closing"), (case.state, case.owed)
                steps = Counter(task.what for task in case.owed if task.what in ONWARD)
                assert max(steps.values(), default=1) == 1, (case.state, steps)

    @invariant()
    def every_task_is_in_one_case_and_none_disappears_or_opens_again(self) -> None:
        now = [task for case in self._cases for task in case.tasks]
        assert max(Counter(task.id for task in now).values(), default=1) == 1
        found = {task.id: task for task in now}
        for id, before in self.tasks.items():
            assert id in found, before
            assert before.is_open or found[id].state == before.state, (before, found[id])
        self.tasks = found

    @invariant()
    def nothing_recorded_disappears(self) -> None:
        for case in self._cases:
            assert len(case.history) >= self.lines.get(case.id, 0)
            self.lines[case.id] = len(case.history)
        told = {each.report_id for case in self._cases for each in case.reports}
        served = {id for id, each in self.register.standings.items() if each.case_id}
        assert served <= told
        assert len(self.register.new_contacts) == self.contacts

    @invariant()
    def every_report_at_work_is_in_one_open_case_which_its_standing_names(self) -> None:
        for id, standing in self.register.standings.items():
            holding = [
                c.id for c in self._cases if c.state != "merged" and (e := c.entry(id)) and e.state != "withdrawn"
            ]
            assert holding == ([standing.case_id] if standing.case_id else [])

    @invariant()
    def no_report_is_twice_in_a_case(self) -> None:
        for case in self._cases:
            assert max(Counter(each.report_id for each in case.reports).values(), default=1) == 1, case.reports

    @invariant()
    def every_open_task_can_be_settled_by_somebody(self) -> None:
        """Doing it settles all but an answer by name: that takes a report at work, or a unit that was asked."""
        for case in self._cases:
            for task in case.owed:
                if task.what == ACCEPT:
                    entry = case.entry(ReportId(task.because.id))
                    assert entry and entry.state == "active" and not entry.accepted_by, (task, entry)
                if task.what == TAKE_PART:
                    assert task.unit in case.units, (task, case.collaborators)

    @invariant()
    def every_unit_that_is_asked_owes_its_answer_and_every_visit_to_come_is_owed(self) -> None:
        for case in self._cases:
            owed = {(task.what, task.unit, task.because.id) for task in case.owed}
            asked = {each.unit for each in case.active if case.is_open and _is_awaited(each, case)}
            answers = {task.unit for task in case.owed if task.what == TAKE_PART}
            assert asked <= answers, case.collaborators
            expected = set[tuple[str, str, str]]()
            for visit in case.visits:
                if visit.state == "planned":
                    expected.add((JOINT_VISIT, visit.unit, visit.id))
                    for each in visit.standing:
                        what = JOIN_VISIT if each.state == "invited" else JOINT_VISIT
                        expected.add((what, each.unit, each.id))
            of_visits = {task.because.id for task in case.owed if task.because.kind == "visit"}
            assert expected <= owed, (expected - owed, case.visits)
            told = {each for each in owed if each[2] in of_visits and each[0] != NAME_ANOTHER_VISITOR}
            assert told == expected, told - expected

    @invariant()
    def cases_are_conserved(self) -> None:
        known = [case for case in self._cases if case.state not in ("withdrawn", "merged")]
        waiting = [case for case in known if case.waits_for_worker_since]
        assert all(case.state in ("waiting", "reopened") for case in waiting)
        opened = [case for case in known if case.assessment and case.assessment.opened and case not in waiting]
        assert all(case.is_open or case.state == "closed" for case in opened)
        refused = [case for case in known if case.assessment and not case.assessment.opened and case not in waiting]
        undecided = [case for case in known if not case.assessment and case not in waiting]
        assert len(known) == len(waiting) + len(opened) + len(refused) + len(undecided)


def _nth(items: Any, number: int) -> Any:
    """One of the items. Raises IndexError where there are none."""
    if not items:
        raise IndexError
    return items[number % len(items)]


def _asking(case: Case) -> Any:
    """What is owed by name, else whatever is owed."""
    return [task for task in case.owed if task.what == TAKE_PART] or case.owed


def _held(case: Case) -> set[str]:
    return {each.report_id for each in case.reports if each.state != "withdrawn"}


def _is_awaited(part: Collaboration, case: Case) -> bool:
    """Whether a unit's answer is: not where a report named it that was given back or withdrawn since.

    Nor that of a unit to which a case was sent that became part of this one: it owes what its reports ask of it.
    """
    entry = case.entry(part.report_id) if part.report_id else None
    return part.state == "asked" and (entry.state == "active" if entry else part.asked_by is not None)


def _settling(case: Case) -> Change:
    """What settles the first task of a case: an answer by name, or doing it."""
    task = case.owed[0]
    if task.what == ACCEPT:
        return deeds.accept(ReportId(task.because.id))
    if task.what == TAKE_PART:
        return deeds.join(next(each.id for each in case.active if each.unit == task.unit))
    if task.because.kind == "visit" and task.what != NAME_ANOTHER_VISITOR:
        return visit_deeds.withdraw(next(each.id for each in case.visits if each.has({task.because.id})), "not_needed")
    return deeds.complete_task(task.id, Completion(), None)


def _waiting(parts: Any, state: str) -> Any:
    """The parts in this state, else all: what was answered before is tried as well."""
    return [each for each in parts if each.state == state] or parts


Life.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestLife = Life.TestCase
