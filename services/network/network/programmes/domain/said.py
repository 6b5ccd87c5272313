"""Who says what was done, in whose name, when it was, and when it was written down."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LATE_AFTER = timedelta(hours=24)
"""An entry later than this after what it tells is marked late; a county setting, not law."""


@dataclass(frozen=True)
class Said:
    """Who says that something was so at a time, in whose name, and when they wrote it down; `cause` and `sent` mark the
    act as done."""

    by: str
    unit: str
    at: datetime
    recorded_at: datetime
    cause: str | None = None
    sent: str | None = None

    @property
    def late(self) -> bool:
        return self.recorded_at - self.at > LATE_AFTER
