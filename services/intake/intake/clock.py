"""The clock of intake."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, in milliseconds as the database keeps it."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
