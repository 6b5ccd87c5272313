"""The programme engine: when things are owed, what settles them, what a pause moves, and what an end leaves."""

from datetime import datetime
from typing import Any

import pytest
from contracts.calendar import DayTold
from network.programmes.domain.refusals import Refused
from rules.calendars import Calendar

from tests.unit.network_programme import SMALL, Life, parsed


def with_task(line: str, *, contact: str = "{id: talk, kind: [visit, telephone]}") -> str:
    task = f"      - {{{line}, source: of the tests, verified: false}}\n"
    text = SMALL.replace("    contacts:\n", task + "    contacts:\n", 1).replace(
        "{id: talk, kind: [visit, telephone]}", contact
    )
    return text.replace("words:\n", "words:\n  rhythm: [固定聯繫, Rhythm]\n")


@pytest.mark.parametrize(
    ("begun", "due"),
    [
        ("2026-03-02", "2026-03-16"),
        ("2024-02-20", "2024-03-05"),  # a leap year
        ("2026-12-25", "2027-01-08"),  # over New Year's
    ],
)
def test_a_youth_is_assessed_within_fourteen_days(begun: str, due: str) -> None:
    assert Life.begin("juvenile_guidance", begun).due("assess") == [due]


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-03-10", "2026-04-10"),
        ("2026-01-31", "2026-02-28"),
        ("2024-01-31", "2024-02-29"),
        ("2026-12-31", "2027-01-31"),
    ],
)
def test_the_plan_is_due_a_month_after_the_opening(opened: str, due: str) -> None:
    life = Life.begin("juvenile_guidance", opened).answer("opened", opened)
    assert life.due("plan") == [due] and life.due("assess") == []


def test_a_month_without_contact_is_overdue_from_the_first_of_the_next() -> None:
    life = Life.begin("juvenile_guidance", "2026-03-02").answer("opened", "2026-03-10").contact("2026-03-20")
    assert life.due("monthly_contact") == ["2026-04-30"]
    life.answer("plan_made", "2026-04-09", "written_plan")
    assert life.due("monthly_contact") == ["2026-04-30"], "the month goes on into the next stage"
    assert life.states("monthly_contact", "2026-04-30") == ["open"]
    assert life.states("monthly_contact", "2026-05-01") == ["overdue", "open"]
    life.look("2026-05-01")
    assert life.due("monthly_contact") == ["2026-04-30", "2026-05-31"], "a late one can still be done"


@pytest.mark.parametrize(
    ("of_age", "until"),
    [({}, "2027-03-01"), ({"18": "2026-12-15"}, "2026-12-15"), ({"18": "2028-01-01"}, "2027-03-01")],
)
def test_follow_up_lasts_six_months_or_until_the_birthday(of_age: dict[str, str], until: str) -> None:
    life = Life.begin("juvenile_guidance", "2026-03-02", of_age=of_age).answer("opened", "2026-03-10")
    life.answer("plan_made", "2026-04-01", "written_plan").answer("experts_agreed", "2026-09-01")
    assert life.due("follow_up") == [until] and life.due("monthly_contact") == []
    life.answer("looked_after", until)
    assert not life.owed and not life.it.is_open


def test_nothing_is_decided_before_who_asked_and_who_it_is_about_are_told() -> None:
    life = Life.begin("juvenile_guidance", "2026-03-02")
    for told, code in (((), "referrer"), (("referrer",), "youth")):
        with pytest.raises(Refused) as refused:
            life.answer("opened", "2026-03-10", told=told)
        assert (refused.value.code, refused.value.about) == ("not_told", code)
    with pytest.raises(Refused) as refused:
        life.answer("not_opened", "2026-03-10")
    assert refused.value.about == "who_serves_now"


def told(day: str, says: str, at: str) -> DayTold:
    return DayTold.model_validate(
        {
            "id": day,
            "day": day,
            "says": says,
            "reason": "typhoon",
            "told_by": "督導",
            "told_at": datetime.fromisoformat(at),
        }
    )


@pytest.mark.parametrize(
    ("begun", "days", "due"),
    [
        ("2026-11-23", (), "2026-11-26"),
        ("2025-12-31", (), "2026-01-06"),  # New Year's Day and a weekend
        ("2026-02-13", (), "2026-02-25"),  # Lunar New Year's week
        ("2026-11-23", (told("2026-11-25", "off", "2026-11-24T20:00:00+08:00"),), "2026-11-27"),  # a typhoon
    ],
)
def test_working_days_are_the_countys(begun: str, days: tuple[DayTold, ...], due: str) -> None:
    assert Life.begin(parsed(SMALL), begun, days=Calendar(days, len(days))).due("call_back") == [due]


