"""Early warning: weeks in which more reports came than chance explains.

Each series (the reports of one case type from one area) is compared with its own past, week by week:

- Reference weeks: the same week of the year and three on either side in up to three earlier years (Farrington, Andrews,
  Beale and Catchpole, J. R. Statist. Soc. A 159, 1996, 547-563), and the twelve latest that end two weeks before, so
  that a rise that has begun is no part of its own baseline (the lag of EARS C2: Hutwagner, Thompson, Seeman and
  Treadwell, J. Urban Health 80, 2003, i89-i96). Earlier than a county's first whole week there is no reference.
- Expected is their mean. The spread is Poisson's, or wider where the reference weeks differ more than Poisson says.
- How likely a count this high or higher is: a negative binomial with that mean and spread, widened by the uncertainty
  of a mean of few weeks (Noufaily and others, Statistics in Medicine 32, 2013, 1206-1222).
- Many series are looked at: a `rise` is one that happens by chance, in any of them, in one week of twenty (Bonferroni);
  a `watch` is one that happens by chance in one of a hundred series. Simulated: in 0.8 % of weeks where counts are
  Poisson's, in 8.5 % where their means vary by a third from week to week, because few weeks tell a spread poorly.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import exp, lgamma, log
from statistics import mean, variance

WEEK = timedelta(weeks=1)
RECENT, GAP = 12, 2
AROUND, YEARS, YEAR = 3, 3, 52
FEWEST_WEEKS = 8
"""With fewer reference weeks nothing is said."""
FEWEST_REPORTS = 5
"""Fewer reports in a week are never a rise: they would point at somebody, and one family explains them."""
OF_ALL, OF_ONE = 0.05, 0.01
"""How likely chance alone shows a rise in any series of a week, and a watch in one series."""


class Level(StrEnum):
    RISE = "rise"
    WATCH = "watch"
    USUAL = "usual"


@dataclass(frozen=True, slots=True)
class Series:
    """Reports by week, named by its Monday; a week that is not named had none. `area` is None for the whole county."""

    area: str | None
    case_type: str
    weeks: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One series in one week. `bound`: the most reports that are no rise; `chance`: of so many or more, 0 to 1."""

    area: str | None
    case_type: str
    week: date
    observed: int
    expected: float
    bound: int
    chance: float
    level: Level
    compared_with: int


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of a kind on a day, in every one of these areas, the narrowest last; None is the whole county."""

    areas: Collection[str | None]
    kind: str
    day: date
    count: int = 1


def series_of(counted: Iterable[Counted]) -> list[Series]:
    """A series for each kind in each area that was ever named."""
    weeks: dict[tuple[str | None, str], Counter[date]] = {}
    for each in counted:
        week = monday(each.day)
        for area in each.areas:
            if (key := (area, each.kind)) not in weeks:
                weeks[key] = Counter()
            weeks[key][week] += each.count
    return [Series(area, kind, counts) for (area, kind), counts in weeks.items()]


def whole_weeks(first: date, last: date) -> list[date]:
    """The Mondays of the weeks that end in a time, its last day included."""
    every = (monday(first) + WEEK * number for number in range((last - first).days // 7 + 2))
    return [week for week in every if first <= week + timedelta(days=6) <= last]


def first_week(began: date) -> date:
    """The Monday of the first whole week from a day on."""
    return monday(began + timedelta(days=6))


def looked_at(mondays: Iterable[date], first: date) -> list[date]:
    """The Mondays of some weeks and of all that they are compared with, in order."""
    return sorted({each for week in mondays for each in (week, *reference_weeks(week, first))})


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def reference_weeks(week: date, first: date) -> list[date]:
    """The Mondays of the weeks that `week` is compared with, none before `first`."""
    recent = [week - WEEK * (GAP + back) for back in range(1, RECENT + 1)]
    around = range(-AROUND, AROUND + 1)
    earlier = [week - WEEK * (YEAR * year + apart) for year in range(1, YEARS + 1) for apart in around]
    return [each for each in recent + earlier if each >= first]


def findings(series: Sequence[Series], week: date, first: date) -> list[Finding]:
    """What every series shows in a week, the least likely first; none while too few weeks are known."""
    reference = reference_weeks(week, first)
    if len(reference) < FEWEST_WEEKS:
        return []
    found = (_finding(each, week, reference, OF_ALL / len(series)) for each in series)
    return sorted(found, key=lambda each: (each.chance, -each.observed, each.area or "", each.case_type))


def findings_of(series: Sequence[Series], mondays: Iterable[date], first: date) -> tuple[Finding, ...]:
    """What every series shows in some weeks, the least likely first."""
    found = [each for week in mondays for each in findings(series, week, first)]
    return tuple(sorted(found, key=lambda each: each.chance))


def by_chance(series: int) -> float:
    """How many watches chance alone shows in a week, at most."""
    return series * OF_ONE


def chance_said(chance: float) -> str:
    """A chance as it is written beside a finding."""
    return "< 0.0001" if chance < 0.0001 else f"{chance:.4f}" if chance < 0.01 else f"{chance:.2f}"


def _finding(series: Series, week: date, reference: Sequence[date], at_most: float) -> Finding:
    before, observed = [series.weeks.get(each, 0) for each in reference], series.weeks.get(week, 0)
    expected, spread = baseline(before)
    chance = at_least(observed, expected, spread)
    return Finding(
        series.area, series.case_type, week, observed, expected, upper_bound(expected, spread, at_most), chance,
        _level(observed, chance, at_most), len(before),
    )  # fmt: skip


def _level(observed: int, chance: float, at_most: float) -> Level:
    if observed < FEWEST_REPORTS or chance > OF_ONE:
        return Level.USUAL
    return Level.RISE if chance <= at_most else Level.WATCH


def baseline(counts: Sequence[int]) -> tuple[float, float]:
    """The expected count of another week, and the variance of what comes.

    Half a report is added to all of them together (Jeffreys' prior), so that weeks without reports expect some.
    """
    expected = (sum(counts) + 0.5) / len(counts)
    wider = max(1.0, variance(counts) / mean(counts)) if any(counts) else 1.0
    return expected, wider * expected * (1 + 1 / len(counts))


def at_least(count: int, expected: float, spread: float) -> float:
    """How likely `count` or more is under a negative binomial of this mean and variance, which is above the mean."""
    return max(0.0, 1.0 - sum(_likelihoods(count, expected, spread)))


def upper_bound(expected: float, spread: float, at_most: float) -> int:
    """The smallest count beyond which more comes with a chance of at most `at_most`."""
    count, beyond = 0, 1.0 - next(iter(_likelihoods(1, expected, spread)))
    while beyond > at_most:
        count += 1
        beyond -= _likelihood(count, expected, spread)
    return count


def _likelihoods(below: int, expected: float, spread: float) -> Iterable[float]:
    return (_likelihood(count, expected, spread) for count in range(below))


def _likelihood(count: int, expected: float, spread: float) -> float:
    size = expected**2 / (spread - expected)
    share = expected / (expected + size)
    ways = lgamma(count + size) - lgamma(size) - lgamma(count + 1)
    return exp(ways + size * log(1 - share) + count * log(share))
