"""A referral: from which state it may go to which, by what, and what is kept of each step."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from contracts.event import BlindIndex, Sealed
from contracts.referrals import SERVED

State = Literal["sent", "waiting", "accepted", "refused", "started", "done", "withdrawn"]
Told = Literal["telephone", "line", "fax", "paper", "in_person"]
"""How somebody told what another wrote down."""
Channel = Literal["system", "link"] | Told

NEXT: Mapping[State, frozenset[State]] = {
    "sent": frozenset({"waiting", "accepted", "refused", "withdrawn"}),
    "waiting": frozenset({"waiting", "accepted", "refused", "withdrawn"}),
    "accepted": frozenset({"started", "done", "withdrawn"}),
    "started": frozenset({"done", "withdrawn"}),
    "refused": frozenset(),
    "done": frozenset(),
    "withdrawn": frozenset(),
}
UNANSWERED: frozenset[State] = frozenset({"sent", "waiting"})


class Refused(Exception):
    """What was asked does not go with the referral as it is; `code` says why."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.about = about


@dataclass(frozen=True)
class Said:
    """Who says something, how it came, who wrote it down where that is another; `cause` and `sent` as of its line."""

    by: str
    at: datetime
    channel: Channel = "system"
    written_by: str | None = None
    cause: str | None = None
    sent: str | None = None


@dataclass(frozen=True)
class Line:
    """One line of the history; `cause` marks an act as done, `sent` is a keyed print of what was sent for it."""

    at: datetime
    what: str
    by: str
    channel: Channel = "system"
    written_by: str | None = None
    reason: str | None = None
    cause: str | None = None
    sent: str | None = None


@dataclass(frozen=True)
class Part:
    """One kind of what was asked, which is answered for itself: `result` or, where it is not done, `reason`."""

    kind: str
    at: datetime | None = None
    result: str | None = None
    reason: str | None = None

    @property
    def is_open(self) -> bool:
        return self.at is None


@dataclass(frozen=True)
class Kept:
    """Whether what was got still holds so long after, such as a job after `3mo`."""

    after: str
    kept: bool
    at: datetime


@dataclass(frozen=True)
class Referral:
    """The aggregate. `to` is the unit that is asked, `from_unit` the one that asks; free words are sealed.

    `asking` are the units on the side that asks now: of a case those that have part in it, and who owes a step.
    `outside`: it was sent by a partner, who has no desk here, so the county's window follows it.
    `wish`: whether the family agrees; None where nobody asked. `confirmed`: whether the person got what they came for.
    `group`: whom the service counts the person under; `needed_on`: the day from which it is needed, of a release say.
    """

    id: str
    county: str
    service: str
    to: str
    from_unit: str
    sent_by: str
    sent_at: datetime
    answer_due_at: datetime
    provider: str | None = None
    case_id: str | None = None
    report_id: str | None = None
    township: str | None = None
    asked_for: tuple[str, ...] = ()
    wish: bool | None = None
    note: Sealed | None = None
    person: Sealed | None = None
    instead_of: str | None = None
    asking: tuple[str, ...] = ()
    outside: bool = False
    group: str | None = None
    needed_on: str | None = None
    parts: tuple[Part, ...] = ()
    sessions: int = 0
    kept: tuple[Kept, ...] = ()
    state: State = "sent"
    expected_at: datetime | None = None
    answer: str | None = None
    reason: str | None = None
    answered_at: datetime | None = None
    answered_by: Said | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    confirmed: bool | None = None
    confirmed_at: datetime | None = None
    history: tuple[Line, ...] = ()
    version: int = 1
    keys: tuple[BlindIndex, ...] = ()
    phones: tuple[BlindIndex, ...] = ()
    """Of somebody who came in by themselves: under which keys they are known everywhere, and their number's."""
    promise: str | None = None
    """Within how long an answer was promised, such as `2wd`; None of earlier releases."""

    @property
    def is_unanswered(self) -> bool:
        return self.state in UNANSWERED

    @property
    def was_served(self) -> bool:
        """Whether the provider says that the person got something."""
        return self.state == "done" and self.outcome in SERVED

    @property
    def desk(self) -> str:
        """The unit that follows it on the side that asks."""
        return f"{self.county}/window" if self.outside else self.from_unit

    def has_seen(self, cause: str | None) -> bool:
        return cause is not None and any(line.cause == cause for line in self.history)

    def sent_for(self, cause: str | None) -> str | None:
        """The print of what was sent for the step of this cause; None where none was kept."""
        return next((line.sent for line in self.history if line.cause == cause), None)


def sent(referral: Referral, said: Said) -> Referral:
    """A new referral, with its first line."""
    return replace(referral, history=(line_of("sent", said),))


def waiting(referral: Referral, expected_at: datetime, said: Said) -> Referral:
    """No room yet, expected at about a time. Raises Refused."""
    return _moved(referral, "waiting", said, expected_at=expected_at)


def accepted(referral: Referral, answer: str, said: Said) -> Referral:
    """Taken on; `answer` is how the service counts it. Raises Refused."""
    return _moved(referral, "accepted", said, answer=answer, answered_at=said.at, answered_by=said)


def refused(referral: Referral, answer: str, reason: str, said: Said) -> Referral:
    """Not taken on, for a reason. Raises Refused."""
    return _moved(
        referral, "refused", said, reason=reason, answer=answer, answered_at=said.at, answered_by=said, ended_at=said.at
    )


def started(referral: Referral, said: Said) -> Referral:
    """The service began. Raises Refused."""
    return _moved(referral, "started", said, started_at=said.at)


def done(referral: Referral, outcome: str, said: Said, got_it: bool | None = None) -> Referral:
    """It ended with an outcome; `got_it` where the person was asked already. Raises Refused."""
    if any(part.is_open for part in referral.parts):
        raise Refused("part_open", referral.id)
    after = _moved(referral, "done", said, reason=outcome, outcome=outcome, ended_at=said.at)
    return after if got_it is None else replace(after, confirmed=got_it, confirmed_at=said.at)


def confirmed(referral: Referral, said: Said, *, got_it: bool) -> Referral:
    """The person was asked whether they got what they came for: completed is not helped. Raises Refused."""
    if referral.state != "done":
        raise Refused("referral_not_done", referral.id)
    line = line_of("confirmed" if got_it else "not_confirmed", said)
    return written(referral, line, confirmed=got_it, confirmed_at=said.at)


def withdrawn(referral: Referral, reason: str, said: Said) -> Referral:
    """Asked no more. Raises Refused."""
    return _moved(referral, "withdrawn", said, reason=reason, ended_at=said.at)


def _moved(referral: Referral, to: State, said: Said, reason: str | None = None, **fields: object) -> Referral:
    if to not in NEXT[referral.state]:
        raise Refused(f"referral_is_{referral.state}", referral.id)
    kept = {"reason": reason} if reason and to in ("refused", "withdrawn") else {}
    return written(referral, line_of(to, said, reason), state=to, **kept, **fields)


def written(referral: Referral, line: Line, **fields: object) -> Referral:
    """The next version, with its line."""
    history = (*referral.history, line)
    return replace(referral, **fields, history=history, version=referral.version + 1)  # type: ignore[arg-type]


def line_of(what: str, said: Said, reason: str | None = None) -> Line:
    """The line of a step."""
    return Line(said.at, what, said.by, said.channel, said.written_by, reason, said.cause, said.sent)
