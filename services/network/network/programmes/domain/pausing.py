"""Pauses: clocks stand still for a time that has a bound, and what was late before nobody makes good by one."""

from dataclasses import replace
from datetime import datetime, timedelta

from rules.calendars import NATIONAL, Calendar

from network.programmes.domain.enrolment import Enrolment, Pause
from network.programmes.domain.grammar import Programme
from network.programmes.domain.refusals import Refused
from network.programmes.domain.steps import following, must_be_open
from network.programmes.domain.windows import windows

LATE = ("late", "overdue", "missed")


def latest(enrolment: Enrolment, programme: Programme, start: datetime) -> datetime:
    """By when a pause from `start` ends at the latest: all of an enrolment together last no longer than one may."""
    if programme.pausable is None:
        return start
    lasted = (each.until - each.start for each in _others(enrolment, start))
    return NATIONAL.due(programme.pausable.longest, start) - sum(lasted, timedelta())


def paused(enrolment: Enrolment, programme: Programme, asked: Pause, days: Calendar) -> Enrolment:
    """Its clocks stand still, cut to what is left of the longest time; said again from the same time, the pause ends
    otherwise. Raises Refused, also for a pause by which something that is late already would not be."""
    must_be_open(enrolment)
    if programme.pausable is None:
        raise Refused("not_pausable", enrolment.programme)
    if asked.start < enrolment.begun_at:
        raise Refused("before_stage", "from")
    if asked.until <= asked.start:
        raise Refused("ends_before", "until")
    last = latest(enrolment, programme, asked.start)
    if last <= asked.start:
        raise Refused("pauses_used", str(programme.pausable.longest))
    pause, others = replace(asked, until=min(asked.until, last)), _others(enrolment, asked.start)
    if any(each.start < pause.until and pause.start < each.until for each in others):
        raise Refused("pauses_overlap", "from")
    after = following(enrolment, pauses=tuple(sorted((*others, pause), key=lambda each: each.start)))
    now = asked.said.recorded_at
    due = {each.key: each.due for each in windows(programme, after, days, now)}
    for each in windows(programme, enrolment, days, now):
        if each.state(now) in LATE and (each.key not in due or due[each.key] > each.due):
            raise Refused("late_before_pause", f"{enrolment.programme}.{each.task}")
    return after


def _others(enrolment: Enrolment, start: datetime) -> tuple[Pause, ...]:
    return tuple(each for each in enrolment.pauses if each.start != start)
