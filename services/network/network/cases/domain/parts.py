"""Parts of a case that stand for another: hands that it is offered to, cases it was merged with or comes after."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import BlindIndex, Sealed
from contracts.reports import ReportId

from network.cases.domain.contact import Address

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
class Invitation:
    """A unit that is to come to a planned visit; `brought` is the part in the case that this asked it to take."""

    id: str
    unit: UnitId
    since: datetime
    brought: str | None = None
    state: Literal["invited", "accepted", "declined", "withdrawn", "was_there", "missed"] = "invited"
    person: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None
    reason: str | None = None

    @property
    def stands(self) -> bool:
        """Whether the unit is awaited, or its answer is."""
        return self.state in ("invited", "accepted")


@dataclass(frozen=True)
class JointVisit:
    """A visit of several units to come (共訪), until an entry of what happened settles it; `unit` planned it."""

    id: str
    unit: UnitId
    planned_by: str
    planned_at: datetime
    at: datetime
    until: datetime | None = None
    joint: tuple[str, ...] = ()
    asked_for: tuple[str, ...] = ()
    address: Address | None = None
    note: Sealed | None = None
    invitations: tuple[Invitation, ...] = ()
    state: Literal["planned", "done", "withdrawn"] = "planned"
    contact_id: str | None = None
    reason: str | None = None
    ended_at: datetime | None = None

    @property
    def standing(self) -> tuple[Invitation, ...]:
        """Those who are awaited, or whose answer is."""
        return tuple(each for each in self.invitations if each.stands)

    @property
    def sealed(self) -> tuple[Sealed, ...]:
        """Its free words: the note, and the address where that was written down."""
        return tuple(words for words in (self.note, self.address and self.address.text) if words)

    @property
    def has_words(self) -> bool:
        """Whether there is something to uncover: free words, or an address that the case knows."""
        return bool(self.sealed or (self.address and self.address.id))

    def called_off(self, reason: str, at: datetime) -> "JointVisit":
        """The visit that does not take place, where it was still to come; whoever was awaited is awaited no more."""
        if self.state != "planned":
            return self
        ended = tuple(
            replace(each, state="withdrawn", reason=reason, answered_at=at) if each.stands else each
            for each in self.invitations
        )
        return replace(self, state="withdrawn", invitations=ended, reason=reason, ended_at=at)

    def has(self, ids: Collection[str]) -> bool:
        """Whether one of these is its id, or that of an invitation to it."""
        return not {self.id, *(each.id for each in self.invitations)}.isdisjoint(ids)


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
    visits: tuple[str, ...] = ()
    undone_by: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Returned:
    """A case of the family that was closed within the year before: its closing stands beside the new report."""

    case_id: CaseId
    reason: str
    closed_at: datetime
    approved_by: str | None
