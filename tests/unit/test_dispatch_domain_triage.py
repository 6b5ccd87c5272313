"""What a duty officer would expect of single reports."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from contracts.decisions import Outcome
from contracts.reports import Flag, SourceUnit, Submission
from dispatch.domain.people.duplicates import Known, Relation
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import Facts, facts_of
from dispatch.domain.triage.nearest import changed_by
from dispatch.domain.triage.triage import Triage, rule, triage
from dispatch.policy import policies
from rules.counties import county
from rules.people import Keys, keys_of

AT = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
HOME = {"county": "chiayi-county", "township": "民雄鄉", "address": "建國路一段 1 號"}
SUBJECT = {"role": "subject", "name": "林小美", "birth_date": "1990-03-12", "phones": ["0912345678"], "residence": HOME}
HUSBAND = {"role": "alleged_perpetrator", "name": "陳大明", "relation_to_subject": "spouse"}


def body(case_type: str = "adult_protection", **change: Any) -> dict[str, Any]:
    event = {"occurred_at": "2026-11-20T21:05:00+08:00", "place": HOME, "kinds": ["physical_violence"]} | change.pop(
        "event", {}
    )
    return {"case_type": case_type, "county": "chiayi-county", "event": event, "people": [SUBJECT, HUSBAND], **change}


def index(kind: str, *values: str) -> str:
    return hashlib.sha256("\x1f".join((kind, *values)).encode()).hexdigest()[:16]


def opened(read: dict[str, Any], *flags: Flag, id: str = "r1", source: str = "police", at: datetime = AT) -> Incoming:
    return Incoming(id, 1, read["county"], source, SourceUnit(source), at, Submission.model_validate(read), flags)


def decided(incoming: Incoming, earlier: Sequence[Known] = (), county: str | None = None) -> Triage:
    policy = policies().in_force(county or incoming.county, date(2026, 11, 20))
    keys, at = keys_of(incoming.report, index), incoming.received_at + timedelta(seconds=1)
    return triage(incoming, facts_of(incoming), keys, earlier, policy, at)


def known(incoming: Incoming, outcome: str | None) -> Known:
    facts = facts_of(incoming)
    return Known(
        incoming.report_id, incoming.received_at, incoming.report.event.occurred_at, facts.case_type, facts.source_unit,
        incoming.agency_id, tuple(facts.kinds), facts.township, keys_of(incoming.report, index), outcome,
        unit="chiayi-county/protection",
    )  # fmt: skip


def test_the_published_example_is_protected_at_once() -> None:
    people = [
        {**SUBJECT, "national_id": "Q222222220", "conditions": ["disability"]},
        HUSBAND,
        {"role": "household_member", "name": "陳小寶", "birth_date": "2020-06-01", "relation_to_subject": "child"},
    ]
    read = body(event={"danger_signs": ["strangulation", "weapon_threat"]}, people=people, needs=["economic_hardship"])
    found = decided(opened(read | {"assessments": [{"tool": "tipvda", "score": 9}]}))
    assert (found.outcome, found.priority, found.review) == (Outcome.PROTECTION, 1, False)
    assert found.unit == "chiayi-county/protection"
    assert found.collaborators == ("chiayi-county/police", "chiayi-county/health")
    assert {"D01", "D02", "T01"} <= {hit.row for hit in found.because}
    assert {clock.id for clock in found.clocks} == {"dispatch", "unit.accept", "disability.visit", "disability.report"}


CHILD = {"role": "subject", "name": "陳小寶", "birth_date": "2014-06-01", "residence": HOME}
WANDERS = [{"role": "subject", "name": "林阿公", "conditions": ["dementia"], "residence": HOME}]
ORDINARY = [
    (body(), Outcome.NO_DISPATCH),
    (body(event={"danger_signs": ["victim_afraid"]}), Outcome.PROTECTION),
    (body(assessments=[{"tool": "tipvda", "score": 8}]), Outcome.PROTECTION),
    (body(event={"kinds": ["neglect"]}), Outcome.WELFARE_CENTRE),
    (body("child_protection", people=[CHILD], event={"danger_signs": ["child_injury"]}), Outcome.PROTECTION),
    (body("child_protection", people=[CHILD], event={"kinds": ["inadequate_care"]}), Outcome.WELFARE_CENTRE),
    (body("child_protection", people=[CHILD]), Outcome.NO_DISPATCH),
    (body("sexual_assault_adult", event={"kinds": ["sexual_violence"]}), Outcome.PROTECTION),
    (body("sexual_assault_minor", people=[CHILD], event={"kinds": ["sexual_violence"]}), Outcome.PROTECTION),
    (
        body("consultation_adult", people=WANDERS, event={"kinds": ["other"]}, needs=["member_adversity"]),
        Outcome.WELFARE_CENTRE,
    ),
    (
        body("consultation_adult", people=[SUBJECT], event={"kinds": ["other"]}, needs=["economic_hardship"]),
        Outcome.NO_DISPATCH,
    ),
    (body("consultation_minor", people=[CHILD], event={"kinds": ["self_harm"]}), Outcome.WELFARE_CENTRE),
    (body("consultation_minor", people=[CHILD], event={"kinds": ["physical_violence"]}), Outcome.PROTECTION),
]


@pytest.mark.parametrize(("read", "outcome"), ORDINARY)
def test_an_ordinary_report_is_decided_straight_away(read: dict[str, Any], outcome: Outcome) -> None:
    found = decided(opened(read))
    assert (found.outcome, found.review) == (outcome, False)
    assert (found.unit is None) == (outcome is Outcome.NO_DISPATCH)


@pytest.mark.parametrize("case_type", sorted({read["case_type"] for read, _ in ORDINARY}))
def test_a_report_of_nobody_in_particular_is_decided_protectively(case_type: str) -> None:
    people = [{"role": "subject"}]
    read = {"case_type": case_type, "county": "chiayi-county", "event": {"narrative": "……"}, "people": people}
    found = decided(opened(read))
    assert found.outcome in (Outcome.PROTECTION, Outcome.WELFARE_CENTRE)
    assert not found.review


@pytest.mark.parametrize(
    ("township", "centre"),
    [
        ("民雄鄉", "minxiong"),
        ("東石鄉", "puzi"),
        ("布袋鎮", "budai"),
        ("鹿草鄉", "shuishang"),
        ("大埔鄉", "zhongpu"),
        ("阿里山鄉", "zhuqi"),
    ],
)
def test_the_welfare_centre_of_the_home_is_sent(township: str, centre: str) -> None:
    child = CHILD | {"residence": HOME | {"township": township}}
    found = decided(opened(body("child_protection", people=[child], event={"kinds": ["neglect"]})))
    assert found.unit == f"chiayi-county/welfare_centre.{centre}"


def test_every_township_of_the_county_has_a_centre() -> None:
    served = [each.townships for each in county("chiayi-county").centres.values()]
    assert (len(served), len({township for townships in served for township in townships})) == (6, 18)


def test_where_nobody_is_sent_resources_are_linked() -> None:
    people = [SUBJECT | {"conditions": ["unemployment"]}]
    read = body("consultation_adult", people=people, event={"kinds": ["other"]}, needs=["economic_hardship"])
    assert decided(opened(read)).resources == ("advice_1957", "employment_service", "emergency_relief")
    assert decided(opened(body())).resources == ("advice_113", "family_education")


def test_a_report_of_another_countys_family_is_transferred() -> None:
    there = {"county": "tainan-city", "township": "新營區"}
    found = decided(opened(body(people=[SUBJECT | {"residence": there}, HUSBAND])))
    assert (found.outcome, found.transferred_to, found.unit) == (Outcome.TRANSFERRED, "tainan-city", None)
    assert found.because[0].row == "transfer"
    assert found.because[0].facts["source"] == "D0080021 s3"
    assert found.nearest is not None
    assert (found.nearest.fact, found.nearest.to) == ("residence_county", "chiayi-county")


def test_an_urgent_one_is_handled_first() -> None:
    there = {"county": "tainan-city", "township": "新營區"}
    read = body(event={"danger_signs": ["weapon_threat"]}, people=[SUBJECT | {"residence": there}, HUSBAND])
    found = decided(opened(read))
    assert (found.outcome, found.transferred_to, found.competence.movable_later) == (Outcome.PROTECTION, None, True)
    assert found.because[0].row == "urgent"


def test_one_event_reported_twice_makes_one_duplicate() -> None:
    read = body(event={"danger_signs": ["strangulation"]})
    first, second = opened(read), opened(read, id="r2", source="medical")
    found = decided(second, [known(first, "protection")])
    assert (found.outcome, found.duplicate_of, found.unit, found.nearest) == (Outcome.DUPLICATE, "r1", None, None)
    assert found.because[0].facts == {"of": "r1", "reasons": "nb, pn, same_time, same_township, same_kinds"}
    assert "姓名與出生日期相同" in found.because[0].zh


@pytest.mark.parametrize(
    ("home", "event", "unit", "asked"),
    [
        ("竹崎", "民雄", "zhuqi", False),
        ("嘉義縣竹崎鄉", "火星鄉", "zhuqi", False),
        ("火星鄉", "民雄鄉", "minxiong", True),
        (None, "火星鄉", "puzi", True),
        (None, "民雄鄉", "minxiong", False),
        ("仁愛", None, "puzi", True),
    ],
)
def test_which_centre_is_sent_is_a_persons_to_say_where_nobody_can_read_the_township(
    home: str | None, event: str | None, unit: str, asked: bool
) -> None:
    child = CHILD | {"residence": {"county": "chiayi-county", "township": home} if home else None}
    place = {"county": "chiayi-county", "township": event} if event else None
    found = decided(opened(body("child_protection", people=[child], event={"kinds": ["neglect"], "place": place})))
    assert found.unit == f"chiayi-county/welfare_centre.{unit}"
    assert (found.review, "place" in [each.row for each in found.because]) == (asked, asked)


def test_a_township_that_was_sealed_because_no_list_knows_it_is_a_persons_to_read() -> None:
    child = CHILD | {"residence": None}
    read = body("child_protection", people=[child], event={"kinds": ["neglect"], "place": None})
    flag = Flag(at="/event/place/township", reason="unknown_place")
    assert (decided(opened(read)).review, decided(opened(read, flag)).review) == (False, True)


@pytest.mark.parametrize("before", ["no_dispatch", "welfare_centre", None])
def test_the_same_event_told_graver_is_a_duplicate_that_raises_the_milder_report(before: str | None) -> None:
    graver = opened(body(event={"danger_signs": ["strangulation"]}), id="r2", source="medical")
    found = decided(graver, [known(opened(body()), before)])
    assert (found.outcome, found.duplicate_of) == (Outcome.DUPLICATE, "r1")
    assert found.because[0].row == "graver"
    assert found.raises is not None
    assert (found.raises.outcome, found.raises.unit) == (Outcome.PROTECTION, "chiayi-county/protection")


def test_the_same_event_told_no_graver_raises_nothing() -> None:
    read = body(event={"danger_signs": ["strangulation"]})
    first = replace(known(opened(read), "protection"), priority=1)
    assert decided(opened(read, id="r2", source="medical"), [first]).raises is None
    assert decided(opened(body(), id="r2", source="medical"), [first]).raises is None


def test_a_report_that_stays_here_is_no_duplicate_of_one_that_was_sent_away() -> None:
    found = decided(
        opened(body(event={"danger_signs": ["strangulation"]}), id="r2"), [known(opened(body()), "transferred")]
    )
    assert (found.outcome, found.because[0].row) == (Outcome.PROTECTION, "ours")


def test_a_second_report_of_what_another_county_took_is_a_duplicate() -> None:
    there = {"county": "tainan-city", "township": "新營區"}
    read = body(people=[SUBJECT | {"residence": there}, HUSBAND])
    found = decided(opened(read, id="r2", source="medical"), [known(opened(read), "transferred")])
    assert (found.outcome, found.duplicate_of) == (Outcome.DUPLICATE, "r1")


def test_a_new_event_of_someone_protection_serves_goes_to_protection() -> None:
    later = opened(body(event={"occurred_at": "2026-12-01T21:05:00+08:00"}), id="r2", at=AT + timedelta(days=12))
    found = decided(later, [known(opened(body()), "protection")])
    assert (found.outcome, found.relation.kind) == (Outcome.PROTECTION, "same_person_new_event")
    assert "H01" in {hit.row for hit in found.because}


@pytest.mark.parametrize(("days", "review"), [(12, True), (40, False)])
def test_a_new_event_after_service_ended_is_no_re_report_and_while_it_is_watched_nobody_is_left_out_unseen(
    days: int, *, review: bool
) -> None:
    later = opened(body(event={"occurred_at": "2026-12-01T21:05:00+08:00"}), id="r2", at=AT + timedelta(days=days))
    closed = replace(known(opened(body()), "protection"), ended=True, watched_until=AT + timedelta(days=35))
    found = decided(later, [closed])
    assert (found.outcome, found.review) == (Outcome.NO_DISPATCH, review)
    assert "H01" not in {hit.row for hit in found.because}
    assert found.relation.kind == "same_person_new_event"


def test_of_a_family_served_now_and_one_that_was_the_one_in_service_counts() -> None:
    later = opened(body(event={"occurred_at": "2026-12-20T21:05:00+08:00"}), id="r3", at=AT + timedelta(days=31))
    first = replace(known(opened(body()), "protection"), ended=True)
    second = known(
        opened(body(event={"occurred_at": "2026-12-10T21:05:00+08:00"}), id="r2", at=AT + timedelta(20)), "protection"
    )
    found = decided(later, [first, second])
    assert (found.relation.of, "H01" in {hit.row for hit in found.because}) == ("r2", True)


EAST = {"county": "chiayi-city", "township": "東區", "address": "吳鳳北路 1 號"}


def of_the_city(*more: dict[str, Any], at: datetime = AT) -> Incoming:
    people = [{"role": "subject", "name": "林小美", "residence": EAST}, *more]
    read = {"case_type": "consultation_adult", "county": "chiayi-city", "event": {"place": EAST, "kinds": ["neglect"]}}
    return opened(read | {"people": people, "needs": ["economic_hardship", "member_adversity"]}, at=at)


def test_a_child_in_the_household_brings_a_family_of_the_city_to_its_family_team() -> None:
    """Items.md 10: two reports of the East District that differ in one child of eight."""
    child = {"role": "household_member", "name": "林小寶", "birth_date": "2018-11-01", "relation_to_subject": "child"}
    grown = child | {"birth_date": "2008-11-01"}
    found = [decided(each) for each in (of_the_city(child), of_the_city(), of_the_city(grown))]
    assert {each.outcome for each in found} == {Outcome.WELFARE_CENTRE}
    assert [each.unit for each in found] == [
        "chiayi-city/family_team", "chiayi-city/adult_team", "chiayi-city/adult_team"]  # fmt: skip


def test_who_turns_eighteen_changes_the_team_of_a_later_report_and_never_of_one_that_was_received() -> None:
    child = {"role": "household_member", "name": "林小寶", "birth_date": "2008-11-21", "relation_to_subject": "child"}
    received, a_day_later = of_the_city(child), of_the_city(child, at=AT + timedelta(days=1))
    policy = policies().in_force("chiayi-city", date(2026, 11, 20))
    months_after = triage(received, facts_of(received), Keys(), (), policy, AT + timedelta(days=90))
    assert (months_after.unit, decided(a_day_later).unit) == ("chiayi-city/family_team", "chiayi-city/adult_team")


def test_only_codes_nobody_knows_wait_for_a_person() -> None:
    flag = Flag(at="/event/kinds/0", reason="unknown_code")
    found = decided(opened(body(event={"kinds": ["cyber_harassment"]}), flag))
    assert (found.outcome, found.review) == (Outcome.PROTECTION, True)
    assert {clock.id for clock in found.clocks} == {"dispatch"}


def test_nobody_is_refused_help_over_an_unknown_danger_sign_without_a_person() -> None:
    flag = Flag(at="/event/danger_signs/0", reason="unknown_code")
    found = decided(opened(body(event={"danger_signs": ["pet_harmed"]}), flag))
    assert (found.outcome, found.review) == (Outcome.NO_DISPATCH, True)
    assert found.because[0].row == "guard"


def test_an_unknown_code_beside_danger_waits_for_nobody() -> None:
    flag = Flag(at="/event/kinds/1", reason="unknown_code")
    read = body(event={"kinds": ["physical_violence", "cyber_harassment"], "danger_signs": ["strangulation"]})
    assert not decided(opened(read, flag)).review


def test_a_weak_match_with_a_family_that_is_served_is_looked_at_before_nobody_is_sent() -> None:
    mother = SUBJECT | {"phones": [], "birth_date": "1990-07-07"}
    found = decided(opened(body(people=[mother, HUSBAND]), id="r2"), [known(opened(body()), "protection")])
    assert (found.outcome, found.review) == (Outcome.NO_DISPATCH, True)


def test_a_score_raises_and_its_absence_does_not_lower() -> None:
    afraid = body(event={"danger_signs": ["victim_afraid"]})
    low = decided(opened(afraid | {"assessments": [{"tool": "tipvda", "score": 0}]}))
    assert (low.outcome, low.priority) == (decided(opened(afraid)).outcome, decided(opened(afraid)).priority)
    assert decided(opened(afraid | {"assessments": [{"tool": "tipvda", "score": 8}]})).priority == 1


def test_the_nearest_fact_is_told_in_words_of_both_languages() -> None:
    found = decided(opened(body("child_protection", people=[CHILD], event={"danger_signs": ["child_injury"]})))
    assert found.nearest is not None
    assert found.nearest.zh == "若無「兒少受傷」，則不派案／資源連結"
    assert found.nearest.en == "without child injury: no dispatch"


def test_what_would_bring_help_is_told_to_a_family_that_gets_none() -> None:
    found = decided(opened(body()))
    assert found.nearest is not None
    facts = facts_of(opened(body()))
    changed = changed_by(facts, (found.nearest.fact, found.nearest.from_, found.nearest.to))
    assert (
        policies().in_force("chiayi-county", date(2026, 11, 20)).table.hits(changed)[0].outcome is found.nearest.outcome
    )


def test_a_county_without_a_table_uses_the_sample_and_says_so() -> None:
    found = decided(
        opened(body() | {"county": "yunlin-county", "event": {"kinds": ["neglect"]}, "people": [{"role": "subject"}]})
    )
    assert found.table.county == "chiayi-county"
    assert found.unit == "yunlin-county/welfare_centre"
    assert policies().in_force("yunlin-county", date(2026, 11, 20)).sample


def test_a_destroyed_key_leaves_a_report_that_is_still_decided() -> None:
    sealed = Facts("adult_protection", "police", "chiayi-county", danger_signs=frozenset({"weapon_threat"}))
    policy = policies().in_force("chiayi-county", date(2026, 11, 20))
    read = opened(body(people=[{"role": "subject"}]))
    assert triage(read, sealed, Keys(), [], policy, AT).outcome is Outcome.PROTECTION


def test_rows_that_decided_are_told_first_and_those_that_asked_for_less_are_marked() -> None:
    found = decided(opened(body(event={"danger_signs": ["strangulation"]})))
    told = {row.row: row.decided for row in found.because}
    assert (told["D01"], told["Z01"]) == (True, False)
    marks = [row.decided for row in found.because]
    assert marks == sorted(marks, reverse=True)


def test_a_row_that_only_sets_the_priority_decided_too() -> None:
    facts = Facts("adult_protection", "medical", "chiayi-county", bsrs5=15)
    found = rule(facts, Relation(), policies().in_force("chiayi-county", date(2026, 11, 20)))
    assert found.hits[0].priority > found.priority
    assert {row.outcome for row in found.deciding} == {Outcome.PROTECTION, Outcome.WELFARE_CENTRE}
    assert all(row.priority == found.priority for row in found.deciding if row.outcome is Outcome.WELFARE_CENTRE)
