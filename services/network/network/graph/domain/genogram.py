"""A genogram (家系圖) as Taiwanese social workers draw it: symbols, lines of kinship, circles of who lives together.

A man is a square, a woman a circle, whoever is neither or not known a diamond; whom a report is about has a double
border; a cross is death. A couple's line hangs below them: solid where they are married, dashed where they live
together, one slash where they are separated, two where divorced. A child hangs from the middle of it, dashed where
adopted, dotted where fostered (McGoldrick, Gerson, Petry: Genograms). Who lives together is inside one curve (生活圈).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from network.graph.domain.kinship import Bond, Kin, Someone
from network.graph.domain.rows import Union, placed, unions_of

R = 24
"""Half of a symbol, in pixels."""
TEXT, STEP, ABOVE, MARGIN = 44, 11, 30, 64
"""What stands below a symbol; from one line of a row to the next; above children; around everything."""
LANE = 16


@dataclass(frozen=True)
class Symbol:
    """One person, by the middle of their symbol."""

    person: Someone
    x: int
    y: int

    @property
    def shape(self) -> str:
        return {"male": "square", "female": "circle"}.get(self.person.sex or "", "diamond")


@dataclass(frozen=True)
class Line:
    """A line as SVG draws it. `about` are the people at its ends; `marks` are the slashes of a couple's line."""

    kind: str
    path: str
    about: tuple[str, ...]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Circle:
    """Who lives together: `necks` lead from one to the next, and never over anybody else."""

    people: tuple[str, ...]
    dots: tuple[tuple[int, int], ...]
    necks: tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    width: int
    height: int
    symbols: tuple[Symbol, ...]
    lines: tuple[Line, ...]
    circles: tuple[Circle, ...]


def draw(kin: Kin) -> Drawing:
    """The same people and kinship are always drawn alike."""
    kin = _sorted(kin)
    across, rows = placed(kin)
    unions = unions_of(kin)
    below = _levels([(each, _span(each.parents, across), _row(each, rows)) for each in unions])
    hangs = [
        (each, _span((*each.parents, *each.own), across), rows[child] - 1)
        for each in unions if each.children for child in each.own[:1]
    ]  # fmt: skip
    above = _levels(hangs)
    tops = _tops(rows, below, above, unions)
    at = {key: (across[key] + MARGIN, tops[rows[key]]) for key in across}
    lines = [line for each in unions for line in _lines(each, kin, at, below[each], above.get(each, 0))]
    symbols = tuple(Symbol(each, *at[each.key]) for each in kin.people)
    return Drawing(
        max((x for x, _ in at.values()), default=0) + MARGIN + 40, max(tops.values(), default=0) + R + TEXT + MARGIN,
        symbols, (*lines, *(_bond(each, at) for each in kin.bonds)), _circles(kin.people, at),
    )  # fmt: skip


def _sorted(kin: Kin) -> Kin:
    known = {each.key for each in kin.people}
    return Kin(
        tuple(sorted(kin.people, key=lambda each: each.key)),
        tuple(sorted((each for each in kin.parents if {each.parent, each.child} <= known), key=repr)),
        tuple(sorted((each for each in kin.partners if each.both <= known), key=repr)),
        tuple(sorted((each for each in kin.bonds if {each.one, each.other} <= known), key=repr)),
    )


def _row(union: Union, rows: Mapping[str, int]) -> int:
    return max(rows[each] for each in union.parents)


def _span(keys: Iterable[str], across: Mapping[str, int]) -> tuple[int, int]:
    found = [across[key] for key in keys]
    return min(found), max(found)


def _levels(spans: Sequence[tuple[Union, tuple[int, int], int]]) -> dict[Union, int]:
    """Lines of one row that would lie on each other are drawn one below the other."""
    found: dict[Union, int] = {}
    taken: dict[int, list[tuple[int, int, int]]] = {}
    for union, (left, right), row in sorted(spans, key=lambda each: (each[2], each[1], each[0].parents)):
        here = taken.setdefault(row, [])
        level = next(
            n for n in range(len(spans) + 1)
            if not any(n == other and left <= end and begin <= right for begin, end, other in here)
        )  # fmt: skip
        here.append((left, right, level))
        found[union] = level
    return found


def _tops(
    rows: Mapping[str, int], below: Mapping[Union, int], above: Mapping[Union, int], unions: Sequence[Union]
) -> dict[int, int]:
    """The height of each row: as far below the one above as its lines need."""
    tops, y = dict[int, int](), MARGIN + R
    for row in range(max(rows.values(), default=-1) + 1):
        tops[row] = y
        here = [each for each in unions if _row(each, rows) == row]
        deep = max((below[each] for each in here), default=0) + max((above.get(each, 0) for each in here), default=0)
        y += 2 * R + TEXT + STEP * (deep + 2) + ABOVE
    return tops


