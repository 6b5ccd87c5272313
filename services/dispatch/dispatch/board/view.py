"""What the lists and the edge of the board say: a report as a row, and the counters."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kit.mongo import Document

from dispatch.board import words
from dispatch.claims import holder
from dispatch.conservation import Counters

SOON = timedelta(hours=2)
LAST = 10**15
View = dict[str, Any]
OUTCOMES = ("protection", "welfare_centre", "no_dispatch", "transferred", "duplicate")


def row(document: Document, lang: str, now: datetime) -> View:
    """One row: its clock first, then what it is about, then where it stands."""
    decision, due, stage = document["decision"], document["breach_at"], document["stage"]
    queued, held = stage in ("pending", "returned") or bool(due and due < now), holder(document, now)
    return {
        "id": document["_id"],
        "county": document["county"],
        "case_type": document["case_type"],
        "source_unit": document["source_unit"],
        "township": document["township"],
        "signs": [words.code("danger_signs", sign, lang) for sign in document["facts"].get("danger_signs", ())],
        "pending": stage == "pending",
        "outcome": decision["outcome"],
        "priority": decision["priority"],
        "unit": words.unit(decision["unit"], lang) or words.county_or_none(decision["transferred_to"], lang) or "",
        "note": _note(document, lang),
        "claimed": held["name"] if held else "",
        "asked": bool(document.get("asked")),
        "due": due.isoformat() if due else None,
        "left": words.left(due, now, lang),
        "tone": tone(due, now, queued=queued),
        "group": "queue" if queued else "latest",
        "sort": (int(due.timestamp()) if due else LAST) if queued else -int(decision["decided_at"].timestamp() * 1000),
        "received": words.time(document["received_at"], now),
        "received_iso": document["received_at"].isoformat(),
    }


def tone(due: datetime | None, now: datetime, *, queued: bool) -> str:
    """How urgent a clock is: over, soon, calm, or nothing for one that does not press."""
    if due and due < now:
        return "over"
    if due and due - now < SOON:
        return "soon"
    return "calm" if queued else ""


def _note(document: Document, lang: str) -> str:
    match document["stage"]:
        case "accepted":
            return f"{words.word('accepted_by', lang)} {document['accepted']['by']}"
        case "returned":
            return f"{words.word('returned_by', lang)} {document['returned']['reason'].replace('_', ' ')}"
        case "waiting":
            return words.word("waiting", lang)
    return ""


def counters(found: Counters, lang: str, now: datetime) -> View:
    """The edge of the board in words and numbers."""
    today = found.today
    return {
        "overdue": found.overdue,
        "due_soon": found.due_soon,
        "pending": found.waits.get("pending", 0),
        "waiting": found.waits.get("waiting", 0),
        "returned": found.waits.get("returned", 0),
        "accepted": today.accepted,
        "received": today.received,
        "decided": sum(today.decided.values()),
        "open": today.open,
        "on_the_way": today.on_the_way,
        "missing": today.missing,
        "equation": found.equation,
        "outcomes": [{"id": name, "count": today.decided.get(name, 0)} for name in OUTCOMES],
        "next_clock": words.time(found.next_at, now),
    }


def listed(documents: Sequence[Document], group: str, lang: str, now: datetime) -> list[View]:
    """The rows of one group in their order."""
    rows = (row(document, lang, now) for document in documents)
    return sorted((each for each in rows if each["group"] == group), key=lambda each: int(each["sort"]))
