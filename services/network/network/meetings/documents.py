"""Series, meetings, items and listings as documents, and back."""

from typing import TypeVar

from kit.mongo import Document
from pydantic import TypeAdapter

from network.meetings.domain.item import Item
from network.meetings.domain.listing import Listing
from network.meetings.domain.meeting import Meeting
from network.meetings.domain.planning import Series

_SERIES, _MEETING, _ITEM, _LISTING = TypeAdapter(Series), TypeAdapter(Meeting), TypeAdapter(Item), TypeAdapter(Listing)
Thing = TypeVar("Thing", Meeting, Item, Listing, Series)


def series_of(document: Document) -> Series:
    return _SERIES.validate_python({**document, "id": document["_id"]})


def meeting_of(document: Document) -> Meeting:
    return _MEETING.validate_python({**document, "id": document["_id"]})


def item_of(document: Document) -> Item:
    return _ITEM.validate_python({**document, "id": document["_id"]})


def listing_of(document: Document) -> Listing:
    return _LISTING.validate_python({**document, "id": document["_id"]})


def of_series(series: Series) -> Document:
    return _document(_SERIES, series)


def of_meeting(meeting: Meeting) -> Document:
    return _document(_MEETING, meeting) | {"parties": sorted(meeting.parties)}


def of_item(item: Item) -> Document:
    return _document(_ITEM, item)


def of_listing(listing: Listing) -> Document:
    return _document(_LISTING, listing)


def _document(adapter: TypeAdapter[Thing], thing: Thing) -> Document:
    document: Document = adapter.dump_python(thing)
    return {"_id": document.pop("id"), **document}
