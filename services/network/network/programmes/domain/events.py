"""The event that a change of an enrolment causes: codes, numbers and times."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.enrolments import (
    EnrolmentAdvanced,
    EnrolmentBegun,
    EnrolmentContacted,
    EnrolmentEnded,
    EnrolmentGranted,
    EnrolmentHeard,
    EnrolmentPaid,
    EnrolmentPaused,
)
from contracts.event import Event

from network.programmes.domain.enrolment import Enrolment, Heard


@dataclass(frozen=True)
class Called:
    """Who must hear of a stage at once, how urgently, and when the first thing is due in it."""

    calls: tuple[str, ...] = ()
    priority: int | None = None
    due_at: datetime | None = None


def event(before: Enrolment | None, after: Enrolment, called: Called = Called()) -> Event:
    """What the last change tells others."""
    if before is None:
        return EnrolmentBegun(
            **_stage(after, called, after.heard), entered_by=after.entered_by, begun_at=after.begun_at
        )  # fmt: skip
    fresh = after.heard[len(before.heard) :]
    if len(after.entered) > len(before.entered):
        return _entered(after, called, fresh or _first(before, after))
    if fresh:
        return EnrolmentHeard(**_stage(after, called, fresh), heard_at=fresh[-1].said.recorded_at)
    if len(after.contacts) > len(before.contacts):
        met = after.contacts[-1]
        return EnrolmentContacted(
            **_common(after), what=met.what, kind=met.kind, reached=met.reached, contacted_at=met.said.at
        )  # fmt: skip
    if after.pauses != before.pauses:
        pause = next(each for each in after.pauses if each not in before.pauses)
        return EnrolmentPaused(
            **_common(after), reason=pause.reason, paused_from=pause.start, paused_until=pause.until
        )  # fmt: skip
    return _of_money(before, after)


def _first(before: Enrolment, after: Enrolment) -> tuple[Heard, ...]:
    """What a rule heard that answered at once, in the stage in which somebody began."""
    same = len(before.entered) == 1 and bool(after.heard) and after.entered[-1].said.cause == after.heard[0].cause
    return after.heard[:1] if same else ()


def _stage(after: Enrolment, called: Called, heard: tuple[Heard, ...]) -> dict[str, Any]:
    last = heard[-1] if heard else None
    return _common(after) | {
        "stage": after.stage, "calls": called.calls, "priority": called.priority, "due_at": called.due_at,
        "rule": last and last.rule, "report_id": last and last.report_id,
    }  # fmt: skip


def _entered(after: Enrolment, called: Called, heard: tuple[Heard, ...]) -> Event:
    last = after.entered[-1]
    if after.is_open:
        return EnrolmentAdvanced(
            **_stage(after, called, heard), answer=last.answer or "", told=last.told, advanced_at=last.said.at
        )  # fmt: skip
    return EnrolmentEnded(**_common(after), reason=last.answer or "", told=last.told, ended_at=last.said.at)


def _of_money(before: Enrolment, after: Enrolment) -> Event:
    grant = next(each for each in after.grants if each not in before.grants)
    common = _common(after) | {"grant_id": grant.id, "item": grant.item, "amount": grant.amount}
    if grant.paid:
        return EnrolmentPaid(**common, paid_at=grant.paid.at)
    return EnrolmentGranted(**common, cut_by=grant.cut_by, granted_at=grant.said.at)


def _common(after: Enrolment) -> dict[str, Any]:
    return {
        "enrolment_id": after.id, "county": after.county, "programme": after.programme, "version": after.version,
        "unit": after.unit, "case_id": after.subject.case_id,
    }  # fmt: skip
