"""What workers find and do: assessments, contacts, tasks that they give, complete and drop."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from contracts.decisions import UnitId
from contracts.event import Sealed
from rules.spans import WorkingDay

from network.cases.domain.case import ACCEPT, Assessment, Case, Note
from network.cases.domain.changes import changed, ended, must_be_open, new_task, open_task, owing, swapped
from network.cases.domain.contact import Contact
from network.cases.domain.people import LastSeen
from network.cases.domain.refusals import Missing, NotAnswerable, Refused, refused
from network.cases.domain.reports import TAKE_PART
from network.tasks.domain.task import Because, Task, done, dropped, following, given

BY_NAME = frozenset({ACCEPT, TAKE_PART})
"""Owed answers: silence is never acceptance, and neither is a tick."""


def assess(case: Case, assessment: Assessment, *, cause: str, watch: timedelta) -> Case:
    """The case opened or not (開案), by what its lead found; what is owed in a case that is not opened is dropped.

    A family that was not opened is watched for `watch`, as after a closing.

    Raises Refused: nobody took the case on, it ended, or it is not opened without a reason.
    """
    must_be_open(case)
    if not case.lead.person:
        raise refused("not_accepted", case.lead.unit)
    if not assessment.opened and not assessment.reason:
        raise refused("reason_missing")
    by, at = assessment.by, assessment.at
    note = Note(at, "assessed", None, case.lead.unit, by, assessment.reason, cause)
    assessments = (*case.assessments, assessment)
    if assessment.opened:
        state = "opened" if case.state != "closing" else case.state
        return changed(case, note, assessments=assessments, state=state)
    until = at + watch
    case = ended(case, "not_opened", reason="not_opened", by=by, at=at)
    return changed(case, note, assessments=assessments, watched_until=until, remembered_until=until)


def contact(case: Case, made: Contact, *, cause: str, working_day: WorkingDay) -> Case:
    """The case with a contact: who was seen, and what it completed; a case that was closed takes late entries.

    Raises Refused: for strangers, tasks unknown, and a case that is part of another now.
    """
    if case.state == "merged":
        raise refused("case_not_open", case.id)
    known = {each.key for each in case.people}
    named = [*(each.person for each in made.seen), *(each.person for each in made.not_seen)]
    strangers = [person for person in named if person not in known]
    if strangers:
        raise Refused(*(Missing("person_unknown", each) for each in strangers))
    for id in made.completes:
        task = _to_settle(case, id)
        case = _with_next(case, task, done(task, by=made.by, at=made.recorded_at, evidence=made.id), working_day)
    note = Note(made.recorded_at, f"contact.{made.kind}", None, made.unit, made.by, cause=cause)
    return changed(case, note, last_seen=_last_seen(case, made))


def give(
    case: Case, unit: UnitId, what: str, *, due_at: datetime | None, by: str, cause: str, at: datetime,
    person: str | None = None, every: str | None = None, note: Sealed | None = None,
) -> Case:  # fmt: skip
    """The case with one more task of a unit that has part in it. Raises Refused."""
    must_be_open(case)
    task = new_task(
        case, what, unit, Because("case", case.id), cause=cause, at=at, due_at=due_at, person=person, every=every,
        note=note, source="agreed",
    )  # fmt: skip
    return changed(owing(case, task), Note(at, "task_given", None, unit, by, what, cause))


def complete(
    case: Case, id: str, *, by: str, cause: str, at: datetime, working_day: WorkingDay, evidence: str | None = None,
    note: Sealed | None = None,
) -> Case:  # fmt: skip
    """The case with one task done, and the next of a recurring one. Raises Refused."""
    task = _to_settle(case, id)
    case = _with_next(case, task, done(task, by=by, at=at, evidence=evidence, note=note), working_day)
    return changed(case, Note(at, "task_done", None, task.unit, by, task.what, cause))


def drop(case: Case, id: str, *, reason: str, by: str, cause: str, at: datetime) -> Case:
    """The case with one task dropped for a reason. Raises Refused."""
    task = _to_settle(case, id)
    tasks = swapped(case.tasks, task, dropped(task, reason=reason, by=by, at=at))
    return changed(case, Note(at, "task_dropped", None, task.unit, by, reason, cause), tasks=tasks)


def hand(case: Case, id: str, unit: UnitId, person: str | None, *, by: str, cause: str, at: datetime) -> Case:
    """The case with one task in the hands of another person or unit that has part in it; who answers by name stays.

    Raises Refused.
    """
    task = open_task(case, id)
    if task.what in BY_NAME and unit != task.unit:
        raise refused("by_name", id)
    if unit not in case.answerable:
        raise NotAnswerable(unit)
    tasks = swapped(case.tasks, task, given(task, unit, person))
    return changed(case, Note(at, "task_handed", None, unit, by, task.what, cause), tasks=tasks)


def _to_settle(case: Case, id: str) -> Task:
    """An open task that is settled by doing it; taking on and taking part are answered by name. Raises Refused."""
    task = open_task(case, id)
    if task.what in BY_NAME:
        raise refused("by_name", id)
    return task


def _with_next(case: Case, task: Task, finished: Task, working_day: WorkingDay) -> Case:
    more = following(finished, working_day)
    tasks = swapped(case.tasks, task, replace(finished, followed=True) if more else finished)
    return replace(case, tasks=(*tasks, more) if more else tasks)


def _last_seen(case: Case, made: Contact) -> tuple[LastSeen, ...]:
    latest = {each.person: each for each in case.last_seen}
    for seen in made.seen:
        before = latest.get(seen.person)
        if before is None or before.at <= made.at:
            latest[seen.person] = LastSeen(seen.person, made.at, made.by, made.unit, made.kind, seen.alone, made.id)
    return tuple(latest.values())


def latest_results(assessments: Sequence[Assessment]) -> Mapping[str, float | str | None]:
    """The latest result of each tool: earlier ones stay, the latest counts."""
    return {
        tool.tool: tool.score if tool.score is not None else tool.result
        for each in sorted(assessments, key=lambda each: each.at)
        for tool in each.tools
    }
