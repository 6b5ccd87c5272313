"""The map of a county: its townships drawn by the server, each with how many providers can be met there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from network.directory.townships import Township, townships
from network.directory.whereabouts import NOWHERE

STEPS = 5
MARGIN = 8
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Shape:
    """A township on the map; `step` is its depth of colour, 0 for none."""

    township: Township
    count: int
    step: int


@dataclass(frozen=True)
class Map:
    """`box` is the view box of the drawing, `text` the size of what is written on it; `nowhere` is on no map."""

    shapes: tuple[Shape, ...]
    box: str
    text: float
    nowhere: int


def drawn(county: str, counts: Mapping[str, int]) -> Map | None:
    """None of a county that the table does not know."""
    known = townships(county)
    if not known:
        return None
    most = max([counts.get(name, 0) for name in known] + [1])
    shapes = tuple(Shape(each, n := counts.get(name, 0), -(-n * STEPS // most)) for name, each in known.items())
    left, top, right, bottom = _extent(known)
    width, height = right - left + 2 * MARGIN, bottom - top + 2 * MARGIN
    box = f"{left - MARGIN} {top - MARGIN} {width} {height}"
    return Map(shapes, box, round(max(width, height) / 42, 1), counts.get(NOWHERE, 0))


def _extent(known: Mapping[str, Township]) -> tuple[int, int, int, int]:
    numbers = [int(each) for township in known.values() for each in _NUMBERS.findall(township.outline)]
    across, down = numbers[::2], numbers[1::2]
    return min(across), min(down), max(across), max(down)
