"""Which county is competent under each of the five regimes."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.jurisdiction import Competence, competent, parse_jurisdiction
from dispatch.policy import policies
from rules.cells import TableError

RULES = policies().in_force("chiayi-county", date(2026, 11, 20)).jurisdiction
HERE, THERE = "chiayi-county", "tainan-city"
CHILD = Facts("child_protection", "police", HERE)
PARTNER = Facts("adult_protection", "police", HERE, perpetrator="intimate")


def living(facts: Facts, residence: str | None, event: str | None = HERE, **change: Any) -> Competence:
    changed: dict[str, Any] = {"residence_county": residence, "event_county": event, **change}
    return competent(replace(facts, **changed), RULES)


@pytest.mark.parametrize(
    ("facts", "regime", "article"),
    [
        (CHILD, "child", "D0050009 s16"),
        (replace(CHILD, case_type="consultation_minor"), "child", "D0050009 s16"),
        (PARTNER, "domestic_violence", "D0080021 s3"),
        (replace(PARTNER, case_type="sexual_assault_adult"), "sexual_assault", "D0080080 s2"),
        (replace(PARTNER, perpetrator="other", conditions=frozenset({"disability"})), "disability", "D0050154 s2, s5"),
        (
            replace(CHILD, case_type="consultation_minor", kinds=frozenset({"youth_at_risk"})),
            "youth",
            "D0080216 s8, s10",
        ),
        (replace(PARTNER, case_type="consultation_adult"), "county_setting", "county setting"),
    ],
)
def test_each_report_falls_under_one_regime(facts: Facts, regime: str, article: str) -> None:
    found = living(facts, HERE)
    assert (found.regime, found.article, found.county, found.transfer) == (regime, article, HERE, False)


@pytest.mark.parametrize("facts", [CHILD, PARTNER, replace(PARTNER, case_type="consultation_adult")])
def test_where_several_counties_are_touched_the_home_decides(facts: Facts) -> None:
    found = living(facts, THERE)
    assert (found.county, found.transfer) == (THERE, True)
    assert found.facts == {"county": HERE, "event_county": HERE, "residence_county": THERE}
    assert not living(facts, HERE, THERE).transfer


def test_a_person_with_a_disability_belongs_to_where_they_are() -> None:
    disabled = replace(PARTNER, perpetrator="other", conditions=frozenset({"disability"}))
    assert living(disabled, HERE, THERE).county == THERE
    assert living(disabled, THERE, HERE).county == HERE
    assert living(disabled, THERE, HERE).pays == "registered household"


@pytest.mark.parametrize(
    "danger", [{"danger_signs": frozenset({"weapon_threat"})}, {"tipvda": 8}, {"sdm": 3}, {"bsrs5": 15}]
)
def test_an_urgent_report_is_handled_first_and_moved_after(danger: dict[str, Any]) -> None:
    found = living(PARTNER, THERE, **danger)
    assert (found.county, found.urgent, found.transfer, found.movable_later) == (HERE, True, False, True)


def test_a_child_without_a_known_home_stays_with_the_first_receiver() -> None:
    found = living(CHILD, None, THERE)
    assert (found.county, found.transfer, found.movable_later) == (HERE, False, False)


def test_a_county_nobody_knows_receives_nothing() -> None:
    assert not living(PARTNER, "atlantis").transfer


def test_practice_is_never_shown_as_law() -> None:
    assert not living(replace(PARTNER, case_type="consultation_adult"), HERE).verified


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"regimes": [], "urgent": {}},
        {
            "regimes": [{"id": "x", "applies": {"sdm": {"at_least": 1}}, "several_counties": "event", "source": "s"}],
            "urgent": {},
        },
        {"regimes": [{"id": "x", "several_counties": "nowhere", "source": "s"}], "urgent": {}},
    ],
)
def test_rules_that_leave_a_report_without_a_county_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(TableError):
        parse_jurisdiction(document, frozenset())
