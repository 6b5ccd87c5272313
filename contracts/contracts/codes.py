"""Code lists, each in force from a date; an unknown code is kept and flagged, never refused."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

UNKNOWN = "unknown"
"""What stands for a code that no list knows once it is sealed: it may be a name or a number."""


@cache
def _lists() -> Mapping[str, Mapping[str, object]]:
    loaded: Mapping[str, Mapping[str, object]] = json.loads((files("contracts") / "codes.json").read_text("utf-8"))
    return loaded


def names(of: str, on: date) -> Mapping[str, str]:
    """The codes of list `of` in force on a day, each with its Chinese name; empty before the list began."""
    entry = _lists()[of]
    codes = entry["codes"]
    assert isinstance(codes, dict)
    return codes if date.fromisoformat(str(entry["since"])) <= on else {}
