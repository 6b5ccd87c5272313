"""The plan of a case: goals, who does what by when, whether the family agreed, and when it is looked at again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from contracts.decisions import UnitId

from network.cases.domain.case import Case, Note, Plan
from network.cases.domain.changes import (
    changed,
    found,
    must_be_open,
    new_task,
    owing,
    swapped,
    with_done,
    with_dropped,
)
from network.cases.domain.findings import must_be_given
from network.cases.domain.refusals import refused
from network.tasks.domain.task import Because, Task

REVIEW = "review_plan"


def agree(case: Case, plan: Plan, steps: Sequence[Task], *, review_at: datetime | None, by: str, cause: str) -> Case:
    """The case with a plan, whose steps are tasks of units that have part in it; the latest plan counts.

    Raises Refused: the case is not opened, or a unit has no part in it.
    """
    must_be_open(case)
    if not (case.assessment and case.assessment.opened):
        raise refused("not_assessed", case.id)
    because = Because("case", case.id)
    review = [
        new_task(
            case, REVIEW, case.lead.unit, because, cause=cause, at=plan.at, due_at=review_at, person=case.lead.person,
            source="agreed",
        )
    ] if review_at else []  # fmt: skip
    note = Note(plan.at, "plan_made", None, case.lead.unit, by, cause=cause)
    made = replace(plan, steps=tuple(task.id for task in steps))
    case = with_dropped(case, _is_review, reason="redecided", by=by, at=plan.at)
    return changed(owing(case, *steps, *review), note, plans=(*case.plans, made))


def review(case: Case, id: str, *, by: str, cause: str, at: datetime) -> Case:
    """The case whose plan was looked at again: of the latest it is owed no more. Raises Refused, also once it ended."""
    must_be_open(case)
    plan = found(case.plans, id, "plan_unknown")
    reviewed = replace(plan, reviewed_at=at, reviewed_by=by)
    if plan is case.plans[-1]:
        case = with_done(case, _is_review, by=by, at=at)
    note = Note(at, "plan_reviewed", None, case.lead.unit, by, cause=cause)
    return changed(case, note, plans=swapped(case.plans, plan, reviewed))


def _is_review(task: Task) -> bool:
    return task.what == REVIEW


def step(
    case: Case, unit: UnitId, what: str, *, due_at: datetime, person: str | None, cause: str, at: datetime
) -> Task:
    """One step of a plan: a task that is not yet in the case. Raises Refused for what nobody gives."""
    must_be_given(what)
    because = Because("case", case.id)
    return new_task(
        case, what, unit, because, cause=f"{cause}:{due_at.isoformat()}", at=at, due_at=due_at, person=person,
        source="agreed",
    )  # fmt: skip
