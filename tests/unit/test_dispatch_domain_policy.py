"""Which table is in force where and when, and what triage of one report costs."""

from dataclasses import replace
from datetime import date

import pytest
from dispatch.domain.triage.facts import Facts
from dispatch.policy import Policies, policies
from rules.working_days import working_day

ON = date(2026, 11, 20)


@pytest.mark.parametrize("county", ["chiayi-county", "chiayi-city", "kaohsiung-city"])
def test_a_county_with_a_table_uses_its_own(county: str) -> None:
    policy = policies().in_force(county, ON)
    assert (policy.county, policy.table.county) == (county, county)
    assert policy.sample


@pytest.mark.parametrize("county", ["yunlin-county", "no-such-county"])
def test_any_other_uses_the_sample(county: str) -> None:
    policy = policies().in_force(county, ON)
    assert (policy.county, policy.table.county, policy.sample) == (county, "chiayi-county", True)


def test_a_table_is_in_force_from_its_day() -> None:
    now = policies()
    first = now.tables["chiayi-county"][0]
    second = replace(first, in_force_from=date(2026, 7, 1), author="the county", sample=False)
    two = Policies({"chiayi-county": (first, second)}, now.rules)
    assert two.in_force("chiayi-county", date(2026, 6, 30)).table is first
    assert two.in_force("chiayi-county", date(2026, 7, 1)).table is second
    assert not two.in_force("chiayi-county", ON).sample
    assert two.in_force("chiayi-county", date(1999, 1, 1)).table is first


def test_collaborators_fit_the_facts() -> None:
    policy = policies().in_force("chiayi-county", ON)
    child = Facts("child_protection", "education", "chiayi-county", subject_age=9)
    assert policy.collaborators_for(child) == ("chiayi-county/education",)
    armed = replace(
        child, danger_signs=frozenset({"weapon_threat"}), household_conditions=frozenset({"mental_illness"})
    )
    assert policy.collaborators_for(armed) == tuple(
        f"chiayi-county/{one}" for one in ("police", "education", "mental_health")
    )
    chief = Facts("consultation_adult", "civil_affairs", "chiayi-county", needs=frozenset({"economic_hardship"}))
    assert policy.collaborators_for(chief) == ("chiayi-county/labour", "chiayi-county/civil_affairs")


def test_the_calendar_is_the_official_one() -> None:
    assert working_day(date(2026, 11, 20))
    assert not working_day(date(2026, 11, 22))
    assert not working_day(date(2026, 10, 10))
