"""What is owed to a household: a visit by the first list's clock, a search, or a question how it goes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from network.rosters.domain.household import Household
from network.tasks.domain.task import Because, Task, done, dropped, task_id

VISIT, FIND, FOLLOW_UP = "visit_household", "find_household", "follow_up_household"
SETTING = "county setting"
SCREENED, GATHERED, ASSIGNED = "screened", "gathered", "assigned"
"""Why what was owed before is over: somebody found out, it is one with another household, or is in another hand."""


def owed(household: Household, at: datetime) -> Task | None:
    """The one thing that is owed now; None where every list has its answer, and for an absorbed household."""
    if household.state == "gathered":
        return None
    if looked_for := household.looked_for:
        return _task(household, FIND, looked_for.id, looked_for.recorded_at, looked_for.next_due_at)
    if row := household.first_due:
        rounds = str(len(household.screenings))
        since = min(each.received_at for each in household.open_rows)
        return _task(household, VISIT, rounds, since, row.due_at, row.source, verified=row.verified)
    if household.last and household.last.follow_up_at:
        return _task(household, FOLLOW_UP, household.last.id, at, household.last.follow_up_at)
    return None


def settled(known: Sequence[Task], now_owed: Task | None, *, by: str, at: datetime, why: str) -> list[Task]:
    """What changes in the ledger: the thing owed now, and the open tasks of before, done; or dropped, with a reason."""
    before = next((task for task in known if now_owed and task.id == now_owed.id), None)
    over = [task for task in known if task.is_open and task != before]
    ended = [
        done(task, by=by, at=at, evidence=why) if why == SCREENED else dropped(task, reason=why, by=by, at=at)
        for task in over
    ]
    return [*ended, *([_again(before, now_owed)] if now_owed else [])]


def _again(before: Task | None, now_owed: Task) -> Task:
    """The same task as it is owed now: in another hand, or sooner by another list; what it told stays told."""
    if before is None:
        return now_owed
    return replace(
        before, unit=now_owed.unit, person=now_owed.person, since=now_owed.since, due_at=now_owed.due_at,
        source=now_owed.source, verified=now_owed.verified,
    )  # fmt: skip


def _task(  # noqa: PLR0917  what, which time, from when, until when
    household: Household, what: str, which: str, since: datetime, due_at: datetime | None, source: str = SETTING,
    *, verified: bool = False,
) -> Task:  # fmt: skip
    return Task(
        task_id(household.id, what, which), what, household.unit, household.county, Because("household", household.id),
        since, due_at, household.person, source=source, verified=verified,
    )  # fmt: skip
