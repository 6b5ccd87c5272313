"""What a report's page says of its stage: who returned it, who visits, what was found, where it was sent."""

from datetime import datetime

from kit.mongo import Document

from dispatch.board import words
from dispatch.board.view import View
from dispatch.deadlines import level_of
from dispatch.improper import CODES, PLACES
from dispatch.stages import responsible


def view_of(document: Document, lang: str, now: datetime) -> View:
    """For the acts of the panel; the lists of choices beside what was done."""
    return {
        "level": level_of(document, now),
        "returns": document.get("returns", 0),
        "assignee": (document.get("assignee") or {}).get("name")
        or (words.word("any_supervisor", lang) if document.get("assignee") else ""),
        "responsible": words.unit(responsible(document), lang),
        "improper": _improper(document, lang, now),
        "places": [{"id": each, "name": words.word(f"at.{each}", lang)} for each in PLACES],
        "shortcomings": [{"id": each, "name": words.word(f"short.{each}", lang)} for each in CODES],
    }


def _improper(document: Document, lang: str, now: datetime) -> View | None:
    found = document.get("improper")
    if not found:
        return None
    each = [
        f"{words.word('at.' + one['at'], lang)} {words.word('short.' + one['code'], lang)}"
        for one in found["shortcomings"]
    ]
    return {"who": found["name"], "at": words.time(found["at"], now, lang), "what": each}
