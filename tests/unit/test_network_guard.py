"""What is refused where a case is worked: what others owe, words where codes stand, a closing without its evidence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from contracts.decisions import PersonKey
from network.cases import guard
from network.cases.addresses import Known
from network.cases.bodies import ClosingBody, ContactBody, TaskBody
from network.cases.domain import closings, collaborations, findings, handovers, plans
from network.cases.domain.case import Assessment, Case, Plan
from network.cases.domain.closing import Evidence
from network.cases.domain.contact import Address, Contact, NotSeen, Seen, overlapping
from network.cases.domain.handovers import Hands
from network.cases.domain.people import Person, with_named
from network.cases.domain.refusals import Refused
from network.tasks.domain.task import Because, Task, presses_at, task_id
from pydantic import BaseModel, ValidationError
from rules.calendars import NATIONAL

from tests.unit.network_day import COUNTY, PROTECTION, T0, Day, decided

POLICE, LABOUR = f"{COUNTY}/police", f"{COUNTY}/labour"
CHILD, MOTHER = "person:child", "person:mother"
FAMILY = (
    PersonKey(key=CHILD, role="subject", birth_year=2019),
    PersonKey(key=MOTHER, role="other", relation="mother", birth_year=1990),
)


@pytest.fixture
def case() -> Case:
    """Led by the protection team, where somebody took it on; the police take part."""
    day = Day()
    day.decide(decided("r1", family="a", people=FAMILY))
    day.press("r1", PROTECTION)
    asked = collaborations.ask(day.case("r1"), POLICE, ("patrol",), T0, by="陳社工", cause="ask", at=T0)
    return collaborations.join(asked, asked.collaborators[0].id, by="林警員", cause="join", at=T0)


def made(case: Case, id: str = "c1", **more: Any) -> Contact:
    """A visit of the protection team an hour later."""
    at = more.pop("at", T0 + timedelta(hours=1))
    facts: dict[str, Any] = {"unit": PROTECTION, "by": "陳社工", "kind": "visit", "recorded_at": at, "reached": True}
    return Contact(id=id, case_id=case.id, county=COUNTY, at=at, **facts | more)


def recorded(case: Case, contact: Contact) -> Case:
    return findings.contact(case, contact, cause=contact.id, days=NATIONAL)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(each.code, each.about) for each in refusal.value.missing]


# -- contacts


def test_a_collaborators_visit_completes_its_own_task_and_that_of_who_was_there_but_nobody_elses(case: Case) -> None:
    clock = next(task for task in case.owed if task.what == "child.level1.see_child")
    patrol = next(task for task in case.owed if task.unit == POLICE)
    alone = made(case, unit=POLICE, by="林警員", completes=(clock.id,))
    with pytest.raises(Refused) as refusal:
        recorded(case, alone)
    assert codes(refusal) == [("not_theirs", clock.id)]
    for contact in (replace(alone, joint=(PROTECTION,)), replace(alone, completes=(patrol.id,)),
                    made(case, completes=(patrol.id, clock.id))):  # fmt: skip
        after = recorded(case, contact)
        assert all(task.state == "done" for task in after.tasks if task.id in contact.completes)


def test_units_at_a_visit_serve_the_family_or_did(case: Case) -> None:
    with pytest.raises(Refused) as refusal:
        recorded(case, made(case, joint=("family", LABOUR, POLICE)))
    assert codes(refusal) == [("unit_not_in_case", LABOUR)]
    [taking_part] = case.active
    gone = collaborations.release(case, taking_part.id, reason="done", by="陳社工", cause="release", at=T0)
    assert recorded(gone, made(case, joint=("family", POLICE))).version > gone.version, "an entry may be late"


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("with", ["王小明的阿嬤"]), ("with", ["wang xiaoming"]), ("corrects", "the visit at grandmother's"),
        ("address", {"id": "新港鄉虛構街 77 號", "source": "family"}),
        ("address", {"id": "grandmother", "source": "family"}),
        ("address", {"source": "from the aunt"}),
    ],
)  # fmt: skip
def test_what_lies_in_the_clear_is_a_code_and_never_words(field: str, words: Any) -> None:
    assert refused_fields(ContactBody, {"kind": "visit", "at": T0, "reached": True, field: words}) == {field}


@pytest.mark.parametrize("at", [1151120, 1.7e9, "1151120", "1700000000"])
def test_a_number_is_no_time(at: Any) -> None:
    assert refused_fields(ContactBody, {"kind": "visit", "at": at, "reached": True}) == {"at"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": T0 + timedelta(days=1, seconds=1)},
        {"until": T0 - timedelta(seconds=1)},
        {"seen": [{"person": CHILD, "alone": True}, {"person": CHILD, "alone": False}]},
        {"not_seen": [{"person": CHILD, "why": "asleep"}, {"person": CHILD, "why": "moved"}]},
        {"seen": [{"person": CHILD}], "not_seen": [{"person": CHILD, "why": "asleep"}]},
    ],
)
def test_what_cannot_have_been_is_refused(wrong: dict[str, Any]) -> None:
    body = {"kind": "visit", "at": T0, "reached": True}
    assert refused_fields(ContactBody, body | wrong) == {"body"}
    ContactBody.model_validate(body | {"until": T0 + timedelta(days=1), "seen": [{"person": CHILD}]})


def test_who_confirmed_is_a_unit_and_codes_units_and_ids_are_taken() -> None:
    confirmed = {"by": "外婆王小明", "at": T0}
    closing = {"reason": "moved", "evidence": {"acknowledged": confirmed}}
    assert refused_fields(ClosingBody, closing) == {"evidence"}
    ClosingBody.model_validate({"reason": "moved", "evidence": {"acknowledged": confirmed | {"by": POLICE}}})
    part = f"{UUID(int=7)}.0123456789ab"
    for address in (part, f"{UUID(int=8)}:people/0/residence/address", "r1:event/place/address"):
        body = {"kind": "visit", "at": T0, "reached": True, "with": ["family", "village_chief", POLICE]}
        ContactBody.model_validate(body | {"corrects": part, "address": {"id": address, "source": "family"}})


def refused_fields(body: type[BaseModel], fields: dict[str, Any]) -> set[str]:
    """The fields of a body that are refused, each by its first name."""
    try:
        body.model_validate(fields)
    except ValidationError as error:
        return {str((*each["loc"], "body")[0]) for each in error.errors()}
    return set()


@pytest.mark.parametrize(("every", "wrong"), [("0d", {"every"}), ("00mo", {"every"}), ("1d", set()), ("10wd", set())])
def test_nothing_recurs_after_no_time(every: str, wrong: set[str]) -> None:
    assert refused_fields(TaskBody, {"unit": POLICE, "what": "visit", "due_at": T0, "every": every}) == wrong


def test_of_two_visits_that_begin_in_the_same_minute_one_cannot_be_true(case: Case) -> None:
    first = made(case, "c1")
    second, next_door = made(case, "c2", until=first.at), made(case, "c3", at=first.at + timedelta(minutes=1))
    assert overlapping(second, [first, next_door]) == ("c1",)
    assert overlapping(replace(second, corrects="c1"), [first]) == (), "a correction takes its place"


def test_what_was_corrected_says_no_more_when_somebody_was_seen(case: Case) -> None:
    early = made(case, "c1", seen=(Seen(CHILD, alone=True), Seen(MOTHER, alone=False)))
    wrong = made(case, "c2", at=T0 + timedelta(hours=5), seen=early.seen)
    case = recorded(recorded(case, early), wrong)
    right = made(case, "c3", at=wrong.at, corrects="c2", seen=(Seen(MOTHER, alone=True),))
    after = findings.contact(case, right, cause="c3", days=NATIONAL, earlier=[wrong, early])
    assert {each.person: each.contact_id for each in after.last_seen} == {CHILD: "c1", MOTHER: "c3"}


def test_an_entry_is_corrected_by_its_own_unit_or_the_lead(case: Case) -> None:
    wrong = made(case, "c1")
    for contact, code in (
        (made(case, "c2", unit=POLICE, corrects="c1"), ("not_their_entry", "c1")),
        (made(case, "c2", corrects="c9"), ("contact_unknown", "c9")),
    ):
        with pytest.raises(Refused) as refusal:
            findings.contact(case, contact, cause="c2", days=NATIONAL, earlier=[wrong])
        assert codes(refusal) == [code]


# -- closing


def missing(case: Case, reason: Any, *contacts: Contact, now: timedelta = timedelta(days=2)) -> set[str]:
    request = closings.Request(reason, Evidence(heard=(POLICE,)), True, contacts, T0 + now)
    return {each.code for each in closings.missing(case, request, guard.load())} - {"task_open", "not_assessed"}


@pytest.mark.parametrize(("kind", "lacks"), [("visit", set()), ("session", set()), ("video", {"person_not_seen"})])
def test_a_child_is_seen_by_who_stands_before_it(case: Case, kind: str, lacks: set[str]) -> None:
    home = Address("family")
    seen = made(case, "c1", kind=kind, seen=(Seen(CHILD, alone=True),), address=home)
    stood = made(case, "c2", seen=(Seen(MOTHER, alone=True),), address=home)
    assert missing(case, "goals_met", seen, stood) == lacks
    assert missing(case, "goals_met", seen, made(case, "c3", corrects="c1", address=home)) == {"person_not_seen"}
    in_a_message = {"kind": "message", "at": T0, "reached": True, "seen": [{"person": CHILD}]}
    assert refused_fields(ContactBody, in_a_message) == {"body"}


def test_who_was_named_as_a_witness_first_or_without_a_year_of_birth_may_still_be_a_child(case: Case) -> None:
    key: Any = "person:second"
    people = with_named((Person(key, "witness"),), [PersonKey(key=key, role="subject")], case.reports[0].report_id)
    assert [(each.role, each.is_child(2026)) for each in people] == [("subject", True)]
    assert not Person(key, "other").is_child(2026)
    seen = made(case, seen=(Seen(CHILD, alone=True),), address=Address("family"))
    assert missing(case, "goals_met", seen) == set()
    assert missing(replace(case, people=case.people + people), "goals_met", seen) == {"person_not_seen"}


def test_attempts_are_on_different_days_in_taiwan(case: Case) -> None:
    nobody = NotSeen(CHILD, "no_answer")
    home: dict[str, Any] = {"reached": False, "address": Address("family"), "not_seen": (nobody,)}
    morning = made(case, "c1", at=T0.replace(day=T0.day + 2, hour=1), kind="telephone", **home)
    before_breakfast = made(case, "c2", at=T0.replace(day=T0.day + 1, hour=23), **home)
    next_day = made(case, "c3", at=T0.replace(day=T0.day + 2, hour=17), **home)
    assert "attempts" in missing(case, "cannot_be_reached", morning, before_breakfast), "both on the 24th"
    assert "attempts" not in missing(case, "cannot_be_reached", morning, next_day)
    corrected = made(case, "c4", at=next_day.at, corrects="c3", **home | {"address": Address("unknown")})
    assert "attempts" in missing(case, "cannot_be_reached", morning, next_day, corrected)


# -- addresses


@pytest.mark.parametrize(
    ("source", "words", "shown"),
    [
        ("school", "民雄鄉虛構路一百二十號三樓", "民雄鄉虛構路"),
        ("school", "民雄鄉虛構路12巷五號", "民雄鄉虛構路○○巷"),
        ("school", "新港鄉虛構街 77 號，林小美的阿嬤家", "新港鄉虛構街"),
        ("school", "林小美與母親暫住在外婆家，父親不知情，請勿告知路人", ""),
        ("school", "林小美工作的路旁", ""),
        ("report", "新港鄉虛構街 77 號", "新港鄉虛構街 ○○ 號"),
        ("report", "新港鄉虛構街七十七號", "新港鄉虛構街○○○號"),
    ],
)
def test_an_address_under_cover_tells_a_street_and_no_number(source: str, words: str, shown: str) -> None:
    assert Known("c1", source, T0, words).shown == shown


# -- plans


def test_a_reviewed_plan_is_owed_no_review_and_a_new_one_takes_the_place_of_the_old(case: Case) -> None:
    case = replace(case, assessments=(Assessment("a", T0, "陳社工", opened=True),))
    for id in ("p1", "p2"):
        plan = Plan(id, T0, "陳社工", ("child_safe",))
        case = plans.agree(case, plan, [], review_at=T0 + timedelta(days=30), by="陳社工", cause=id)
    assert [task.state for task in reviews(case)] == ["dropped", "open"]
    late = plans.review(case, "p1", by="陳社工", cause="late", at=T0)
    assert [task.state for task in reviews(late)] == ["dropped", "open"]
    done = plans.review(case, "p2", by="王督導", cause="review", at=T0)
    assert [(task.state, task.closed_by) for task in reviews(done)][1:] == [("done", "王督導")]


def reviews(case: Case) -> list[Task]:
    return [task for task in case.tasks if task.what == plans.REVIEW]


# -- tasks


@pytest.mark.parametrize(("hours", "presses"), [(-10, -10), (0, 0), (10, 5)])
def test_what_is_due_before_it_begins_presses_when_it_is_due(hours: int, presses: int) -> None:
    task = Task(task_id("e", "visit"), "visit", POLICE, COUNTY, Because("case", "c"), T0, T0 + timedelta(hours=hours))
    assert presses_at(task) == T0 + timedelta(hours=presses)


# -- who ends a case


def opened(case: Case, *, yes: bool = True, cause: str = "found") -> Case:
    found = Assessment(cause, T0, "陳社工", opened=yes, reason=None if yes else "no_need")
    return findings.assess(case, found, cause=cause, watch=timedelta(days=30))


def asked(case: Case, by: str, cause: str) -> Case:
    request = closings.Request("goals_met", Evidence(heard=(POLICE,)), True, (), T0 + timedelta(days=2))
    return closings.ask(case, request, LENIENT, by=by, cause=cause)


LENIENT = replace(guard.load(), rules={})


def test_an_opened_case_ends_by_a_closing_which_takes_two(case: Case) -> None:
    for each in (opened(case), asked(opened(case), "陳社工", "c1")):
        with pytest.raises(Refused) as refusal:
            opened(each, yes=False, cause="not")
        assert codes(refusal) == [("opened_already", case.id)]


def test_no_case_stays_unopened_over_a_report_that_nobody_took_on() -> None:
    day = Day()
    day.decide(decided("r1", family="a", people=FAMILY))
    day.press("r1", PROTECTION)
    day.decide(decided("r2", family="a", people=FAMILY))
    with pytest.raises(Refused, match="task_open"):
        opened(day.case("r2"), yes=False)


def test_an_old_request_closes_nothing(case: Case) -> None:
    first = asked(opened(case), "陳社工", "c1")
    waiting = replace(first, state="opened")
    second = asked(waiting, "王督導", "c2")
    with pytest.raises(Refused, match="closing_answered"):
        closings.approve(second, first.closings[0].id, (), LENIENT, by="王督導", cause="yes", at=T0)
    approved = closings.approve(second, second.closings[1].id, (), LENIENT, by="林督導", cause="yes", at=T0)
    assert approved.state == "closed"


def test_what_was_tried_before_the_family_was_reported_proves_nothing(case: Case) -> None:
    home: dict[str, Any] = {"reached": False, "address": Address("family"), "not_seen": (NotSeen(CHILD, "no_answer"),)}
    before = [made(case, f"c{n}", at=T0 - timedelta(days=n), kind=kind, **home)
              for n, kind in ((1, "telephone"), (2, "visit"))]  # fmt: skip
    since = [replace(each, at=each.at + timedelta(days=3)) for each in before]
    assert "attempts" in missing(case, "cannot_be_reached", *before, now=timedelta(days=4))
    assert "attempts" not in missing(case, "cannot_be_reached", *since, now=timedelta(days=4))


@pytest.mark.parametrize("words", [True, False])
def test_a_welfare_check_is_considered_in_words(case: Case, words: bool) -> None:
    evidence = Evidence(heard=(POLICE,), welfare_check=True)
    request = closings.Request("cannot_be_reached", evidence, True, (), T0, words)
    lacks = {each.code for each in closings.missing(case, request, guard.load())}
    assert ("welfare_check_not_considered" in lacks) is not words


def test_the_unit_that_leads_does_not_confirm_its_own_closing(case: Case) -> None:
    for by, reason, confirmed in ((PROTECTION, "served_elsewhere", False), (POLICE, "served_elsewhere", True),
                                  (POLICE, "moved", False), ("tainan-city/protection", "moved", True)):  # fmt: skip
        evidence = Evidence(heard=(POLICE,), acknowledged_by=by, acknowledged_at=T0)
        request = closings.Request(reason, evidence, True, (), T0 + timedelta(days=1))  # type: ignore[arg-type]
        lacks = {each.code for each in closings.missing(case, request, guard.load())}
        assert ("acknowledgement_missing" not in lacks) is confirmed, lacks


@pytest.mark.parametrize("name", ["王\u202e社工", "\u200b", "陳\x00", " "])
def test_a_name_is_something_that_can_be_read(name: str) -> None:
    wrong = {"kind": "visit", "at": T0, "reached": True, "by": name}
    assert refused_fields(ContactBody, wrong) == {"by"}


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_times_are_of_somebody_alive(at: str) -> None:
    assert refused_fields(ContactBody, {"kind": "visit", "at": at, "reached": True}) == {"at"}


def test_an_offer_ends_with_the_part_that_it_was_made_from(case: Case) -> None:
    offered = handovers.offer(
        case, Hands(POLICE, "周警員"), reason="leaves", by="林警員", cause="offer", at=T0, of=Hands(POLICE, "林警員")
    )
    assert offered.handovers[0].state == "offered"
    left = collaborations.release(offered, offered.active[0].id, reason="done", by="陳社工", cause="bye", at=T0)
    assert left.handovers[0].state == "withdrawn"
    assert POLICE not in left.parties


def test_nobody_is_given_what_only_a_name_could_answer(case: Case) -> None:
    for what in findings.BY_NAME:
        with pytest.raises(Refused, match="by_name"):
            findings.give(case, PROTECTION, what, due_at=None, by="陳社工", cause="give", at=T0)
        with pytest.raises(Refused, match="by_name"):
            plans.step(case, PROTECTION, what, due_at=T0, person=None, cause="step", at=T0)
