"""How joint cases change: by tables, and by properties over every order of arrival."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from contracts.cases import CaseAccepted, CaseId, CaseJoined, CaseOpened, CaseReturned, ResourcesLinked
from contracts.decisions import DecisionMade, Outcome
from contracts.reports import ReportId
from hypothesis import given
from hypothesis import strategies as st
from network.cases.domain import visits
from network.cases.domain.case import ACCEPT
from network.cases.domain.refusals import NotInCase
from network.cases.domain.reports import TAKE_PART
from network.cases.domain.visits import Planned
from network.cases.handlers import envelopes

from tests.unit.network_day import CENTRE, CITY, COUNTY, PROTECTION, T0, UNITS, Day, clock, decided

PUZI = f"{COUNTY}/welfare_centre.puzi"
POLICE = f"{COUNTY}/police"
EDUCATION = f"{COUNTY}/education"


@pytest.fixture
def day() -> Day:
    return Day()


def test_a_first_report_opens_a_case_led_by_its_unit(day: Day) -> None:
    event = day.decide(decided("r1", family="a", collaborators=(POLICE,)))
    assert isinstance(event, CaseOpened)
    assert (event.case_id, event.lead, event.collaborators, event.version) == (
        day.cases[0].id,
        PROTECTION,
        (POLICE,),
        1,
    )
    assert day.cases[0].family_keys == ("k:a",)


def test_a_further_report_joins_and_registers_its_keys_for_the_next(day: Day) -> None:
    day.decide(decided("r1", family="ab"))
    joined = day.decide(decided("r2", family="bc"))
    third = day.decide(decided("r3", family="c"))
    assert isinstance(joined, CaseJoined)
    assert isinstance(third, CaseJoined)
    assert (len(day.cases), joined.version, third.version) == (1, 2, 3)


def test_a_case_that_is_full_is_followed_by_another_that_is_related(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand reports under one key were one document, rewritten whole for each, until it could not be."""
    monkeypatch.setattr("network.cases.domain.case.MOST_REPORTS", 3)
    told = [day.decide(decided(f"r{number}", family="a")) for number in range(7)]
    opened = [event for event in told if isinstance(event, CaseOpened)]
    assert len(opened) == 3
    assert sorted(len(case.reports) for case in day.cases) == [1, 3, 3]
    assert {entry.report_id for case in day.cases for entry in case.reports} == {f"r{number}" for number in range(7)}
    for case in day.cases:
        assert set(case.related_cases) == {other.id for other in day.cases if other.id != case.id}
    day.decide(decided("r0", family="a", version=2, priority=1))
    assert day.case("r0").id == opened[0].case_id, "what is there already is decided again where it is"


