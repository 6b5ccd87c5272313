"""The time of this service, and its name on events."""

from datetime import UTC, datetime

SOURCE = "/safetynet/network"


def now() -> datetime:
    """The time in UTC, to the millisecond, as the database keeps it."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
