"""What leaves this service of lists."""

from datetime import datetime
from typing import Self

from network.meetings.domain.listing import Listing
from network.tasks.views import View


class ListingView(View):
    """A case on a list; `kept` are the times at which it was decided that it stays."""

    listing_id: str
    county: str
    case_id: str
    list: str
    since: datetime
    listed_by: str
    because: str
    measured: float | None
    kept: tuple[datetime, ...]
    until: datetime | None
    delisted_by: str | None

    @classmethod
    def of(cls, listing: Listing) -> Self:
        kept = tuple(each.at for each in listing.kept)
        return cls.model_validate(vars(listing) | {"listing_id": listing.id, "kept": kept})


class ListingsView(View):
    """A page of listings, the first listed first; `next` is the `after` of the following page."""

    listings: tuple[ListingView, ...]
    next: str | None = None
