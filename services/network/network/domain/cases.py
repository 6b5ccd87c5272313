"""How a joint case changes: opened, joined, decided again, accepted, given back, withdrawn; never merged or erased."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from contracts.cases import CaseId
from contracts.decisions import SERVED, DecisionMade, UnitId
from contracts.reports import ReportId

from network.domain.case import ACCEPT, Case, Collaborator, Entry, Lead, Note, Task

TAKE_PART = "take_part"
_MET_BY_DECIDING = frozenset({"dispatch"})

Item = TypeVar("Item")


class NotInCase(Exception):
    """The report is not at work in this case: never was, was withdrawn, or went back to the window."""


def open_case(id: CaseId, decision: DecisionMade, *, cause: str, at: datetime) -> Case:
    """The case that this decision opens; its unit is the lead."""
    case = Case(id, decision.county, at, Lead(unit_of(decision), decision.outcome))
    return _take_in(case, decision, Note(at, "opened", decision.report_id, unit_of(decision), cause=cause))


def join(case: Case, decision: DecisionMade, *, cause: str, at: datetime) -> Case:
    """The case with a further report (處遇中再通報). The lead stays: a person changes leads, an event does not."""
    return _take_in(case, decision, Note(at, "joined", decision.report_id, unit_of(decision), cause=cause))


def redecide(case: Case, decision: DecisionMade, *, cause: str, at: datetime) -> Case:
    """The case after a later decision about a report it holds.

    The lead changes only where nobody has taken on the only report at work; a unit that is named for a report
    which the lead gave back takes part.
    """
    before = _at_work_or_back(case, decision.report_id)
    unit = unit_of(decision)
    alone = not any(each.state == "active" and each is not before for each in case.reports)
    if unit != case.lead.unit and alone and not before.accepted_by:
        others = tuple(each for each in case.collaborators if each.unit != unit)
        case = replace(case, lead=Lead(unit, decision.outcome), collaborators=others)
    return _take_in(case, decision, Note(at, "redecided", decision.report_id, unit, cause=cause))


def accept(case: Case, report_id: ReportId, unit: UnitId, by: str, *, cause: str, at: datetime) -> Case:
    """The case after a named person of `unit` took a report on: the lead's first wins, whoever comes later is noted.

    Raises NotInCase where the report is not at work here; another unit than lead and collaborators changes nothing.
    """
    if (entry := case.entry(report_id)) is None or entry.state != "active":
        raise NotInCase(report_id)
    note = Note(at, "accepted", report_id, unit, by, cause=cause)
    if unit == case.lead.unit and entry.accepted_by is None:
        lead = case.lead if case.lead.accepted_by else replace(case.lead, accepted_by=by, accepted_at=at)
        taken = replace(entry, accepted_by=by, accepted_at=at)
        case = replace(case, lead=lead, reports=_with(case.reports, taken))
        return _ticked(case, note, lambda task: (task.id, task.report_id) == (ACCEPT, report_id))
    if unit == case.lead.unit:
        return _changed(case, replace(note, what="accepted_later"))
    if unit in case.units:
        return _ticked(case, replace(note, what="takes_part"), lambda task: (task.id, task.unit) == (TAKE_PART, unit))
    return case


def return_(case: Case, report_id: ReportId, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case after its lead gave a report back to the window, which must decide again. Raises NotInCase."""
    if (entry := case.entry(report_id)) is None or entry.state != "active":
        raise NotInCase(report_id)
    note = Note(at, "returned", report_id, case.lead.unit, by, reason, cause)
    back = replace(entry, state="returned", accepted_by=None, accepted_at=None)
    return _changed(_dropped(replace(case, reports=_with(case.reports, back)), report_id, note), note)


def withdraw(case: Case, report_id: ReportId, *, reason: str, cause: str, at: datetime) -> Case:
    """The case after a later decision took a report out of it; a case with no report left is open no more."""
    entry = _at_work_or_back(case, report_id)
    note = Note(at, "withdrawn", report_id, reason=reason, cause=cause)
    reports = _with(case.reports, replace(entry, state="withdrawn"))
    left = any(each.state != "withdrawn" for each in reports)
    case = replace(case, reports=reports, state="open" if left else "withdrawn")
    return _changed(_dropped(case, report_id, note), note)


