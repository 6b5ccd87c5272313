"""Where a page ends of a list that is ordered by a time and the id: at a place, which is both as they were then.

Whoever stood there may be at another time since, out of the reader's sight, or gone: what stood behind that place still
follows it. A place is read without looking at anything, so a guessed one tells nothing. What is no place stands before
everything; an API refuses it, for who sends the last id instead would read the first page for ever.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

from contracts.languages import Said
from pydantic import AfterValidator, Field

from kit.mongo import Collection, Document, Session

Item = TypeVar("Item")

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When that is which has no time: behind everything."""
_FIRST = datetime.min.replace(tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(-?\d{1,15})\.(.{1,80})", re.ASCII)

Page = tuple[list[Item], str | None]
"""What stands on a page, and the `after` of the following one; None where nothing follows."""


def place_of(at: datetime, id: object) -> str:
    """The place of what has this time and id: milliseconds, since MongoDB keeps no less."""
    return f"{(at - _EPOCH) // timedelta(milliseconds=1)}.{id}"


def _is_place(after: str) -> str:
    if after and not _PLACE.fullmatch(after):
        raise ValueError(Said("請原樣送回前一頁的 next。", "Send the `next` of the page before, as it is."))
    return after


After = Annotated[
    str, Field(max_length=100, description="`next` of the page before, as it is"), AfterValidator(_is_place)
]
"""The place behind which a page begins; empty for the first page."""


@dataclass(frozen=True)
class Order:
    """By the time in a field, which every document of the list has, and by the id where that is alike.

    `id_of`: what the id in a place is in the database.
    """

    field: str
    descending: bool = False
    id_of: Callable[[str], object] = str

    @property
    def sort(self) -> list[tuple[str, int]]:
        """As a cursor takes it, and an index."""
        way = -1 if self.descending else 1
        return [(self.field, way), ("_id", way)]

    def behind(self, after: str | None) -> Document:
        """What stands behind a place."""
        if (found := _PLACE.fullmatch(after or "")) is None:
            return {}
        since = timedelta(milliseconds=int(found[1]))
        return self.beyond(_EPOCH + max(_FIRST - _EPOCH, min(NEVER - _EPOCH, since)), self.id_of(found[2]))

    def beyond(self, at: datetime, id: object) -> Document:
        """What stands behind what has this time and id."""
        than = "$lt" if self.descending else "$gt"
        # The bound stands by itself: an index is read from there on, and in its order.
        return {self.field: {f"{than}e": at}, "$or": [{self.field: {than: at}}, {"_id": {than: id}}]}

    async def page(
        self, collection: Collection, query: Document, after: str | None, limit: int, read: Callable[[Document], Item],
        *, session: Session | None = None, hint: list[tuple[str, int]] | None = None, fields: Document | None = None,
    ) -> Page[Item]:  # fmt: skip
        """The first `limit` of what a query finds behind a place, each as `read` reads it, of its `fields` or whole."""
        found = collection.find({"$and": [query, self.behind(after)]}, fields, session=session, hint=hint)
        page = await found.sort(self.sort).limit(limit + 1).to_list(limit + 1)  # one more says whether more follows
        last = page[limit - 1] if len(page) > limit else None
        return [read(each) for each in page[:limit]], place_of(last[self.field], last["_id"]) if last else None
