"""What leaves the directory: everything but what finds a secret site."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from network.clock import now
from network.directory.domain.entry import Entry, Hours, Offer, Site, Window
from network.services import catalogue
from network.tasks.views import View


class SiteView(View):
    """A site; of a secret one (`secret_address`) neither address nor township, point or telephone."""

    id: str
    name: str
    township: str | None
    address: str | None
    latitude: float | None
    longitude: float | None
    phone: str | None
    secret_address: bool


class HoursView(View):
    days_of_week: tuple[str, ...]
    opens_at: str
    closes_at: str
    valid_from: str | None
    valid_to: str | None


class PlacesView(View):
    """How many places are left of how many, as somebody said at a time; it grows old."""

    left: int
    of: int | None
    as_of: datetime


class OfferView(View):
    id: str
    service: str
    needs: tuple[str, ...]
    name: str
    sites: tuple[str, ...]
    townships: tuple[str, ...]
    hours: tuple[HoursView, ...]
    places: PlacesView | None
    age_from: int | None
    age_to: int | None
    promise: str | None


class WindowView(View):
    purpose: str
    name: str
    phone: str
    email: str
    valid_from: str | None
    valid_to: str | None
    hours: tuple[HoursView, ...]
    heard_by: str | None


class AssuredView(View):
    at: datetime
    by: str


class EntryView(View):
    """A provider; `stale`: nobody has confirmed it for long; `second_look`: whether another person looked at it.

    `distance_km` is null where nothing is near, and of who is nowhere that was said: they come last.
    """

    id: str
    county: str
    name: str
    unit: str
    description: str
    sites: tuple[SiteView, ...]
    services: tuple[OfferView, ...]
    windows: tuple[WindowView, ...]
    valid_from: str | None
    valid_to: str | None
    public: str | None
    assured: AssuredView
    stale: bool
    edited: AssuredView
    second_look: str
    withdrawn: bool
    version: int
    distance_km: float | None = None

    @classmethod
    def of(cls, entry: Entry, km: float | None = None) -> Self:
        said = entry.content
        return cls(
            id=entry.id, county=entry.county, name=said.name, unit=said.unit, description=said.description,
            sites=tuple(_site(each) for each in said.sites), services=tuple(_offer(each) for each in said.services),
            windows=tuple(map(_window, said.windows)), valid_from=said.valid_from,
            valid_to=said.valid_to, public=said.public, assured=AssuredView(at=entry.assured_at, by=entry.assured_by),
            stale=entry.is_stale(now(), stale_after()), edited=AssuredView(at=entry.edited_at, by=entry.edited_by),
            second_look="done" if entry.is_looked_at else "waiting", withdrawn=entry.withdrawn, version=entry.version,
            distance_km=km,
        )  # fmt: skip


class EntriesView(View):
    """A page of the directory in the order of names; `next` is the `after` of the following page.

    With `near`, the nearest come first: `distance_km` is from the middle of that township to the middle of theirs.
    """

    providers: tuple[EntryView, ...]
    next: str | None = None


def stale_after() -> timedelta:
    return timedelta(days=catalogue().stale_after.amount)


def _site(site: Site) -> SiteView:
    told = {name: getattr(site, name) for name in SiteView.model_fields if name != "secret_address"}
    return SiteView(**told, secret_address=site.secret)


def _offer(offer: Offer) -> OfferView:
    told = {name: getattr(offer, name) for name in OfferView.model_fields if name not in ("needs", "hours")}
    needs = catalogue().services[told["service"]].needs
    return OfferView(**told, needs=needs, hours=hours_of(offer.hours))


def hours_of(hours: Sequence[Hours]) -> tuple[HoursView, ...]:
    return tuple(map(_hours, hours))


def _window(window: Window) -> WindowView:
    told = {name: getattr(window, name) for name in WindowView.model_fields if name != "hours"}
    return WindowView(**told, hours=hours_of(window.hours))


def _hours(hours: Hours) -> HoursView:
    return HoursView(
        days_of_week=hours.days, opens_at=hours.opens_at, closes_at=hours.closes_at, valid_from=hours.valid_from,
        valid_to=hours.valid_to,
    )  # fmt: skip
