"""The family graph (家系圖): people, reports, the case and its units in four columns, laid out on the server."""

from collections.abc import Sequence
from dataclasses import dataclass

from network.cases.domain.case import Case
from network.cases.family import Member

WIDTH, HEIGHT, GAP, COLUMN = 168, 52, 18, 248


@dataclass(frozen=True)
class Node:
    """A box with its top left corner, in pixels; `word` is a code to translate, `text` stands as it is."""

    id: str
    kind: str
    x: int
    y: int
    text: str = ""
    word: str = ""


@dataclass(frozen=True)
class Edge:
    """A line between two boxes, from right side to left side."""

    kind: str
    path: str


@dataclass(frozen=True)
class Graph:
    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def draw(case: Case, people: Sequence[Member]) -> Graph:
    """The graph of a case; a report without a readable person stands alone on the left."""
    reports = [each for each in case.reports if each.state != "withdrawn"]
    columns = (
        [Node(f"person-{n}", "person", 0, 0, text=each.name) for n, each in enumerate(people)],
        [Node(each.report_id, "report", 0, 0, word=each.case_type) for each in reports],
        [Node(case.id, "case", 0, 0, word="joint_case")],
        [
            Node(case.lead.unit, "lead", 0, 0, word=case.lead.unit),
            *(Node(unit, "collaborator", 0, 0, word=unit) for unit in case.units),
        ],
    )
    rows = max(len(column) for column in columns)
    placed = {node.id: node for x, column in enumerate(columns) for node in _stacked(column, x, rows)}
    lines = [
        *((f"person-{n}", id, "names") for n, each in enumerate(people) for id in each.reports),
        *((each.report_id, case.id, "belongs") for each in reports),
        *((case.id, node.id, node.kind) for node in columns[3]),
    ]
    edges = tuple(Edge(kind, _curve(placed[a], placed[b])) for a, b, kind in lines if a in placed and b in placed)
    return Graph(COLUMN * 3 + WIDTH + 2, rows * (HEIGHT + GAP), tuple(placed.values()), edges)


def _stacked(column: Sequence[Node], number: int, rows: int) -> list[Node]:
    """The boxes of a column below each other, in the middle of the height."""
    top = (rows - len(column)) * (HEIGHT + GAP) // 2 + GAP // 2
    return [
        Node(each.id, each.kind, number * COLUMN + 1, top + row * (HEIGHT + GAP), each.text, each.word)
        for row, each in enumerate(column)
    ]


def _curve(start: Node, end: Node) -> str:
    x1, y1, x2, y2 = start.x + WIDTH, start.y + HEIGHT // 2, end.x, end.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1},{y1} C{middle},{y1} {middle},{y2} {x2},{y2}"
