"""What became of a report to which no unit was sent: referrals, an advice that was given, or nothing yet."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.decisions import DecisionMade, Outcome
from contracts.event import Sealed
from rules.calendars import Calendar
from rules.spans import Span

from network.tasks.domain.task import Because, Task, done, dropped, task_id

LINK = "link_resources"
"""The window owes every such family a referral, or an advice."""


@dataclass(frozen=True)
class Advice:
    """What somebody told the family to turn to. `agrees`: whether the family wants it, None where nobody asked."""

    id: str
    advised: tuple[str, ...]
    by: str
    at: datetime
    agrees: bool | None = None
    note: Sealed | None = None
    sent: str | None = None


@dataclass(frozen=True)
class Linking:
    """One report. `is_due`: the decision in force sends no unit. `referred` are the services of its referrals.

    `services` are those that the decision named, `needs` those that the report told of.
    """

    report_id: str
    county: str
    version: int = 0
    is_due: bool = False
    services: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    township: str | None = None
    decided_at: datetime | None = None
    referred: tuple[str, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def is_linked(self) -> bool:
        """Whether the family was sent somewhere, or told where to turn."""
        return bool(self.referred or self.advice)

    @property
    def state(self) -> str:
        return "ended" if not self.is_due else "linked" if self.is_linked else "open"

    @property
    def window(self) -> str:
        """The unit that owes it."""
        return f"{self.county}/window"


def decided(linking: Linking, decision: DecisionMade) -> Linking:
    """The linking by the latest decision; an older one changes nothing."""
    if linking.version >= decision.version:
        return linking
    return replace(
        linking, version=decision.version, is_due=decision.outcome is Outcome.NO_DISPATCH,
        services=decision.resources, needs=decision.needs, township=decision.township, decided_at=decision.decided_at,
    )  # fmt: skip


def advised(linking: Linking, advice: Advice) -> Linking:
    """The linking with one more advice; the same again changes nothing."""
    if any(each.id == advice.id for each in linking.advice):
        return linking
    return replace(linking, advice=(*linking.advice, advice))


def owed(
    linking: Linking, tasks: tuple[Task, ...], within: Span, days: Calendar, *, by: str, at: datetime
) -> list[Task]:
    """The task of the window: owed while nothing was done, settled by what was, dropped where a unit was sent."""
    open_ = [task for task in tasks if task.is_open and task.what == LINK]
    if not linking.is_due:
        return [dropped(task, reason="unit_sent", by=by, at=at) for task in open_]
    if linking.is_linked:
        return [done(task, by=by, at=at, evidence=linking.report_id) for task in open_]
    return [] if open_ else [_task(linking, len(tasks), within, days, at)]


def _task(linking: Linking, before: int, within: Span, days: Calendar, at: datetime) -> Task:
    return Task(
        task_id(linking.report_id, LINK, str(before)), LINK, linking.window, linking.county,
        Because("report", linking.report_id), at, days.due(within, at), None, None, "county setting", False,
        str(within),
    )  # fmt: skip