def test_a_typhoon_moves_what_is_owed_already_and_says_so() -> None:
    life = Life.begin(parsed(SMALL), "2026-11-23")
    life.days = Calendar((told("2026-11-25", "off", "2026-11-24T20:00:00+08:00"),), 1)
    life.look("2026-11-24T21:00")
    [task] = [each for each in life.owed if each.what == "small.call_back"]
    assert life.due("call_back") == ["2026-11-27"] and task.moved and task.moved.reason == "typhoon"


def test_any_day_of_the_week_counts_for_the_week() -> None:
    life = Life.begin(parsed(with_task("id: rhythm, every: week, contact: talk")), "2026-11-18")  # a Wednesday
    assert life.due("rhythm") == ["2026-11-29"], "the rest of a first week is none"
    life.contact("2026-11-29").contact("2026-11-30")  # its Sunday, and the Monday of the next
    assert life.states("rhythm", "2026-11-30") == ["met", "met"]
    life.look("2026-12-07")
    assert life.states("rhythm", "2026-12-07") == ["met", "met", "open"] and life.due("rhythm") == ["2026-12-13"]


def test_seven_days_since_the_last_are_another_rule() -> None:
    life = Life.begin(parsed(with_task("id: rhythm, every: 7d, contact: talk")), "2026-11-18")
    assert life.due("rhythm") == ["2026-11-25"]
    life.contact("2026-11-20")
    assert life.due("rhythm") == ["2026-11-27"]
    life.contact("2026-11-29")
    assert life.states("rhythm", "2026-11-29") == ["met", "late", "open"] and life.due("rhythm") == ["2026-12-06"]


def test_what_was_done_in_time_and_written_down_late_was_done_in_time() -> None:
    life = Life.begin(parsed(with_task("id: rhythm, every: week, contact: talk")), "2026-11-20")
    life.look("2026-12-04").contact("2026-11-24", written="2026-12-04")
    assert life.states("rhythm", "2026-12-04")[0] == "met" and life.it.contacts[0].said.late


def test_one_visit_too_many_makes_up_for_the_week_before_late() -> None:
    life = Life.begin(
        parsed(with_task("id: rhythm, every: week, at_least: 2, contact: talk, until: 14d")), "2026-11-20"
    )
    life.contact("2026-11-24").look("2026-11-30")
    assert life.states("rhythm", "2026-11-30") == ["met", "overdue", "open", "open"]
    life.contact("2026-11-30").contact("2026-12-01").contact("2026-12-02")
    assert life.states("rhythm", "2026-12-02") == ["met", "late", "met", "met"]
    life.look("2027-01-01")
    gone = [each for each in life.tasks.values() if each.reason == "missed"]
    assert gone and all(each.state == "dropped" for each in gone), "so old that nobody does it any more"


def test_twelve_calls_are_no_visit() -> None:
    life = Life.begin(
        parsed(with_task("id: rhythm, every: month, contact: talk", contact="{id: talk, kind: visit}")), "2026-10-20"
    )
    with pytest.raises(Refused) as refused:
        life.contact("2026-11-02", "telephone", "talk")
    assert refused.value.code == "kind_unfit"
    life.contact("2026-11-02", reached=False)
    assert life.states("rhythm", "2026-12-01") == ["overdue", "open"], "nobody was there: no visit either"


def test_an_ended_enrolment_loses_no_missed_visit_and_owes_none() -> None:
    life = Life.begin(parsed(with_task("id: rhythm, every: week, contact: talk")), "2026-10-30")
    life.look("2026-11-29").end("moved", "2026-11-30")
    assert life.owed == [] and life.due("rhythm") == []
    assert [each for each in life.states("rhythm", "2027-06-01") if each == "missed"] == ["missed"] * 4


def test_a_pause_stops_the_clocks_and_moves_what_is_due() -> None:
    text = with_task("id: rhythm, every: month, contact: talk")
    life = Life.begin(parsed(text), "2021-04-10").contact("2021-04-12").pause("2021-05-15", "2021-08-15")
    assert life.due("rhythm") == ["2021-08-31"] and life.due("decide") == ["2021-05-10"]
    assert [each.what for each in life.owed if each.what.endswith("go_on")], "in a pause somebody owes that it goes on"
    life.look("2021-08-14")
    assert not {"missed", "overdue"} & {*life.states("rhythm", "2021-08-14")}
    life.look("2021-08-16").contact("2021-08-20")
    assert life.states("rhythm", "2021-08-20") == ["met", "open"]
    assert life.due("rhythm") == ["2021-09-15"], "June and July were paused whole, of August a fortnight"
    assert not [each for each in life.owed if each.what.endswith("go_on")]


