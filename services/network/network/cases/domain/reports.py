"""How reports change a case: opened, joined, decided again, accepted, given back, withdrawn, reopened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from contracts.cases import CaseId
from contracts.decisions import SERVED, DecisionMade, UnitId
from contracts.reports import ReportId
from rules.counties import settings_of

from network.cases.domain.case import ACCEPT, Case, Collaboration, Entry, Lead, Note
from network.cases.domain.changes import (
    changed,
    ended,
    new_task,
    part_id,
    swapped,
    union,
    void,
    with_done,
    with_dropped,
    with_given,
)
from network.cases.domain.invitations import kept, moved
from network.cases.domain.parts import Returned
from network.cases.domain.people import with_named
from network.cases.domain.refusals import NotInCase
from network.tasks.domain.task import Because, Task

TAKE_PART = "take_part"
REVIEW_CLOSING = "review_closing"
MET_BY_DECIDING = frozenset({"dispatch", "child.grade"})
"""Clocks that the decision itself stops (`stops: decided` in dispatch's rules): nobody owes them afterwards."""
RETURNED = "returned_after_closing"


def open_case(
    id: CaseId, decision: DecisionMade, *, cause: str, at: datetime, returned: tuple[Returned, ...] = ()
) -> Case:
    """The case that this decision opens; its unit is the lead. `returned`: closings of this family a year back."""
    lead = Lead(unit_of(decision), decision.outcome, since=at)
    flags = (RETURNED,) if returned else ()
    case = Case(id, decision.county, at, lead, returned_after_closing=returned, flags=flags)
    return _take_in(case, decision, Note(at, "opened", decision.report_id, unit_of(decision), cause=cause))


def join(case: Case, decision: DecisionMade, *, cause: str, at: datetime) -> Case:
    """The case with a further report (處遇中再通報). The lead stays: a person changes leads, an event does not."""
    return _take_in(case, decision, Note(at, "joined", decision.report_id, unit_of(decision), cause=cause))


def reopen(case: Case, decision: DecisionMade, *, cause: str, at: datetime) -> Case:
    """An ended case that is still watched, open again with this report: its closing is flagged and must be reviewed."""
    if (closing := case.closing) and closing.state == "approved" and case.state == "closed":
        flagged = replace(closing, reopened_at=at, reopened_by=decision.report_id)
        case = replace(case, closings=swapped(case.closings, closing, flagged))
    case = replace(case, state="reopened", ended_at=None, watched_until=None, remembered_until=None)
    case = replace(case, flags=union(case.flags, ("reopened",)))
    review = new_task(
        case, REVIEW_CLOSING, case.lead.unit, Because("closing", case.closings[-1].id if case.closings else case.id),
        cause=cause, at=at, due_at=at + settings_of(case.county).closing_reviewed_within, source="county setting",
        verified=False,
    )  # fmt: skip
    case = asked_again(replace(case, tasks=(*case.tasks, review)), cause, at)
    return _take_in(case, decision, Note(at, "reopened", decision.report_id, case.lead.unit, cause=cause))


def redecide(case: Case, decision: DecisionMade, *, cause: str, at: datetime) -> Case:
    """The case after a later decision about a report it holds.

    The lead changes only where nobody has taken on the only report at work; a unit that is named for a report
    which the lead gave back takes part.
    """
    before = _at_work_or_back(case, decision.report_id)
    unit = unit_of(decision)
    alone = not any(each.state == "active" and each is not before for each in case.reports)
    if unit != case.lead.unit and alone and not before.accepted_by and case.is_open:
        case = _led_by(case, Lead(unit, decision.outcome, since=at), cause, at)
    return _take_in(case, decision, Note(at, "redecided", decision.report_id, unit, cause=cause))


def accept(case: Case, report_id: ReportId, unit: UnitId, by: str, *, cause: str, at: datetime) -> Case:
    """The case after a named person of `unit` took a report on: the lead's first wins, whoever comes later is noted.

    Raises NotInCase where the report is not at work here; another unit than lead and collaborators changes nothing.
    """
    if (entry := case.entry(report_id)) is None or entry.state != "active":
        raise NotInCase(report_id)
    note = Note(at, "accepted", report_id, unit, by, cause=cause)
    if unit == case.lead.unit and entry.accepted_by is None:
        return changed(_accepted(case, entry, by, at), note)
    if unit == case.lead.unit:
        return changed(case, replace(note, what="accepted_later"))
    if unit in case.units:
        return changed(_joined(case, unit, by, at), replace(note, what="takes_part"))
    return case


def return_(case: Case, report_id: ReportId, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case after its lead gave a report back to the window, which must decide again. Raises NotInCase."""
    if (entry := case.entry(report_id)) is None or entry.state != "active":
        raise NotInCase(report_id)
    note = Note(at, "returned", report_id, case.lead.unit, by, reason, cause)
    back = replace(entry, state="returned", accepted_by=None, accepted_at=None)
    return changed(_without(replace(case, reports=swapped(case.reports, entry, back)), report_id, note), note)


def withdraw(case: Case, report_id: ReportId, *, reason: str, cause: str, at: datetime) -> Case:
    """The case after a later decision took a report out of it; with no report left the case itself is withdrawn."""
    entry = _at_work_or_back(case, report_id)
    note = Note(at, "withdrawn", report_id, reason=reason, cause=cause)
    case = replace(case, reports=swapped(case.reports, entry, replace(entry, state="withdrawn")))
    case = _without(case, report_id, note)
    if all(each.state == "withdrawn" for each in case.reports):
        case = ended(case, "withdrawn", reason="withdrawn", by=None, at=at)
    return changed(case, note)


def hand_over(case: Case, report_id: ReportId, *, cause: str, at: datetime) -> Case:
    """The case while another county has not accepted this report: who took it on goes on serving the family."""
    return changed(case, Note(at, "handing_over", report_id, case.lead.unit, cause=cause))


def relate(case: Case, others: Sequence[Case], *, cause: str, at: datetime) -> Case:
    """The case with other open cases of the same family noted, for a person to look at: merging takes two people."""
    new = tuple(other.id for other in others if other.id not in (*case.related_cases, case.id))
    if not new:
        return case
    related, flags = case.related_cases + new, union(case.flags, ("related_case",))
    return changed(case, Note(at, "related_case", cause=cause), related_cases=related, flags=flags)


def asked_again(case: Case, cause: str, at: datetime) -> Case:
    """The case in which every unit that is still asked to take part owes its answer.

    It was owed no more while the case had ended, or was part of one in which the unit takes part.
    """
    owe = {task.unit for task in case.owed if task.what in (TAKE_PART, ACCEPT)}
    again = (
        new_task(case, TAKE_PART, each.unit, Because("collaboration", each.id), cause=cause, at=at, due_at=each.due_at)
        for each in case.active
        if each.state == "asked" and each.unit not in owe
    )
    return replace(case, tasks=(*case.tasks, *again))


def unit_of(decision: DecisionMade) -> UnitId:
    """The unit that a decision names; the county's window answers where it names none."""
    return decision.unit or f"{decision.county}/window"


def _take_in(case: Case, decision: DecisionMade, note: Note) -> Case:
    before = case.entry(decision.report_id)
    joining = tuple(
        Collaboration(part_id(case.id, f"{note.cause}:{unit}"), unit, note.at, decision.report_id)
        for unit in _taking_part(case, decision, before)
        if unit not in case.answerable
    )
    entry = _entry(decision, before, note.at)
    case = replace(
        case,
        family_keys=union(case.family_keys, decision.family),
        people=with_named(case.people, decision.people, decision.report_id),
        collaborators=case.collaborators + joining,
        reports=_with(case.reports, entry),
        flags=case.flags if decision.unit else union(case.flags, ("no_unit",)),
    )
    return changed(_with_clocks(case, entry, note) if case.is_open else case, note)


def _with_clocks(case: Case, entry: Entry, note: Note) -> Case:
    """The case with what this report makes its units owe: what was owed for it before stays, by the new time."""
    owed = {_key(task): task for task in _tasks(case, entry, str(note.cause))}
    mine = [task for task in case.tasks if _is_of(task, entry)]
    stale = {task.id for task in mine if _key(task) not in owed}
    case = with_dropped(case, lambda task: task.id in stale, reason="redecided", by=None, at=note.at)
    kept = tuple(_due_again(task, owed) if _is_of(task, entry) and task.is_open else task for task in case.tasks)
    there = {_key(task) for task in mine if task.is_open or (task.state == "done" and task.what != ACCEPT)}
    return replace(case, tasks=(*kept, *(task for key, task in owed.items() if key not in there)))


def _key(task: Task) -> tuple[str, UnitId | None]:
    """What makes two tasks of one report the same: to take part is asked of each unit, all else of the lead."""
    return task.what, task.unit if task.what == TAKE_PART else None


def _is_of(task: Task, entry: Entry) -> bool:
    return task.report_id == entry.report_id


def _due_again(task: Task, owed: Mapping[tuple[str, UnitId | None], Task]) -> Task:
    again = owed[_key(task)]
    if again.due_at == task.due_at:
        return replace(task, span=again.span)
    return replace(task, due_at=again.due_at, span=again.span, moved=None, pressed=0)


def _entry(decision: DecisionMade, before: Entry | None, at: datetime) -> Entry:
    """The report's entry; who took it on stays, unless it was given back or withdrawn since."""
    taken = before if before and before.state == "active" else None
    return Entry(
        report_id=decision.report_id,
        version=decision.version,
        outcome=decision.outcome,
        case_type=decision.case_type,
        source_unit=decision.source_unit,
        priority=decision.priority,
        unit=unit_of(decision),
        received_at=decision.received_at,
        joined_at=before.joined_at if before else at,
        clocks=decision.clocks,
        sealed=dict(decision.sealed),
        accepted_by=taken.accepted_by if taken else None,
        accepted_at=taken.accepted_at if taken else None,
        township=decision.township,
        village=decision.village,
    )


def _taking_part(case: Case, decision: DecisionMade, before: Entry | None) -> tuple[UnitId, ...]:
    """The units a decision adds: its collaborators, and its own where that protects more or the lead gave back."""
    protects_more = SERVED.index(decision.outcome) < SERVED.index(case.lead.outcome)
    given_back = before is not None and before.state == "returned"
    return union(decision.collaborators, (unit_of(decision),) if protects_more or given_back else ())


def _tasks(case: Case, entry: Entry, cause: str) -> Iterator[Task]:
    """What the lead owes by the report's clocks, and what those who were asked because of it owe."""
    because = Because("report", entry.report_id)
    task = partial(new_task, case, because=because, cause=cause)
    met = MET_BY_DECIDING | ({ACCEPT} if entry.accepted_by else frozenset())
    owed = [clock for clock in entry.clocks if clock.id not in met]
    accept_by = next((clock.due_at for clock in owed if clock.id == ACCEPT), None)
    otherwise = entry.joined_at + settings_of(case.county).accepted_within
    first = accept_by or min((clock.due_at for clock in owed), default=otherwise)
    if not accept_by and not entry.accepted_by:
        yield task(
            ACCEPT, case.lead.unit, at=entry.joined_at, due_at=otherwise, source="county setting", verified=False
        )
    for clock in owed:
        yield task(
            clock.id, case.lead.unit, at=clock.started_at, due_at=clock.due_at, source=clock.source,
            verified=clock.verified, span=clock.span, person=case.lead.person,
        )  # fmt: skip
    for each in case.active:
        if each.report_id == entry.report_id:
            yield task(TAKE_PART, each.unit, at=each.since, due_at=first)


def _accepted(case: Case, entry: Entry, by: str, at: datetime) -> Case:
    """The report in somebody's hands, and with it everything the lead owes that nobody had yet."""
    lead = case.lead if case.lead.accepted_by else replace(case.lead, accepted_by=by, accepted_at=at)
    lead = lead if lead.person else replace(lead, person=by, since=at)
    taken = replace(entry, accepted_by=by, accepted_at=at)
    state = "accepted" if case.state == "waiting" else case.state
    case = replace(case, lead=lead, reports=swapped(case.reports, entry, taken), state=state)
    case = with_done(case, lambda task: task.what == ACCEPT and _is_of(task, entry), by=by, at=at)
    return with_given(case, lambda task: task.unit == lead.unit and not task.person, lead.unit, lead.person)


def _joined(case: Case, unit: UnitId, by: str, at: datetime) -> Case:
    """A collaborator that takes part by name, and has in hand what its unit owes here."""
    mine = next(each for each in case.active if each.unit == unit)
    joined = replace(mine, state="joined", person=by, answered_at=at, answered_by=by)
    case = replace(case, collaborators=swapped(case.collaborators, mine, joined if mine.state == "asked" else mine))
    case = with_done(case, lambda task: (task.what, task.unit) == (TAKE_PART, unit), by=by, at=at)
    return with_given(case, lambda task: task.unit == unit and not task.person, unit, by)


def _led_by(case: Case, lead: Lead, cause: str, at: datetime) -> Case:
    """The case waiting for another lead, which is no collaborator any more; what the old one owed is the new one's."""
    old = case.lead.unit
    case = with_given(case, lambda task: task.unit == old, lead.unit, None)
    case = with_done(case, lambda task: (task.what, task.unit) == (TAKE_PART, lead.unit), by=None, at=at)
    case = replace(leading(case, lead.unit, at), lead=lead, state="waiting", handovers=void(case, old))
    return kept(moved(case, old, lead.unit, None), reason="leads", cause=cause, at=at)


def leading(case: Case, unit: UnitId, at: datetime) -> Case:
    """The case in which a unit no longer takes part, because it leads."""
    mine = next((each for each in case.active if each.unit == unit), None)
    if mine is None:
        return case
    released = replace(mine, state="released", ended_at=at, reason="leads")
    return replace(case, collaborators=swapped(case.collaborators, mine, released))


def _without(case: Case, report_id: ReportId, note: Note) -> Case:
    """What was owed because of this report is owed no more by the units of this case."""
    reason = note.reason or note.what
    return with_dropped(case, lambda task: task.report_id == report_id, reason=reason, by=note.by, at=note.at)


def _at_work_or_back(case: Case, report_id: ReportId) -> Entry:
    if (entry := case.entry(report_id)) is None or entry.state == "withdrawn":
        raise NotInCase(report_id)
    return entry


def _with(entries: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    if all(each.report_id != entry.report_id for each in entries):
        return (*entries, entry)
    return tuple(entry if each.report_id == entry.report_id else each for each in entries)
