"""Counts by one to three dimensions as a table with totals, told in full or so that no small count can be computed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from rules.suppression import SMALLEST, hidden, stepped

MOST = 40
"""How many values a dimension has whose values people write; the rarer ones are counted together as `other`."""
LARGEST = 1_500
"""How many cells a table may have: hiding small counts takes seconds beyond that."""
OTHER = "other"

Place = tuple[str, str, str]
"""The value of the rows, of what they are split by, and of the columns; empty where there is no such dimension."""
Counts = Mapping[Place, int]
Order = Callable[[str], tuple[int, str]]


class TooLarge(Exception):
    """The table would have more than LARGEST cells."""


@dataclass(frozen=True)
class Crossed:
    """`lines` are the values of rows and of what they are split by; the last row and column of `table` are totals.

    None stands for what is hidden. Where there are no columns each row has its total alone.
    """

    lines: Sequence[tuple[str, str]]
    columns: Sequence[str]
    table: Sequence[Sequence[int | None]]


def crossed(
    counts: Counts, *, order: Order, written: Sequence[bool], has_columns: bool, protect: bool = True
) -> Crossed:
    """The table of counts by place; `written` says of each axis whether its values are people's own words.

    With `protect` every count under SMALLEST is hidden, with those from which it could be computed, and the shown ones
    are told in steps of SMALLEST. Split rows are rows like others, without sums between, so that what holds for two
    dimensions holds for three. Raises TooLarge.
    """
    gathered = _gathered(counts, written, SMALLEST if protect else 1)
    values, bys, columns = (sorted({place[axis] for place in gathered}, key=order) for axis in range(3))
    lines = list(product(values, bys))
    if len(lines) * len(columns) > LARGEST:
        raise TooLarge
    inner = [[gathered.get((*line, column), 0) for column in columns] for line in lines]
    table = _told(with_totals(inner), protect=protect)
    if not has_columns:
        columns, table = [], [[_either(row)] for row in table]
    return Crossed(lines, columns, table)


def with_totals(inner: Sequence[Sequence[int]]) -> list[list[int]]:
    table = [[*row, sum(row)] for row in inner]
    return [*table, [sum(column) for column in zip(*table, strict=True)] or [0]]


def _told(table: Sequence[Sequence[int]], *, protect: bool) -> list[list[int | None]]:
    hide = hidden(table) if protect else frozenset()
    step = stepped if protect else int
    return [[None if (i, j) in hide else step(count) for j, count in enumerate(row)] for i, row in enumerate(table)]


def _either(row: Sequence[int | None]) -> int | None:
    """Without columns a count and its sum are one: hidden when either is."""
    return None if None in row else row[-1]


def _gathered(counted: Counts, written: Sequence[bool], fewest: int) -> Counts:
    """What people wrote and few others did is gathered as `other`: a rare township would name somebody by itself."""
    kept = [_kept(counted, axis, fewest) if own else None for axis, own in enumerate(written)]
    gathered: Counter[Place] = Counter()
    for place, count in counted.items():
        row, by, column = (_kept_or_other(value, names) for value, names in zip(place, kept, strict=True))
        gathered[row, by, column] += count
    return gathered


def _kept_or_other(value: str, names: frozenset[str] | None) -> str:
    return value if names is None or value in names else OTHER


def _kept(counted: Counts, axis: int, fewest: int) -> frozenset[str]:
    totals: Counter[str] = Counter()
    for place, count in counted.items():
        totals[place[axis]] += count
    return frozenset({OTHER}.union(value for value, count in totals.most_common(MOST) if count >= fewest))
