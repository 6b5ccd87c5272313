"""A county's day as a plan: who reports what and when, and what each report is to those before it. Pure data."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Literal

from simulator.figures import Cell, assumed, group_of, hours, mix, outcomes, shares, sources
from simulator.incidents import Fate, Incident
from simulator.people import HOME, Population
from simulator.writing import Body, Desks

Kind = Literal["new", "returning", "duplicate", "same_instant", "elsewhere"]
"""`returning`: something new about a family already reported; `elsewhere`: another county's to deal with;
`same_instant`: a duplicate sent together with the first, so that either may be decided to be the duplicate."""

NEIGHBOURS = {"chiayi-city": 8, "yunlin-county": 4, "tainan-city": 4, "kaohsiung-city": 2, "changhua-county": 2}
"""Whose reports come to the wrong window, by weight; not published."""

_EVERYBODY = 50


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """A report to post at a minute of the day; `of` is the place in the plan of the report it repeats or follows."""

    minute: float
    source: str
    kind: Kind
    body: Body
    of: int | None = None


@dataclass(frozen=True, slots=True)
class _Slot:
    minute: float
    case_type: str
    source: str
    kind: Kind = "new"
    of: int | None = None


def plan_day(count: int, seed: int, now: datetime) -> tuple[PlannedReport, ...]:
    """`count` reports of one day, the same for the same seed and `now`; no time in a body is after `now`.

    The seed alone makes the shape of the day; its people are other ones at another `now`, so that a second run is
    a second day and not the same families again.
    `now` must know its offset, and be the county's time. In the order of the day, except that a report sent
    at the same instant as another keeps its place.
    """
    rng = Random(seed)
    slots, diary = _with_kinds(rng, _slots(rng, count)), _Diary(Random(f"day {seed} {now}"), now)
    repeated = {slot.of for slot in slots}
    for place, slot in enumerate(slots):
        diary.write(slot, repeated=place in repeated)
    return tuple(diary.planned)


def _slots(rng: Random, count: int) -> list[_Slot]:
    """Case types and source units as often as published, over the hours in which such agencies report.

    A day of `_EVERYBODY` reports or more hears every kind of agency once, however rare: nine reports of the day.
    """
    cells = mix()
    rare = [{cell: n for cell, n in cells.items() if cell[1] == source} for source in sources()]
    heard = [_cell(rng, one) for one in rare] if count >= _EVERYBODY else []
    drawn = [*heard, *(_cell(rng, cells) for _ in range(count - len(heard)))]
    return sorted((_Slot(_minute(rng, source), case_type, source) for case_type, source in drawn), key=_by_minute)


def _cell(rng: Random, cells: Mapping[Cell, int]) -> Cell:
    return rng.choices(list(cells), list(cells.values()))[0]


def _minute(rng: Random, source: str) -> float:
    hour = rng.choices(range(24), hours(source))[0]
    return hour * 60 + round(rng.uniform(0, 60), 2)


def _by_minute(slot: _Slot) -> float:
    return slot.minute


def _with_kinds(rng: Random, slots: list[_Slot]) -> list[_Slot]:
    """Marks the published share of each case type as duplicates and another county's, and some as returning."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, slot in enumerate(slots):
        places[slot.case_type].append(place)
    for case_type, ours in places.items():
        published = shares(outcomes(group_of(case_type)))
        duplicate, elsewhere = (_whole(rng, published[what] * len(ours)) for what in ("duplicate", "transferred"))
        for place in _some(rng, ours[1:], elsewhere):
            slots[place] = replace(slots[place], kind="elsewhere")
        for place in _some(rng, _new(slots, ours[1:]), duplicate):
            slots[place] = replace(slots[place], kind="duplicate")
    for place in _some(rng, _new(slots, range(1, len(slots))), _whole(rng, assumed()["returning"] * len(slots))):
        slots[place] = replace(slots[place], kind="returning")
    return _tied(rng, slots, places)


def _whole(rng: Random, expected: float) -> int:
    return int(expected + rng.random())


def _some(rng: Random, places: Sequence[int], n: int) -> list[int]:
    return sorted(rng.sample(places, min(n, len(places))))


def _new(slots: Sequence[_Slot], places: Sequence[int]) -> list[int]:
    return [place for place in places if slots[place].kind == "new"]


def _tied(rng: Random, slots: list[_Slot], places: dict[str, list[int]]) -> list[_Slot]:
    """Ties each duplicate to an earlier report of its case type, of another agency if there is one."""
    for place, slot in enumerate(slots):
        if slot.kind == "duplicate":
            earlier = [one for one in places[slot.case_type] if one < place and slots[one].kind in ("new", "returning")]
            others = [one for one in earlier if slots[one].source != slot.source]
            slots[place] = _repeating(rng, slots, slot, rng.choice(others or earlier))
    return slots


def _repeating(rng: Random, slots: Sequence[_Slot], slot: _Slot, of: int) -> _Slot:
    if slots[of].source != slot.source and rng.random() < assumed()["same_instant"]:
        return replace(slot, kind="same_instant", of=of, minute=slots[of].minute)
    return replace(slot, of=of)


class _Diary:
    """What has been told so far today; a later report may repeat it, or follow it."""

    def __init__(self, rng: Random, now: datetime) -> None:
        population = Population(rng, now.date())
        self._rng, self._fate, self._desks = rng, Fate(rng, population, now), Desks(rng, population, now)
        self._told: list[Incident] = []
        self._known: list[int] = []
        self.planned: list[PlannedReport] = []

    def write(self, slot: _Slot, *, repeated: bool) -> None:
        follows = self._follow(slot.case_type) if slot.kind == "returning" else None
        if follows is not None:
            slot = replace(slot, of=follows[0])
        elif slot.kind == "returning":
            slot = replace(slot, kind="new")
        incident = follows[1] if follows else self._happening(slot)
        body = self._desks.report(incident, slot.source, identifies=slot.of is not None or repeated)
        if slot.kind == "new" and _identifies(body):
            self._known.append(len(self._told))
        self._told.append(incident)
        self.planned.append(PlannedReport(slot.minute, slot.source, slot.kind, body, slot.of))

    def _follow(self, case_type: str) -> tuple[int, Incident] | None:
        """Something new in a family that an earlier report identified: its place, and what happened."""
        for place in self._rng.sample(self._known, len(self._known)):
            if (incident := self._fate.strikes_again(case_type, self._told[place].household)) is not None:
                return place, incident
        return None

    def _happening(self, slot: _Slot) -> Incident:
        if slot.of is not None:
            return self._told[slot.of]
        away = slot.kind == "elsewhere"
        county = self._rng.choices(list(NEIGHBOURS), list(NEIGHBOURS.values()))[0] if away else HOME
        return self._fate.strikes(slot.case_type, county)


def _identifies(body: Body) -> bool:
    subject = body["people"][0]
    return "address" in subject["residence"] and ("national_id" in subject or {"name", "birth_date"} <= subject.keys())
