"""Where a page ends of a list that is ordered by a time which may move: at the time as it was then, and an id.

Whoever stood there may be due at another time since, or gone: what was due behind that place still follows it.
"""

import re
from datetime import UTC, datetime, timedelta

from kit.mongo import Document

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When that is which has no time: behind everything."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(-?\d{1,15})\.(.{1,80})", re.ASCII)


def place_of(at: datetime | None, id: str) -> str:
    """The place of what has this time and id, to be sent as `after`."""
    return f"{((at or NEVER) - _EPOCH) // timedelta(milliseconds=1)}.{id}"


def behind(place: str, field: str) -> Document | None:
    """What stands behind a place in the order of a time and the id; None for what is no place."""
    if (found := _PLACE.fullmatch(place)) is None:
        return None
    since = timedelta(milliseconds=int(found[1]))
    at = _EPOCH + max(datetime.min.replace(tzinfo=UTC) - _EPOCH, min(NEVER - _EPOCH, since))
    return {"$or": [{field: {"$gt": at}}, {field: at, "_id": {"$gt": found[2]}}]}
