"""A report's document as the board words it: a row of the list, and the panel with everything."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kit.mongo import Document

from contracts import codes
from dispatch.board import words
from dispatch.conservation import Counters
from dispatch.domain.facts import TAIPEI

SOON = timedelta(hours=2)
LAST = 10**15
View = dict[str, Any]
OUTCOMES = ("protection", "welfare_centre", "no_dispatch", "transferred", "duplicate")


def row(document: Document, lang: str, now: datetime) -> View:
    """One row: its clock first, then what it is about, then where it stands."""
    decision, due, stage = document["decision"], document["breach_at"], document["stage"]
    queued = stage in ("pending", "returned") or bool(due and due < now)
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
        "due": due.isoformat() if due else None,
        "left": words.left(due, now, lang),
        "tone": _tone(due, now, queued=queued),
        "group": "queue" if queued else "latest",
        "sort": (int(due.timestamp()) if due else LAST) if queued else -int(decision["decided_at"].timestamp() * 1000),
        "received": words.time(document["received_at"], now),
        "received_iso": document["received_at"].isoformat(),
    }


def _tone(due: datetime | None, now: datetime, *, queued: bool) -> str:
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


def panel(
    document: Document, values: Mapping[str, Any] | None, told: Mapping[str, str], lang: str, now: datetime
) -> View:
    """Everything about one report. `values` are its personal values, None when destroyed; `told` sealed reasons."""
    decision, report = document["decision"], document["report"]
    people = _people(document, values or {})
    narrative = (values or {}).get("event/narrative", "")
    event = report.get("event", {})
    return {
        "id": document["_id"],
        "county": document["county"],
        "serial": document["serial"],
        "version": decision["version"],
        "row": row(document, lang, now),
        "with": [words.unit(unit, lang) for unit in decision["collaborators"]],
        "duplicate_of": decision["duplicate_of"],
        "transferred_to": words.county_or_none(decision["transferred_to"], lang),
        "kinds": [words.code("kinds", kind, lang) for kind in event.get("kinds", ())],
        "needs": [words.code("needs", need, lang) for need in report.get("needs", ())],
        "assessments": report.get("assessments", ()),
        "narrative": words.covered_text(narrative, people),
        "flags": document["flags"],
        "people": [_person(person, lang, now) for person in people],
        "erased": bool(document["sealed"]) and values is None,
        "because": [{"row": row["row"], "words": row[lang]} for row in decision["because"]],
        "suggested_unit": words.unit(decision["unit"], lang),
        "nearest": (decision["nearest"] or {}).get(lang),
        "resources": [words.word(name, lang) for name in decision["resources"]],
        "table": _table(decision["table"], lang),
        "clocks": [_clock(clock, lang, now) for clock in decision["clocks"]],
        "history": [_happened(each, told, lang, now) for each in document["history"]],
        "choices": OUTCOMES,
        "units": [
            {"id": f"{document['county']}/{name}", "name": words.unit(f"x/{name}", lang)} for name in words.UNIT_IDS
        ],
        "counties": [{"id": code, "name": words.county(code, lang)} for code in codes.names("counties", now.date())],
    }


def _people(document: Document, values: Mapping[str, Any]) -> list[View]:
    people = [dict(person) for person in document["report"].get("people", ())]
    for pointer, value in values.items():
        match pointer.split("/"):
            case ["people", number, name]:
                people[int(number)][name] = value
    return people


def _person(person: View, lang: str, now: datetime) -> View:
    born = person.get("birth_date")
    years = now.astimezone(TAIPEI).year - int(born[:4]) if born else None
    return {
        "role": person["role"],
        "name": words.covered(person.get("name")),
        "national_id": words.covered(person.get("national_id")),
        "born": f"~{years} {words.word('years', lang)}" if years is not None else "",
        "conditions": [words.code("conditions", each, lang) for each in person.get("conditions", ())],
    }


def _table(table: Document | None, lang: str) -> str:
    return f"{words.county(table['county'], lang)} {table['in_force_from']} · {table['author']}" if table else ""


def _clock(clock: Document, lang: str, now: datetime) -> View:
    due = clock["due_at"]
    return {
        "id": words.word(clock["id"], lang),
        "due": due.isoformat(),
        "left": words.left(due, now, lang),
        "until": words.time(due, now),
        "tone": _tone(due, now, queued=False),
        "source": clock["source"],
        "verified": clock["verified"],
    }


def _happened(each: Document, told: Mapping[str, str], lang: str, now: datetime) -> View:
    reason = each.get("reason") or told.get(each.get("reason_sealed", ""))
    detail = (
        words.word(each["outcome"], lang) if each.get("outcome") else "",
        words.unit(each.get("unit"), lang),
        reason or "",
    )
    table = each["who"].startswith("table:")
    return {
        "at": words.time(each["at"], now),
        "what": words.word(each["what"], lang),
        "detail": " · ".join(part for part in detail if part),
        "who": words.word("by_table", lang) if table else each["who"],
    }


def counters(found: Counters, lang: str, now: datetime) -> View:
    """The edge of the board in words and numbers."""
    today = found.today
    return {
        "overdue": found.overdue,
        "due_soon": found.due_soon,
        "pending": found.waits.get("pending", 0),
        "waiting": found.waits.get("waiting", 0),
        "returned": found.waits.get("returned", 0),
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
