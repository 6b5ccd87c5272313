"""The clock of intake."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, in the milliseconds that the database keeps."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
