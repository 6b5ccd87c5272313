"""Laws by their PCode in the national law database, and how people cite what machines call `D0050071 s50`."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from contracts.languages import Lang

_CITED = re.compile(r"([A-Z]\d{7}) (s\d+(?:-\d+)?(?:, s\d+(?:-\d+)?)*)")


def names(lang: Lang) -> Mapping[str, str]:
    """Every law that Safety Net cites; in English as the database has it, long ones shortened."""
    return {code: pair[lang] for code, pair in _laws().items()}


def cited(text: str, lang: Lang) -> str:
    """家庭暴力防治法第50條, or Domestic Violence Prevention Act, art. 50 (D0050071); an unknown law stays as it is."""
    said = _CITED.sub(lambda found: _said(found[0], found[1], found[2].split(", "), lang), text)
    return said.replace("; ", "；") if lang == "zh" and said != text else said


@cache
def _laws() -> Mapping[str, Mapping[str, str]]:
    loaded: Mapping[str, Mapping[str, str]] = json.loads((files("contracts") / "laws.json").read_text("utf-8"))
    return loaded


def _said(written: str, code: str, articles: list[str], lang: Lang) -> str:
    if code not in _laws():
        return written
    spans = [each[1:].split("-") for each in articles]
    if lang == "zh":
        return _laws()[code]["zh"] + "、".join("至".join(f"第{one}條" for one in span) for span in spans)
    return f"{_laws()[code]['en']}, art. {', '.join('-'.join(span) for span in spans)} ({code})"
