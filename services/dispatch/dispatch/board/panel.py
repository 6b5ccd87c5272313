"""Everything about one report as the board words it: facts, people, reasons, clocks, and what happened where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.decisions import Outcome
from kit.mongo import Document
from rules.counties import county as set_by

from contracts import codes
from dispatch.board import stages, view
from dispatch.board.flags import flagged
from dispatch.board.others import Others, other
from dispatch.board.view import OUTCOMES, View
from dispatch.domain.people.duplicates import REASONS
from dispatch.policy import danger_phrases
from dispatch.site import words
from dispatch.site.places import township
from dispatch.window.claims import holder
from dispatch.window.records import relation_shown
from dispatch.window.revising import undoable
from dispatch.window.rulings import takes_supervisor

REVEALED_FOR = timedelta(minutes=10)
"""How long a name stays on the pages of the officer who asked for it."""
_SERVICES = {"report": "intake", "case": "network", "resources": "network", "delivery": "notify"}


@dataclass(frozen=True)
class Look:
    """What an officer may read: personal `values`, None when destroyed; sealed reasons `told`; earlier `reveals`."""

    username: str
    reveals: Sequence[Document]
    values: Mapping[str, Any] | None
    told: Mapping[str, str]

    def revealed(self, now: datetime) -> set[int]:
        """The people whose names this officer asked for a short while ago, by their place in the report."""
        since = now - REVEALED_FOR
        return {each["person"] for each in self.reveals if each["who"] == self.username and each["at"] > since}


def panel(document: Document, look: Look, others: Others, lang: str, now: datetime) -> View:
    """The whole page of a report for one officer; `others` are the reports that it names."""
    decision, report, event = document["decision"], document["report"], document["report"].get("event", {})
    people, revealed = _people(document, look.values or {}), look.revealed(now)
    hidden = [person for number, person in enumerate(people) if number not in revealed]
    narrative = words.covered_text((look.values or {}).get("event/narrative", ""), hidden)
    return {
        "id": document["_id"],
        "county": document["county"],
        "serial": document["serial"],
        "version": decision["version"],
        "row": view.row(document, lang, now),
        "received": words.moment(document["received_at"], lang),
        "with": [words.unit(unit, lang) for unit in decision["collaborators"]],
        "duplicate_of": other(decision["duplicate_of"], others),
        "transferred_to": words.county_or_none(decision["transferred_to"], lang),
        "kinds": [words.code("kinds", kind, lang) for kind in event.get("kinds", ())],
        "needs": [words.code("needs", need, lang) for need in report.get("needs", ())],
        "assessments": report.get("assessments", ()),
        **_told(narrative, document, lang),
        "flags": [flagged(each, report, lang) for each in document["flags"]],
        "place": _place(document, lang),
        "people": [_person(number, person, number in revealed, lang, now) for number, person in enumerate(people)],
        "reveals": [_reveal(each, people, lang, now) for each in look.reveals],
        "erased": bool(document["sealed"]) and look.values is None,
        "because": [_because(row, lang) for row in decision["because"]],
        "relation": _relation(document, others, lang),
        "suggested_unit": words.unit(decision["unit"], lang),
        "nearest": (decision["nearest"] or {}).get(lang),
        "resources": [words.word(name, lang) for name in decision["resources"]],
        "table": _table(decision["table"], lang),
        "clocks": [_clock(clock, lang, now) for clock in decision["clocks"]],
        "history": [_happened(each, look.told, others, lang, now) for each in document["history"]],
        **_work(document, look.username, lang, now),
        **stages.view_of(document, lang, now),
        **_choices(document, lang, now),
    }


def _work(document: Document, username: str, lang: str, now: datetime) -> View:
    """Who is at it, what may be undone, and what the sender was asked."""
    held, undo, asked = holder(document, now), undoable(document, now), document.get("asked")
    return {
        "claim": held
        and {"name": held["name"], "mine": held["by"] == username, "since": words.time(held["at"], now, lang)},
        "undo": undo and {"until": undo["until"].isoformat(), "left": words.left(undo["until"], now, lang)},
        "asked": asked and _clock({"id": "sender_asked", "source": asked["name"], "verified": True} | asked, lang, now),
    }


def _choices(document: Document, lang: str, now: datetime) -> View:
    county = document["county"]
    others = [each for each in codes.names("counties", now.date()) if each != county]
    return {
        "choices": OUTCOMES[:3],
        "supervisors": [each for each in OUTCOMES if takes_supervisor(document, Outcome(each))],
        "units": [{"id": id, "name": words.unit(id, lang)} for id in set_by(county).unit_ids],
        "counties": [{"id": each, "name": words.county(each, lang)} for each in others],
    }


def _people(document: Document, values: Mapping[str, Any]) -> list[View]:
    people = [dict(person) for person in document["report"].get("people", ())]
    for pointer, value in values.items():
        match pointer.split("/"):
            case ["people", number, name]:
                people[int(number)][name] = value
    return people


def _person(number: int, person: View, revealed: bool, lang: str, now: datetime) -> View:
    said = str if revealed else words.covered
    return {
        "number": number,
        "role": person["role"],
        "revealed": revealed,
        "name": said(person.get("name") or "—"),
        "national_id": said(person.get("national_id") or ""),
        "phones": list(person.get("phones", ())) if revealed else [],
        "born": words.born(person.get("birth_date"), now, lang),
        "conditions": [words.code("conditions", each, lang) for each in person.get("conditions", ())],
    }


def _place(document: Document, lang: str) -> View:
    """Where it happened, down to the village and no nearer."""
    place = document["report"].get("event", {}).get("place") or {}
    county = place.get("county") or document["county"]
    named = {name: place.get(name) for name in ("township", "village")}
    return named | {"county": county, "county_name": words.county(county, lang),
                    "township_name": township(named["township"], lang)}  # fmt: skip


def _reveal(each: Document, people: Sequence[View], lang: str, now: datetime) -> View:
    number = each["person"]
    role = words.word(people[number]["role"], lang) if number < len(people) else ""
    return {"who": each["name"], "at": words.time(each["at"], now, lang), "whom": f"{role} {number + 1}"}


def _told(narrative: str, document: Document, lang: str) -> View:
    """The narrative in pieces, each with the danger sign that its words speak of, and those nobody ticked."""
    phrases, ticked = danger_phrases(), document["facts"].get("danger_signs", ())
    found = phrases.passages(narrative, ticked, document["case_type"])
    pieces = [
        {"text": each.text, "sign": words.code("danger_signs", each.sign, lang) if each.sign else "",
         "coded": each.coded} for each in found
    ]  # fmt: skip
    unticked = dict.fromkeys(piece["sign"] for piece in pieces if piece["sign"] and not piece["coded"])
    searched = any(piece["sign"] for piece in pieces)
    return {"narrative": pieces, "unticked": list(unticked), "searched": searched, "phrases_verified": phrases.verified}


def _because(row: Document, lang: str) -> View:
    """A row that matched; one that did not decide asked for less than those that did."""
    return {"row": row["row"], "words": row[lang], "decided": row.get("decided", True)}


def _relation(document: Document, others: Others, lang: str) -> View | None:
    """The earlier report that this one relates to, and why; `of` is None for another county's."""
    known, relation = document["decision"].get("relation"), relation_shown(document)
    if not known or not known["of"] or not relation:
        return None
    reasons = [REASONS[each][lang == "en"] if each in REASONS else each for each in relation["reasons"]]
    return {"of": other(relation["of"], others), "kind": words.word(relation["kind"], lang), "reasons": reasons}


