"""The events that steps of a referral cause."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.event import Event
from contracts.referrals import (
    SEALED,
    ReferralAccepted,
    ReferralConfirmed,
    ReferralDone,
    ReferralNoted,
    ReferralRefused,
    ReferralSent,
    ReferralStarted,
    ReferralWaiting,
    ReferralWithdrawn,
)

from network.referrals.domain.referral import Referral


def event(after: Referral, *, sealed: bool = False) -> Event:
    """What the last step of a referral tells others; of a sealed one neither which service nor who is asked."""
    line = after.history[-1]
    made, more = _OF[line.what]
    common = {
        "referral_id": after.id, "county": after.county, "service": SEALED if sealed else after.service,
        "unit": after.from_unit if sealed else after.to, "from_unit": after.from_unit, "case_id": after.case_id,
        "report_id": after.report_id,
    }  # fmt: skip
    return made.model_validate(common | more(after))


def _channel(after: Referral) -> dict[str, Any]:
    return {"answer": after.answer, "channel": after.history[-1].channel}


def _noted(after: Referral) -> dict[str, Any]:
    return {"what": after.history[-1].what, "noted_at": after.history[-1].at}


_OF: Mapping[str, tuple[type[Event], Callable[[Referral], dict[str, Any]]]] = {
    "sent": (ReferralSent, lambda it: {"sent_at": it.sent_at, "answer_due_at": it.answer_due_at}),
    "waiting": (ReferralWaiting, lambda it: {"expected_at": it.expected_at, "told_at": it.history[-1].at}),
    "accepted": (ReferralAccepted, lambda it: _channel(it) | {"accepted_at": it.answered_at}),
    "refused": (ReferralRefused, lambda it: _channel(it) | {"reason": it.reason, "refused_at": it.answered_at}),
    "started": (ReferralStarted, lambda it: {"started_at": it.started_at}),
    "done": (ReferralDone, lambda it: {"outcome": it.outcome, "done_at": it.ended_at}),
    "confirmed": (ReferralConfirmed, lambda it: {"got_it": True, "confirmed_at": it.confirmed_at}),
    "not_confirmed": (ReferralConfirmed, lambda it: {"got_it": False, "confirmed_at": it.confirmed_at}),
    **dict.fromkeys(("part_done", "part_refused", "session", "kept", "not_kept"), (ReferralNoted, _noted)),
    "withdrawn": (ReferralWithdrawn, lambda it: {"reason": it.reason, "withdrawn_at": it.ended_at}),
}
