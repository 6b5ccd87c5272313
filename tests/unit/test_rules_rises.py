"""Early warning: a planted rise is found, chance alone seldom is, and few reports never are."""

from datetime import date
from math import comb, exp
from random import Random

import pytest
from rules.rises import (
    FEWEST_REPORTS,
    WEEK,
    Finding,
    Level,
    Series,
    at_least,
    baseline,
    findings,
    monday,
    reference_weeks,
    upper_bound,
)

NOW = date(2026, 11, 16)
FIRST = date(2023, 1, 2)
ALL = [FIRST + WEEK * number for number in range((NOW - FIRST) // WEEK + 1)]


def poisson(random: Random, mean: float) -> int:
    count, product = 0, random.random()
    while product > exp(-mean):
        count, product = count + 1, product * random.random()
    return count


def county(seed: str, *, uneven: bool = False) -> list[Series]:
    """Sixty series of 0.5 to 12 reports a week for almost four years; `uneven` weeks vary more than Poisson says."""
    random, series = Random(seed), []
    for number in range(60):
        usual = 0.5 + number / 5
        weeks = {week: poisson(random, usual * (random.gammavariate(8, 1 / 8) if uneven else 1)) for week in ALL}
        series.append(Series(f"area {number}", "child_protection", weeks))
    return series


def planted(series: list[Series], number: int, count: int) -> list[Series]:
    rising = series[number]
    changed = Series(rising.area, rising.case_type, {**rising.weeks, NOW: count})
    return [*series[:number], changed, *series[number + 1 :]]


def flagged(found: list[Finding], *levels: Level) -> list[str | None]:
    return [each.area for each in found if each.level in levels]


@pytest.mark.parametrize("number", [5, 25, 55])
def test_a_planted_rise_is_found_and_comes_first(number: int) -> None:
    usual = 0.5 + number / 5
    found = findings(planted(county("planted"), number, round(usual * 2.2 + 8)), NOW, FIRST)
    assert flagged(found, Level.RISE) == [f"area {number}"]
    assert found[0].area == f"area {number}"
    assert found[0].observed > found[0].bound > found[0].expected


@pytest.mark.parametrize(("uneven", "most"), [(False, 5), (True, 15)])
def test_chance_alone_seldom_raises_a_false_alarm(most: int, *, uneven: bool) -> None:
    series = county("null", uneven=uneven)
    weeks = [findings(series, week, FIRST) for week in ALL[-100:]]
    rises = sum(bool(flagged(found, Level.RISE)) for found in weeks)
    watches = sum(len(flagged(found, Level.RISE, Level.WATCH)) for found in weeks)
    assert rises <= most, "one week of twenty by design; more where weeks vary and their spread is known poorly"
    assert watches <= 100 * 60 * 0.015, "one series of a hundred by design"
    assert watches > 0, "a method that never speaks would pass too"


def test_few_reports_are_never_a_rise() -> None:
    quiet = Series("quiet", "child_protection", {})
    found = findings([Series("quiet", "child_protection", {NOW: FEWEST_REPORTS - 1}), quiet], NOW, FIRST)
    assert found[0].chance < 1e-4
    assert flagged(found, Level.RISE, Level.WATCH) == []
    enough = Series("quiet", "child_protection", {NOW: FEWEST_REPORTS})
    assert flagged(findings([enough, quiet], NOW, FIRST), Level.RISE) == ["quiet"]


def test_nothing_is_said_before_enough_weeks_are_known() -> None:
    assert findings(county("new"), NOW, NOW - 9 * WEEK) == []
    assert findings(county("new"), NOW, NOW - 10 * WEEK)


def test_a_rise_that_has_begun_is_no_part_of_its_own_baseline() -> None:
    reference = reference_weeks(NOW, FIRST)
    assert max(reference) == NOW - 3 * WEEK
    assert len(reference) == len(set(reference)) == 12 + 3 * 7
    assert NOW - 52 * WEEK in reference
    assert NOW - 59 * WEEK not in reference


def test_what_rises_every_year_in_the_same_weeks_is_expected() -> None:
    every_year = {week: 30 if abs((NOW - week).days % 364 - 0) <= 21 else 5 for week in ALL}
    only_now = {**dict.fromkeys(ALL, 5), NOW: 30}
    found = {each.area: each.level for each in findings(
        [Series("season", "child_protection", every_year), Series("now", "child_protection", only_now)], NOW, FIRST
    )}  # fmt: skip
    assert found == {"season": Level.USUAL, "now": Level.RISE}


def test_the_tail_is_that_of_a_negative_binomial() -> None:
    """Three failures before the second success at one half: mean 2, variance 4."""
    by_hand = [comb(count + 1, count) * 0.5 ** (count + 2) for count in range(6)]
    for count in range(6):
        assert at_least(count, 2.0, 4.0) == pytest.approx(1 - sum(by_hand[:count]))


@pytest.mark.parametrize(("expected", "spread"), [(0.04, 0.05), (2.0, 2.2), (40.0, 90.0), (2500.0, 2600.0)])
def test_the_bound_is_the_smallest_count_that_is_seldom_passed(expected: float, spread: float) -> None:
    bound = upper_bound(expected, spread, 0.001)
    assert at_least(bound + 1, expected, spread) <= 0.001 < at_least(bound, expected, spread) or bound == 0


def test_weeks_that_differ_more_than_chance_widen_the_spread() -> None:
    assert baseline([4, 4, 4, 4])[1] == pytest.approx(16.5 / 4 * 1.25)
    assert baseline([0, 8, 0, 8])[1] > 4 * baseline([4, 4, 4, 4])[1]
    assert baseline([0, 0, 0, 0]) == (0.125, 0.125 * 1.25)


def test_a_week_begins_on_monday() -> None:
    assert monday(date(2026, 11, 22)) == date(2026, 11, 16) == monday(date(2026, 11, 16))
