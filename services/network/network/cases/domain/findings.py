"""What workers find and do: assessments, contacts, tasks that they give, complete and drop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from contracts.decisions import UnitId
from contracts.event import Sealed
from rules.calendars import Calendar

from network.cases.domain.case import ACCEPT, Assessment, Case, Note
from network.cases.domain.changes import changed, ended, must_be_open, new_task, open_task, owing, swapped
from network.cases.domain.contact import FACE_TO_FACE, Contact, standing
from network.cases.domain.invitations import JOIN_VISIT, held, is_to_be_there
from network.cases.domain.onward import ANSWER_CLOSING, ONWARD
from network.cases.domain.people import LastSeen
from network.cases.domain.refusals import Missing, NotAnswerable, Refused, refused
from network.cases.domain.reports import TAKE_PART
from network.tasks.domain.task import BY_REFERRAL, Because, Task, done, dropped, following, given

_ELSEWHERE: Mapping[str, str] = {
    "stage": "by_enrolment", "decision": "by_meeting", "early_warning": "by_warning"
}  # fmt: skip
BY_NAME = frozenset({ACCEPT, TAKE_PART, JOIN_VISIT, ANSWER_CLOSING})
"""Owed answers: silence is never acceptance, and neither is a tick."""


def assess(case: Case, assessment: Assessment, *, cause: str, watch: timedelta) -> Case:
    """The case opened or not (開案), by what its lead found; what is owed in a case that is not opened is dropped.

    A family that was not opened is watched for `watch`, as after a closing.

    Raises Refused: nobody took the case on, it ended, or it is not opened without a reason, with a report that nobody
    took on yet, or after it was opened: an opened case ends by a closing, which takes two.
    """
    must_be_open(case)
    if not case.lead.person:
        raise refused("not_accepted", case.lead.unit)
    if not assessment.opened and not assessment.reason:
        raise refused("reason_missing")
    if not assessment.opened:
        _may_stay_unopened(case)
    by, at = assessment.by, assessment.at
    note = Note(at, "assessed", None, case.lead.unit, by, assessment.reason, cause)
    assessments = (*case.assessments, assessment)
    if assessment.opened:
        state = "opened" if case.state != "closing" else case.state
        return changed(case, note, assessments=assessments, state=state)
    until = at + watch
    case = ended(case, "not_opened", reason="not_opened", by=by, at=at)
    return changed(case, note, assessments=assessments, watched_until=until, remembered_until=until)


def _may_stay_unopened(case: Case) -> None:
    if case.state in ("opened", "closing") or (case.assessment and case.assessment.opened):
        raise refused("opened_already", case.id)
    if unheard := [Missing("task_open", task.id) for task in case.owed if task.what == ACCEPT]:
        raise Refused(*unheard)


def contact(case: Case, made: Contact, *, cause: str, days: Calendar, earlier: Sequence[Contact] = ()) -> Case:
    """The case with a contact: who was seen, and what it completed; a case that was closed takes late entries.

    `earlier` are all contacts of the case where this one corrects one of them.
    Raises Refused for strangers, units without a part in the case, tasks unknown or of units that were not there, a
    planned visit by telephone, and a case that is part of another now.
    """
    if case.state == "merged":
        raise refused("case_not_open", case.id)
    if strangers := [*_strangers(case, made)]:
        raise Refused(*strangers)
    if made.corrects:
        _may_correct(case, made, earlier)
    for task in (open_task(case, id) for id in made.completes):
        if made.unit != case.lead.unit and task.unit not in made.units:
            raise refused("not_theirs", task.id)
        if is_to_be_there(task) and made.kind not in FACE_TO_FACE:
            raise refused("by_visit", task.id)
        if not is_to_be_there(task):
            finished = done(_to_settle(case, task.id), by=made.by, at=made.recorded_at, evidence=made.id)
            case = _with_next(case, task, finished, days)
    case = held(case, made)
    note = Note(made.recorded_at, f"contact.{made.kind}", None, made.unit, made.by, cause=cause)
    return changed(case, note, last_seen=_last_seen(case, made, earlier))


def give(
    case: Case, unit: UnitId, what: str, *, due_at: datetime | None, by: str, cause: str, at: datetime,
    person: str | None = None, every: str | None = None, note: Sealed | None = None,
) -> Case:  # fmt: skip
    """The case with one more task of a unit that has part in it. Raises Refused, also for what is answered by name."""
    must_be_open(case)
    must_be_given(what)
    task = new_task(
        case, what, unit, Because("case", case.id), cause=cause, at=at, due_at=due_at, person=person, every=every,
        note=note, source="agreed",
    )  # fmt: skip
    return changed(owing(case, task), Note(at, "task_given", None, unit, by, what, cause))


def must_be_given(what: str) -> None:
    """Raises Refused for what is answered by name, and for the steps that a case owes by itself."""
    if what in BY_NAME:
        raise refused("by_name", what)
    if what in ONWARD:
        raise refused("owed_by_itself", what)


def complete(
    case: Case, id: str, *, by: str, cause: str, at: datetime, days: Calendar, evidence: str | None = None,
    note: Sealed | None = None,
) -> Case:  # fmt: skip
    """The case with one task done, and the next of a recurring one. Raises Refused."""
    task = _to_settle(case, id)
    case = _with_next(case, task, done(task, by=by, at=at, evidence=evidence, note=note), days)
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
    if (task.what in BY_NAME or is_to_be_there(task)) and unit != task.unit:
        raise refused("by_name", id)
    if unit not in case.answerable:
        raise NotAnswerable(unit)
    tasks = swapped(case.tasks, task, given(task, unit, person))
    return changed(case, Note(at, "task_handed", None, unit, by, task.what, cause), tasks=tasks)


def _strangers(case: Case, made: Contact) -> Iterator[Missing]:
    """People whom no report names, and units that neither serve the family nor ever did: an entry may be late."""
    known = {each.key for each in case.people}
    named = (*(each.person for each in made.seen), *(each.person for each in made.not_seen))
    yield from (Missing("person_unknown", person) for person in named if person not in known)
    served = {made.unit, *case.answerable, *(each.unit for each in case.collaborators)}
    served |= {each.from_unit for each in case.handovers}
    yield from (Missing("unit_not_in_case", unit) for unit in made.units if unit not in served)


def settled_otherwise(task: Task) -> str | None:
    """The code of where a task is answered that nobody ticks off; None of what is settled by doing it."""
    if task.what in BY_REFERRAL and task.because.kind == "referral":
        return "by_referral"
    return _ELSEWHERE.get(task.because.kind) or ("by_name" if task.what in BY_NAME else None)


def _to_settle(case: Case, id: str) -> Task:
    """An open task that is settled by doing it; answers are given by name, visits are recorded. Raises Refused."""
    task = open_task(case, id)
    if code := settled_otherwise(task):
        raise refused(code, id)
    if is_to_be_there(task):
        raise refused("by_visit", id)
    return task


def _with_next(case: Case, task: Task, finished: Task, days: Calendar) -> Case:
    more = following(finished, days)
    tasks = swapped(case.tasks, task, replace(finished, followed=True) if more else finished)
    return replace(case, tasks=(*tasks, more) if more else tasks)


def _may_correct(case: Case, made: Contact, earlier: Sequence[Contact]) -> None:
    """Raises Refused for an entry that the case has not, or that is another unit's where it does not lead."""
    wrong = next((each for each in earlier if each.id == made.corrects), None)
    if wrong is None:
        raise refused("contact_unknown", str(made.corrects))
    if made.unit not in (wrong.unit, case.lead.unit):
        raise refused("not_their_entry", wrong.id)


def _last_seen(case: Case, made: Contact, earlier: Sequence[Contact]) -> tuple[LastSeen, ...]:
    """When each was seen last: of whom a corrected entry said so, as the others say."""
    latest = {each.person: each for each in case.last_seen if each.contact_id != made.corrects}
    for each in sorted(standing((*earlier, made)), key=lambda each: each.at):
        for seen in each.seen:
            before = latest.get(seen.person)
            if before is None or before.at <= each.at:
                latest[seen.person] = LastSeen(seen.person, each.at, each.by, each.unit, each.kind, seen.alone, each.id)
    return tuple(latest.values())


def latest_results(assessments: Sequence[Assessment]) -> Mapping[str, float | str | None]:
    """The latest result of each tool: earlier ones stay, the latest counts."""
    return {
        tool.tool: tool.score if tool.score is not None else tool.result
        for each in sorted(assessments, key=lambda each: each.at)
        for tool in each.tools
    }
