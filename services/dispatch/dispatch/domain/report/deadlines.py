"""Which clocks of a report run, how far they are, and what breaches by when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.decisions import Clock
from rules.spans import level

from dispatch.domain.report.report import Report, altered
from dispatch.domain.report.stages import OURS, Stage
from dispatch.domain.triage.clocks import ClockRule

PROMISED_BY = "county setting"
"""Where the times of the window's own promises come from: no law names them."""

Rules = Mapping[str, ClockRule]
"""The rules of clocks, by id."""


@dataclass(frozen=True)
class Deadline:
    """One running clock of one report; `level` is the alert that it has reached: 0, 50, 80 or 100."""

    report_id: str
    serial: str | None
    stage: str
    case_type: str
    priority: int
    clock: str
    started_at: datetime
    due_at: datetime
    source: str
    verified: bool
    level: int


def promise(id: str, started_at: datetime, within: timedelta) -> Clock:
    """A clock that the window gives itself, such as deciding anew what a unit gave back; never law."""
    return Clock(id=id, started_at=started_at, due_at=started_at + within, source=PROMISED_BY, verified=False)


def running(report: Report, rules: Rules) -> list[Clock]:
    """The clocks that press now.

    While the window must act, all but those that start when a unit is sent; while a unit must accept, all that
    deciding does not end. After that they are tasks of the case. The window's own promise runs in every stage.
    """
    ruled = [(clock, rules.get(clock.id)) for clock in report.decision.clocks]
    promised = [report.promise] if report.promise else []
    if report.stage in OURS:
        return [clock for clock, rule in ruled if rule is None or rule.start != "dispatched"] + promised
    if report.stage == Stage.WAITING:
        return [clock for clock, rule in ruled if rule is None or rule.stops != "decided"] + promised
    return promised


def watched(report: Report, rules: Rules, before: Report | None = None) -> Report:
    """The report sorted and alerted by the running clock that is due first.

    Where it was known `before` only another decision, stage or promise starts or stops clocks.
    """
    if before and (before.decision, before.stage, before.promise) == (report.decision, report.stage, report.promise):
        return report
    if not (clocks := running(report, rules)):
        return altered(report, breach_at=None, breach_since=None)
    first = min(clocks, key=lambda clock: clock.due_at)
    return altered(report, breach_at=first.due_at, breach_since=first.started_at)


def level_of(report: Report, now: datetime) -> int:
    """The alert of the clock by which a report is sorted: 0, 50, 80 or 100."""
    return level(report.breach_since or report.received_at, report.breach_at, now) if report.breach_at else 0


def deadlines_of(report: Report, rules: Rules, now: datetime, until: datetime) -> Iterator[Deadline]:
    """The running clocks of a report that are due before `until`, those that are over among them."""
    for clock in running(report, rules):
        if clock.due_at < until:
            yield Deadline(
                report.id, report.serial, report.stage, report.case_type, report.decision.priority, clock.id,
                clock.started_at, clock.due_at, clock.source, clock.verified,
                level(clock.started_at, clock.due_at, now),
            )  # fmt: skip
