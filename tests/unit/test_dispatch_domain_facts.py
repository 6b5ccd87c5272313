"""What a table may know of a report, and nothing that names a person."""

from datetime import UTC, date, datetime

import pytest
from contracts.people import Person, Place, Role
from contracts.reports import Assessment, CaseType, Flag, Occurrence, Report, SourceUnit
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.triage.facts import NAMES, Facts, facts_of

RECEIVED = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
REPORT = Report(
    case_type=CaseType.ADULT_PROTECTION,
    county="chiayi-county",
    event=Occurrence(
        place=Place(county="chiayi-county", township="民雄鄉"),
        kinds=("physical_violence", "cyber_harassment"),
        danger_signs=("strangulation", "pet_harmed"),
    ),
    people=(
        Person(
            role=Role.SUBJECT,
            birth_date=date(1990, 11, 21),
            conditions=("disability",),
            residence=Place(county="chiayi-county", township="太保市"),
        ),
        Person(role=Role.ALLEGED_PERPETRATOR, relation_to_subject="acquaintance", birth_date=date(2012, 1, 1)),
        Person(role=Role.ALLEGED_PERPETRATOR, relation_to_subject="spouse"),
        Person(
            role=Role.HOUSEHOLD_MEMBER,
            relation_to_subject="child",
            birth_date=date(2020, 6, 1),
            conditions=("mental_illness",),
        ),
        Person(role=Role.WITNESS, birth_date=date(2025, 1, 1)),
    ),
    assessments=(
        Assessment(tool="tipvda", score=4),
        Assessment(tool="tipvda", score=9),
        Assessment(tool="other", score=1),
    ),
    needs=("economic_hardship",),
)
FLAGS = (
    Flag(at="/event/kinds/1", reason="unknown_code"),
    Flag(at="/event/danger_signs/1", reason="unknown_code"),
    Flag(at="/people/0/national_id", reason="national_id_check_digit"),
)


def incoming(report: Report = REPORT, *flags: Flag) -> Incoming:
    return Incoming("r1", 1, "chiayi-county", "police-1", SourceUnit.POLICE, RECEIVED, report, flags)


def test_the_facts_of_a_full_report() -> None:
    assert facts_of(incoming(REPORT, *FLAGS)) == Facts(
        case_type="adult_protection",
        source_unit="police",
        county="chiayi-county",
        kinds=frozenset({"physical_violence"}),
        danger_signs=frozenset({"strangulation"}),
        conditions=frozenset({"disability"}),
        household_conditions=frozenset({"mental_illness"}),
        needs=frozenset({"economic_hardship"}),
        unknown_codes=frozenset({"kinds:cyber_harassment", "danger_signs:pet_harmed"}),
        event_county="chiayi-county",
        township="民雄鄉",
        residence_county="chiayi-county",
        residence_township="太保市",
        subject_age=35,
        household_age=6,
        perpetrator="intimate",
        perpetrator_age=14,
        tipvda=9,
    )


def test_a_birthday_is_counted_in_taiwan() -> None:
    late = Incoming("r1", 1, "c", "a", SourceUnit.POLICE, datetime(2026, 11, 20, 16, 0, tzinfo=UTC), REPORT)
    assert facts_of(late).subject_age == 36  # it is already the 21st in Taiwan


def test_a_witness_is_not_of_the_family() -> None:
    assert facts_of(incoming()).youngest_age == 6


def test_an_unknown_danger_sign_counts_as_danger() -> None:
    assert facts_of(incoming(REPORT, *FLAGS)).danger_count == 2


def test_an_unknown_county_is_no_county() -> None:
    report = REPORT.model_copy(update={"people": (Person(role=Role.SUBJECT, residence=Place(county="atlantis")),)})
    facts = facts_of(incoming(report, Flag(at="/people/0/residence/county", reason="unknown_place")))
    assert facts.residence_county is None
    assert not facts.unknown_codes


@pytest.mark.parametrize("at", ["/event/kinds/9", "/nowhere", "", "/people/0/name/3/x", "/people/x"])
def test_a_flag_that_points_nowhere_is_passed_over(at: str) -> None:
    assert facts_of(incoming(REPORT, Flag(at=at, reason="unknown_code"))) == facts_of(incoming())


def test_a_report_of_which_nothing_is_known_has_facts() -> None:
    bare = Report(case_type=CaseType.CONSULTATION_MINOR, county="chiayi-county")
    facts = facts_of(incoming(bare))
    assert facts == Facts("consultation_minor", "police", "chiayi-county")
    assert facts.minor_in_household


@pytest.mark.parametrize(
    ("relation", "closeness"),
    [("ex_spouse", "intimate"), ("grandparent", "family"), ("teacher", "other"), (None, "unknown")],
)
def test_how_close_an_alleged_perpetrator_is(relation: str | None, closeness: str) -> None:
    alleged = Person(role=Role.ALLEGED_PERPETRATOR, relation_to_subject=relation)
    assert facts_of(incoming(REPORT.model_copy(update={"people": (alleged,)}))).perpetrator == closeness


def test_facts_survive_storage() -> None:
    facts = facts_of(incoming(REPORT, *FLAGS))
    assert Facts.of_stored(facts.stored()) == facts
    assert Facts.of_stored(facts.stored() | {"of_a_later_version": 1}) == facts


def test_every_fact_of_the_catalogue_exists() -> None:
    assert all(hasattr(Facts, name) for name in FACTS)
    assert set(NAMES) - set(FACTS) == {"unknown_codes", "unclear_places", "household_age"}
