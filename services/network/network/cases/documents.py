"""Cases, standings and contacts as they lie in MongoDB, with what they are searched by."""

from dataclasses import dataclass
from datetime import UTC, datetime

from kit.mongo import Document
from pydantic import TypeAdapter

from network.access import EVERYWHERE, Scope
from network.cases.domain.case import ENDED, Case
from network.cases.domain.contact import Contact
from network.cases.domain.register import Standing

_CASE = TypeAdapter(Case)
_STANDING = TypeAdapter(Standing)
_CONTACT = TypeAdapter(Contact)
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
SERIAL = 8
"""How many signs of an id a page shows, and finds."""


@dataclass(frozen=True)
class Sought:
    """Which cases are looked for; `open` means neither closed nor withdrawn."""

    state: str | None = None
    unit: str | None = None
    person: str | None = None


def within(scope: Scope) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": list(scope.counties)}}
    return query | ({"units": {"$in": sorted(scope.units)}} if scope.units else {})


def sought_by(sought: Sought) -> Document:
    """A state is looked for together with whether it is open, so that one index serves every state."""
    query: Document = {}
    if sought.state:
        query["open"] = sought.state == "open" or sought.state not in ENDED
    exact = {"state": sought.state if sought.state != "open" else None, "lead.unit": sought.unit}
    query |= {name: value for name, value in exact.items() if value}
    return query | ({"lead.person": sought.person} if sought.person else {})


def document_of(case: Case) -> Document:
    """A case as it is stored, without its tasks, with what it is searched by."""
    document: Document = _CASE.dump_python(case, exclude={"tasks"})
    searched = {
        "open": case.is_open,
        "units": sorted(case.parties),
        "serials": [each.report_id[-SERIAL:].lower() for each in case.reports],
        "next_due": case.next_due or _NEVER,
        "waiting_since": case.waits_for_worker_since,
        "remembered": _NEVER if case.is_open else case.remembered_until,
    }
    return {"_id": document.pop("id"), **document, **searched}


def case_from(document: Document) -> Case:
    return _CASE.validate_python({**document, "id": document["_id"]})


def standing_document(standing: Standing) -> Document:
    document: Document = _STANDING.dump_python(standing)
    return {"_id": document.pop("report_id"), **document}


def standing_from(document: Document) -> Standing:
    return _STANDING.validate_python({**document, "report_id": document["_id"]})


def contact_document(contact: Contact) -> Document:
    document: Document = _CONTACT.dump_python(contact)
    return {"_id": document.pop("id"), **document}


def contact_from(document: Document) -> Contact:
    return _CONTACT.validate_python({**document, "id": document["_id"]})
