"""A decision of a meeting: who leads, who helps, by when; done, not done and not possible are three things."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.event import Sealed

from network.meetings.domain.meeting import Level
from network.meetings.domain.refusals import Refused

Outcome = Literal["done", "not_done", "not_possible"]
State = Literal["proposed", "open", "done", "not_done", "not_possible", "withdrawn"]
"""`proposed`: too few were there to decide. `not_done`: nobody did it, and it is owed still. `withdrawn`: a proposal
that a meeting which may decide did not take."""
OWED: frozenset[State] = frozenset({"open", "not_done"})


@dataclass(frozen=True)
class Telling:
    """Which unit tells the family or the victim, how, by when; and when it did (scenario: she did not know)."""

    unit: str
    how: str
    due_at: datetime
    told_at: datetime | None = None
    told_by: str | None = None


@dataclass(frozen=True)
class Dissent:
    """A unit that did not agree; its words are sealed."""

    unit: str
    words: Sealed | None = None


@dataclass(frozen=True)
class Said:
    """What its lead said of it once: its evidence or its reason, with figures by name."""

    outcome: Outcome
    by: str
    at: datetime
    reason: str | None = None
    evidence: str | None = None
    figures: tuple[tuple[str, float], ...] = ()
    note: Sealed | None = None
    meeting_id: str | None = None


@dataclass(frozen=True)
class Decision:
    """`what` is a code, further words are sealed; `closed_at` when a chair had heard of its end.

    `proposed_in`: the meeting of too few at which it was proposed, where another took it.
    """

    id: str
    meeting_id: str
    level: Level
    what: str
    lead: str
    due_at: datetime
    taken_by: str
    taken_at: datetime
    person: str | None = None
    collaborators: tuple[str, ...] = ()
    words: Sealed | None = None
    evidence: str | None = None
    telling: Telling | None = None
    dissent: tuple[Dissent, ...] = ()
    state: State = "open"
    said: tuple[Said, ...] = ()
    closed_at: datetime | None = None
    closed_by: str | None = None
    proposed_in: str | None = None

    @property
    def is_owed(self) -> bool:
        return self.state in OWED

    @property
    def owing(self) -> tuple[str, ...]:
        """The units that carry it out, help with it, or tell the person."""
        return (self.lead, *self.collaborators, *((self.telling.unit,) if self.telling else ()))

    @property
    def is_settled(self) -> bool:
        """Whether it ended, and whoever is to be told was."""
        return (
            not self.is_owed and self.state != "proposed" and (self.telling is None or self.telling.told_at is not None)
        )

    @property
    def reason(self) -> str | None:
        """Why it is not possible, or was not done."""
        return self.said[-1].reason if self.said else None


def reported(decision: Decision, said: Said) -> Decision:
    """What became of it. Raises Refused for one that is a proposal, or ended."""
    if not decision.is_owed:
        raise Refused("decision_proposed" if decision.state == "proposed" else "decision_ended", decision.id)
    return replace(decision, state=said.outcome, said=(*decision.said, said))


def adopted(decision: Decision, meeting_id: str, level: Level, by: str, at: datetime) -> Decision:
    """A proposal that a meeting which may decide takes. Raises Refused."""
    _must_be_proposed(decision)
    proposed_in = decision.meeting_id if decision.meeting_id != meeting_id else decision.proposed_in
    return replace(
        decision, state="open", meeting_id=meeting_id, level=level, taken_by=by, taken_at=at, proposed_in=proposed_in
    )  # fmt: skip


def withdrawn(decision: Decision, said: Said) -> Decision:
    """A proposal that is not taken, for a reason. Raises Refused."""
    _must_be_proposed(decision)
    return replace(decision, state="withdrawn", said=(*decision.said, said))


def told(decision: Decision, by: str, at: datetime) -> Decision:
    """The family or the victim knows. Raises Refused."""
    if decision.telling is None or decision.telling.told_at:
        raise Refused("nobody_to_tell", decision.id)
    return replace(decision, telling=replace(decision.telling, told_at=at, told_by=by))


def heard(decision: Decision, by: str, at: datetime) -> Decision:
    """The chair has heard of its end, and it heads no further agenda."""
    return decision if decision.closed_at or not decision.is_settled else replace(decision, closed_by=by, closed_at=at)


def swapped(decisions: Sequence[Decision], after: Decision) -> tuple[Decision, ...]:
    return tuple(after if each.id == after.id else each for each in decisions)


def _must_be_proposed(decision: Decision) -> None:
    if decision.state != "proposed":
        raise Refused("decision_not_proposed", decision.id)
