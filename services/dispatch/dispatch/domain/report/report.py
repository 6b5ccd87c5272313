"""A report as its window keeps it: every field of the document in MongoDB, each listed once, under its stored name."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from contracts.decisions import Clock, Outcome, PersonKey, Shortcoming
from contracts.reports import CaseType, Flag, SourceUnit
from contracts.reports import Report as Form
from pydantic import Field
from rules.people import NO_KEYS, Keys

from dispatch.domain.people.duplicates import Kind, Relation
from dispatch.domain.report.decision import Decision, Said
from dispatch.domain.report.history import Line
from dispatch.domain.report.service import Service
from dispatch.domain.report.stages import UNDECIDED, Stage
from dispatch.domain.triage.facts import Facts


@dataclass(frozen=True)
class Owed:
    """An event that waits to be published, as `kit.outbox` keeps it in the document that caused it."""

    id: str
    topic: str
    key: str
    headers: dict[str, str]
    data: bytes
    at: datetime


@dataclass(frozen=True)
class Accepted:
    """Who of a unit took the report on, and into which case."""

    by: str
    unit: str
    case_id: str
    at: datetime


@dataclass(frozen=True)
class Returned:
    """Who of a unit gave the report back, and why."""

    by: str
    unit: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Escalated:
    """Nobody in the unit answered: `whom` notify asked then, such as `on_call`; `nobody` when there was none to ask."""

    whom: str
    at: datetime


@dataclass(frozen=True)
class Assignee:
    """The supervisor who decides what was given back twice; without a name any of the county."""

    by: str = ""
    name: str = ""


@dataclass(frozen=True)
class Claim:
    """The officer who works on the report, `by` their user name, until they did nothing for a while."""

    by: str
    name: str
    at: datetime
    until: datetime


@dataclass(frozen=True)
class Asked:
    """The question to the sender that is open: who asked, and by when it must be answered."""

    by: str
    name: str
    at: datetime
    due_at: datetime


@dataclass(frozen=True)
class Improper:
    """What an officer found incomplete or wrong 不良通報."""

    by: str
    name: str
    at: datetime
    shortcomings: tuple[Shortcoming, ...]


@dataclass(frozen=True)
class Visit:
    """Who visits the family for the window before it decides; `kind` is that of the county's setting."""

    kind: str
    investigator: str
    by: str
    name: str
    at: datetime
    due_at: datetime


@dataclass(frozen=True)
class Finding:
    """What a visit found, in which `stage` of the report; `outcome` is what it asked for, if it decided."""

    found: str
    outcome: Outcome | None
    by: str
    name: str
    at: datetime
    stage: Stage


@dataclass(frozen=True)
class Verdict:
    """What an officer found this report and another to be to each other.

    `of` is the other document, `report_id` its report as everybody knows it; `also` the one that it repeats, if any.
    """

    id: str
    of: str
    kind: Kind
    who: str
    at: datetime
    report_id: str | None = None
    also: str | None = None
    reason: str | None = None
    reason_sealed: str | None = None


@dataclass(frozen=True)
class Transfer:
    """Where the report was sent: to which county, under which id there, and what became of it."""

    to: str
    id: str
    at: datetime
    state: Literal["waiting", "accepted", "rejected"]
    by: str | None = None
    accepted_at: datetime | None = None


@dataclass(frozen=True)
class Arrived:
    """Where the report came from: the document there, its county, and the decision that sent it."""

    id: str
    county: str
    at: datetime
    by: str
    version: int
    received_at: datetime


@dataclass(frozen=True)
class Before:
    """What a person's last act replaced, to be put back while it may be undone."""

    decision: Decision
    stage: Stage
    version: int
    by: str
    at: datetime
    until: datetime
    assignee: Assignee | None = None


