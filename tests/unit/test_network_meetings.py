"""Meetings: plans, agendas, what a decision may become, and that nothing is lost, whatever happens to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from contracts.roles import Caller
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.problems import Unprocessable
from network.meetings.bodies import MeetingBody
from network.meetings.domain import decisions as decided
from network.meetings.domain import holding
from network.meetings.domain import item as steps
from network.meetings.domain import meeting as meetings
from network.meetings.domain.agenda import agenda_of
from network.meetings.domain.decisions import Decision, Said, Telling
from network.meetings.domain.inclusion import Facts, Sighting, reported_often
from network.meetings.domain.inclusion import holding as rules_holding
from network.meetings.domain.item import Because, Item
from network.meetings.domain.listing import Listing, Measure, delisted
from network.meetings.domain.meeting import LEVELS, Attendance, Line, Meeting, Member, Present, Quorum
from network.meetings.domain.owing import CARRY_OUT, of_item, settled
from network.meetings.domain.planning import Rhythm, Series, colliding, dates_of, meeting_of, plan
from network.meetings.domain.refusals import Refused
from network.meetings.planning import county_of
from network.meetings.reading import rulebook
from network.tasks.domain.task import Task, done, task_id
from rules.calendars import NATIONAL
from rules.spans import TAIPEI

T0 = datetime(2023, 1, 3, 4, tzinfo=UTC)
HOUSE = "chiayi-county"
SOCIAL, POLICE, HEALTH, EDUCATION = (f"{HOUSE}/{each}" for each in ("protection", "police", "health", "education"))
UNITS = (SOCIAL, POLICE, HEALTH, EDUCATION)


def line(what: str = "x", at: datetime = T0) -> Line:
    return Line(at, what, "秘書")


def meeting(id: str = "m", at: datetime = T0, **more: object) -> Meeting:
    made = Meeting(id, HOUSE, "bureau", "bureau", at, SOCIAL, POLICE, UNITS, history=(line("planned"),))
    return replace(made, **more)  # type: ignore[arg-type]


def held(id: str = "m", came: tuple[str, ...] = UNITS, **more: object) -> Meeting:
    there = Attendance("秘書", T0, tuple(Present(each) for each in came))
    return meetings.held(meeting(id, **more), there, line("held"))


def item(id: str = "i", on: Meeting | None = None, **more: object) -> Item:
    made = replace(Item(id, HOUSE, id, "bureau", "bureau", SOCIAL, T0), **more)  # type: ignore[arg-type]
    return steps.placed(made, on, "added", line()) if on else made


def decision(id: str = "d", **more: object) -> Decision:
    made = Decision(id, "m", "bureau", "visit_together", POLICE, T0 + timedelta(days=10), "秘書", T0)
    return replace(made, **more)  # type: ignore[arg-type]


def series(chairs: tuple[str, ...], rhythm: Rhythm | None = None) -> Series:
    return Series("s", HOUSE, "bureau", "high_risk_violence", SOCIAL, chairs, "秘書", T0, UNITS, rhythm=rhythm)


# Printed in the briefing of Chiayi County, 2023 (L182-211).
HIGH_RISK = ["01-17", "02-21", "03-21", "04-18", "05-16", "06-20", "07-18", "08-15", "09-19", "10-17", "11-21", "12-19"]
CHILDREN = ["02-21", "03-29", "04-26", "05-24", "06-28", "07-26", "08-23", "09-27", "10-24", "11-22", "12-15"]


def test_the_third_tuesday_of_each_month_is_the_calendar_as_printed_and_chairs_take_turns() -> None:
    own = series((SOCIAL, POLICE, HEALTH, EDUCATION), Rhythm("month", 3, 1))
    planned = plan(own, tuple(dates_of(own.rhythm or Rhythm(), 2023)), NATIONAL.works, EDUCATION)
    assert [f"{each.at:%m-%d}" for each in planned] == HIGH_RISK
    assert planned[0].chair == EDUCATION
    assert sorted(each.chair for each in planned) == sorted(UNITS * 3)


def test_the_two_meetings_of_one_day_collide_for_the_same_units() -> None:
    days = [(HIGH_RISK, "a"), (CHILDREN, "b")]
    found = [
        meeting_of(series(UNITS), each, f"{name}{each.at}", line())
        for printed, name in days
        for each in plan(series(UNITS), [date.fromisoformat(f"2023-{day}") for day in printed], NATIONAL.works)
    ]
    collisions = [(each.day, other.day, units) for each in found for other, units in colliding(each, found)]
    assert {day for day, _, _ in collisions} == {date(2023, 2, 21)}
    assert all(units == frozenset(UNITS) for _, _, units in collisions)


def test_a_day_off_is_avoided_and_says_so() -> None:
    [planned] = plan(series(UNITS), [date(2023, 2, 28)], NATIONAL.works)  # Peace Memorial Day
    assert planned.at.date() == date(2023, 3, 1)
    assert planned.moved_from and planned.moved_from.date() == date(2023, 2, 28)


def test_a_committee_of_twenty_three_needs_twelve_of_those_whose_term_holds() -> None:
    sitting = [Member(f"委員 {number}", None, "2022-07-01", "2024-06-30") for number in range(23)]
    whole = meeting(units=(), members=(*sitting, Member("前委員", None, "2020-07-01", "2022-06-30")))
    there = [Present(HEALTH, f"委員 {number}") for number in range(10)]
    there.append(Present(HEALTH, "代理人", deputy_for="委員 20"))
    assert (whole.asked, whole.needed) == (23, 12)
    eleven = meetings.held(whole, Attendance("秘書", T0, (*there, Present(HEALTH, "前委員"))), line())
    assert (eleven.came, eleven.decides) == (11, False)
    twelve = meetings.held(whole, Attendance("秘書", T0, (*there, Present(HEALTH, "委員 11"))), line())
    assert (twelve.came, twelve.decides) == (12, True)
    both = Present(HEALTH, "委員 9", deputy_for="委員 11")
    twice = meetings.held(whole, Attendance("秘書", T0, (*there, both)), line())
    assert (twice.came, twice.decides) == (11, False), "nobody takes two seats"


def test_without_a_unit_that_must_be_there_what_is_agreed_on_is_a_proposal() -> None:
    few = held(came=(SOCIAL, POLICE, EDUCATION), quorum=Quorum(2, (HEALTH,)))
    proposed = holding.decided(item(on=few), few, decision(), line())
    assert [each.state for each in proposed.decisions] == ["proposed"]
    assert not list(of_item(proposed, rulebook().terms, NATIONAL, T0))


def test_who_came_is_corrected_and_what_was_decided_is_a_proposal_and_again_a_decision_with_its_tasks() -> None:
    enough, few = held(), held(came=())
    told = Telling(HEALTH, "in_person", T0)
    before = item(on=enough, decisions=(
        decision("a", collaborators=(HEALTH,), telling=told), decision("b", state="done"),
        decision("c", meeting_id="earlier"),
    ))  # fmt: skip
    lost = holding.turned(before, few, line("quorum"))
    assert [each.state for each in lost.decisions] == ["proposed", "done", "open"], "what others decided stands"
    assert lost.history[-1].about == "m"
    owed, later = [list(of_item(each, rulebook().terms, NATIONAL, T0)) for each in (before, lost)]
    handed = [replace(each, unit=EDUCATION) if each.id == task_id("a", CARRY_OUT) else each for each in owed]
    ended = {each.id: each for each in settled(handed, later, lost, by="x", at=T0)}
    gone = [each for each in ended.values() if each.because.id == "a"]
    assert {(each.state, each.reason) for each in gone} == {("dropped", "too_few")}
    assert len(gone) == 3
    back = holding.turned(lost, enough, line("quorum"))
    assert [each.state for each in back.decisions] == ["open", "done", "open"]
    owed = list(of_item(back, rulebook().terms, NATIONAL, T0))
    again = {each.id: each for each in settled(list(ended.values()), owed, back, by="x", at=T0)}
    assert {(each.state, each.reason) for each in again.values()} == {("open", None)}
    assert again[task_id("a", CARRY_OUT)].unit == EDUCATION, "in whose hands it was"
    assert holding.turned(back, enough, line()) is back


def test_what_another_countys_unit_owes_is_on_its_own_list_and_what_is_kept_from_somebody_leads_to_no_case() -> None:
    guest = "tainan-city/health"
    it = item(on=held(), case_id="c", decisions=(decision(lead=guest, collaborators=(POLICE,)),))
    owed = list(of_item(it, rulebook().terms, NATIONAL, T0))
    assert {(each.unit, each.county, each.case_id) for each in owed} == {
        (guest, "tainan-city", "c"), (POLICE, HOUSE, "c"),
    }  # fmt: skip
    known = [replace(owed[0], county=HOUSE), done(owed[1], by="x", at=T0)]
    kept = steps.kept_from(it, steps.NotFor("某人", "秘書", T0), line())
    now = list(of_item(kept, rulebook().terms, NATIONAL, T0))
    after = {each.id: each for each in settled(known, now, kept, by="x", at=T0)}
    assert {(each.unit, each.county, each.case_id, each.state) for each in after.values()} == {
        (guest, "tainan-city", None, "open"), (POLICE, HOUSE, None, "done"),
    }  # fmt: skip


def test_a_matter_that_is_added_once_more_keeps_whom_it_is_added_with() -> None:
    reason = Because("added", T0, "甲", reason="x")
    first = item("i", held(), because=(reason,), guests=("tainan-city/health",))
    more = replace(
        first, id="j", because=(replace(reason, by="乙"),), guests=("yunlin-county/police",), scheme="nuisance"
    )
    both = steps.joined(first, more, line("added"))
    assert (both.id, both.guests, both.scheme, len(both.because)) == (
        "i", ("tainan-city/health", "yunlin-county/police"), "nuisance", 2,
    )  # fmt: skip


def test_what_does_not_fit_is_put_off_from_the_end_never_what_a_rule_keeps_nor_what_was_put_off_before() -> None:
    room = meeting(minutes=30)
    first = item("a", room, since=T0)
    kept = item("b", room, since=T0 + timedelta(hours=1), always=True)
    before = item("c", room, since=T0 + timedelta(hours=2), deferrals=1)
    last = item("d", room, since=T0 + timedelta(hours=3))
    agenda = agenda_of(room, [last, before, kept, first])
    assert (agenda.minutes, agenda.over) == (60, 30)
    assert [each.id for each in agenda.to_defer] == ["d", "a"]
    with pytest.raises(Refused, match="item_deferred_before"):
        steps.deferred(before, line())


def test_unfinished_decisions_head_the_agenda() -> None:
    room = meeting()
    added = item("a", room)
    unfinished = steps.placed(
        replace(item("b"), since=T0 + timedelta(days=9), decisions=(decision(),)), room, "unfinished", line()
    )
    assert [each.item.id for each in agenda_of(room, [added, unfinished]).places] == ["b", "a"]


@pytest.mark.parametrize("sdm", [2, 3])
@pytest.mark.parametrize("mode", ["reunification", "family_preservation"])
@pytest.mark.parametrize("again", [False, True])
def test_of_eight_combinations_of_three_facts_one_is_always_discussed(sdm: int, mode: str, again: bool) -> None:
    facts = Facts("c", HOUSE, SOCIAL, sdm=sdm, service_mode=mode, rereported=again)
    found = [rule.id for rule in rules_holding(facts, rulebook().rules)]
    assert found == (["joint_child_protection"] if (sdm, mode, again) == (3, "family_preservation", True) else [])


def test_a_rule_says_which_values_it_read() -> None:
    facts = Facts("c", HOUSE, SOCIAL, sdm=3, service_mode="family_preservation", rereported=True)
    [rule] = rules_holding(facts, rulebook().rules)
    assert dict(rule.values(facts)) == {"sdm": "3", "service_mode": "family_preservation", "rereported": "true"}


@pytest.mark.parametrize(("third", "called"), [("04-09", True), ("04-10", True), ("04-11", False)])
def test_three_reports_of_schools_within_three_months_call_a_conference(third: str, called: bool) -> None:
    def seen(day: str, *, counts: bool = True) -> Sighting:
        at = datetime.fromisoformat(f"2023-{day}T10:00:00+08:00")
        return Sighting(day, "person:1", HOUSE, at, counts)  # type: ignore[arg-type]

    rule = rulebook().school_reports
    assert bool(reported_often([seen("01-10"), seen("02-20"), seen(third)], rule)) is called
    assert not reported_often([seen("01-10"), seen("02-20"), seen(third, counts=False)], rule)
    twice = replace(seen("02-20"), key="person:2")  # type: ignore[arg-type]  # one report names them twice
    assert not reported_often([seen("01-10"), seen("02-20"), twice], rule)
    summer = [seen("06-01"), seen("06-20"), seen("07-05")]
    found = reported_often([seen("01-10"), seen("02-20"), seen(third), *summer], rule)
    latest = ["06-01", "06-20", "07-05"] if called else ["04-11", "06-01", "06-20"]
    assert [each.report_id for each in found] == latest, "one conference is not for a whole life"


def test_a_case_leaves_its_list_only_below_the_threshold_measured_since() -> None:
    listing = Listing("l", HOUSE, "c", "high_risk_domestic_violence", T0, "rule", "high_risk_tool", 9)
    later = T0 + timedelta(days=30)
    refused = {
        "not_measured_again": [(), (Measure("tipvda", 7, T0 - timedelta(days=1)),), (Measure("sdm", 1, later),)],
        "not_below_threshold": [(Measure("tipvda", 8, later),)],
    }
    for code, measures in ((code, each) for code, every in refused.items() for each in every):
        with pytest.raises(Refused, match=code):
            delisted(listing, measures, "tipvda", 8, line())
    off = delisted(listing, (Measure("tipvda", 9, T0), Measure("tipvda", 7, later)), "tipvda", 8, line(at=later))
    assert off.until == later


def test_stuck_twice_it_goes_up_with_everything_and_its_answer_comes_back_down() -> None:
    first, second = held("m1", level="case_conference"), held("m2", level="case_conference")
    it = item("i", first, level="case_conference", case_id="c", owner=SOCIAL)
    assert holding.is_stuck(it, first, T0)
    it = steps.placed(steps.left(it, "ended", stuck=True), second, "moved", line())
    assert it.stuck == 1
    it = steps.placed(
        steps.left(it, "ended", stuck=holding.is_stuck(it, second, T0)),
        meeting("m3", level="case_conference"),
        "moved",
        line(),
    )
    assert (it.stuck, it.above) == (2, "district")
    for same_or_below in ("case_conference", "district"):
        with pytest.raises(Refused, match="not_a_level_above"):
            steps.raised(replace(it, level="district"), same_or_below, line())
    assert steps.raised(it, "county", line()).level == "county"
    up = steps.raised(it, "district", replace(line("raised"), reason="stuck"))
    assert (up.level, up.meeting_id, up.owner, len(up.sittings), up.stuck) == ("district", None, SOCIAL, 3, 0)
    there = held("d", level="district")
    higher = steps.raised(steps.placed(up, there, "raised", line()), "county", line())
    back = steps.answered(steps.placed(higher, held("c", level="county"), "raised", line()), None, line())
    assert (back.level, back.going_up) == ("district", back.raised[0])
    down = steps.answered(steps.placed(back, there, "answered", line()), None, line())
    assert (down.level, down.going_up, down.raised[0].answered_at) == ("case_conference", None, T0)


class History:
    """One item through whatever people do, with the ledger of what is owed beside it."""

    def __init__(self) -> None:
        self.meetings, self.count = [held("m0")], 0
        self.item, self.ledger = item("i", self.meetings[0], case_id="c"), dict[str, Task]()

    def do(self, what: str, which: int) -> None:
        at = T0 + timedelta(days=self.count)
        self.count += 1
        now, own = self.meetings[-1], line(what, at)
        chosen = self.item.decisions[which % len(self.item.decisions)] if self.item.decisions else None
        try:
            self.item = self._after(what, now, own, chosen)
        except Refused:
            return
        known = list(self.ledger.values())
        owed = list(of_item(self.item, rulebook().terms, NATIONAL, at))
        for task in settled(known, owed, self.item, by="x", at=at):
            self.ledger[task.id] = task

    def _after(self, what: str, now: Meeting, own: Line, chosen: Decision | None) -> Item:
        it = self.item
        if what == "decide":
            new = decision(f"d{self.count}", meeting_id=now.id, collaborators=(HEALTH,))
            return holding.decided(it, now, new, own)
        if what in ("few", "enough"):
            self.meetings[-1] = replace(now, attendance=held(came=UNITS if what == "enough" else ()).attendance)
            return holding.turned(it, self.meetings[-1], own)
        if what in ("done", "not_done", "not_possible") and chosen:
            said = Said(what, "x", own.at, "because")  # type: ignore[arg-type]
            return holding.with_decision(it, decided.reported(chosen, said), own)
        if what == "adopt" and chosen:
            return holding.with_decision(it, decided.adopted(chosen, now.id, now.level, "x", own.at), own)
        if what == "withdraw" and chosen:
            said = Said("not_possible", "x", own.at, "because")
            return holding.with_decision(it, decided.withdrawn(chosen, said), own)
        if what == "next":
            steps.must_be_open(it)
            self.meetings.append(held(f"m{self.count}", level=it.level))
            return steps.placed(steps.left(it, "ended"), self.meetings[-1], holding.comes_as(it), own)
        if what == "wait":
            steps.must_be_open(it)
            return steps.waiting(steps.left(it, "ended"), "moved", own)
        if what == "raise" and it.above:
            self.meetings.append(held(f"m{self.count}", level=it.above))
            return steps.placed(steps.raised(it, it.above, own), self.meetings[-1], "raised", own)
        if what == "answer":
            return steps.answered(it, None, own)
        if what == "drop":
            return steps.dropped(it, "because", own)
        return steps.closed(holding.all_heard(it, "x", own.at), own) if what == "close" else it


ACTS = (
    "decide",
    "few",
    "enough",
    "done",
    "not_done",
    "not_possible",
    "adopt",
    "withdraw",
    "next",
    "wait",
    "raise",
    "answer",
    "drop",
    "close",
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), max_size=25))
def test_every_decision_ends_or_is_owed_by_one_unit_and_no_item_disappears(acts: list[tuple[str, int]]) -> None:
    history = History()
    for what, which in acts:
        history.do(what, which)
        it = history.item
        for each in it.decisions:
            main = history.ledger.get(task_id(each.id, CARRY_OUT))
            owed = [task for task in history.ledger.values() if task.is_open and task.id == task_id(each.id, CARRY_OUT)]
            if each.state in ("open", "not_done"):
                assert [task.unit for task in owed] == [each.lead]
            else:
                assert not owed
            if each.state == "done":
                assert main and main.state == "done"
            if each.state == "not_possible":
                assert main and (main.state, main.reason) == ("dropped", "because")
        if it.is_open:
            plans = [task for task in history.ledger.values() if task.is_open and task.what == "plan_meeting"]
            assert bool(it.meeting_id) != bool(plans)
            assert len(plans) <= 1
        else:
            assert not [task for task in history.ledger.values() if task.is_open]
            assert not [each for each in it.decisions if each.state == "proposed"]
            assert it.sittings[-1].left in ("dropped", "closed", "ended", "raised", "answered")
        assert sum(each.left is None for each in it.sittings) <= 1
        assert it.level in LEVELS


def test_nobody_is_asked_on_a_time_in_another_zone() -> None:
    assert meeting(at=datetime(2023, 2, 20, 23, tzinfo=UTC)).day == date(2023, 2, 21)
    assert meeting(at=datetime(2023, 2, 21, 9, tzinfo=TAIPEI)).day == date(2023, 2, 21)


@pytest.mark.parametrize(
    ("said", "hosts", "counties", "county"),
    [
        ({"chair": "yunlin-county/health"}, ["chiayi-county/window"], {"*"}, "chiayi-county"),
        ({"units": ["yunlin-county/health"]}, [], {"chiayi-county"}, "chiayi-county"),
        ({"chair": "chiayi-county/health", "units": ["yunlin-county/health"]}, [], {"*"}, "chiayi-county"),
        ({"chair": "某局長", "units": ["chiayi-county/health"]}, [], {"*"}, "chiayi-county"),
        ({"chair": "某局長"}, [], {"*"}, None),
        ({"units": ["yunlin-county/health", "chiayi-county/health"]}, [], {"*"}, None),
    ],
)
def test_a_meeting_is_of_the_county_that_convenes_it_chairs_it_or_comes(
    said: dict[str, object], hosts: list[str], counties: set[str], county: str | None
) -> None:
    body = MeetingBody.model_validate({"level": "district", "purpose": "liaison", "at": "2026-12-01T09:00:00Z"} | said)
    caller = Caller("吳秘書", "secretary", frozenset(counties))
    if county:
        assert county_of(body, hosts, caller) == county
    else:
        with pytest.raises(Unprocessable, match="which county"):
            county_of(body, hosts, caller)
