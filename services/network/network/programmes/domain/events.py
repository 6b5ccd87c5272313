"""The event that a change of an enrolment causes: codes, numbers and times."""

from typing import Any

from contracts.enrolments import (
    EnrolmentAdvanced,
    EnrolmentBegun,
    EnrolmentContacted,
    EnrolmentEnded,
    EnrolmentGranted,
    EnrolmentPaid,
    EnrolmentPaused,
)
from contracts.event import Event

from network.programmes.domain.enrolment import Enrolment


def event(before: Enrolment | None, after: Enrolment) -> Event:
    """What the last change tells others."""
    if before is None:
        first = after.entered[0]
        return EnrolmentBegun(
            **_common(after), stage=first.stage, entered_by=after.entered_by, begun_at=first.said.at
        )  # fmt: skip
    if len(after.entered) > len(before.entered):
        return _entered(after)
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


def _entered(after: Enrolment) -> Event:
    last = after.entered[-1]
    if after.is_open:
        return EnrolmentAdvanced(
            **_common(after), stage=last.stage, answer=last.answer or "", told=last.told, advanced_at=last.said.at
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