def hand_over(case: Case, report_id: ReportId, *, cause: str, at: datetime) -> Case:
    """The case while another county has not accepted this report: who took it on goes on serving the family."""
    return _changed(case, Note(at, "handing_over", report_id, case.lead.unit, cause=cause))


def relate(case: Case, others: Sequence[Case], *, cause: str, at: datetime) -> Case:
    """The case with other open cases of the same family noted, for a person to look at: they are never merged."""
    new = tuple(other.id for other in others if other.id not in (*case.related_cases, case.id))
    if not new:
        return case
    case = replace(case, related_cases=case.related_cases + new, flags=_union(case.flags, ("related_case",)))
    return _changed(case, Note(at, "related_case", cause=cause))


def unit_of(decision: DecisionMade) -> UnitId:
    """The unit that a decision names; the county's window answers where it names none."""
    return decision.unit or f"{decision.county}/window"


def _take_in(case: Case, decision: DecisionMade, note: Note) -> Case:
    before = case.entry(decision.report_id)
    joining = tuple(
        Collaborator(unit, note.at, decision.report_id)
        for unit in _taking_part(case, decision, before)
        if unit not in (case.lead.unit, *case.units)
    )
    entry = _entry(decision, before, note.at)
    case = replace(
        case,
        family_keys=_union(case.family_keys, decision.family),
        collaborators=case.collaborators + joining,
        reports=_with(case.reports, entry),
        flags=case.flags if decision.unit else _union(case.flags, ("no_unit",)),
    )
    kept = tuple(task for task in case.tasks if task.report_id != entry.report_id or task.state != "open")
    done = {(task.id, task.unit) for task in kept if task.report_id == entry.report_id and task.state == "done"}
    due = (task for task in _tasks(case, entry) if (task.id, task.unit) not in done)
    return _changed(replace(case, tasks=(*kept, *due)), note)


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
    )


def _taking_part(case: Case, decision: DecisionMade, before: Entry | None) -> tuple[UnitId, ...]:
    """The units a decision adds: its collaborators, and its own where that protects more or the lead gave back."""
    protects_more = SERVED.index(decision.outcome) < SERVED.index(case.lead.outcome)
    given_back = before is not None and before.state == "returned"
    return _union(decision.collaborators, (unit_of(decision),) if protects_more or given_back else ())


def _tasks(case: Case, entry: Entry) -> list[Task]:
    """What the lead owes by the report's clocks, and what those who take part because of it owe."""
    owed = [clock for clock in entry.clocks if clock.id not in _MET_BY_DECIDING]
    accept_by = next((clock.due_at for clock in owed if clock.id == ACCEPT), None)
    first = accept_by or min((clock.due_at for clock in owed), default=None)
    unnamed = [] if accept_by else [Task(ACCEPT, entry.report_id, case.lead.unit, None)]
    return [
        *unnamed,
        *(Task(c.id, entry.report_id, case.lead.unit, c.due_at, c.source, c.verified) for c in owed),
        *(
            Task(TAKE_PART, entry.report_id, each.unit, first)
            for each in case.collaborators
            if each.report_id == entry.report_id
        ),
    ]


def _at_work_or_back(case: Case, report_id: ReportId) -> Entry:
    if (entry := case.entry(report_id)) is None or entry.state == "withdrawn":
        raise NotInCase(report_id)
    return entry


def _changed(case: Case, note: Note) -> Case:
    return replace(case, history=(*case.history, note), version=case.version + 1)


def _ticked(case: Case, note: Note, which: Callable[[Task], bool]) -> Case:
    tasks = tuple(
        replace(task, state="done", closed_at=note.at, closed_by=note.by)
        if task.state == "open" and which(task)
        else task
        for task in case.tasks
    )
    return _changed(replace(case, tasks=tasks), note)


def _dropped(case: Case, report_id: ReportId, note: Note) -> Case:
    """What is owed because of a report is owed no more by the units of this case."""
    tasks = tuple(
        replace(task, state="dropped", closed_at=note.at, closed_by=note.by)
        if task.report_id == report_id and (task.state == "open" or task.id == ACCEPT)
        else task
        for task in case.tasks
    )
    return replace(case, tasks=tasks)


def _with(entries: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    if all(each.report_id != entry.report_id for each in entries):
        return (*entries, entry)
    return tuple(entry if each.report_id == entry.report_id else each for each in entries)


def _union(some: tuple[Item, ...], more: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*some, *more)))
