"""What is owed because of meetings: a decision by its lead until it ended, a meeting by its host until its minutes are.

So whatever was decided, and whatever waits to be discussed, is exactly one unit's, by name and date.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules.calendars import Calendar
from rules.spans import Span

from network.meetings.domain import papers
from network.meetings.domain.decisions import Decision
from network.meetings.domain.item import Item
from network.meetings.domain.meeting import Meeting
from network.tasks.domain.task import Because, Task, TaskId, county_of, done, dropped, taken_up, task_id

CARRY_OUT, HELP, TELL = "carry_out_decision", "help_with_decision", "tell_decision"
HOLD, FIX, WRITE, PLAN = "hold_meeting", "fix_meeting_date", "write_minutes", "plan_meeting"
SETTING = "county setting"
TOO_FEW = "too_few"
"""Why what was decided is owed no more: who came was corrected, and it is a proposal."""
PREPARED = timedelta(days=14)
"""From when on a meeting presses: one that is planned a year before is nobody's worry until then."""


@dataclass(frozen=True)
class Terms:
    """Within how long each thing is owed: rules/agenda.yaml."""

    fixed_within: Span
    minutes_within: Span
    planned_within: Span
    again_within: Span


Hands = Mapping[TaskId, Task]
"""The tasks of decisions: who leads or helps may hand theirs to another unit of the case."""


def holders(item: Item, hands: Hands) -> frozenset[str]:
    """The units in whose hands decisions of an item are, or were as they ended."""
    ids = {each.id for each in item.decisions}
    return frozenset(task.unit for task in hands.values() if task.because.id in ids)


def of_item(item: Item, terms: Terms, days: Calendar, at: datetime) -> Iterator[Task]:
    """Of a decision one task by its lead, one by each that helps, one by who tells; and that a meeting is planned."""
    for each in item.decisions:
        yield from _of_decision(item, each)
    yield from papers.owed(item)
    if item.is_open and item.meeting_id is None:
        because = Because("item", item.id)
        due = days.due(terms.planned_within, at)
        yield _task(
            PLAN, item.host, item.county, because, at, due, span=terms.planned_within, round_=str(len(item.sittings))
        )


def of_meeting(meeting: Meeting, terms: Terms, days: Calendar, at: datetime) -> Iterator[Task]:
    """That it is held, and that its minutes are approved."""
    because, round_ = Because("meeting", meeting.id), str(sum(line.what == "moved" for line in meeting.history))
    if meeting.is_ahead:
        since = max(at, meeting.at - PREPARED)
        yield _task(HOLD, meeting.host, meeting.county, because, since, meeting.at, round_=round_)
        if not meeting.fixed:
            due = days.due(terms.fixed_within, at)
            yield _task(FIX, meeting.host, meeting.county, because, at, due, span=terms.fixed_within)
    elif meeting.state == "held":
        due = days.due(terms.minutes_within, at)
        yield _task(WRITE, meeting.host, meeting.county, because, at, due, span=terms.minutes_within)


def settled(known: Sequence[Task], owed: Sequence[Task], item: Item | None, *, by: str, at: datetime) -> list[Task]:
    """The ledger as it is then: what is owed stays in the hands it was given to, what is not any more ends."""
    there, now = {each.id: each for each in known}, {each.id: each for each in owed}
    fresh = [each for each in owed if each.id not in there]
    changed = [_again(there[id], task) for id, task in now.items() if id in there and _goes_on(there[id])]
    return [
        *fresh,
        *changed,
        *(
            replace(each, case_id=None)
            for each in known
            if _is_covered(each, item) and not (each.id in now and _goes_on(each))
        ),
        *(_over(each, item, by=by, at=at) for each in known if each.is_open and each.id not in now),
    ]


def _of_decision(item: Item, decision: Decision) -> Iterator[Task]:
    case_id = None if item.not_for else item.case_id
    because = Because("decision", decision.id)

    def task(what: str, unit: str, due_at: datetime, which: str, person: str | None = None) -> Task:
        return Task(
            task_id(decision.id, which), what, unit, county_of(unit), because, decision.taken_at, due_at, person,
            case_id, SETTING, verified=False,
        )  # fmt: skip

    if decision.is_owed:
        yield task(decision.what, decision.lead, decision.due_at, CARRY_OUT, decision.person)
        for unit in decision.collaborators:
            yield task(HELP, unit, decision.due_at, f"{HELP}:{unit}")
    telling = decision.telling
    if telling and telling.told_at is None and decision.state not in ("proposed", "withdrawn"):
        yield task(TELL, telling.unit, telling.due_at, TELL)


def _task(  # noqa: PLR0917  what, whose, why, from when, until when
    what: str, unit: str, county: str, because: Because, at: datetime, due_at: datetime, *, span: Span | None = None,
    round_: str = "",
) -> Task:  # fmt: skip
    id = task_id(because.id, what, round_)
    return Task(
        id, what, unit, county, because, at, due_at, source=SETTING, verified=False, span=str(span) if span else None
    )


def _goes_on(task: Task) -> bool:
    return task.is_open or (task.state == "dropped" and task.reason == TOO_FEW)


def _is_covered(task: Task, item: Item | None) -> bool:
    """Whether somebody may not see the item of an ended task: then its case does not lead to it any more."""
    return not task.is_open and task.case_id is not None and item is not None and bool(item.not_for)


def _again(before: Task, now: Task) -> Task:
    """What was owed before and is: in whosever hands it is by now, since when it was."""
    before = before if before.is_open else taken_up(before)
    if now.because.kind == "decision" or now.what == papers.WRITE:
        return replace(
            before, county=county_of(before.unit), due_at=now.due_at, case_id=now.case_id,
            pressed=before.pressed if before.due_at == now.due_at else 0,
        )  # fmt: skip
    return replace(before, unit=now.unit)


def _over(task: Task, item: Item | None, *, by: str, at: datetime) -> Task:
    if item and task.what == papers.WRITE:
        return papers.over(task, item, by=by, at=at)
    decision = next((each for each in item.decisions if each.id == task.because.id), None) if item else None
    if decision and decision.state == "proposed":
        return dropped(task, reason=TOO_FEW, by=by, at=at)
    if decision and task.id == task_id(decision.id, TELL):
        return done(task, by=by, at=at, evidence=decision.id)
    if decision and decision.state == "done":
        return done(task, by=by, at=at, evidence=decision.said[-1].evidence or decision.id)
    if decision:
        return dropped(task, reason=decision.reason or decision.state, by=by, at=at)
    return done(task, by=by, at=at, evidence=task.because.id)