@dataclass(frozen=True)
class Report:
    """The aggregate, one in each county that ever had it: `holds` says which of them has it now.

    `public` is the form without what names people, `sealed` the tokens of what does; `people` are those it names, as
    other services hear of them. `breach_at` is when the first of its running clocks is due. `family`, `kin` and
    `person` are its ties, see `people.ties`. `returns` counts how often units gave it back, `to_carry` says that it
    must be brought to another county or taken back from there.
    """

    id: Annotated[str, Field(alias="_id")]
    county: str
    agency_id: str
    source_unit: SourceUnit
    received_at: datetime
    day: str
    version: int
    case_type: CaseType
    public: Annotated[dict[str, Any], Field(alias="report")]
    facts: Facts
    decision: Decision
    stage: Stage
    report_id: str | None = None
    serial: str | None = None
    occurred_at: datetime | None = None
    township: str | None = None
    sealed: dict[str, str] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    keys: Keys = NO_KEYS
    people: tuple[PersonKey, ...] = ()
    family: tuple[str, ...] | None = None
    kin: tuple[str, ...] = ()
    person: str | None = None
    said: Said | None = None
    case_id: str | None = None
    accepted: Accepted | None = None
    service: Service | None = None
    returned: Returned | None = None
    returns: int = 0
    escalated: Escalated | None = None
    assignee: Assignee | None = None
    claim: Claim | None = None
    asked: Asked | None = None
    improper: Improper | None = None
    investigation: Visit | None = None
    finding: Finding | None = None
    verdicts: tuple[Verdict, ...] = ()
    transfer: Transfer | None = None
    arrived_from: Arrived | None = None
    holds: bool = True
    to_carry: bool = False
    promise: Clock | None = None
    breach_at: datetime | None = None
    breach_since: datetime | None = None
    before: Before | None = None
    changed_at: datetime | None = None
    history: tuple[Line, ...] = ()
    outbox: tuple[Owed, ...] = ()

    @property
    def known_as(self) -> str:
        """The id under which everybody knows it; what arrived from another county has a document of its own."""
        return self.report_id or self.id

    @property
    def received_on(self) -> date:
        """The day in Taipei on which this county received it: it decides under the table of that day."""
        return date.fromisoformat(self.day)

    @property
    def pending(self) -> bool:
        """Whether a person must decide: its decision is then a suggestion."""
        return self.stage in UNDECIDED

    @cached_property
    def form(self) -> Form:
        """The form as it was sent, without what names its people."""
        return Form.model_validate(self.public)

    @property
    def names_sealed(self) -> str | None:
        """The token of what names its people."""
        return self.sealed.get("report")

    @property
    def responsible(self) -> str:
        """The unit that answers for it: who sent it stays so until somebody accepted; silence is never acceptance."""
        if self.stage == Stage.ACCEPTED and self.accepted:
            return self.accepted.unit
        if self.holds:
            return f"{self.county}/window"
        elsewhere = self.transfer.to if self.transfer else self.arrived_from.county if self.arrived_from else ""
        return f"{elsewhere}/window"

    def concerns(self, units: Collection[str]) -> bool:
        """Whether any of these units was sent for it, takes part or took it on; without units every report does."""
        sent = () if self.pending else (self.decision.unit, *self.decision.collaborators)
        return not units or not {*sent, self.accepted and self.accepted.unit}.isdisjoint(units)

    def claimed(self, now: datetime) -> Claim | None:
        """The claim on it, while it lasts."""
        return self.claim if self.claim and self.claim.until > now else None

    @property
    def relation(self) -> Relation | None:
        """What it is to an earlier report; of another county's report no more than that there is one."""
        found = self.decision.relation
        if not found or found.known_county in ("", self.county):
            return found
        return Relation(found.kind, reasons=found.reasons, earlier=found.earlier, maybe_served=found.maybe_served)


def altered(report: Report, **changes: Any) -> Report:
    """`replace` without its look at each of fifty fields: every decision alters its report twice, and that was felt."""
    after = object.__new__(Report)
    vars(after).update(vars(report), **changes)
    return after
