"""What was promised of a referral, by the days of its county."""

from dataclasses import replace

from rules.calendars import Calendar, moved

from network.referrals.domain.referral import Referral


def recounted(referral: Referral, days: Calendar) -> Referral:
    """One that waits for its answer, due by these days; the same where nothing moves it."""
    if referral.state != "sent":
        return referral
    change = moved(days, referral.promise, referral.sent_at, referral.answer_due_at)
    return replace(referral, answer_due_at=change.due_at) if change else referral