def _table(table: Document | None, lang: str) -> str:
    return f"{words.county(table['county'], lang)} {table['in_force_from']} · {table['author']}" if table else ""


def _clock(clock: Mapping[str, Any], lang: str, now: datetime) -> View:
    due = clock["due_at"]
    return {
        "id": words.word(clock["id"], lang),
        "due": due.isoformat(),
        "left": words.left(due, now, lang),
        "until": words.time(due, now, lang),
        "tone": view.tone(due, now, queued=False),
        "source": words.source(clock["source"], lang),
        "verified": clock["verified"],
    }


def _happened(each: Document, told: Mapping[str, str], others: Others, lang: str, now: datetime) -> View:
    reason = each.get("reason") or told.get(each.get("reason_sealed", ""))
    detail = (
        words.word(each["outcome"], lang) if each.get("outcome") else "",
        words.unit(each.get("unit"), lang),
        words.reason(reason, lang) if reason else "",
    )
    table = each["who"].startswith("table:")
    return {
        "at": words.time(each["at"], now, lang),
        "day": words.moment(each["at"], lang),
        "iso": each["at"].isoformat(),
        "service": _SERVICES.get(each["what"].split("_")[0], "dispatch"),
        "what": words.word(each["what"], lang),
        "detail": " · ".join(part for part in detail if part),
        "other": other(each.get("report_id"), others),
        "who": words.word("by_table", lang)
        if table
        else words.word(f"service.{each['who']}", lang).removeprefix("service."),
    }
