"""Parts of a case that stand for another: hands that it is offered to, cases it was merged with or comes after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import BlindIndex
from contracts.reports import ReportId

State = Literal["waiting", "accepted", "opened", "not_opened", "closing", "closed", "reopened", "withdrawn", "merged"]


@dataclass(frozen=True)
class Handover:
    """A worker's part of the case offered to another (換手): the old one answers until it is taken by name.

    `leads`: the lead itself changes hands, else only what `from_person` owes as a collaborator.
    """

    id: str
    from_unit: UnitId
    from_person: str | None
    to_unit: UnitId
    to_person: str | None
    reason: str
    offered_by: str
    offered_at: datetime
    owed: tuple[str, ...] = ()
    leads: bool = True
    state: Literal["offered", "accepted", "refused", "withdrawn"] = "offered"
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None


@dataclass(frozen=True)
class Merge:
    """Another case of the family that became part of this one, with what it brought, so that it can leave again.

    `before` is the state that the other case had, `own` that of this one where the merge changed it. `left` are those
    of its reports that had left this case before. `keys` and `people` are those that this case did not know.
    `brought` are the cases that were part of the other by then.
    """

    id: str
    other: CaseId
    reason: str
    asked_by: str
    asked_at: datetime
    state: Literal["asked", "merged", "refused", "undone"] = "asked"
    answered_by: str | None = None
    answered_at: datetime | None = None
    answer: str | None = None
    before: State | None = None
    own: State | None = None
    reports: tuple[ReportId, ...] = ()
    left: tuple[ReportId, ...] = ()
    keys: tuple[BlindIndex, ...] = ()
    people: tuple[BlindIndex, ...] = ()
    tasks: tuple[str, ...] = ()
    collaborators: tuple[str, ...] = ()
    assessments: tuple[str, ...] = ()
    brought: tuple[CaseId, ...] = ()
    undone_by: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Returned:
    """A case of the family that was closed within the year before: its closing stands beside the new report."""

    case_id: CaseId
    reason: str
    closed_at: datetime
    approved_by: str | None
