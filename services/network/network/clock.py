"""The time of this service, and its name on events."""

from datetime import UTC, datetime

from rules.spans import done_at

SOURCE = "/safetynet/network"


def now() -> datetime:
    """The time in UTC, to the millisecond, as the database keeps it."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def past(told: datetime) -> datetime | None:
    """The time of something done, as `done_at` reads it by this service's clock."""
    return done_at(told, now())