def _lines(union: Union, kin: Kin, at: Mapping[str, tuple[int, int]], level: int, hang: int) -> Iterable[Line]:
    (left, y1), (right, y2) = min(at[each] for each in union.parents), max(at[each] for each in union.parents)
    bar = max(y1, y2) + R + TEXT + STEP * level
    middle = (left + right) // 2
    if len(union.parents) > 1:
        how = next((each.how for each in kin.partners if each.both == set(union.parents)), "unsaid")
        path = f"M{left},{y1 + R} V{bar} H{right} V{y2 + R}"
        yield Line(how, path, union.parents, tuple(_slashes(how, left + (right - left) // 4, bar)))
    start = bar if len(union.parents) > 1 else y1 + R
    for child, how in union.children:
        x, top = at[child]
        turn = top - R - LANE - STEP * hang
        yield Line(how, f"M{middle},{start} V{turn} H{x} V{top - R}", (*union.parents, child))


def _slashes(how: str, x: int, y: int) -> Iterable[str]:
    for n in range({"separated": 1, "divorced": 2}.get(how, 0)):
        yield f"M{x + 7 * n - 5},{y + 8} l10,-16"


def _bond(bond: Bond, at: Mapping[str, tuple[int, int]]) -> Line:
    """Between the rims of two symbols: a zigzag for conflict and violence, which ends in an arrow."""
    (x1, y1), (x2, y2) = at[bond.one], at[bond.other]
    far = max(1.0, ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5)
    ux, uy = (x2 - x1) / far, (y2 - y1) / far
    x1, y1, far = round(x1 + ux * (R + 3)), round(y1 + uy * (R + 3)), far - 2 * R - 6
    if bond.how not in ("conflict", "violence"):
        return Line(bond.how, f"M{x1},{y1} L{round(x1 + ux * far)},{round(y1 + uy * far)}", (bond.one, bond.other))
    steps = max(2, round(far / 10))
    points = [
        (round(x1 + ux * far * n / steps - uy * side), round(y1 + uy * far * n / steps + ux * side))
        for n in range(1, steps) for side in [5 if n % 2 else -5]
    ]  # fmt: skip
    end = (round(x1 + ux * far), round(y1 + uy * far))
    path = f"M{x1},{y1} " + " ".join(f"L{x},{y}" for x, y in (*points, end))
    return Line(bond.how, path, (bond.one, bond.other))


def _circles(people: Sequence[Someone], at: Mapping[str, tuple[int, int]]) -> tuple[Circle, ...]:
    """One for each house in which several of them live."""
    by_home: dict[str, list[str]] = {}
    for each in people:
        for home in sorted(each.homes):
            by_home.setdefault(home, []).append(each.key)
    every = sorted({tuple(sorted(keys, key=lambda key: (at[key][1], at[key][0]))) for keys in by_home.values()})
    return tuple(Circle(keys, tuple(at[key] for key in keys), _necks(keys, at)) for keys in every if len(keys) > 1)


def _necks(keys: Sequence[str], at: Mapping[str, tuple[int, int]]) -> tuple[str, ...]:
    """From each to the next: straight where they are neighbours, else below the symbols, where nobody stands."""
    found = []
    for one, other in pairwise(keys):
        (x1, y1), (x2, y2) = at[one], at[other]
        between = [key for key, (x, y) in at.items() if y == y1 and min(x1, x2) < x < max(x1, x2)]
        if y1 == y2 and not between:
            found.append(f"M{x1},{y1} H{x2}")
            continue
        lane, side = y1 + R + LANE, _column(x2, y1, y2, at)
        down = f" V{y2 - R - LANE} H{x2}" if side != x2 else ""
        found.append(f"M{x1},{y1} V{lane} H{side}{down} V{y2}")
    return tuple(found)


def _column(x: int, top: int, bottom: int, at: Mapping[str, tuple[int, int]]) -> int:
    """The way down nearest to a place on which nobody's symbol stands."""
    between = [each for each, y in at.values() if top < y < bottom]
    ways = [x, *(each + side for each in between for side in (-R - LANE, R + LANE))]
    return min(
        (way for way in ways if all(abs(way - each) >= R + LANE for each in between)),
        key=lambda way: (abs(way - x), way),
    )
