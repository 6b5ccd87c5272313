"""Closing with two people (結案): asked for a reason, on evidence, guarded by rules, approved or refused."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from contracts.event import Sealed
from rules.spans import TAIPEI

from contracts import codes
from network.cases.domain.case import Case, Note
from network.cases.domain.changes import (
    changed,
    found,
    must_be_open,
    part_id,
    swapped,
    with_done,
    with_dropped,
)
from network.cases.domain.closing import Closing, Evidence, Guard, Reason, Rule
from network.cases.domain.contact import FACE_TO_FACE, UNKNOWN_SOURCE, Contact, standing
from network.cases.domain.onward import ANSWER_CLOSING, ONWARD
from network.cases.domain.people import WITNESS, Person
from network.cases.domain.refusals import Missing, Refused, refused
from network.tasks.domain.task import ELSEWHERE

GONE = frozenset({"moved", "wrong_address", "unknown_here"})
"""Why somebody was not seen, where the address is no longer theirs."""


@dataclass(frozen=True)
class Request:
    """What a closing is asked with, and what is known when it is."""

    reason: Reason
    evidence: Evidence
    return_plan: bool
    contacts: Sequence[Contact]
    now: datetime
    words: bool = False

    @property
    def stood(self) -> list[Contact]:
        """When somebody stood before a door, by what counts."""
        return [each for each in standing(self.contacts) if each.kind in FACE_TO_FACE]


def missing(case: Case, request: Request, guard: Guard) -> tuple[Missing, ...]:
    """Everything that must be settled before this case closes for this reason, by the rules in force."""
    asked = (rule for rule in guard.rules.values() if not rule.reasons or request.reason in rule.reasons)
    return tuple(Missing(rule.code, about) for rule in asked for about in CHECKS[rule.code](case, request, rule))


def ask(
    case: Case, request: Request, guard: Guard, *, by: str, cause: str,
    return_plan: Sealed | None = None, words: Sealed | None = None,
) -> Case:  # fmt: skip
    """The case with a closing asked for. Raises Refused with everything that is missing."""
    must_be_open(case)
    if case.state == "closing":
        raise refused("closing_asked", case.closings[-1].id)
    if lacks := missing(case, request, guard):
        raise Refused(*lacks)
    closing = Closing(
        part_id(case.id, cause), request.reason, request.evidence, by, request.now, case.state, return_plan, words
    )
    note = Note(request.now, "closing_asked", None, case.lead.unit, by, request.reason, cause)
    return changed(case, note, closings=(*case.closings, closing), state="closing")


def approve(
    case: Case, id: str, contacts: Sequence[Contact], guard: Guard, *, by: str, cause: str, at: datetime
) -> Case:
    """The case closed and watched, by another person than asked. Raises Refused, also for what came up since."""
    closing = _asked(case, id)
    if by == closing.asked_by:
        raise refused("same_person", by)
    told = closing.return_plan is not None, contacts, at, closing.words is not None
    request = Request(closing.reason, closing.evidence, *told)
    if lacks := missing(case, request, guard):
        raise Refused(*lacks)
    until = at + guard.watch
    approved = replace(closing, state="approved", answered_by=by, answered_at=at, watched_until=until)
    case = with_done(case, lambda task: task.what == ANSWER_CLOSING, by=by, at=at, evidence=id)
    case = with_dropped(case, lambda _: True, reason="closed", by=by, at=at)
    note = Note(at, "closed", None, case.lead.unit, by, closing.reason, cause)
    return changed(
        case, note, closings=swapped(case.closings, closing, approved), state="closed", ended_at=at,
        watched_until=until, remembered_until=until + timedelta(days=guard.remember_days),
    )  # fmt: skip


def refuse(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case as before, with the request refused for a reason. Raises Refused."""
    closing = _asked(case, id)
    answered = replace(closing, state="refused", answered_by=by, answered_at=at, answer=reason)
    note = Note(at, "closing_refused", None, case.lead.unit, by, reason, cause)
    return changed(case, note, closings=swapped(case.closings, closing, answered), state=closing.before)


