"""What a person must look at in a report, as people call its parts: not the pointers that machines need."""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.codes import UNKNOWN
from contracts.languages import Lang
from contracts.reports import Flag

from dispatch.board.view import View
from dispatch.domain.report.report import Report
from dispatch.site import words


def flagged(flag: Flag, report: Report, lang: Lang) -> View:
    """Where it is, what is written there unless that names somebody, and what is doubtful about it."""
    parts = flag.at.strip("/").split("/")
    return {"at": _place(parts, report, lang), "value": _value(report.public, parts), "reason": flag.reason}


def _place(parts: Sequence[str], report: Report, lang: Lang) -> str:
    match parts:
        case ["people", number, field, *_] if int(number) < len(report.form.people):
            role = words.word(report.form.people[int(number)].role, lang)
            return f"{role} {int(number) + 1} {words.word(f'field.{field}', lang).removeprefix('field.')}"
    known = (f"at./{'/'.join(parts[:end])}" for end in range(len(parts), 0, -1))
    return next((said for key in known if (said := words.word(key, lang)) != key), "/".join(parts))


def _value(form: Any, parts: Sequence[str]) -> str:
    """The code that stands there; nothing for what is sealed, a list or a number, nor what stands for a sealed code."""
    for part in parts:
        if isinstance(form, list):
            form = form[int(part)] if part.isdigit() and int(part) < len(form) else None
        else:
            form = form.get(part) if isinstance(form, Mapping) else None
    return form if isinstance(form, str) and form != UNKNOWN else ""
