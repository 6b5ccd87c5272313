"""Where each node of a net stands: columns by kind, ordered so that lines cross as little as a few sweeps can do."""

from collections.abc import Mapping
from dataclasses import dataclass

from network.graph.bodies import NodeView
from network.graph.net_view import Net

COLUMN, ROW, WIDTH, HEIGHT = 210, 46, 150, 32
COLUMNS = {"person": 0, "home": 1, "phone": 1, "case": 2, "masked": 2, "household": 2, "enrolment": 2, "referral": 2,
           "report": 2, "unit": 3}  # fmt: skip
SWEEPS = 4


@dataclass(frozen=True)
class Box:
    node: NodeView
    x: int
    y: int


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[tuple[str, str], ...]


def picture(net: Net) -> Picture:
    """The same net is always drawn alike."""
    columns: list[list[str]] = [[] for _ in range(4)]
    for key, node in net.nodes.items():
        columns[COLUMNS.get(node.kind, 2)].append(key)
    beside: dict[str, list[str]] = {key: [] for key in net.nodes}
    for edge in net.edges:
        beside[edge.source].append(edge.target)
        beside[edge.target].append(edge.source)
    place = {key: float(n) for column in columns for n, key in enumerate(column)}
    for _ in range(SWEEPS):
        for column in columns:
            column.sort(key=lambda key: (_middle(beside[key], place, place[key]), key))
            place |= {key: n * _share(columns, column) for n, key in enumerate(column)}
    boxes = {
        key: Box(net.nodes[key], 8 + n * COLUMN, 8 + row * ROW)
        for n, column in enumerate(columns) for row, key in enumerate(column)
    }  # fmt: skip
    lines = tuple((edge.kind, _line(boxes[edge.source], boxes[edge.target])) for edge in net.edges)
    rows = max((len(column) for column in columns), default=0)
    return Picture(3 * COLUMN + WIDTH + 16, rows * ROW + 16, tuple(boxes.values()), lines)


def _middle(others: list[str], place: Mapping[str, float], own: float) -> float:
    return sum(place[each] for each in others) / len(others) if others else own


def _share(columns: list[list[str]], column: list[str]) -> float:
    """How far apart the rows of a column lie beside those of the longest."""
    return max(len(each) for each in columns) / max(1, len(column))


def _line(one: Box, other: Box) -> str:
    if one.x > other.x:
        one, other = other, one
    x1, y1, x2, y2 = one.x + WIDTH, one.y + HEIGHT // 2, other.x, other.y + HEIGHT // 2
    if one.x == other.x:
        return f"M{x1},{y1} C{x1 + 40},{y1} {x1 + 40},{y2} {x1},{y2}"
    middle = (x1 + x2) // 2
    return f"M{x1},{y1} C{middle},{y1} {middle},{y2} {x2},{y2}"
