"""What happened to whom: one event in one family, which one agency or several may report."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from simulator.figures import assumed, data
from simulator.people import HOME, Household, Person, Population

Scenario = Mapping[str, Any]
"""One entry of `incidents.yaml`."""

_ANY_AGE = (0, 120)
_SEATS = ("adult", "partner", "child", "elder")


@dataclass(frozen=True, slots=True)
class Incident:
    """`other` is who did it, if anyone did; `relation` is what they are to the subject."""

    case_type: str
    scenario: Scenario
    household: Household
    subject: Person
    other: Person | None
    relation: str | None
    occurred_at: datetime
    kinds: tuple[str, ...]
    danger_signs: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def conditions(self) -> tuple[str, ...]:
        expecting = ("pregnancy",) if "pregnant_victim" in self.danger_signs else ()
        return self.subject.conditions + expecting


class Fate:
    """Draws what happens, from one stream of chance. Nothing happens after `now`."""

    def __init__(self, rng: Random, population: Population, now: datetime) -> None:
        self._rng, self._population, self._now = rng, population, now

    def strikes(self, case_type: str, county: str = HOME) -> Incident:
        """Something happens to a family never seen before, two hours ago or more."""
        scenario = self._scenario(data("incidents")[case_type])
        household = self._population.household(county)
        while not _fits(scenario, household, self._now.date()):
            household = self._population.household(county)
        late = self._rng.random() < assumed()["late"]
        return self._incident(case_type, scenario, household, self._hours_ago(*((26, 50) if late else (2, 20))))

    def strikes_again(self, case_type: str, household: Household) -> Incident | None:
        """Something new happens to a known family, within the last ninety minutes; None if nothing of this type can."""
        fitting = [one for one in data("incidents")[case_type] if _fits(one, household, self._now.date())]
        if not fitting:
            return None
        return self._incident(case_type, self._scenario(fitting), household, self._hours_ago(0.3, 1.5))

    def _scenario(self, among: list[Scenario]) -> Scenario:
        return self._rng.choices(among, [one["weight"] for one in among])[0]

    def _hours_ago(self, least: float, most: float) -> datetime:
        return (self._now - timedelta(hours=self._rng.uniform(least, most))).replace(microsecond=0)

    def _incident(self, case_type: str, scenario: Scenario, household: Household, at: datetime) -> Incident:
        today = self._now.date()
        subject = self._rng.choice(_seated(household, scenario["subject"], scenario.get("ages"), today))
        other, relation = self._other(scenario, household, subject)
        kinds = (*scenario["kinds"], *self._some_of(scenario["also"]))
        signs = [] if subject.residence.county != HOME else self._some_of(scenario["danger_signs"])
        possible = tuple(sign for sign in signs if _is_possible(sign, subject, today))
        needs = self._needs(scenario)
        return Incident(case_type, scenario, household, subject, other, relation, at, kinds, possible, needs)

    def _other(self, scenario: Scenario, household: Household, subject: Person) -> tuple[Person | None, str | None]:
        by = scenario["by"]
        if by is None:
            return None, None
        if by not in _SEATS:
            return self._population.outsider(subject.residence.county), by
        other = self._rng.choice(_seated(household, by, scenario.get("by_ages"), self._now.date()))
        return other, household.relation(other, subject)

    def _some_of(self, odds: Mapping[str, float]) -> list[str]:
        return [name for name, share in odds.items() if self._rng.random() < share]

    def _needs(self, scenario: Scenario) -> tuple[str, ...]:
        """One need or two that fit, as often as the county published them."""
        published = data("published")["published"]["needs"]
        weights = [published[need] for need in scenario["needs"]]
        drawn = self._rng.choices(scenario["needs"], weights, k=self._rng.choices([1, 2], [3, 2])[0]) if weights else []
        return tuple(dict.fromkeys(drawn))


def _fits(scenario: Scenario, household: Household, today: date) -> bool:
    by = scenario["by"]
    culprits: Iterable[object] = _seated(household, by, scenario.get("by_ages"), today) if by in _SEATS else [by]
    return bool(_seated(household, scenario["subject"], scenario.get("ages"), today) and culprits)


def _seated(household: Household, seat: str, ages: tuple[int, int] | None, today: date) -> list[Person]:
    youngest, oldest = ages or _ANY_AGE
    return [person for person in household.seated(seat) if youngest <= person.age(today) <= oldest]


def _is_possible(sign: str, subject: Person, today: date) -> bool:
    age = subject.age(today)
    may_expect = subject.sex == "female" and 18 <= age <= 45
    return {"pregnant_victim": may_expect, "under_six_alone": age < 6, "child_injury": age < 18}.get(sign, True)
