"""The shipped programmes that begin with a list or a court, and those that last: each item's figures, from data."""

from pathlib import Path
from typing import Any

import pytest
from network.programmes.domain.refusals import Refused
from network.programmes.list_pages import entry_of
from starlette.datastructures import FormData
from web.frame import Filled

from tests.unit.network_programme import SMALL, Life, figures, parsed, values

MEASURES = {"craving": 1, "peers": 2, "mood": 1, "family_support": 3, "work": 2, "health_care": 4}
OURS = Path(__file__).parent.parent / "data" / "programmes" / "hoarding_help.yaml"


def many(code: str, at: str, answers: list[tuple[str, tuple[str, ...]]], count: int, **more: Any) -> list[Life]:
    """Each of them answered in turn, where there is an answer for them."""
    lives = [Life.begin(code, at, f"p{who}", **more) for who in range(count)]
    for life, (answer, evidence) in zip(lives, answers, strict=False):
        life.answer(answer, at, *evidence)
    return lives


def test_thirty_job_seekers_are_12_served_10_visited_8_without_need() -> None:
    lives = many("low_income_job_seekers", "2023-03-01", [("already_served", ("serving_unit",))] * 12, 30)
    for life in lives[12:22]:
        life.contact("2023-03-05").answer("visited", "2023-03-05")
    for life in lives[22:]:
        life.answer("no_need", "2023-03-06")
    names = ("rows", "served_count", "visited_count", "no_need_count", "answered")
    assert values(lives, "2023-01-01", "2023-12-31", *names) == [30, 12, 10, 8, 30]


def test_every_row_of_250_is_answered_or_is_named_as_owed() -> None:
    lives = many("under_six_care", "2023-03-01", [("served", ("serving_unit",))] * 50, 250, facts={"list": "under_six"})
    for life in lives[50:247]:
        life.contact("2023-03-08").answer("safe", "2023-03-08")
    lives[247].answer("not_found", "2023-03-09")
    assert values(lives, "2023-03-01", "2023-03-31", "rows", "answered", "still_open") == [250, 248, 3]
    for life in lives[247:]:
        life.look("2023-03-12")
    assert [life.due("answer_row") for life in lives[247:]] == [[], ["2023-03-11"], ["2023-03-11"]]
    assert lives[247].due("ask_police") == ["2023-03-14"], "not found has an owner and a next step"


def test_four_youths_referred_by_the_court_four_continue() -> None:
    lives = many("court_double_track", "2022-08-01", [("taken_on", ())] * 4, 4, facts={"on_list_of": "court"})
    assert values(lives, "2022-06-01", "2023-06-30", "referred_in", "of_court_alone", "continuing") == [4, 4, 4]


def test_three_hundred_allowances_are_291_kept_and_9_ended() -> None:
    lives = many("living_allowance", "2020-12-20", [("granted", ())] * 300, 300)
    for who, life in enumerate(lives):
        life.answer("kept" if who < 291 else "ended_at_review", "2021-12-01", *(() if who < 291 else ("reason_given",)))
    names = ("reviews_due", "kept_count", "ended_count", "answered", "unanswered")
    assert values(lives, "2021-01-01", "2021-12-31", *names) == [300, 291, 9, 300, 0]


def test_of_24_ordered_20_complete_their_treatment() -> None:
    facts = {"form": "violence_group", "sessions_ordered": 12}
    lives = many("offender_treatment", "2023-01-10", [("completed", ())] * 20, 24, facts=facts)
    found = figures(lives, "2023-01-01", "2023-12-31")
    assert found["completion_rate"].value == 0.8333 and found["completion_rate"].of == (20, 24)
    away = lives[23].contact("2023-02-01", "session", "absence", reached=False).answer("stayed_away", "2023-02-20")
    assert away.due("tell_prosecutor") == ["2023-02-23"], "a person tells the prosecutor's window"


