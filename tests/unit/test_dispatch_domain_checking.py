"""The checker finds each fault of a table, and nothing in those that are shipped."""

from collections.abc import Mapping
from datetime import date

import pytest
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.checking import check
from dispatch.domain.tables.table import DecisionTable, parse
from dispatch.policy import policies

ALL = list(FACTS["case_type"].values)
WEAPON = {"danger_signs": {"any_of": ["weapon_threat"]}}


def row(
    id: str, when: Mapping[str, object], outcome: str = "protection", priority: int = 2, **more: object
) -> dict[str, object]:
    return {"id": id, "when": dict(when), "outcome": outcome, "priority": priority, "zh": "因", "en": "why", **more}


FLOOR = row("Z", {"case_type": {"one_of": ALL}}, "no_dispatch", 4)


def table(*rows: Mapping[str, object], since: date = date(2026, 1, 1)) -> DecisionTable:
    default = {"outcome": "welfare_centre", "priority": 3, "zh": "無", "en": "none"}
    return parse({"county": "c", "in_force_from": since, "author": "a", "default": default, "rows": list(rows)})


def faults(*rows: Mapping[str, object], since: date = date(2026, 1, 1)) -> set[tuple[str, tuple[str, ...]]]:
    return {(found.fault, found.rows) for found in check(table(*rows, since=since))}


@pytest.mark.parametrize(
    "shipped", [one for versions in policies().tables.values() for one in versions], ids=lambda one: one.county
)
def test_a_shipped_table_is_proved_and_is_a_sample(shipped: DecisionTable) -> None:
    assert check(shipped) == ()
    assert shipped.sample


def test_a_sound_table_has_no_fault() -> None:
    assert faults(row("A", WEAPON), FLOOR) == set()


def test_a_case_type_without_a_row_is_a_gap() -> None:
    (found,) = check(table(row("Z", {"case_type": {"one_of": ALL[:-1]}}, "no_dispatch", 4)))
    assert found.fault == "gap"
    assert "consultation_minor" in found.en


def test_rows_that_cover_a_case_type_only_together_leave_no_gap() -> None:
    known = row("A", {"perpetrator": {"missing": False}}, "no_dispatch", 4)
    assert faults(known, row("B", {"perpetrator": {"missing": True}})) == set()
    assert {fault for fault, _ in faults(known)} == {"gap"}
    assert {
        fault
        for fault, _ in faults(row("A", {"subject_age": {"at_least": 18}}), row("B", {"subject_age": {"at_most": 16}}))
    } == {"gap"}


def test_a_table_of_too_many_combinations_is_told_so_in_place_of_being_tried_for_hours() -> None:
    towns = {"one_of": [f"t{number}" for number in range(40)]}
    ages = (({"missing": True}, {"at_most": 50}, {"at_least": 50}), ("subject_age", "perpetrator_age"))
    rows = [row(f"A{number}{name}", {name: cell}) for number, cell in enumerate(ages[0]) for name in ages[1]]
    places = ("township", "residence_township", "event_county")
    (found, *_) = (each for each in check(table(*rows, *(row(at, {at: towns}) for at in places))) if not each.rows)
    assert found.fault == "gap"
    assert "too many combinations" in found.en


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"tipvda": {"at_least": 8}}, {"tipvda": {"at_least": 6}}),
        ({"tipvda": {"equals": 9}}, {"tipvda": {"at_least": 9}}),
        ({"subject_age": {"between": [3, 5]}}, {"subject_age": {"at_most": 5}}),
        ({"tipvda": {"at_least": 1}}, {"tipvda": {"missing": False}}),
        (WEAPON, {"danger_signs": {"any_of": ["weapon_threat", "strangulation"]}}),
        ({"danger_signs": {"all_of": ["weapon_threat", "stalking"]}}, {"danger_signs": {"any_of": ["stalking"]}}),
        ({"danger_signs": {"all_of": ["weapon_threat", "stalking"]}}, {"danger_signs": {"all_of": ["stalking"]}}),
        ({"perpetrator": {"equals": "intimate"}}, {"perpetrator": {"one_of": ["intimate", "family"]}}),
        ({**WEAPON, "sdm": {"at_least": 1}}, WEAPON),
    ],
)
def test_a_row_that_never_decides_is_dead(narrow: Mapping[str, object], wide: Mapping[str, object]) -> None:
    assert ("dead_row", ("A", "B")) in faults(row("A", narrow), row("B", wide, priority=1), FLOOR)
    assert ("dead_row", ("A", "B")) not in faults(row("A", narrow, priority=1), row("B", wide), FLOOR)
    assert ("dead_row", ("B", "A")) not in faults(row("A", narrow), row("B", wide, priority=2), FLOOR)


def test_a_lower_outcome_with_a_higher_priority_still_decides_the_priority() -> None:
    assert (
        faults(row("A", WEAPON, "welfare_centre", 1), row("B", WEAPON | {"sdm": {"at_least": 2}}, priority=2), FLOOR)
        == set()
    )


def test_of_two_rows_that_ask_and_answer_the_same_the_later_is_dead() -> None:
    assert faults(row("A", WEAPON), row("B", WEAPON), FLOOR) == {("dead_row", ("B", "A"))}


def test_two_rows_that_ask_the_same_and_answer_differently_contradict() -> None:
    found = faults(row("A", WEAPON, "welfare_centre", 3), row("B", WEAPON), FLOOR)
    assert ("contradiction", ("A", "B")) in found


@pytest.mark.parametrize(
    "when",
    [
        {"danger_signs": {"any_of": ["bad_weather"]}},
        {"perpetrator": {"equals": "neighbour"}},
        {"residence_county": {"equals": "atlantis"}},
        {"case_type": {"one_of": ["adult_protection", "elder_protection"]}},
    ],
)
def test_a_code_nobody_knows_is_found(when: Mapping[str, object]) -> None:
    assert ("unknown_code", ("A",)) in faults(row("A", when), FLOOR)


def test_a_code_must_be_known_on_the_day_the_table_takes_effect() -> None:
    assert ("unknown_code", ("A",)) in faults(row("A", WEAPON), FLOOR, since=date(2015, 1, 1))
    assert faults(row("A", {"township": {"equals": "民雄鄉"}}), FLOOR) == set()


@pytest.mark.parametrize(
    "when",
    [
        {"tipvda": {"between": [6, 7]}},
        {"tipvda": {"at_most": 7}},
        {"tipvda": {"equals": 7}},
        {"sdm": {"missing": True}},
        {"danger_signs": {"missing": True}},
        {"minor_in_household": {"is": False}},
        {"youngest_age": {"at_least": 6}},
        {"youngest_age": {"between": [3, 5]}},
    ],
)
def test_a_row_that_more_danger_would_leave_is_not_monotone(when: Mapping[str, object]) -> None:
    assert ("not_monotone", ("A",)) in faults(row("A", when), FLOOR)


@pytest.mark.parametrize(
    "when",
    [{"youngest_age": {"between": [0, 5]}}, {"minor_in_household": {"is": True}}, {"danger_signs": {"missing": False}}],
)
def test_a_row_that_danger_only_enters_is_monotone(when: Mapping[str, object]) -> None:
    assert faults(row("A", when), FLOOR) == set()


def test_every_finding_is_told_in_both_languages() -> None:
    found = check(table(row("A", {"tipvda": {"at_most": 3}}), row("B", {"kinds": {"any_of": ["x"]}})))
    assert {one.fault for one in found} == {"not_monotone", "unknown_code", "gap"}
    assert all(one.zh and one.en for one in found)
