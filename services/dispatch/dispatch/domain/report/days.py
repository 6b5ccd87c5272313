"""A report's clocks after its county said that a day is off, or worked, or neither after all."""

from collections.abc import Iterator
from dataclasses import replace

from contracts.calendar import DayTold
from contracts.decisions import Clock
from rules.calendars import Calendar, moved

from dispatch.domain.report.deadlines import Rules
from dispatch.domain.report.decision import Decision
from dispatch.domain.report.history import Line, Reason, line
from dispatch.domain.report.report import Report, altered


def with_days(report: Report, days: Calendar, rules: Rules) -> Report:
    """The report with its clocks counted by these days, and a line for each that moved; the same where none did.

    What an undo would put back is counted likewise.
    """
    decision, before = _counted(report.decision, days, rules), report.before
    before = before and replace(before, decision=_counted(before.decision, days, rules))
    if (decision, before) == (report.decision, report.before):
        return report
    lines = tuple(_lines(report, days, rules))
    return altered(report, decision=decision, before=before, history=(*report.history, *lines))


def _counted(decision: Decision, days: Calendar, rules: Rules) -> Decision:
    clocks = tuple(clock for clock, _ in _clocks(decision, days, rules))
    return decision if clocks == decision.clocks else replace(decision, clocks=clocks)


def _clocks(decision: Decision, days: Calendar, rules: Rules) -> Iterator[tuple[Clock, DayTold | None]]:
    for clock in decision.clocks:
        change = moved(days, clock.span or _span_of(clock, rules), clock.started_at, clock.due_at)
        yield (clock.model_copy(update={"due_at": change.due_at}), change.by) if change else (clock, None)


def _span_of(clock: Clock, rules: Rules) -> str | None:
    """The span of a clock that an earlier release started: they did not say."""
    return str(rules[clock.id].span) if clock.id in rules else None


def _lines(report: Report, days: Calendar, rules: Rules) -> Iterator[Line]:
    decision = report.decision
    for old, (new, by) in zip(decision.clocks, _clocks(decision, days, rules), strict=True):
        if by:
            yield line(
                f"{by.id}:{old.id}:{decision.version}", by.told_at, f"day_{by.says}", by.told_by, Reason(by.reason),
                clock=old.id, day=by.day.isoformat(), due_before=old.due_at, due_at=new.due_at,
            )  # fmt: skip
