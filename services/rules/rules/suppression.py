"""Small counts of a table hidden, and with them those from which they could be computed."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import product

SMALLEST = 5
"""The smallest count that is shown (k-anonymity)."""


def stepped(count: int) -> int:
    """A count told in steps of SMALLEST: 12 as 10, which stands for 10 to 14, and what is hidden as 0.

    The steps are all as wide as what is hidden, so that a difference of two counts leaves as many possibilities
    (docs/adr/0041).
    """
    return count - count % SMALLEST


Table = Sequence[Sequence[int]]
Place = tuple[int, int]


def hidden(table: Table) -> frozenset[Place]:
    """Where to hide counts of a table whose last row and column are its totals.

    Every count under SMALLEST, and those without which it could be computed: each hidden count might as well be
    SMALLEST more or less, for all that the shown ones tell, and no other would be below zero. For each in turn the
    cheapest cycle of counts that rise and fall together while every sum stays (the network heuristic of Kelly, Golden
    and Assad, Networks 22, 1992).
    """
    places = product(range(len(table)), range(len(table[0])))
    small = [(i, j) for i, j in places if table[i][j] < SMALLEST]
    hide, safe = set(small), set[Place]()
    for place in small:
        if place not in safe:
            cycle = _cycle(table, place, hide)
            hide |= cycle
            safe |= cycle
    return frozenset(hide)


def _cycle(table: Table, place: Place, hide: set[Place]) -> set[Place]:
    """The places through which the count at `place` may rise, hiding as little more as can be (Dijkstra).

    Every row and column is a node (a column is written ~j), and every count a way from one to the other.
    """
    row, column = place
    start, goal = (~column, row) if _is_inner(table, place) else (row, ~column)
    came: dict[int, tuple[int, Place]] = {}
    best, queue = {start: 0}, [(0, start)]
    while queue:
        cost, node = heappop(queue)
        if node == goal:
            break
        for other, step in _ways(table, node):
            total = cost + (0 if step in hide else table[step[0]][step[1]] + 1)
            if step != place and total < best.get(other, total + 1):
                best[other], came[other] = total, (node, step)
                heappush(queue, (total, other))
    return {place, *_walked(came, start, goal)}


def _walked(came: Mapping[int, tuple[int, Place]], start: int, goal: int) -> Iterator[Place]:
    while goal != start and goal in came:
        goal, step = came[goal]
        yield step


def _ways(table: Table, node: int) -> Iterator[tuple[int, Place]]:
    """Where to go from a row or a column, raising a count or lowering one that leaves something."""
    from_row = node >= 0
    for other in range(len(table[0]) if from_row else len(table)):
        place = (node, other) if from_row else (other, ~node)
        if _is_inner(table, place) == from_row or table[place[0]][place[1]] > SMALLEST:
            yield (~other if from_row else other), place


def _is_inner(table: Table, place: Place) -> bool:
    """Whether a count adds to the sums of its row and column: a cell does, and the total of all to those of totals."""
    return (place[0] == len(table) - 1) == (place[1] == len(table[0]) - 1)
