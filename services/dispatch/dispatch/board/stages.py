"""What a report's page says of its stage: who returned it, who visits, what was found, where it was sent."""

from datetime import datetime

from kit.mongo import Document

from dispatch.board import words
from dispatch.board.view import View
from dispatch.deadlines import level_of
from dispatch.improper import CODES, PLACES
from dispatch.stages import ARRIVED, holds, responsible


def view_of(document: Document, lang: str, now: datetime) -> View:
    """For the acts of the panel; the lists of choices beside what was done."""
    return {
        "level": level_of(document, now),
        "arrived": document["stage"] == ARRIVED,
        "holds": holds(document),
        "transfer": _transfer(document, lang, now),
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


def _transfer(document: Document, lang: str, now: datetime) -> View | None:
    """Where the report came from, or where it was sent and what became of it there."""
    if came := document.get("arrived_from"):
        return {"what": words.word("transfer_arrived", lang), "county": words.county(came["county"], lang),
                "at": words.time(came["at"], now, lang)}  # fmt: skip
    if not (sent := document.get("transfer")):
        return None
    return {"what": words.word(f"transfer.{sent['state']}", lang), "county": words.county(sent["to"], lang),
            "at": words.time(sent.get("accepted_at") or sent["at"], now, lang)}  # fmt: skip