@pytest.mark.parametrize(
    ("start", "until", "due"),
    [("2026-04-01T00:00", "2026-04-01T00:01", "2026-05-01"), ("2026-04-01T00:00", "2026-04-10T00:00", "2026-05-09"),
     ("2026-03-20T09:00", "2026-04-30T17:00", "2026-05-31")],
)  # fmt: skip
def test_a_pause_ends_no_visit_of_a_period_that_it_does_not_take_whole(start: str, until: str, due: str) -> None:
    life = Life.begin(parsed(with_task("id: rhythm, every: month, contact: talk")), "2026-03-02")
    life.pause(start, until, "2026-03-20T09:00").look("2026-05-01T00:00")
    assert life.due("rhythm")[0] == due


def test_a_pause_is_cut_short_by_saying_it_again() -> None:
    life = Life.begin(parsed(SMALL), "2021-05-10").pause("2021-05-15", "2021-08-15")
    assert life.due("decide") == ["2021-09-09"]
    life.pause("2021-05-15", "2021-05-20")
    assert life.due("decide") == ["2021-06-14"]
    with pytest.raises(Refused):
        life.pause("2021-05-18", "2021-06-01")


def refused(life: Life, *pause: str) -> tuple[str, str]:
    with pytest.raises(Refused) as found:
        life.pause(*pause)
    return found.value.code, found.value.about


def test_what_was_late_before_a_pause_was_written_down_stays_late() -> None:
    text = with_task("id: rhythm, every: month, contact: talk")
    life = Life.begin(parsed(text), "2021-04-10").contact("2021-04-12").look("2021-06-02")
    assert life.states("rhythm", "2021-06-02") == ["overdue", "open"]
    for start in ("2021-04-30", "2021-05-20"):  # the month would owe nothing, or be due later
        assert refused(life, start, "2021-07-01", "2021-06-02")[0] == "late_before_pause", start
    life.pause("2021-06-02", "2021-07-02")
    assert life.states("rhythm", "2021-06-03") == ["overdue", "open"]
    assert life.due("rhythm") == ["2021-05-31", "2021-07-30"], "what is not late yet is moved"
    done = Life.begin(parsed(text), "2021-04-10").contact("2021-04-12").contact("2021-06-05")
    assert refused(done, "2021-05-20", "2021-07-01", "2021-06-10") == ("late_before_pause", "small.rhythm")


def test_a_pause_is_not_made_longer_to_heal_what_became_late_after_it() -> None:
    life = Life.begin(parsed(SMALL), "2021-05-10").contact("2021-05-11").pause("2021-05-15", "2021-05-25")
    assert life.due("decide") == ["2021-06-19"]
    assert refused(life, "2021-05-15", "2021-08-01", "2021-06-20") == ("late_before_pause", "small.decide")
    life.pause("2021-05-15", "2021-05-20", "2021-06-20")
    assert life.due("decide") == ["2021-06-14"], "cut short, it is late for longer"


def test_all_pauses_together_last_as_long_as_one_may() -> None:
    life = Life.begin(parsed(SMALL), "2026-01-05").contact("2026-01-06").pause("2026-01-10", "2026-03-01")
    life.pause("2026-03-10", "2026-12-31")
    assert f"{life.it.pauses[-1].until:%Y-%m-%d}" == "2026-04-21", "three months from March, less the 50 days of before"
    assert refused(life, "2026-05-01", "2026-05-02") == ("pauses_used", "3mo")
    life.pause("2026-03-10", "2026-03-20").pause("2026-05-01", "2026-05-02")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"entered_by": "roster"}, "does_not_enter_so"),
        ({"facts": {"colour": "red"}}, "fact_unknown"),
        ({"facts": {"ends": "soon"}}, "fact_unfit"),
        ({"facts": {"ends": "0001-01-01"}}, "fact_outside"),
        ({"facts": {"ends": "9999-12-31"}}, "fact_outside"),
        ({"facts": {"rooms": "²"}}, "fact_unfit"),
        ({"facts": {"rooms": 10**5000}}, "fact_outside"),
        ({"facts": {"rooms": -(2**64)}}, "fact_outside"),
    ],
)
def test_who_it_is_not_for_does_not_enter(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        Life.begin(parsed(SMALL), "2026-11-20", **change)
    assert refused.value.code == code


def test_what_was_done_before_the_end_may_be_written_down_after_it() -> None:
    life = Life.begin(parsed(SMALL), "2026-11-20").answer("well", "2026-11-25")
    life.contact("2026-11-24", written="2026-11-28")
    assert life.states("call_back", "2026-11-28") == ["met"]
    for at, code in (("2026-11-26", "enrolment_ended"), ("2026-11-19", "before_stage")):
        with pytest.raises(Refused) as refused:
            life.contact(at)
        assert refused.value.code == code
