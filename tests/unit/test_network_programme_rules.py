"""Rules of programmes: who enters by what happened, where it leads them, and what the checker says of a rule."""

from dataclasses import replace
from datetime import timedelta

import pytest
from network.programmes.domain.checking import check
from network.programmes.domain.enrolment import Subject
from network.programmes.domain.events import Called, event
from network.programmes.domain.hearing import first_heard, fits, heard_again
from network.programmes.domain.rules import Happening, Person
from network.programmes.domain.said import Said
from network.programmes.domain.steps import ended
from network.programmes.reading import ProgrammeError

from tests.unit.network_programme import COUNTY, day, parsed, programme, programmes

AT = day("2023-03-06T14:00")
SCHOOL = {"source_unit": "education", "kinds": frozenset({"self_harm"})}


def report(about: str = "r1", **facts: object) -> Happening:
    return Happening("report", about, COUNTY, AT, SCHOOL | facts, (Person("p", 2008),), report_id=about)


def said(happening: Happening, cause: str = "c1") -> Said:
    return Said("rule", f"{COUNTY}/education", happening.at, happening.at + timedelta(minutes=1), cause)


def rule_of(code: str, happening: Happening) -> str | None:
    return next((each.id for each in programme(code).rules if happening.holds(each)), None)


def begun(happening: Happening) -> list:
    of = programme("school_self_harm")
    rule = next(each for each in of.rules if happening.holds(each))
    return list(
        first_heard(
            "e1", of, rule, happening, subject=Subject(person="p"), unit=f"{COUNTY}/education", said=said(happening)
        )
    )


@pytest.mark.parametrize(
    ("grade", "rule", "stage"),
    [("act", "school_reported_act", "crisis"), ("plan", "school_reported_plan", "urgent"),
     ("ideation", "school_reported_ideation", "tracking"), (None, "school_reported_ungraded", "grading")],
)  # fmt: skip
def test_a_schools_grade_leads_where_it_belongs(grade: str | None, rule: str, stage: str) -> None:
    happening = report(crisis_grade=grade)
    assert rule_of("school_self_harm", happening) == rule
    acts = begun(happening)
    assert acts[-1].stage == stage and acts[-1].entered_by == "rule"
    assert acts[-1].heard[0].facts[0] == ("source_unit", "education") and acts[-1].heard[0].report_id == "r1"
    assert [each.revision for each in acts] == [*range(1, len(acts) + 1)], "each act has an event of its own"


def test_another_senders_report_and_another_kind_enter_no_school_programme() -> None:
    assert rule_of("school_self_harm", report(source_unit="medical")) is None
    assert rule_of("school_self_harm", report(kinds=frozenset({"neglect"}))) is None
    assert rule_of("suicide_care", report(source_unit="medical")) == "reported_self_harm"
    assert rule_of("suicide_care", report(kinds=frozenset())) is None


def test_who_is_tracked_and_harms_themselves_is_in_crisis_again_and_who_is_in_crisis_is_told() -> None:
    of = programme("school_self_harm")
    tracked = begun(report(crisis_grade="ideation"))[-1]
    act = report("r2", crisis_grade="act")
    rule = next(each for each in of.rules if act.holds(each))
    crisis = heard_again(tracked, of, rule, act, said(act, "c2"))
    assert (crisis.stage, crisis.facts["grade"], len(crisis.heard)) == ("crisis", "act", 2)
    told = event(tracked, crisis, Called((f"{COUNTY}/education",), 1))
    assert (told.type, told.rule, told.report_id) == ("enrolment.advanced", "school_reported_act", "r2")
    again = heard_again(crisis, of, rule, replace(act, about="r3"), said(act, "c3"))
    assert again.stage == "crisis" and event(crisis, again).type == "enrolment.heard"
    late = replace(act, about="r0", at=AT - timedelta(days=3))
    assert heard_again(tracked, of, rule, late, said(late, "c0")).entered[-1].said.at == AT, "no stage before the last"


def test_whom_a_person_ended_stays_out() -> None:
    out = ended(begun(report(crisis_grade="act"))[-1], programme("school_self_harm"), "mistake", said(report(), "c9"))
    assert not out.is_open and out.heard, "what was heard is kept, and is never heard again"


@pytest.mark.parametrize(("born", "is_fit"), [(2013, True), (2005, True), (2004, False), (2012, True), (None, True)])
def test_of_an_age_that_a_birth_year_leaves_open_they_may_be(born: int | None, is_fit: bool) -> None:
    of = programme("juvenile_guidance").model_copy(update={"ages": (10, 18)})
    assert fits(of, Person("p", born), report()) is is_fit


def test_an_assessment_and_a_closing_enter_by_their_facts() -> None:
    icf = {"tool": "icf", "score": 2.0, "opened": True}
    for facts, rule in ((icf, "assessed_two_indicators"), (icf | {"score": 1.0}, None), ({"tool": "icf"}, None)):
        assert rule_of("disability_priority_visit", Happening("assessment", "a", COUNTY, AT, facts)) == rule
    closed = {"reason": "goals_met", "case_types": frozenset({"child_protection"}), "has_child": True}
    for more, rule in (({}, "protection_ended"), ({"reason": "moved"}, None), ({"has_child": False}, None)):
        assert rule_of("family_follow_up", Happening("closing", "c", COUNTY, AT, closed | more)) == rule


SMALL_RULE = """
programme: by_rule
version: 1
since: 2026-01-01
source: of the tests
verified: false
of: person
unit: health
enters_by: [rule]
facts:
  grade: {kind: code, values: [high, low], required: true}
rules:
  - {id: heard_of, after: report, when: {kinds: {any_of: [self_harm]}}, facts: {grade: high}, answers: [up], source: x,
     verified: false}
stages:
  first:
    tasks: [{id: decide, due: 1d, source: x, verified: false}]
    next: {up: second, done: end}
  second:
    calls: [police]
    tasks: [{id: look, due: 1d, source: x, verified: false}]
    next: {done: end}
figures: {number: {count: begun}}
words: {by_rule: [規則, Rule], heard_of: [聽到, Heard of], first: [一, First], second: [二, Second],
  decide: [決定, Decide], look: [看, Look], up: [去, Up], done: [止, Done], grade: [級, Grade], high: [高, High],
  low: [低, Low], number: [數, Number]}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("enters_by: [rule]", "enters_by: [referral]", "add rule"),
        ("any_of: [self_harm]", "any_of: [self_harmm]", "self_harmm"),
        ("kinds: {any_of: [self_harm]}", "kind: {equals: self_harm}", "there is no such fact"),
        ("facts: {grade: high}, ", "", "grade is required"),
        ("facts: {grade: high}", "facts: {grade: middle}", "there is no middle"),
        ("answers: [up]", "answers: [down]", "there is no down"),
        ("answers: [up]", "answers: [done]", "no rule gives it"),
        ("calls: [police]", "calls: [polis]", "there is no polis"),
        ("heard_of: [聽到, Heard of], ", "", "heard_of has no words"),
        ("after: report", "after: rain", "report"),
    ],
)
def test_the_checker_says_what_is_wrong_with_a_rule(old: str, new: str, says: str) -> None:
    assert check(parsed(SMALL_RULE)) == ()
    assert old in SMALL_RULE
    with pytest.raises(ProgrammeError) as refused:
        parsed(SMALL_RULE.replace(old, new))
    assert says in str(refused.value)


def test_every_shipped_rule_says_who_says_so() -> None:
    rules = [rule for each in programmes().values() for rule in each.rules]
    assert len(rules) >= 7 and all(rule.source and rule.cells for rule in rules)
