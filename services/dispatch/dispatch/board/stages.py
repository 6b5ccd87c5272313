"""What a report's page says of its stage: who returned it, who visits, what was found, where it was sent."""

from datetime import datetime

from kit.mongo import Document

from dispatch.board.view import View
from dispatch.site import words
from dispatch.window.deadlines import level_of
from dispatch.window.investigations import GRADED, Found, kind_of, setting
from dispatch.window.records import SERVED
from dispatch.window.stages import ACCEPTED, ARRIVED, INVESTIGATING, WAITING, holds, responsible
from dispatch.window.teaching import CODES, PLACES

FINDABLE = (WAITING, ACCEPTED)
"""A unit serves the family or is asked to: what its visit found may be recorded."""


def view_of(document: Document, lang: str, now: datetime) -> View:
    """For the acts of the panel; the lists of choices beside what was done."""
    return {
        "level": level_of(document, now),
        "arrived": document["stage"] == ARRIVED,
        "may_visit": bool(kind_of(document)),
        "visit": _visit(document, lang, now),
        "may_find": document["stage"] in FINDABLE and document["decision"]["outcome"] in SERVED,
        "finding": _finding(document, lang, now),
        "founds": [str(each) for each in Found],
        "graded": [str(each) for each in GRADED],
        "said": _said(document, lang),
        "holds": holds(document),
        "transfer": _transfer(document, lang, now),
        "returns": document.get("returns", 0),
        "assignee": (document.get("assignee") or {}).get("name")
        or (words.word("any_supervisor", lang) if document.get("assignee") else ""),
        "responsible": _window(responsible(document), lang),
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
        return {"what": words.word("transfer.arrived", lang), "county": words.county(came["county"], lang),
                "at": words.time(came["at"], now, lang)}  # fmt: skip
    if not (sent := document.get("transfer")):
        return None
    return {"what": words.word(f"transfer.{sent['state']}", lang), "county": words.county(sent["to"], lang),
            "at": words.time(sent.get("accepted_at") or sent["at"], now, lang)}  # fmt: skip


def _visit(document: Document, lang: str, now: datetime) -> View | None:
    """Who visits the family for the window, by when, under which kind of the setting."""
    visit = document.get("investigation")
    if not visit or document["stage"] != INVESTIGATING:
        return None
    kind = next((each for each in setting().kinds if each.id == visit["kind"]), None)
    return {"who": visit["investigator"], "until": words.time(visit["due_at"], now, lang),
            "kind": getattr(kind, lang) if kind else visit["kind"], "verified": setting().verified}  # fmt: skip


def _finding(document: Document, lang: str, now: datetime) -> View | None:
    found = document.get("finding")
    if not found:
        return None
    return {"what": words.word(f"found.{found['found']}", lang), "who": found["name"],
            "at": words.time(found["at"], now, lang)}  # fmt: skip


def _said(document: Document, lang: str) -> str:
    """The table's own result where a person decided otherwise: it stays visible beside it."""
    said = (document.get("said") or {}).get("outcome")
    return words.word(said, lang) if said and said != document["decision"]["outcome"] else ""


def _window(unit: str, lang: str) -> str:
    """A unit with its county: of a transfer the one that answers may be another's."""
    return f"{words.county(unit.partition('/')[0], lang)} {words.unit(unit, lang)}"