def test_a_report_whose_family_has_a_full_case_stays_in_its_own(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would leave a case that somebody took on for a new one that waits, at every decision again."""
    monkeypatch.setattr("network.cases.domain.case.MOST_REPORTS", 1)
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="a"))
    mine = day.case("r2")
    day.press("r2", PROTECTION)
    day.decide(decided("r2", family="a", version=2, together=("r1",)))
    assert (day.case("r2").id, day.case("r2").lead.person, len(day.cases)) == (mine.id, "陳社工", 2)


def test_units_awaited_at_a_visit_hear_that_the_report_went_elsewhere(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.press("r1", PROTECTION)
    wanted = Planned(at=T0 + timedelta(days=1), joint=(POLICE,))
    for cause in ("one", "two"):
        case = visits.plan(day.case("r1"), wanted, unit=PROTECTION, by="陳社工", cause=cause, at=T0)
        day.register.save(case)
    told = day.register.decide(decided("r1", "no_dispatch", version=2), cause="off", at=T0 + timedelta(hours=1))
    assert [event.type for event in told] == ["visit.withdrawn", "visit.withdrawn", "resources.linked"]
    assert len({each.id for each in envelopes(told, "off", {}, T0)}) == 3, "an id that repeats is told once"


def test_a_re_report_in_service_is_unanswered_until_it_is_taken_on_or_given_back_by_name(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    assert day.case("r1").unanswered == ()
    for report, clocks in (("r2", ()), ("r3", (clock(ACCEPT, 2),)), ("r4", (clock(ACCEPT, 1),))):
        day.decide(decided(report, family="a", clocks=clocks))
    day.press("r1", PROTECTION)
    day.press("r2", POLICE)
    assert [each.report_id for each in day.case("r1").unanswered] == ["r4", "r3", "r2"]
    assert day.case("r1").answer_due(ReportId("r4")) == T0 + timedelta(hours=1)
    day.press("r4", PROTECTION)
    give_back(day, "r3")
    assert [each.report_id for each in day.case("r1").unanswered] == ["r2"]


def test_a_report_that_is_decided_again_is_no_re_report(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    again = day.decide(decided("r1", family="a", version=2, priority=1))
    give_back(day, "r1")
    back = day.decide(decided("r1", "welfare_centre", family="a", version=3))
    re_report = day.decide(decided("r2", family="a"))
    assert [event.decided_again for event in (again, back, re_report)] == [True, True, False]


def sent_to_the_city(version: int = 2, **more: Any) -> DecisionMade:
    return decided("r1", "transferred", family="a", version=version, transferred_to=CITY, **more)


def test_a_served_family_keeps_its_unit_until_the_other_county_decides(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.press("r1", PROTECTION)
    for cause in ("once", "again"):
        assert day.decide(sent_to_the_city(until_accepted=True), cause=cause) is None
    kept = day.case("r1")
    assert (kept.state, kept.entry(ReportId("r1")).accepted_by, kept.history[-1].what) == (  # type: ignore[union-attr]
        "accepted", "陳社工", "handing_over")  # fmt: skip
    opened = day.decide(decided("r1", family="a", version=3, county=CITY, unit=f"{CITY}/protection"))
    assert isinstance(opened, CaseOpened)
    assert [(case.county, case.state) for case in day.cases] == [(COUNTY, "withdrawn"), (CITY, "waiting")]
    assert day.is_at_work("r1")


@pytest.mark.parametrize("outcome", ["no_dispatch", "duplicate"])
def test_a_served_family_keeps_its_unit_no_longer_than_that(day: Day, outcome: str) -> None:
    day.decide(decided("r1", family="a"))
    day.press("r1", PROTECTION)
    day.decide(sent_to_the_city(until_accepted=True))
    day.decide(decided("r1", outcome, family="a", version=3, county=CITY))
    assert [case.state for case in day.cases] == ["withdrawn"]


def test_what_comes_back_from_a_transfer_is_still_taken_on_by_name(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.press("r1", PROTECTION)
    day.decide(sent_to_the_city(until_accepted=True))
    back = day.decide(decided("r1", family="a", version=3))
    assert isinstance(back, CaseAccepted)
    assert (back.unit, back.accepted_by) == (PROTECTION, "陳社工")


@pytest.mark.parametrize(("pressed", "until_accepted"), [(False, True), (True, False)])
def test_a_transfer_withdraws_what_nobody_took_on_or_what_no_county_here_accepts(
    day: Day, *, pressed: bool, until_accepted: bool
) -> None:
    day.decide(decided("r1", family="a"))
    if pressed:
        day.press("r1", PROTECTION)
    day.decide(sent_to_the_city(until_accepted=until_accepted))
    assert [case.state for case in day.cases] == ["withdrawn"]


def test_reports_without_family_keys_never_share_a_case(day: Day) -> None:
    day.decide(decided("r1"))
    day.decide(decided("r2"))
    assert len(day.cases) == 2


def test_a_repeated_decision_changes_nothing(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    before = day.cases
    assert day.decide(decided("r1", family="a"), cause="another id") is None
    assert day.cases == before


def test_an_older_version_that_comes_late_changes_nothing(day: Day) -> None:
    day.decide(decided("r1", "no_dispatch", version=2))
    assert day.decide(decided("r1", family="a", version=1)) is None
    assert not day.cases


@pytest.mark.parametrize(
    ("lead", "later", "suggested", "added"),
    [
        ("welfare_centre", {"outcome": "protection"}, PROTECTION, (PROTECTION,)),
        ("protection", {"outcome": "welfare_centre"}, CENTRE, ()),
        ("welfare_centre", {"outcome": "welfare_centre", "unit": PUZI}, PUZI, ()),
        ("protection", {"outcome": "protection"}, None, ()),
        ("protection", {"outcome": "protection", "collaborators": (EDUCATION, PROTECTION)}, None, (EDUCATION,)),
    ],
)
def test_a_joining_report_never_changes_the_lead_and_a_more_protective_unit_takes_part(
    day: Day, lead: str, later: dict[str, Any], suggested: str | None, added: tuple[str, ...]
) -> None:
    day.decide(decided("r1", lead, family="a"))
    event = day.decide(decided("r2", family="a", **later))
    assert (event.lead, event.suggested_unit, event.added) == (UNITS[lead], suggested, added)
    assert day.cases[0].units == added


def test_a_collaborator_already_there_is_not_added_again(day: Day) -> None:
    day.decide(decided("r1", family="a", collaborators=(POLICE,)))
    event = day.decide(decided("r2", family="a", collaborators=(POLICE, EDUCATION)))
    assert (event.collaborators, event.added) == ((POLICE, EDUCATION), (EDUCATION,))


def test_two_open_cases_of_one_family_are_noted_for_a_person_and_never_merged(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="b"))
    day.decide(decided("r3", family="ab"))
    first, second = day.cases
    assert [each.report_id for each in first.reports] == ["r1", "r3"]
    assert (first.related_cases, second.related_cases) == ((second.id,), (first.id,))
    assert first.flags == second.flags == ("related_case",)


def test_another_countys_case_of_the_same_family_is_noted_but_not_joined(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    event = day.decide(decided("r2", family="a", county="tainan-city", unit="tainan-city/protection"))
    assert isinstance(event, CaseOpened)
    assert [case.flags for case in day.cases] == [("related_case",), ("related_case",)]


def test_a_decision_that_names_no_unit_is_answered_for_by_the_window(day: Day) -> None:
    event = day.decide(decided("r1", unit=None))
    assert event.lead == f"{COUNTY}/window"
    assert day.cases[0].flags == ("no_unit",)


def test_the_lead_owes_its_clocks_and_a_collaborator_to_take_part_by_the_time_of_accepting(day: Day) -> None:
    day.decide(decided("r1", collaborators=(POLICE,)))
    owed = {(task.what, task.unit): task.due_at for task in day.cases[0].tasks}
    assert owed == {
        (ACCEPT, PROTECTION): T0 + timedelta(hours=4),
        ("child.level1.see_child", PROTECTION): T0 + timedelta(hours=24),
        (TAKE_PART, POLICE): T0 + timedelta(hours=4),
    }


def test_without_a_clock_for_it_the_lead_still_owes_to_accept(day: Day) -> None:
    day.decide(decided("r1", clocks=()))
    [task] = day.cases[0].tasks
    assert (task.what, task.due_at, task.verified) == (ACCEPT, task.since + timedelta(hours=4), False)


def test_the_first_of_the_lead_who_presses_accepts_and_later_ones_are_noted(day: Day) -> None:
    day.decide(decided("r1"))
    event = day.press("r1", PROTECTION, "陳社工")
    assert isinstance(event, CaseAccepted)
    assert (event.accepted_by, event.unit) == ("陳社工", PROTECTION)
    assert day.press("r1", PROTECTION, "李督導") is None
    case = day.cases[0]
    assert (case.lead.accepted_by, case.reports[0].accepted_by) == ("陳社工", "陳社工")
    assert [note.what for note in case.history] == ["opened", "accepted", "accepted_later"]
    assert {task.what: task.state for task in case.tasks} == {ACCEPT: "done", "child.level1.see_child": "open"}


def test_each_report_of_a_case_is_accepted_for_itself(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="a"))
    assert isinstance(day.press("r1", PROTECTION), CaseAccepted)
    assert isinstance(day.press("r2", PROTECTION), CaseAccepted)


def test_a_repeated_press_changes_nothing(day: Day) -> None:
    day.decide(decided("r1"))
    day.press("r1", PROTECTION, cause="same")
    before = day.cases
    assert day.press("r1", PROTECTION, cause="same") is None
    assert day.cases == before


def test_a_collaborators_press_ticks_its_task_and_accepts_nothing(day: Day) -> None:
    day.decide(decided("r1", collaborators=(POLICE,)))
    assert day.press("r1", POLICE) is None
    assert {task.what: task.state for task in day.cases[0].tasks} == {
        ACCEPT: "open",
        "child.level1.see_child": "open",
        TAKE_PART: "done",
    }


@pytest.mark.parametrize("unit", [f"{COUNTY}/window", EDUCATION])
def test_a_press_of_a_unit_outside_the_case_changes_nothing(day: Day, unit: str) -> None:
    day.decide(decided("r1"))
    before = day.cases
    assert day.press("r1", unit) is None
    assert day.cases == before


def test_a_press_for_a_report_without_a_case_changes_nothing(day: Day) -> None:
    assert day.press("unknown", PROTECTION) is None


@pytest.mark.parametrize("outcome", ["no_dispatch", "duplicate", "transferred"])
def test_a_later_decision_against_dispatch_withdraws_the_report_and_deletes_nothing(day: Day, outcome: str) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="a"))
    day.decide(decided("r2", outcome, version=2, duplicate_of="r1" if outcome == "duplicate" else None))
    case = day.cases[0]
    assert [(each.report_id, each.state) for each in case.reports] == [("r1", "active"), ("r2", "withdrawn")]
    assert case.history[-1].reason == outcome
    assert case.state == "waiting"
    assert {task.state for task in case.tasks if task.report_id == "r2"} == {"dropped"}


def test_a_case_whose_only_report_was_withdrawn_takes_no_further_report(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r1", "no_dispatch", version=2))
    event = day.decide(decided("r2", family="a"))
    assert isinstance(event, CaseOpened)
    assert [case.state for case in day.cases] == ["withdrawn", "waiting"]


def test_a_later_version_with_the_same_unit_and_priority_troubles_nobody(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    assert day.decide(decided("r1", family="a", version=2)) is None
    assert day.cases[0].reports[0].version == 2


def test_a_later_version_keeps_who_accepted_and_what_is_done(day: Day) -> None:
    day.decide(decided("r1"))
    day.press("r1", PROTECTION)
    event = day.decide(decided("r1", version=2, priority=1))
    case = day.cases[0]
    assert isinstance(event, CaseJoined)
    assert (case.reports[0].accepted_by, case.reports[0].priority) == ("陳社工", 1)
    assert sorted((task.what, task.state) for task in case.tasks) == [
        ("child.level1.see_child", "open"),
        (ACCEPT, "done"),
    ]


def test_a_later_version_for_another_unit_leaves_the_lead_who_took_the_report_on(day: Day) -> None:
    day.decide(decided("r1", "welfare_centre"))
    day.press("r1", CENTRE)
    event = day.decide(decided("r1", "protection", version=2))
    assert (event.lead, event.suggested_unit, event.added) == (CENTRE, PROTECTION, (PROTECTION,))
    assert day.cases[0].reports[0].accepted_by == "陳社工"


def test_a_later_version_for_another_unit_changes_the_lead_while_nobody_took_it_on(day: Day) -> None:
    day.decide(decided("r1", "welfare_centre"))
    event = day.decide(decided("r1", "protection", version=2))
    assert (event.lead, event.collaborators) == (PROTECTION, ())
    assert {task.unit for task in day.cases[0].tasks} == {PROTECTION}


def test_a_withdrawn_report_that_comes_back_must_be_accepted_anew(day: Day) -> None:
    day.decide(decided("r1", family="a"))
    day.decide(decided("r2", family="a"))
    day.press("r2", PROTECTION)
    day.decide(decided("r2", "no_dispatch", version=2))
    event = day.decide(decided("r2", family="a", version=3))
    assert isinstance(event, CaseJoined)
    assert (len(day.cases), day.cases[0].reports[1].accepted_by) == (1, None)
    assert isinstance(day.press("r2", PROTECTION, "李督導"), CaseAccepted)


def give_back(day: Day, report: str) -> CaseReturned:
    at = T0 + timedelta(hours=1)
    return day.register.return_(
        day.case(report).id, ReportId(report), reason="wrong_area", by="林社工", cause=f"back/{report}", at=at
    )


def test_a_report_given_back_goes_to_the_unit_decided_next_which_leads(day: Day) -> None:
    day.decide(decided("r1", "welfare_centre"))
    day.press("r1", CENTRE)
    returned = give_back(day, "r1")
    assert (returned.unit, returned.reason, returned.returned_by) == (CENTRE, "wrong_area", "林社工")
    [waits] = day.cases[0].owed
    assert (waits.what, waits.unit, waits.due_at) == ("hear_from_window", CENTRE, waits.since + timedelta(hours=4))
    event = day.decide(decided("r1", "welfare_centre", version=2, unit=PUZI))
    case = day.cases[0]
    assert [(task.what, task.unit) for task in case.owed if task.what == "hear_from_window"] == []
    assert isinstance(event, CaseJoined)
    assert (event.lead, case.lead.unit, case.lead.accepted_by, case.reports[0].accepted_by) == (PUZI, PUZI, None, None)
    assert isinstance(day.press("r1", PUZI), CaseAccepted)


def test_a_report_given_back_by_a_lead_that_serves_the_family_brings_a_collaborator(day: Day) -> None:
    day.decide(decided("r1", "welfare_centre", family="a"))
    day.decide(decided("r2", "welfare_centre", family="a"))
    give_back(day, "r2")
    event = day.decide(decided("r2", "welfare_centre", family="a", version=2, unit=PUZI))
    assert (event.lead, event.added) == (CENTRE, (PUZI,))


def test_a_report_can_be_given_back_only_once(day: Day) -> None:
    day.decide(decided("r1"))
    give_back(day, "r1")
    with pytest.raises(NotInCase):
        give_back(day, "r1")
    assert day.press("r1", PROTECTION) is None


def test_no_dispatch_links_resources_and_opens_nothing(day: Day) -> None:
    event = day.decide(decided("r1", "no_dispatch", resources=("food_bank",)))
    assert isinstance(event, ResourcesLinked)
    assert event.resources == ("food_bank",)
    assert not day.cases


@pytest.mark.parametrize("outcome", ["duplicate", "transferred"])
def test_duplicates_and_transfers_are_remembered_and_open_nothing(day: Day, outcome: str) -> None:
    assert day.decide(decided("r1", outcome, family="a", duplicate_of="r0", transferred_to="tainan-city")) is None
    assert not day.cases
    assert day.register.standings[ReportId("r1")].duplicate_of == "r0"


def test_the_next_due_of_a_case_is_its_first_open_task(day: Day) -> None:
    day.decide(decided("r1"))
    assert day.cases[0].next_due == T0 + timedelta(hours=4)
    day.press("r1", PROTECTION)
    assert day.cases[0].next_due == T0 + timedelta(hours=24)


OUTCOMES = st.sampled_from(["protection", "welfare_centre"])
FAMILY = st.lists(st.tuples(OUTCOMES, st.sets(st.sampled_from("bcde"), max_size=3)), min_size=2, max_size=5)


@given(FAMILY, st.randoms())
def test_the_order_of_arrival_changes_which_report_opened_but_never_how_many_cases(
    family: list[tuple[str, set[str]]], random: Any
) -> None:
    decisions = [decided(f"r{n}", outcome, family="a" + "".join(keys)) for n, (outcome, keys) in enumerate(family)]
    random.shuffle(decisions)
    day = Day()
    events = [day.decide(decision) for decision in decisions]
    assert [type(event) for event in events] == [CaseOpened] + [CaseJoined] * (len(decisions) - 1)
    assert len(day.cases) == 1
    assert [each.report_id for each in day.cases[0].reports] == [each.report_id for each in decisions]


STEP = st.tuples(
    st.integers(0, 4),
    st.sampled_from(list(Outcome)),
    st.text(alphabet="abc", max_size=3),
    st.integers(1, 3),
    st.sampled_from(["decide", "press", "give_back"]),
)


@given(st.lists(STEP, max_size=30))
def test_whatever_happens_nothing_is_lost_and_each_family_key_leads_to_one_open_case_or_to_a_person(
    steps: list[Any],
) -> None:
    day, versions = Day(), dict[CaseId, int]()
    for number, (report, outcome, family, version, act) in enumerate(steps):
        before = {case.id: [each.report_id for each in case.reports] for case in day.cases}
        if act == "decide":
            day.decide(decided(f"r{report}", outcome.value, family=family, version=version))
        elif act == "press":
            day.press(f"r{report}", PROTECTION, cause=str(number))
        elif day.is_at_work(f"r{report}"):
            give_back(day, f"r{report}")
        for case in day.cases:
            assert [each.report_id for each in case.reports][: len(before.get(case.id, []))] == before.get(case.id, [])
            assert case.version >= versions.get(case.id, 0)
            versions[case.id] = case.version
            assert case.lead.unit not in case.units
            assert case.is_open == any(each.state != "withdrawn" for each in case.reports)
    standings = day.register.standings.values()
    served = {each.report_id for each in standings if each.outcome in (Outcome.PROTECTION, Outcome.WELFARE_CENTRE)}
    at_work = [each.report_id for case in day.cases for each in case.reports if each.state != "withdrawn"]
    assert sorted(at_work) == sorted(served)
    for key in ("k:a", "k:b", "k:c"):
        under = [case for case in day.cases if case.state == "open" and key in case.family_keys]
        assert len(under) <= 1 or all("related_case" in case.flags for case in under)


def test_every_order_of_three_linked_reports_leaves_all_three_served() -> None:
    for order in permutations([("r1", "a"), ("r2", "b"), ("r3", "ab")]):
        day = Day()
        for report, family in order:
            day.decide(decided(report, family=family))
        assert sum(len(case.reports) for case in day.cases) == 3
        if len(day.cases) == 2:
            assert all(case.flags == ("related_case",) for case in day.cases)