def test_a_month_without_the_police_is_the_polices_own() -> None:
    life = Life.begin("three_party_offenders", "2023-01-10")
    life.contact("2023-02-03", "telephone", "by_social_affairs").contact(
        "2023-02-05", "visit", "by_health", unit="health"
    )
    life.contact("2023-02-07", "visit", "by_police", unit="health")  # who was there was not the police
    life.look("2023-03-01")
    names = ("missed_by_social_affairs", "missed_by_health", "missed_by_police")
    assert values([life], "2023-02-01", "2023-02-28", *names) == [0, 0, 1]
    late = [task for task in life.owed if task.due_at and task.due_at.month == 2 and "month_of" in task.what]
    assert [(task.what, task.unit) for task in late] == [
        ("three_party_offenders.month_of_police", "chiayi-county/police")
    ]


def test_six_visits_are_six_measured_times() -> None:
    life = Life.begin("drug_prevention", "2023-01-10")
    for month in range(2, 8):
        life.contact(f"2023-{month:02}-05", "visit", **(MEASURES | {"mood": min(4, month - 2)}))
    with pytest.raises(Refused) as refused:
        life.contact("2023-08-01", "visit", **(MEASURES | {"mood": 5}))
    assert (refused.value.code, refused.value.about) == ("measure_outside", "mood")
    assert [each.measures and each.measures["mood"] for each in life.it.contacts] == [0, 1, 2, 3, 4, 4]
    assert values([life], "2023-01-01", "2023-07-31", "measured_visits", "visits_missed") == [6, 0]


def test_an_act_is_escorted_within_the_hour_and_an_ideation_seen_every_week() -> None:
    act = Life.begin("school_self_harm", "2023-03-06T14:00", facts={"grade": "act"}).answer(
        "is_act", "2023-03-06T14:01"
    )
    by_unit = {task.what.partition(".")[2]: task.unit.partition("/")[2] for task in act.owed}
    assert by_unit == {"escort_to_hospital": "education", "join_in": "mental_health", "safety_plan": "education"}
    [escort] = [task for task in act.owed if task.what.endswith("escort_to_hospital")]
    assert escort.due_at and (escort.due_at - escort.since).total_seconds() == 3600
    thought = Life.begin("school_self_harm", "2023-03-06", facts={"grade": "ideation"}).answer(
        "is_ideation", "2023-03-06"
    )
    assert thought.due("weekly_contact") == ["2023-03-19"]
    with pytest.raises(Refused) as refused:
        act.answer("out_of_danger", "2023-03-07", told=("mental_health",))
    assert refused.value.about == "parents"


def test_of_forty_members_22_are_present_and_three_have_jobs() -> None:
    lives = many("clubhouse", "2023-01-03", [("job_begun", ())] * 3, 40)
    for life in lives[:22]:
        life.contact("2023-03-01", "session")
    found = values(lives, "2023-03-01", "2023-03-01", "members", "present", "attendance")
    assert found == [40, 22, 0.55] and values(lives, "2023-01-01", "2023-03-31", "jobs_filled") == [3]


def test_a_job_counts_again_after_three_and_after_six_months() -> None:
    lives = many("employment_kept", "2023-01-03", [("hired", ())] * 10, 10)
    assert lives[0].due("ask_after_three_months") == ["2023-04-03"]
    for who, life in enumerate(lives[:8]):
        life.answer("still_at_work", "2023-04-03")
        life.answer("six_months_kept" if who < 5 else "lost_job", "2023-07-03")
    assert values(lives, "2023-01-01", "2023-12-31", "three_month_rate", "six_month_rate") == [0.8, 0.5]


def test_a_birth_plan_is_due_a_month_before_the_birth() -> None:
    life = Life.begin("young_parents", "2023-01-10", facts={"birth_expected": "2023-05-31"})
    assert (life.due("birth_plan"), life.due("ask_after_birth")) == (["2023-04-30"], ["2023-06-14"])
    life.answer("plan_ready", "2023-04-20", "written_birth_plan").answer("born", "2023-05-28")
    assert life.due("birth_plan") == [] and life.it.stage == "parenting"
    with pytest.raises(Refused):
        Life.begin("young_parents", "2023-01-10")


