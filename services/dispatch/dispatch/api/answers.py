"""What the API answers: the shapes of `/openapi.json`."""

from datetime import datetime
from typing import Any, Literal

from contracts.decisions import Because, Clock, Outcome, TableVersion
from contracts.event import Model
from kit.mongo import Document
from pydantic import Field

from dispatch.window.events import report_of
from dispatch.window.records import relation_shown
from dispatch.window.stages import UNDECIDED, responsible


class Nearest(Model):
    """The single fact that would change the outcome, in words."""

    fact: str
    from_: str = Field(alias="from")
    to: str
    outcome: Outcome
    zh: str
    en: str


class Happened(Model):
    """One line of a report's history: what, when, who."""

    at: datetime
    what: str
    who: str
    outcome: Outcome | None = None
    unit: str | None = None
    case_id: str | None = None
    version: int | None = None
    reason: str | None = None


class Decision(Model):
    """The decision in force of a report; while `pending`, `outcome` is empty and `suggested` holds the table's."""

    report_id: str
    status: Literal["pending", "decided"]
    stage: Literal["pending", "investigating", "arrived", "waiting", "returned", "accepted", "settled"]
    version: int
    report_version: int
    serial: str | None
    county: str
    case_type: str
    source_unit: str
    received_at: datetime
    outcome: Outcome | None
    suggested: Outcome | None
    priority: int
    unit: str | None
    collaborators: tuple[str, ...]
    duplicate_of: str | None
    transferred_to: str | None
    because: tuple[Because, ...]
    nearest: Nearest | None
    clocks: tuple[Clock, ...]
    resources: tuple[str, ...]
    relation: dict[str, Any] | None
    competence: dict[str, Any] | None
    table: TableVersion | None
    decided_by: str | None
    decided_at: datetime | None
    case_id: str | None
    accepted: dict[str, Any] | None
    returned: dict[str, Any] | None
    returns: int
    assignee: dict[str, Any] | None
    responsible: str
    said: dict[str, Any] | None
    investigation: dict[str, Any] | None
    finding: dict[str, Any] | None
    transfer: dict[str, Any] | None
    arrived_from: dict[str, Any] | None
    history: tuple[Happened, ...]


class OutcomeStatistics(Model):
    """Case type by outcome, both days included; shares over reports less duplicates and transfers."""

    county: str
    from_: str = Field(alias="from")
    to: str
    rows: tuple[dict[str, Any], ...]
    total: dict[str, Any]


class SourceStatistics(OutcomeStatistics):
    """Case type by source unit, both days included."""


class LedgerShown(Model):
    """Conservation of a county's day: received + arrived (by transfer) = decided + open.

    `received` is the larger of what is here and what intake counted.
    """

    county: str
    day: str
    received: int
    counted_at: datetime | None
    decided: dict[Outcome, int]
    open: int
    equal: bool
    overdue: tuple[str, ...]
    missing: tuple[str, ...]
    accepted: int
    returned: int
    waiting: int
    arrived: int


def decision_shown(document: Document) -> Decision:
    """A report's document as the API shows it; nothing personal is in it."""
    decision, pending = document["decision"], document["stage"] in UNDECIDED
    relation = relation_shown(document)
    covers = bool(relation and "known_county" not in relation)
    own = {
        "report_id": report_of(document),
        "relation": relation,
        "because": [_covered(each) if covers else each for each in decision["because"]],
        "report_version": document["version"],
        "status": "pending" if pending else "decided",
        "outcome": None if pending else decision["outcome"],
        "suggested": decision["outcome"] if pending else None,
        "decided_by": None if pending else decision["decided_by"],
        "decided_at": None if pending else decision["decided_at"],
        "returns": document.get("returns", 0),
        "assignee": document.get("assignee"),
        "responsible": responsible(document),
        "said": document.get("said"),
        "investigation": document.get("investigation"),
        "finding": document.get("finding"),
        "transfer": document.get("transfer"),
        "arrived_from": document.get("arrived_from"),
    }
    named = (
        "stage",
        "serial",
        "county",
        "case_type",
        "source_unit",
        "received_at",
        "case_id",
        "accepted",
        "returned",
        "history",
    )
    return Decision.model_validate(decision | {name: document[name] for name in named} | own)


def _covered(row: Document) -> Document:
    """A row that matched, without which report of another county it speaks of."""
    return row | {"facts": {name: fact for name, fact in row["facts"].items() if name not in ("of", "known_outcome")}}
