"""What a person must look at in a report, as people call its parts: not the pointers that machines need."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.languages import Lang
from contracts.reports import Flag

from dispatch.board.view import View
from dispatch.site import words


def flagged(flag: Flag, report: Mapping[str, Any], lang: Lang) -> View:
    """Where it is, what is written there unless that names somebody, and what is doubtful about it."""
    parts = flag.at.strip("/").split("/")
    return {"at": _place(parts, report, lang), "value": _value(report, parts), "reason": flag.reason}


def _place(parts: Sequence[str], report: Mapping[str, Any], lang: Lang) -> str:
    match parts:
        case ["people", number, field, *_] if int(number) < len(report.get("people", ())):
            role = words.word(report["people"][int(number)]["role"], lang)
            return f"{role} {int(number) + 1} {words.word(f'field.{field}', lang).removeprefix('field.')}"
    known = (f"at./{'/'.join(parts[:end])}" for end in range(len(parts), 0, -1))
    return next((said for key in known if (said := words.word(key, lang)) != key), "/".join(parts))


def _value(report: Any, parts: Sequence[str]) -> str:
    """The code that stands there; nothing for what is sealed, a list or a number."""
    for part in parts:
        if isinstance(report, list):
            report = report[int(part)] if part.isdigit() and int(part) < len(report) else None
        else:
            report = report.get(part) if isinstance(report, Mapping) else None
    return report if isinstance(report, str) else ""
