"""What is owed because of a referral: by who sent it until the person was asked, by who is asked until it is done.

So a referral that is not over is always somebody's, by name and date, and silence is never nobody's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.calendars import Calendar
from rules.spans import Span

from network.referrals.domain.referral import Referral
from network.tasks.domain.task import (
    ASK_KEPT,
    ASK_PERSON,
    BY_REFERRAL,
    FOLLOW_OUTCOME,
    FOLLOW_START,
    HEAR_ANSWER,
    Because,
    Task,
    TaskId,
    done,
    dropped,
    task_id,
)

ANSWER, BEGIN, FINISH = "answer_referral", "begin_referral", "finish_referral"
AGAIN, NOT_HELPED = "refer_again", "not_helped"
"""What comes back to who sent it: another service is asked, or somebody looks at why the person got nothing."""
_PROVIDERS = "provider"
Due = tuple[str, datetime | Span, Span | None]
"""What is owed, by when or within how long, and after how long again."""


@dataclass(frozen=True)
class Terms:
    """Within how long each thing is owed: rules/services.yaml."""

    again: Span
    started_within: Span
    done_within: Span
    person_asked_within: Span
    next_within: Span
    begins: bool = True
    """Whether its beginning is told for itself; a parcel that is picked up has none."""
    kept_after: tuple[Span, ...] = ()
    kept_of: tuple[str, ...] = ()
    """How long after which outcomes somebody asks whether it still holds."""


@dataclass(frozen=True)
class Hands:
    """In whose hands a referral is on the side that sent it, and in which case."""

    unit: str
    person: str | None
    case_id: str | None


def hands(referral: Referral, tasks: Sequence[Task]) -> Hands:
    """Who owes the next step now: a referral goes where its tasks went, by a handover or a merge."""
    own = [task for task in tasks if task.is_open and task.what in BY_REFERRAL | {AGAIN, NOT_HELPED}]
    if not own:
        return Hands(referral.desk, None if referral.outside else referral.sent_by, referral.case_id)
    return Hands(own[-1].unit, own[-1].person, own[-1].case_id)


def settled(referral: Referral, tasks: Sequence[Task], *, by: str, at: datetime) -> list[Task]:
    """The open tasks of the step before, done; of a referral that was withdrawn, dropped."""
    open_ = [task for task in tasks if task.is_open]
    if referral.state == "withdrawn":
        return [dropped(task, reason="withdrawn", by=by, at=at) for task in open_]
    return [done(task, by=by, at=at, evidence=referral.id) for task in open_]


def owed(referral: Referral, whose: Hands, terms: Terms, days: Calendar, *, at: datetime) -> list[Task]:
    """What is owed from this step on, by both sides."""
    make = _Making(referral, days, at)
    found = [make.sender(what, whose, due, every) for what, due, every in _of_sender(referral, terms)]
    if due := _still_kept(referral, terms, days):
        found.append(make.sender(ASK_KEPT, whose, due, terms.again))
    what = FINISH if referral.state == "accepted" and not terms.begins else _RECEIVERS.get(referral.state)
    return found + (make.receiver(what, terms) if what else [])


_RECEIVERS = {"sent": ANSWER, "waiting": ANSWER, "accepted": BEGIN, "started": FINISH}


def _still_kept(referral: Referral, terms: Terms, days: Calendar) -> datetime | None:
    """When somebody asks next whether what the person got still holds; None where nobody does any more."""
    if not referral.was_served or referral.ended_at is None or any(not each.kept for each in referral.kept):
        return None
    if referral.outcome not in terms.kept_of:
        return None
    asked = {each.after for each in referral.kept}
    following = next((each for each in terms.kept_after if str(each) not in asked), None)
    return days.due(following, referral.ended_at) if following else None


def _of_sender(referral: Referral, terms: Terms) -> list[Due]:
    after: dict[str, Due] = {
        "sent": (HEAR_ANSWER, referral.answer_due_at, terms.again),
        "waiting": (HEAR_ANSWER, referral.expected_at or referral.answer_due_at, terms.again),
        "accepted": (FOLLOW_START, terms.started_within, terms.again),
        "started": (FOLLOW_OUTCOME, terms.done_within, terms.again),
        "refused": (AGAIN, terms.next_within, None),
    }
    if referral.state == "accepted" and not terms.begins:
        return [(FOLLOW_OUTCOME, terms.done_within, terms.again)]
    if referral.state == "done":
        return _of_done(referral, terms)
    return [after[referral.state]] if referral.state in after else []


def _of_done(referral: Referral, terms: Terms) -> list[Due]:
    if not referral.was_served:
        return [(AGAIN, terms.next_within, None)] if referral.outcome != "person_declined" else []
    if any(not each.kept for each in referral.kept):
        return [(AGAIN, terms.next_within, None)]
    if referral.confirmed is None:
        return [(ASK_PERSON, terms.person_asked_within, terms.again)]
    return [] if referral.confirmed else [(NOT_HELPED, terms.next_within, None)]


@dataclass(frozen=True)
class _Making:
    referral: Referral
    days: Calendar
    at: datetime

    def sender(self, what: str, whose: Hands, due: datetime | Span, every: Span | None) -> Task:
        ends = due if isinstance(due, datetime) else self.days.due(due, self.at)
        return Task(
            self._id(what), what, whose.unit, self.referral.county, self._because, self.at, ends, whose.person,
            whose.case_id, "county setting", False, self._span(what, due),
            every=str(every) if every else None,
        )  # fmt: skip

    def receiver(self, what: str, terms: Terms) -> list[Task]:
        """Of a unit of the county: a provider without a sign-in is chased by who sent it."""
        if self.referral.to.partition("/")[2].startswith(_PROVIDERS):
            return []
        due = {ANSWER: self.referral.expected_at or self.referral.answer_due_at}.get(what)
        spans = {BEGIN: terms.started_within, FINISH: terms.done_within}
        ends = due or self.days.due(spans[what], self.at)
        return [
            Task(
                self._id(what), what, self.referral.to, self.referral.county, self._because, self.at, ends,
                source="county setting", verified=False, span=self._span(what, due or spans[what]),
            )
        ]  # fmt: skip

    def _span(self, what: str, due: datetime | Span) -> str | None:
        """How long it was given; of an answer, what was promised: a day that is off moves what is in working days."""
        if isinstance(due, Span):
            return str(due)
        return self.referral.promise if what in (HEAR_ANSWER, ANSWER) and self.referral.state == "sent" else None

    @property
    def _because(self) -> Because:
        return Because("referral", self.referral.id)

    def _id(self, what: str) -> TaskId:
        return task_id(self.referral.id, what, str(self.referral.version))
