"""The shipped programmes, played from data: each printed figure comes out of what happened, and none is typed in."""

from datetime import date, timedelta
from itertools import cycle, islice
from typing import Any

import pytest
from network.programmes.domain import steps
from network.programmes.domain.refusals import Refused
from rules.spans import TAIPEI

from tests.unit.network_programme import SMALL, Life, figures, parsed, programme, values

PARTS = ("biological_part", "psychological_part", "social_part")


def days(first: str, count: int, *, of: int = 300) -> list[str]:
    """So many days from a first one on, spread over `of` days."""
    start = date.fromisoformat(first)
    return [(start + timedelta(days=number * of // count)).isoformat() for number in range(count)]


def test_relief_is_bounded() -> None:
    life = Life.begin("emergency_relief", "2021-03-01T09:00", facts={"group": "illness"})
    life.contact("2021-03-01T11:00").answer("eligible", "2021-03-01T12:00", "criteria_table")
    for amount in (9_999, 30_001):
        with pytest.raises(Refused) as refused:
            life.grant("relief", amount, "2021-03-01T13:00", "c1")
        assert (refused.value.code, refused.value.about) == ("amount_outside", "10,000-30,000")
    with pytest.raises(Refused) as refused:
        life.answer("relieved", "2021-03-01T13:00")
    assert refused.value.about == "paid"
    assert [life.grant("relief", amount, "2021-03-01T13:00", f"c{amount}").amount for amount in (10_000, 30_000)] == [
        10_000, 30_000,
    ]  # fmt: skip
    with pytest.raises(Refused) as refused:
        life.grant("relief", 20_000, "2021-03-02", "c30000")
    assert refused.value.code == "same_cause"
    life.answer("relieved", "2021-03-02")
    assert values([life], "2021-01-01", "2021-09-30", "applied", "relieved", "paid_twd") == [1, 1, 40_000]


def test_a_cap_a_year_pays_what_is_left_and_begins_anew() -> None:
    life = Life.begin("women_addiction_care", "2026-03-01")
    assert life.grant("detox", 24_000, "2026-04-01").amount == 24_000
    cut = life.grant("detox", 2_000, "2026-12-31T23:59")
    assert (cut.asked, cut.amount, cut.cut_by) == (2_000, 1_000, "per_year")
    with pytest.raises(Refused) as refused:
        life.grant("detox", 1, "2026-12-31T23:59")
    assert (refused.value.code, refused.value.about) == ("per_year_used", "25,000")
    assert life.grant("detox", 2_000, "2027-01-01T00:00").amount == 2_000


@pytest.mark.parametrize(
    ("item", "asked", "amount"),
    [("contraceptive", 2_500, 2_000), ("diagnostic", 1_999, 1_999), ("preterm_screening", 900, 800),
     ("newborn_screening", 350, 350), ("newborn_icu", 3_000, 2_000), ("other", 3_001, 3_000)],
)  # fmt: skip
def test_caps_of_each_time(item: str, asked: int, amount: int) -> None:
    assert Life.begin("women_addiction_care", "2026-03-01").grant(item, asked, "2026-04-01").amount == amount


def test_a_third_ultrasound_is_refused() -> None:
    life = Life.begin("women_addiction_care", "2026-03-01")
    assert [life.grant("ultrasound", 6_000, f"2026-0{month}-01").amount for month in (4, 5)] == [6_000, 6_000]
    with pytest.raises(Refused) as refused:
        life.grant("ultrasound", 6_000, "2027-06-01")
    assert refused.value.code == "per_count_used"


def test_suicide_reports_split_20_45_35_and_the_45_by_issue() -> None:
    answers = ["psychiatric"] * 20 + ["several_issues"] * 45 + ["no_other_issue"] * 35
    issues = {
        "protection_case": 18, "disability": 10, "low_income": 9, "vulnerable_family": 6, "substance": 3,
        "long_term_care": 1,
    }  # fmt: skip
    of: dict[int, list[str]] = {}
    around = cycle(range(20, 65))  # who has two issues counts under both
    for issue, count in issues.items():
        for who in islice(around, count):
            of.setdefault(who, []).append(issue)
    lives = [
        Life.begin("suicide_care", at, f"p{who}").answer(answer, at, *PARTS, *of.get(who, []))
        for who, (answer, at) in enumerate(zip(answers, days("2021-01-05", 100), strict=True))
    ]
    assert values(lives, "2021-01-01", "2021-12-31", *programme("suicide_care").figures) == [
        100, 20, 45, 35, 18, 10, 9, 6, 3, 1, 0.45,
    ]  # fmt: skip


def test_joint_assessment_152_visited_123_opened_and_one_unit_alone_is_no_visit() -> None:
    lives = []
    for who, at in enumerate(days("2021-03-01", 152, of=720)):
        life = Life.begin("joint_assessment", at, f"p{who}")
        life.contact(at, emotion=who % 11, behaviour=who % 7, units=("mental_health",))
        lives.append(life.answer("opened" if who < 123 else "not_opened", at))
    alone = Life.begin("joint_assessment", "2021-04-01", "alone").contact("2021-04-02", emotion=3, behaviour=3)
    with pytest.raises(Refused) as refused:
        alone.answer("opened", "2021-04-02")
    assert refused.value.about == "assessed_together"
    half = Life.begin("joint_assessment", "2021-04-01", "half").contact(
        "2021-04-02", emotion=3, units=("mental_health",)
    )
    found = figures([*lives, alone, half], "2021-03-01", "2023-02-28")
    assert (found["visited"].value, found["opened_count"].value, found["opening_rate"].value) == (152, 123, 0.8092)


def test_outreach_of_a_year_is_11_69_227_1650_19() -> None:
    lives = []
    for who in range(69 + 227):
        hospital = f"chiayi-county/provider.hospital_{who % 11}"
        kind = "suspected" if who < 69 else "high_risk"
        life = Life.begin("psychiatric_outreach", "2022-01-10", f"p{who}", unit=hospital, facts={"kind": kind})
        lives.append(life.answer("taken_on" if kind == "high_risk" else "no_need", "2022-01-12"))
    taken = lives[69:]
    for number, at in enumerate(days("2022-01-20", 1_650, of=330)):
        lives[69 + number % 227].it = _told(taken[number % 227], at, "visit" if number % 3 else "telephone")
    for life in taken[:19]:
        life.it = _told(life, "2022-12-20", "escort")
    names = ("hospitals", "assessed", "taken_on_high_risk", "visits_and_calls", "escorted")
    assert values(lives, "2022-01-01", "2022-12-31", *names) == [11, 69, 227, 1_650, 19]


def _told(life: Life, at: str, kind: str, **measures: float) -> Any:
    """The enrolment after a contact, its ledger left alone: a year of them is counted here, not what is owed."""
    look, life.look = life.look, lambda _: life  # type: ignore[method-assign]
    life.contact(at, kind, **measures)
    life.look = look  # type: ignore[method-assign]
    return life.it


@pytest.mark.parametrize(
    ("start", "end", "households", "linked", "visits"),
    [("2019-01-01", "2019-12-31", 26, 22, 49), ("2020-01-01", "2020-12-31", 84, 55, 687),
     ("2021-01-01", "2021-06-30", 40, 29, 158)],
)  # fmt: skip
def test_parenting_guidance_by_year(start: str, end: str, households: int, linked: int, visits: int) -> None:
    lives = [
        Life.begin(
            "parenting_guidance", start, f"h{who}", facts={"linked_by": "centre" if who < linked else "themselves"}
        )
        for who in range(households)
    ]
    for number, at in enumerate(days(start, visits, of=150)):
        _told(lives[number % households], at, "visit")
    assert values(lives, start, end, "households", "by_centres", "visits") == [households, linked, visits]


def test_in_the_epidemic_no_lesson_was_overdue() -> None:
    life = Life.begin("parenting_guidance", "2021-03-10", facts={"linked_by": "centre"}).contact("2021-04-10")
    life.pause("2021-05-15", "2021-08-15")
    assert life.due("monthly_visit") == ["2021-08-31"]
    assert values([life], "2021-05-01", "2021-08-30", "visits_missed") == [0]


def test_mediation_0_and_3_are_2_and_1_with_9_0_23_0_0() -> None:
    lives = [
        Life.begin("family_mediation", f"2021-0{at}-05", f"h{at}", facts={"came_by": "other_cases"}) for at in (1, 2, 3)
    ]
    for number, (what, kind) in enumerate([("counselling", "session")] * 9 + [("advice", "telephone")] * 23):
        lives[number % 3].contact(days("2021-03-06", 32, of=80)[number], kind, what)
    with pytest.raises(Refused) as refused:
        lives[0].contact("2021-06-10", "session")
    assert refused.value.code == "contact_unsaid", "a contact of no kind is refused"
    lives[0].answer("agreed", "2021-06-15")
    found = [values(lives, "2021-01-01", "2021-06-30", name)[0] for name in programme("family_mediation").figures]
    before, registration, others, new, continuing, closed, *times = found
    assert (before, registration, others, new) == (0, 0, 3, 3) and before + new == continuing + closed
    assert (continuing, closed, times) == (2, 1, [9, 0, 23, 0, 0])


def test_accounts_53_point_4_opened_84_point_1_paid_in_below_85() -> None:
    lives = [Life.begin("development_account", "2021-01-04", f"p{who}") for who in range(734)]
    for life in lives[:392]:
        life.answer("opened", "2021-01-20")
    of = 11 * 392
    paid = round(of * 0.841)
    for number in range(paid):
        month, who = divmod(number, 392)
        _told(lives[who], f"2021-{month + 2:02}-05", "message", deposit_twd=500)
    found = figures(lives, "2021-01-01", "2021-12-31")
    assert (found["opening_rate"].value, found["opening_rate"].of) == (0.5341, (392, 734))
    rate = found["paid_in"]
    assert f"{rate.value:.1%}" == "84.1%" and rate.of == (paid, of) and rate.target == 0.85 and rate.reached is False


def test_of_ten_dropouts_eight_return() -> None:
    lives = [Life.begin("school_dropout", "2021-03-01", f"p{who}").contact("2021-03-03") for who in range(10)]
    for life in lives[:8]:
        life.answer("returned", "2021-04-01")
    assert values(lives, "2021-01-01", "2021-12-31", "dropouts", "returned_count", "return_rate") == [10, 8, 0.8]
    assert all(life.owed for life in lives), "also who is back is looked after"


@pytest.mark.parametrize(
    ("placed", "court"),
    [("2026-03-01T10:00", "03-04 10:00"), ("2024-02-27T10:00", "03-01 10:00"), ("2026-12-30T23:30", "01-02 23:30")],
)
def test_a_placement_is_at_court_within_72_hours(placed: str, court: str) -> None:
    [task] = Life.begin("placement", placed).owed
    assert task.due_at and f"{task.due_at.astimezone(TAIPEI):%m-%d %H:%M}" == court


def test_an_extension_is_reviewed_15_and_petitioned_7_days_before_it_ends() -> None:
    life = Life.begin("placement", "2026-03-01T10:00")
    with pytest.raises(Refused) as refused:
        life.answer("extended", "2026-03-03", "court_order")
    assert refused.value.about == "placement_ends"
    life.answer("extended", "2026-03-03", "court_order", placement_ends="2026-06-04")
    assert (life.due("review"), life.due("petition")) == (["2026-05-20"], ["2026-05-28"])
    life.answer("reviewed", "2026-05-19", "review_report").answer("petitioned", "2026-05-29", "petition_filed")
    assert life.states("review", "2026-05-29") == ["met"] and life.states("petition", "2026-05-29") == ["late"]
    life.answer("extended", "2026-06-03", "court_order", placement_ends="2026-09-04")
    assert (life.due("review"), life.due("petition")) == (["2026-08-20"], ["2026-08-28"]), "anew for the new end"


def test_each_extension_of_a_placement_has_its_own_end_and_its_own_order() -> None:
    """A paper of that name is no day, and neither the day nor the order of the last one is this one's."""
    life = Life.begin("placement", "2026-03-01")
    for papers, ends, lacks in (
        (("court_order", "placement_ends"), "", "placement_ends"), ((), "2026-06-05", "court_order"),
        (("court_order",), "2026-06-05", ""), (("court_order",), "", "placement_ends"),
        ((), "2026-09-05", "court_order"),
        (("court_order",), "2026-09-05", ""), ((), "2026-12-05", "court_order"),
    ):  # fmt: skip
        facts = {"placement_ends": ends} if ends else {}
        if lacks:
            with pytest.raises(Refused) as refused:
                life.answer("extended", "2026-03-03", *papers, **facts)
            assert (refused.value.code, refused.value.about) == ("needed_first", lacks)
        else:
            life.answer("extended", "2026-03-03", *papers, **facts)
    assert (life.due("review"), life.due("petition")) == (["2026-08-21"], ["2026-08-29"])


def test_who_is_assessed_again_is_assessed_in_all_parts_again() -> None:
    parts = ("biological_part", "psychological_part", "social_part")
    life = Life.begin("suicide_care", "2026-03-02").answer("psychiatric", "2026-03-05", *parts)
    life.answer("again", "2026-04-01")
    with pytest.raises(Refused) as refused:
        life.answer("several_issues", "2026-04-02")
    assert refused.value.about == "biological_part"


def test_a_child_who_was_lost_and_found_is_seen_again_before_it_is_called_safe() -> None:
    life = Life.begin("under_six_care", "2026-03-02", facts={"list": "under_six"}).contact("2026-03-04")
    life.answer("not_found", "2026-03-10").answer("found", "2026-03-20")
    with pytest.raises(Refused) as refused:
        life.answer("safe", "2026-03-21")
    assert (refused.value.code, refused.value.about) == ("needed_first", "seen")
    assert not life.contact("2026-03-22").answer("safe", "2026-03-22").owed


def test_one_visit_in_a_week_leaves_the_second_overdue_after_sunday() -> None:
    life = Life.begin("under_six_empowerment", "2026-11-20").contact("2026-11-24")
    assert life.states("weekly_visits", "2026-11-29T23:59") == ["met", "open"]
    assert life.states("weekly_visits", "2026-11-30")[:2] == ["met", "overdue"]


def test_a_volunteers_worry_is_reported_again_before_it_ends() -> None:
    life = Life.begin("family_follow_up", "2026-11-02").contact("2026-12-05")
    with pytest.raises(Refused):
        life.answer("worry", "2026-12-06")
    assert not life.answer("worry", "2026-12-06", "reported_again").owed
    assert values([life], "2026-11-01", "2026-12-31", "families", "visits", "reported_count") == [1, 1, 1]


ELSEWHERE = (
    SMALL.replace(
        "next: {well: end}",
        """next: {well: end, sent: away}
  away:
    tasks: [{id: decide, due: 30d, source: of the tests, verified: false}]
    next: {moved: end}""",
    )
    .replace(
        "  served: {count: begun}",
        """  served: {count: begun}
  went: {count: answers, answer: moved}
  over: {count: ended, answer: moved}""",
    )
    .replace(
        "  served: [人數",
        """  sent: [轉介, Sent]
  away: [外地, Away]
  moved: [遷居, Moved]
  went: [遷居數, Went]
  over: [遷居結束數, Over]
  served: [人數""",
    )
)


def test_nobody_ends_by_a_reason_what_the_programme_answers_with_a_paper() -> None:
    """Served elsewhere, by whom: the answer names the unit, a reason of the same name would not, and count as it."""
    life = Life.begin("psychiatric_care", "2026-03-02", facts={"level": "level_2"})
    with pytest.raises(Refused) as refused:
        life.end("served_elsewhere", "2026-03-10")
    assert (refused.value.code, refused.value.about) == ("reason_is_answer", "psychiatric_care.served_elsewhere")
    assert not life.answer("served_elsewhere", "2026-03-10", "serving_unit").owed
    early = Life.begin(parsed(ELSEWHERE), "2026-03-02").end("moved", "2026-03-10")
    assert values([early], "2026-03-01", "2026-03-31", "went", "over") == [0, 0], "a reason is no answer of this stage"


def test_a_grant_is_paid_once_and_not_before_it_was_granted() -> None:
    life = Life.begin("women_addiction_care", "2026-03-01")
    made = life.grant("detox", 1_000, "2026-04-01", pay=False)
    for grant, at, code in ((made.id, "2026-03-31", "before_grant"), ("none", "2026-04-02", "grant_unknown")):
        with pytest.raises(Refused) as refused:
            steps.paid(life.it, grant, life.said(at))
        assert refused.value.code == code
    life.it = steps.paid(life.it, made.id, life.said("2026-04-02"))
    with pytest.raises(Refused) as refused:
        steps.paid(life.it, made.id, life.said("2026-04-02"))
    assert refused.value.code == "already_paid"