def test_over_the_threshold_opens_under_it_records() -> None:
    lives = [Life.begin("carer_support", "2023-01-10", f"p{who}", facts={"screening_score": who}) for who in range(20)]
    for who, life in enumerate(lives):
        life.answer("opened" if who >= 12 else "recorded", "2023-01-12")
    lives[19].contact("2023-02-01", "session", "group_support").contact("2023-02-02", "telephone", "individual")
    names = ("screened_count", "opened_count", "recorded_count", "individual_times", "group_times", "volunteer_times")
    assert values(lives, "2023-01-01", "2023-12-31", *names) == [20, 8, 12, 1, 1, 0]


def test_one_child_ten_sessions() -> None:
    life = Life.begin("community_therapy", "2021-01-10", facts={"township": "alishan"})
    for month in range(2, 12):
        life.contact(f"2021-{month:02}-08", "session", "therapy")
    assert values([life], "2021-01-01", "2021-12-31", "children", "sessions", "children_in_alishan") == [1, 10, 1]


def test_one_family_in_three_measures_counts_in_three() -> None:
    life = Life.begin("leaving_poverty", "2023-01-10")
    for what in ("education", "work", "savings", "savings"):
        life.contact("2023-02-01", "session", what)
    names = ("families", "in_education", "in_work", "in_savings", "in_taking_part", "in_public_private")
    assert values([life], "2023-01-01", "2023-12-31", *names) == [1, 1, 1, 1, 0, 0]


def test_calls_are_no_visits_in_psychiatric_care() -> None:
    life = Life.begin("psychiatric_care", "2022-12-10", facts={"level": "level_1"})
    for month in range(1, 4):
        for at in range(4, 8):
            life.contact(f"2023-{month:02}-{at:02}", "telephone")
    assert values([life], "2023-01-01", "2023-03-31", "calls", "visits", "visits_missed") == [12, 0, 1]


def test_a_programme_that_nobody_here_thought_of() -> None:
    """A county's own, by its file alone: homes filled to the ceiling."""
    life = Life.begin(parsed(OURS.read_text("utf-8")), "2026-03-02", facts={"exits_blocked": True})
    life.contact("2026-03-10").answer("agreed", "2026-03-20")
    life.contact("2026-03-25", "session", "sorting", rooms_usable=1)  # without the nurse it was no sorting
    assert life.states("sort_again", "2026-03-25") == ["open"]
    for at, rooms in (("2026-03-30", 1), ("2026-04-10", 3), ("2026-04-20", 5)):
        life.contact(at, "session", "sorting", units=("health",), rooms_usable=rooms)
    assert life.grant("skip", 9_000, "2026-04-20").amount == 8_000
    life.pause("2026-05-01", "2026-05-31").answer("livable", "2026-06-10")
    assert life.due("follow_up") == ["2027-06-10"]
    names = ("homes", "livable_homes", "livable_share", "skips_twd")
    assert values([life], "2026-01-01", "2026-12-31", *names) == [1, 1, 1.0, 8_000]


@pytest.mark.parametrize(("stage", "evidence"), [("serving", ["consent"]), ("away", ["report"])])
def test_a_row_hands_in_what_its_own_stage_needs(stage: str, evidence: list[str]) -> None:
    text = SMALL.replace("next: {well: end}", TWO_STAGES).replace("  served: [人數", f"{MORE_WORDS}  served: [人數")
    life = Life.begin(parsed(text), "2026-03-02")
    life = life.answer("goes", "2026-03-03") if stage == "away" else life
    id = life.it.id
    form = Filled(FormData([(f"act.{id}", "answer.well"), (f"whole.{id}", "yes")]))
    [act] = entry_of(life.it, form, life.of)["acts"]
    assert act["answer"]["evidence"] == evidence


TWO_STAGES = """next: {well: {to: end, needs: [consent]}, goes: away}
  away:
    tasks: [{id: decide, due: 30d, source: of the tests, verified: false}]
    next: {well: {to: end, needs: [report]}}"""
MORE_WORDS = """  goes: [外出, Goes]
  away: [外地, Away]
  consent: [同意書, Consent]
  report: [報告, Report]
"""
