"""Same event, same person but a new event, same family, or not the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from contracts.reports import CaseType, Occurrence, Report, SourceUnit
from dispatch.domain.people.duplicates import Known, Relation, relate
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import Facts
from rules.people import Keys

AT = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
FACTS = Facts("adult_protection", "police", "chiayi-county", kinds=frozenset({"physical_violence"}), township="民雄鄉")


def keys(*subject: str, family: tuple[str, ...] = (), weak: tuple[str, ...] = ()) -> Keys:
    return Keys(frozenset(subject), frozenset({*subject, *family}), frozenset({*subject, *family, *weak}))


KEYS = keys("id:1", "nb:1", "pn:1", family=("nb:child",), weak=("ph:1", "ny:1", "na:1"))
KNOWN = Known(
    report_id="first",
    received_at=AT,
    occurred_at=AT,
    case_type="adult_protection",
    source_unit="medical",
    agency_id="hospital",
    kinds=("physical_violence",),
    township="民雄鄉",
    keys=KEYS,
    outcome="protection",
    unit="chiayi-county/protection",
)


def incoming(occurred_at: datetime | None = AT, received_at: datetime = AT, agency: str = "police") -> Incoming:
    report = Report(case_type=CaseType.ADULT_PROTECTION, county="c", event=Occurrence(occurred_at=occurred_at))
    return Incoming("second", 1, "chiayi-county", agency, SourceUnit.POLICE, received_at, report)


def related(known: Known = KNOWN, mine: Keys = KEYS, facts: Facts = FACTS, at: Incoming | None = None) -> Relation:
    return relate(at or incoming(), facts, mine, [known])


def test_police_and_hospital_tell_of_one_event() -> None:
    found = related()
    assert (found.kind, found.of) == ("same_event", "first")
    assert found.reasons == ("id", "nb", "pn", "same_time", "same_township", "same_kinds")


def test_one_of_them_may_lack_the_national_id() -> None:
    assert related(mine=keys("nb:1", "pn:1")).kind == "same_event"
    assert related(mine=keys("pn:1")).kind == "same_event"


def test_a_name_and_birth_date_with_two_national_ids_are_two_people() -> None:
    found = related(mine=keys("id:2", "nb:1"))
    assert found.kind == "not_same"
    assert "id_differs" in found.reasons


def test_same_person_is_not_the_same_as_duplicate() -> None:
    found = related(at=incoming(AT + timedelta(days=3)))
    assert (found.kind, found.of, found.earlier) == ("same_person_new_event", "first", 1)
    assert (found.known_outcome, found.known_unit) == ("protection", "chiayi-county/protection")


@pytest.mark.parametrize(
    ("minutes", "kind"), [(0, "same_event"), (120, "same_event"), (-120, "same_event"), (121, "same_person_new_event")]
)
def test_two_agencies_may_put_one_event_two_hours_apart(minutes: int, kind: str) -> None:
    assert related(at=incoming(AT + timedelta(minutes=minutes))).kind == kind


@pytest.mark.parametrize(("minutes", "kind"), [(30, "same_event"), (31, "same_person_new_event")])
def test_one_agency_is_held_to_its_own_times(minutes: int, kind: str) -> None:
    assert related(at=incoming(AT + timedelta(minutes=minutes), agency="hospital")).kind == kind


def test_a_school_that_gives_two_times_files_two_events() -> None:
    school = replace(KNOWN, source_unit="education", agency_id="school")
    assert related(school, at=incoming(AT + timedelta(minutes=1), agency="school")).kind == "same_person_new_event"
    assert related(school, at=incoming(AT, agency="school")).kind == "same_event"
    assert related(school, at=incoming(AT + timedelta(minutes=1), agency="other school")).kind == "same_event"


@pytest.mark.parametrize(("hours", "kind"), [(24, "same_event"), (25, "same_person_new_event")])
def test_without_a_time_of_the_event_the_receptions_decide(hours: int, kind: str) -> None:
    assert related(at=incoming(None, AT + timedelta(hours=hours))).kind == kind
    assert related(replace(KNOWN, occurred_at=None), at=incoming(AT, AT + timedelta(hours=hours))).kind == kind


@pytest.mark.parametrize(
    ("case_type", "kind"),
    [
        ("child_protection", "same_event"),
        ("sexual_assault_adult", "same_event"),
        ("consultation_adult", "same_person_new_event"),
    ],
)
def test_a_consultation_is_the_same_event_only_as_a_consultation(case_type: str, kind: str) -> None:
    assert related(replace(KNOWN, case_type=case_type)).kind == kind


def test_two_consultations_may_be_one() -> None:
    facts = replace(FACTS, case_type="consultation_minor")
    assert related(replace(KNOWN, case_type="consultation_adult"), facts=facts).kind == "same_event"


def test_another_township_is_another_event_and_an_unknown_one_is_not() -> None:
    assert related(replace(KNOWN, township="太保市")).kind == "same_person_new_event"
    assert related(replace(KNOWN, township=None)).kind == "same_event"


def test_other_kinds_are_another_event_and_none_are_not() -> None:
    assert related(replace(KNOWN, kinds=("neglect",))).kind == "same_person_new_event"
    assert related(replace(KNOWN, kinds=())).kind == "same_event"


def test_a_duplicate_of_a_duplicate_points_at_the_original() -> None:
    assert related(replace(KNOWN, outcome="duplicate", duplicate_of="original")).of == "original"


def test_nothing_is_a_duplicate_of_itself_or_of_its_own_duplicate() -> None:
    assert related(replace(KNOWN, report_id="second")) == Relation()
    assert related(replace(KNOWN, outcome="duplicate", duplicate_of="second")) == Relation()


def test_a_member_of_the_family_makes_it_the_same_family() -> None:
    found = related(mine=keys("nb:child", weak=("ny:child",)))
    assert (found.kind, found.of) == ("same_family", "first")


@pytest.mark.parametrize("weak", [("ph:1",), ("ny:1",), ("na:1",), ("ph:1", "ny:1", "na:1")])
def test_weak_keys_alone_never_make_a_duplicate(weak: tuple[str, ...]) -> None:
    found = related(mine=keys("nb:other", weak=weak))
    assert (found.kind, found.of) == ("not_same", None)
    assert found.reasons


def test_two_weak_keys_of_a_family_that_is_served_are_worth_a_look() -> None:
    assert related(mine=keys(weak=("ny:1", "na:1"))).maybe_served
    assert not related(mine=keys(weak=("na:1",))).maybe_served
    assert not related(replace(KNOWN, outcome="no_dispatch"), mine=keys(weak=("ny:1", "na:1"))).maybe_served


def test_without_keys_there_is_no_relation() -> None:
    assert related(mine=Keys()) == Relation()
    assert relate(incoming(), FACTS, KEYS, []) == Relation()


def test_the_order_of_the_earlier_reports_makes_no_difference() -> None:
    earlier = [
        replace(KNOWN, report_id="b", occurred_at=AT - timedelta(days=9), outcome="no_dispatch"),
        replace(KNOWN, report_id="c", outcome="duplicate", duplicate_of="a"),
        replace(KNOWN, report_id="a"),
        replace(KNOWN, report_id="d", keys=keys("nb:child")),
    ]
    found = {relate(incoming(), FACTS, KEYS, order) for order in permutations(earlier)}
    assert [(one.kind, one.of, one.earlier) for one in found] == [("same_event", "a", 1)]


def test_earlier_events_are_counted_once_each() -> None:
    before = replace(KNOWN, occurred_at=AT - timedelta(days=9))
    twice = [before, replace(before, report_id="again", duplicate_of="first"), replace(before, report_id="other")]
    assert relate(incoming(), FACTS, KEYS, twice).earlier == 2
