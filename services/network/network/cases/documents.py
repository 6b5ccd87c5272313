"""Cases and standings as they lie in MongoDB, with what they are searched by."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kit.mongo import Document
from kit.paging import NEVER, Order
from pydantic import TypeAdapter
from rules.counties import settings_of

from contracts import codes
from network.access import EVERYWHERE, Scope
from network.cases.domain.asking import ASKS, asks
from network.cases.domain.case import ENDED, Case
from network.cases.domain.register import Standing

_CASE = TypeAdapter(Case)
_STANDING = TypeAdapter(Standing)
SERIAL = 8
"""How many signs of an id a page shows, and finds."""


@dataclass(frozen=True)
class Sought:
    """Which cases are looked for; `open` means neither closed nor withdrawn."""

    state: str | None = None
    unit: str | None = None
    person: str | None = None


@dataclass(frozen=True)
class Pile:
    """Open cases that ask for something: how they are found, and by which index, whose last fields order them."""

    query: Document
    by: tuple[str, ...]

    @property
    def order(self) -> Order:
        return Order(self.by[-1])

    @property
    def index(self) -> list[tuple[str, int]]:
        return [*index_of_open(*self.by[:-1]), *self.order.sort]


WAITING, UNSEEN, ASKING, CARRIED = (
    ("waiting_since",), ("unseen_since",), ("asks", "next_due"), ("lead.unit", "lead.person"),
)  # fmt: skip
"""What open cases are counted by. Given as a hint: with few cases the database picks any index that starts the same."""


def index_of_open(*fields: str) -> list[tuple[str, int]]:
    return [(field, 1) for field in ("county", "open", *fields)]


def within(scope: Scope) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": list(scope.counties)}}
    return query | ({"units": {"$in": sorted(scope.units)}} if scope.units else {})


def sought_by(sought: Sought) -> Document:
    """A state is looked for together with whether it is open, and none with both: one index serves every list."""
    is_open = sought.state == "open" or sought.state not in ENDED
    query: Document = {"open": is_open if sought.state else {"$in": [False, True]}}
    exact = {"state": sought.state if sought.state != "open" else None, "lead.unit": sought.unit}
    query |= {name: value for name, value in exact.items() if value}
    return query | ({"lead.person": sought.person} if sought.person else {})


def waiting_for_a_worker(scope: Scope) -> Pile:
    """In nobody's hands."""
    return Pile(within(scope) | {"open": True, "waiting_since": {"$lt": NEVER}}, WAITING)


def unseen(scope: Scope, now: datetime) -> Pile:
    """In somebody's hands, and nobody has seen anyone of the family for as long as its county says."""
    either = [
        {"county": {"$in": counties}, "unseen_since": {"$lt": now - length}}
        for length, counties in unseen_for(scope).items()
    ]
    return Pile(within(scope) | {"open": True} | (either[0] if len(either) == 1 else {"$or": either}), UNSEEN)


def unseen_for(scope: Scope) -> Mapping[timedelta, Sequence[str]]:
    """How long nobody may be unseen, the shortest first, and the counties that say so."""
    counties = codes.names("counties", date.max) if EVERYWHERE in scope.counties else scope.counties
    alike: dict[timedelta, list[str]] = defaultdict(list)
    for county in sorted(counties):
        alike[settings_of(county).unseen_for].append(county)
    return dict(sorted(alike.items()))


def asking(scope: Scope, code: str) -> Pile:
    """Cases that ask what `code` of `ASKS` says."""
    return Pile(within(scope) | {"open": True, "asks": code}, ASKING)


def week(scope: Scope, now: datetime) -> dict[str, Pile]:
    """Everything that asks for a supervisor, by code."""
    return {
        "waiting_for_a_worker": waiting_for_a_worker(scope),
        "unseen": unseen(scope, now),
        **{code: asking(scope, code) for code in ASKS},
    }


def document_of(case: Case) -> Document:
    """A case as it is stored, without its tasks, with what it is searched by."""
    document: Document = _CASE.dump_python(case, exclude={"tasks"})
    return {"_id": document.pop("id"), **document, **searched(case)}


def searched(case: Case) -> Document:
    """What a case is searched by: it follows from the case and its tasks."""
    return {
        "open": case.is_open,
        "units": sorted(case.parties),
        "serials": [each.report_id[-SERIAL:].lower() for each in case.reports],
        "next_due": case.next_due or NEVER,
        "waiting_since": case.waits_for_worker_since,
        "unseen_since": case.unseen_since,
        "asks": asks(case),
        "remembered": NEVER if case.is_open else case.remembered_until,
    }


def case_from(document: Document) -> Case:
    return _CASE.validate_python({**document, "id": document["_id"]})


def standing_document(standing: Standing) -> Document:
    document: Document = _STANDING.dump_python(standing)
    return {"_id": document.pop("report_id"), **document}


def standing_from(document: Document) -> Standing:
    return _STANDING.validate_python({**document, "report_id": document["_id"]})
