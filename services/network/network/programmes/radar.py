"""Measures over time as a radar: axes carry names, a table stands beside it, what is worse is named with its dates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import cos, pi, sin

from network.programmes.domain.enrolment import Enrolment, Met
from network.programmes.domain.grammar import Programme
from network.programmes.domain.parts import Measure

RADIUS, MIDDLE = 130.0, 210.0
BESIDE = 130.0
"""Room on either side for the names of the axes, which are as long as words of a programme are."""
LEAST_AXES = 3
MOST_SHOWN = 6
"""So many visits are drawn, the latest ones; the table has them all."""


@dataclass(frozen=True)
class Axis:
    """One measure: where its axis ends and its name stands."""

    name: str
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True)
class Worse:
    """A factor that grew worse from one visit to a later one."""

    name: str
    was: float
    was_at: datetime
    now: float
    now_at: datetime


@dataclass(frozen=True)
class Radar:
    """`polygons` are the points of each visit that was measured, the latest last; `visits` are all of them."""

    axes: tuple[Axis, ...]
    polygons: tuple[tuple[datetime, str], ...]
    visits: tuple[Met, ...]
    worse: tuple[Worse, ...]
    size: float = MIDDLE * 2
    beside: float = BESIDE
    middle: float = MIDDLE


def drawn(programme: Programme, it: Enrolment) -> Radar | None:
    """What was measured so far; None where the programme measures too little for a shape, or nothing was yet."""
    measures = [*programme.measures.values()]
    visits = [each for each in sorted(it.contacts, key=lambda each: each.said.at) if each.measures]
    if len(measures) < LEAST_AXES or not visits:
        return None
    whole = [each for each in visits if all(measure.name in (each.measures or {}) for measure in measures)]
    polygons = [(each.said.at, _points(measures, each)) for each in whole[-MOST_SHOWN:]]
    axes = tuple(_axis(measure.name, at, len(measures)) for at, measure in enumerate(measures))
    return Radar(axes, tuple(polygons), tuple(visits), tuple(_worse(measures, visits)))


def _worse(measures: Sequence[Measure], visits: Sequence[Met]) -> list[Worse]:
    """Factors whose last value is worse than the one before it."""
    found = []
    for measure in (each for each in measures if each.worse):
        values = [(each.said.at, each.measures or {}) for each in visits]
        told = [(at, each[measure.name]) for at, each in values if measure.name in each]
        for (was_at, was), (now_at, now) in zip(told[-2:], told[-1:], strict=False):
            if now != was and (now > was) == (measure.worse == "more"):
                found.append(Worse(measure.name, was, was_at, now, now_at))
    return found


def _axis(name: str, at: int, count: int) -> Axis:
    x, y = _place(at, count, 1.0)
    label_x, label_y = _place(at, count, 1.12)
    side = label_x - MIDDLE
    anchor = "middle" if abs(side) < 1 else "start" if side > 0 else "end"
    return Axis(name, x, y, label_x, label_y + 4, anchor)


def _points(measures: Sequence[Measure], met: Met) -> str:
    values = met.measures or {}
    shares = [(values[each.name] - each.least) / (each.most - each.least) for each in measures]
    places = [_place(at, len(measures), share) for at, share in enumerate(shares)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _place(at: int, count: int, share: float) -> tuple[float, float]:
    """From the top, clockwise."""
    angle = 2 * pi * at / count - pi / 2
    return round(MIDDLE + RADIUS * share * cos(angle), 1), round(MIDDLE + RADIUS * share * sin(angle), 1)
