"""Fictitious people of Taiwan and their families; any resemblance to a real name or number is coincidence."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

from simulator.figures import assumed, data

HOME = "chiayi-county"

Seat = Literal["adult", "partner", "child", "elder"]
"""Someone's place in a family."""

_LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
_SEXES = ("female", "male")
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_GENERATION = {"adult": "adult", "partner": "adult", "child": "child", "elder": "elder"}
_ELDERS = {"adult": "child", "partner": "relative", "child": "grandchild", "elder": "spouse"}
_CHILDREN = {"adult": "parent", "partner": "parent", "child": "sibling", "elder": "grandparent"}


@dataclass(frozen=True, slots=True)
class Address:
    county: str
    township: str
    village: str
    address: str


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    national_id: str
    birth_date: date
    sex: str
    phone: str
    residence: Address
    conditions: tuple[str, ...] = ()

    def age(self, today: date) -> int:
        before_birthday = (today.month, today.day) < (self.birth_date.month, self.birth_date.day)
        return today.year - self.birth_date.year - before_birthday


@dataclass(frozen=True, slots=True)
class Household:
    """People under one roof; `bond` is what the two adults are to each other."""

    bond: str
    members: tuple[tuple[Seat, Person], ...]

    def seated(self, seat: str) -> list[Person]:
        return [person for where, person in self.members if where == seat]

    def seat_of(self, person: Person) -> Seat:
        return next(seat for seat, member in self.members if member is person)

    def relation(self, person: Person, subject: Person) -> str:
        """What `person` is to `subject`, as the code list names it."""
        seat, of = self.seat_of(person), self.seat_of(subject)
        if of == "child":
            return _CHILDREN[seat]
        if of == "elder":
            return _ELDERS[seat]
        return {"child": "child", "elder": "parent" if of == "adult" else "relative"}.get(seat, self.bond)


def is_valid_id(text: str) -> bool:
    """Whether the check digit of a national id or a new-style resident certificate (second digit 8 or 9) is right."""
    if len(text) != 10 or text[0] not in _LETTERS or not text[1:].isdigit() or text[1] not in "1289":
        return False
    return _checksum(text) % 10 == 0


def spoilt(national_id: str) -> str:
    """The same id with a wrong check digit."""
    return national_id[:9] + str((int(national_id[9]) + 3) % 10)


def roc(day: date, *, slashes: bool) -> str:
    """A day as the forms of the Republic write it: `0790312`, or `079/03/12`."""
    year = day.year - 1911
    return f"{year:03d}/{day:%m/%d}" if slashes else f"{year:03d}{day:%m%d}"


class Population:
    """Makes families from one stream of chance; the same seed makes the same families."""

    def __init__(self, rng: Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._first_phone, self._phones = rng.randrange(1_000_000), 0

    def household(self, county: str = HOME) -> Household:
        """Two adults, up to three children, and often an elder, at one address."""
        rng, at = self._rng, self.address(county)
        bond = rng.choices(["spouse", "partner", "ex_spouse"], [75, 17, 8])[0]
        one, other = rng.choices([_SEXES, _SEXES[::-1]], [82, 18])[0]  # most who are reported as harmed are women
        adult, partner = self._person("adult", at, one), self._person("partner", at, other)
        age, family_name = adult.age(self._today), _family_name(adult, partner)
        children = [
            self._person("child", at, rng.choice(_SEXES), (1, min(17, age - 19)), family_name)
            for _ in range(rng.choices([0, 1, 2, 3], [15, 35, 38, 12])[0])
        ]
        elders = [
            self._person("elder", at, sex, (max(66, age + 18), 92), adult.name[0] if sex == "male" else None)
            for sex in rng.sample(_SEXES, rng.choices([0, 1, 2], [50, 38, 12])[0])
        ]
        young: list[tuple[Seat, Person]] = [("child", child) for child in children]
        old: list[tuple[Seat, Person]] = [("elder", elder) for elder in elders]
        return Household(bond, (("adult", adult), ("partner", partner), *young, *old))

    def outsider(self, county: str = HOME) -> Person:
        return self._person("partner", self.address(county), self._rng.choices(_SEXES, [1, 9])[0])

    def address(self, county: str = HOME) -> Address:
        """A real township, village and road of the county, and a number made up."""
        towns = data("places")[county]
        town = _drawn(self._rng, {name: about["people"] for name, about in towns.items()})
        village, road = (self._rng.choice(towns[town][part]) for part in ("villages", "roads"))
        return Address(county, town, village, f"{road} {self._rng.randint(1, 480)} 號")

    def _person(
        self, seat: Seat, at: Address, sex: str, ages: tuple[int, int] = (24, 54), surname: str | None = None
    ) -> Person:
        foreign = seat in ("adult", "partner") and self._rng.random() < assumed()["resident_certificate"]
        name = self._rng.choice(data("names")["foreign"][sex]) if foreign else self._name(seat, sex, surname)
        number = self._national_id(sex, foreign=foreign)
        return Person(name, number, self._born(*ages), sex, self._phone(), at, self._conditions(seat))

    def _surname(self) -> str:
        return _drawn(self._rng, data("names")["surnames"])

    def _name(self, seat: Seat, sex: str, surname: str | None) -> str:
        names = data("names")
        if seat in ("adult", "partner") and self._rng.random() < names["flood_share"]:
            return str(self._rng.choice(names["flood"][sex]))
        return (surname or self._surname()) + str(self._rng.choice(names["given"][_GENERATION[seat]][sex]))

    def _national_id(self, sex: str, *, foreign: bool) -> str:
        letter = _drawn(self._rng, data("names")["id_letters"])
        second = {"male": "8", "female": "9"}[sex] if foreign else {"male": "1", "female": "2"}[sex]
        body = letter + second + "".join(self._rng.choices(string.digits, k=7))
        return body + str(-_checksum(body + "0") % 10)

    def _born(self, youngest: int, oldest: int) -> date:
        return self._today - timedelta(days=self._rng.randint(youngest * 366, max(youngest * 366, oldest * 365)))

    def _phone(self) -> str:
        """0900 and six digits; no two people of one population share a number."""
        self._phones += 1
        return f"0900{(self._first_phone + self._phones * 7919) % 1_000_000:06d}"

    def _conditions(self, seat: Seat) -> tuple[str, ...]:
        odds: Mapping[str, float] = data("names")["conditions"][_GENERATION[seat]]
        return tuple(condition for condition, share in odds.items() if self._rng.random() < share)


def _family_name(*parents: Person) -> str:
    """The father's, as is the custom, unless it is a foreign one."""
    local = [parent for parent in parents if parent.national_id[1] in "12"] or list(parents)
    return next((parent for parent in local if parent.sex == "male"), local[0]).name[0]


def _drawn(rng: Random, weights: Mapping[str, float]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _checksum(national_id: str) -> int:
    digits = f"{_LETTERS[national_id[0]]}{national_id[1:]}"
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
