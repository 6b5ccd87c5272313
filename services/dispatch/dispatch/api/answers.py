"""What the API answers: the shapes of `/openapi.json`."""

from datetime import date, datetime
from typing import Any, Literal

from contracts.decisions import Because, Clock, Outcome, TableVersion
from contracts.event import Model
from pydantic import Field

from dispatch.domain.people.duplicates import Relation
from dispatch.domain.report.report import Report
from dispatch.window.documents import plain, said


class Nearest(Model):
    """The single fact that would change the outcome, in words."""

    fact: str
    from_: str = Field(alias="from")
    to: str
    outcome: Outcome
    zh: str
    en: str


class Happened(Model):
    """One line of a report's history: what, when, who.

    Of a `clock` that moved by what a county said of a `day`: when it was due, and when it is.
    """

    at: datetime
    what: str
    who: str
    outcome: Outcome | None = None
    unit: str | None = None
    case_id: str | None = None
    version: int | None = None
    reason: str | None = None
    clock: str | None = None
    day: date | None = None
    due_before: datetime | None = None
    due_at: datetime | None = None


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
    service: dict[str, Any] | None
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


def decision_shown(report: Report) -> Decision:
    """A report as the API shows it; nothing personal is in it."""
    decision, pending = report.decision, report.pending
    covers = report.relation != decision.relation
    return Decision(
        report_id=report.known_as,
        status="pending" if pending else "decided",
        stage=report.stage,
        version=decision.version,
        report_version=report.version,
        serial=report.serial,
        county=report.county,
        case_type=report.case_type,
        source_unit=report.source_unit,
        received_at=report.received_at,
        outcome=None if pending else decision.outcome,
        suggested=decision.outcome if pending else None,
        priority=decision.priority,
        unit=decision.unit,
        collaborators=decision.collaborators,
        duplicate_of=decision.duplicate_of,
        transferred_to=decision.transferred_to,
        because=tuple(_covered(row) if covers else row for row in decision.because),
        nearest=plain(decision.nearest),
        clocks=decision.clocks,
        resources=decision.resources,
        relation=_related(report.relation, covered=covers),
        competence=plain(decision.competence),
        table=decision.table,
        decided_by=None if pending else decision.decided_by,
        decided_at=None if pending else decision.decided_at,
        case_id=report.case_id,
        accepted=plain(report.accepted),
        service=report.service and said(plain(report.service)),
        returned=plain(report.returned),
        returns=report.returns,
        assignee=plain(report.assignee),
        responsible=report.responsible,
        said=plain(report.said),
        investigation=plain(report.investigation),
        finding=plain(report.finding),
        transfer=report.transfer and said(plain(report.transfer)),
        arrived_from=plain(report.arrived_from),
        history=tuple(Happened.model_validate(plain(each)) for each in report.history),
    )


def _related(relation: Relation | None, *, covered: bool) -> dict[str, Any] | None:
    """What it is to an earlier report; nothing is said of one that another county has."""
    shown: dict[str, Any] | None = plain(relation)
    return shown and {name: each for name, each in shown.items() if not (covered and name.startswith("known_"))}


def _covered(row: Because) -> Because:
    """A row that matched, without which report of another county it speaks of."""
    facts = {name: fact for name, fact in row.facts.items() if name not in ("of", "known_outcome")}
    return row.model_copy(update={"facts": facts})