def _asked(case: Case, id: str) -> Closing:
    closing = found(case.closings, id, "closing_unknown")
    if closing.state != "asked" or case.state != "closing" or closing is not case.closing:
        raise refused("closing_answered", id)
    return closing


def _open_tasks(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """What is owed to the family, a warning of it too; not the steps of the case itself, which end with it."""
    elsewhere = ELSEWHERE - {"early_warning"}
    return (task.id for task in case.owed if task.what not in ONWARD and task.because.kind not in elsewhere)


def _open_referrals(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """Referrals of which something is still owed: an answer, an outcome, whether the person got it."""
    return iter(dict.fromkeys(task.because.id for task in case.owed if task.because.kind == "referral"))


def _open_decisions(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """Decisions of meetings about this family that nobody has carried out yet."""
    return iter(dict.fromkeys(task.because.id for task in case.owed if task.because.kind == "decision"))


def _open_handovers(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    return (each.id for each in case.handovers if each.state == "offered")


def _listings(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    return (each.id for each in case.listings if each.until is None)


def _unassessed(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    return iter(() if case.assessment and case.assessment.opened else (case.id,))


def _unseen(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """Children before whom nobody stood within the days of the rule: a screen shows little of a child."""
    earliest = request.now - timedelta(days=rule.days)
    lately = (each for each in request.stood if each.at >= earliest)
    seen = {one.person for each in lately for one in each.seen}
    return (each.key for each in _children(case, request.now) if each.key not in seen)


def _address(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """The last time that somebody stood before the door: whether that door is the family's."""
    last = max(request.stood, key=lambda each: each.at, default=None)
    if last is None or not last.address or last.address.source == UNKNOWN_SOURCE:
        yield last.id if last else case.id
    elif GONE & {each.why for each in last.not_seen}:
        yield last.id


def _attempts(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """Attempts on that many channels, on different days."""
    since = _served_since(case)
    tried = [each for each in standing(request.contacts) if each.is_attempt and (since is None or each.at >= since)]
    channels, days = {each.kind for each in tried}, {each.at.astimezone(TAIPEI).date() for each in tried}
    if len(channels) < rule.least or len(days) < rule.least:
        yield case.id


def _welfare_check(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """That it was considered, in words."""
    return iter(() if request.evidence.welfare_check and request.words else (case.id,))


def _acknowledgement(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    """That somebody else took the family over since it was reported: where it moved, somebody of its new county."""
    by, at = request.evidence.acknowledged_by or "", request.evidence.acknowledged_at
    county, since = by.partition("/")[0], _served_since(case)
    if request.reason == "moved":
        elsewhere = county != case.county and county in codes.names("counties", date.max)
    else:
        elsewhere = by not in ("", case.lead.unit)
    return iter(() if elsewhere and at and (since is None or at >= since) else (case.id,))


def _served_since(case: Case) -> datetime | None:
    """When the report came that opened the case, or opened it again last: what was tried before proves nothing now."""
    back = [note.report_id for note in case.history if note.what == "reopened"]
    received = [each.received_at for each in case.reports if not back or each.report_id == back[-1]]
    return min(received, default=None)


def _unheard(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    return (each.unit for each in case.active if each.state == "joined" and each.unit not in request.evidence.heard)


def _plan(case: Case, request: Request, rule: Rule) -> Iterator[str]:
    return iter(() if request.return_plan else (case.id,))


def _children(case: Case, now: datetime) -> Iterable[Person]:
    return (each for each in case.people if each.role != WITNESS and each.is_child(now.astimezone(TAIPEI).year))


CHECKS: dict[str, Callable[[Case, Request, Rule], Iterator[str]]] = {
    "task_open": _open_tasks,
    "referral_open": _open_referrals,
    "decision_open": _open_decisions,
    "handover_open": _open_handovers,
    "listing_open": _listings,
    "not_assessed": _unassessed,
    "person_not_seen": _unseen,
    "address_not_current": _address,
    "attempts": _attempts,
    "welfare_check_not_considered": _welfare_check,
    "acknowledgement_missing": _acknowledgement,
    "collaborator_not_heard": _unheard,
    "return_plan_missing": _plan,
}
"""What each rule of closing.yaml looks at: the tasks, people, units... that are not settled."""
