"""What keepers write of a provider, as the API takes it; the page's form fills the same."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Self

from contracts.directory import Clock, Weekday
from contracts.languages import Said
from contracts.times import At
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from rules.places import township_of
from rules.spans import Span

from network.clock import past
from network.directory.domain.entry import Content, Hours, Offer, Places, Site, Window
from network.directory.kinds import PublicKind
from network.services import ServiceCode

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["hope-foundation"])]
Text = Annotated[str, Field(max_length=200)]
Unit = Annotated[str, Field(pattern=r"^[a-z][a-z-]*/[a-z][a-z0-9_.-]*$", max_length=80)]
FINDS = ("township", "address", "latitude", "longitude", "phone")
"""What leads to a site: of a secret one it is sealed and shown to nobody."""


def _past(at: datetime) -> datetime:
    if not (when := past(at)):
        raise ValueError(Said("時間不可在未來。", "This time must not lie in the future."))
    return when


def _promise(text: str) -> str:
    try:
        return str(Span.parse(text))
    except ValueError:
        raise ValueError(Said("請寫成 2wd、24h 或 7d。", "Write 2wd, 24h or 7d.")) from None


Past = Annotated[At, AfterValidator(_past)]
Promise = Annotated[str, Field(max_length=6), AfterValidator(_promise)]


class _Part(BaseModel):
    """A part of a body: it has these fields and no other. What was answered may be sent again as it is: what is `told`
    there and nobody's to write counts for nothing.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    told: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_what_is_told(cls, given: Any) -> Any:
        return (
            {name: value for name, value in given.items() if name not in cls.told} if isinstance(given, dict) else given
        )


class _Dated(_Part):
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError(Said("迄日不可早於起日。", "valid_to must not be before valid_from."))
        return self

    @property
    def days(self) -> dict[str, str | None]:
        return {
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
        }


class SiteBody(_Part):
    """A site; `secret_address` is true, or the secret address itself: sealed at once, and in no answer ever."""

    id: Slug
    name: Text = ""
    township: Text | None = None
    address: Text | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    phone: Text | None = None
    secret_address: bool | Text = False

    @property
    def is_secret(self) -> bool:
        return bool(self.secret_address)

    @property
    def secrets(self) -> dict[str, str]:
        """What finds a secret site, as it was written."""
        found = {name: str(value) for name in FINDS if (value := getattr(self, name))}
        return found | ({"secret_address": self.secret_address} if isinstance(self.secret_address, str) else {})

    @property
    def site(self) -> Site:
        if self.is_secret:
            return Site(self.id, self.name, secret=True)
        return Site(self.id, self.name, *(getattr(self, name) for name in FINDS))


class HoursBody(_Dated):
    days_of_week: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    opens_at: Clock
    closes_at: Clock


class PlacesBody(_Part):
    """`as_of`: when somebody said so; without it, now."""

    left: Annotated[int, Field(ge=0, le=100_000)]
    of: Annotated[int, Field(ge=0, le=100_000)] | None = None
    as_of: Past | None = None


class OfferBody(_Part):
    told: ClassVar[frozenset[str]] = frozenset({"needs"})

    id: Slug
    service: ServiceCode
    name: Text = ""
    sites: Annotated[tuple[Slug, ...], Field(max_length=100)] = ()
    townships: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    hours: Annotated[tuple[HoursBody, ...], Field(max_length=20)] = ()
    places: PlacesBody | None = None
    age_from: Annotated[int, Field(ge=0, le=150)] | None = None
    age_to: Annotated[int, Field(ge=0, le=150)] | None = None
    promise: Promise | None = None


class WindowBody(_Dated):
    purpose: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["referrals"])]
    name: Text = ""
    phone: Text = ""
    email: Text = ""
    hours: Annotated[tuple[HoursBody, ...], Field(max_length=20)] = ()
    heard_by: Unit | None = None


class EntryBody(_Dated):
    """All that is said of a provider; `unit` where it is one of the county's own, else it is its own.

    `public`: a kind of rules/public.yaml, for what anybody may look up once a second person has looked at it.
    `version`: the one that this was written over, where that matters: another since then is a conflict.
    """

    told: ClassVar[frozenset[str]] = frozenset(
        {"id", "assured", "stale", "edited", "second_look", "withdrawn", "distance_km"}
    )

    county: Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,40}$", examples=["chiayi-county"])]
    name: Annotated[str, Field(min_length=1, max_length=120)]
    unit: Unit | None = None
    description: Annotated[str, Field(max_length=2000)] = ""
    sites: Annotated[tuple[SiteBody, ...], Field(max_length=200)] = ()
    services: Annotated[tuple[OfferBody, ...], Field(max_length=50)] = ()
    windows: Annotated[tuple[WindowBody, ...], Field(max_length=50)] = ()
    public: PublicKind | None = None
    version: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for wrong in (self._of_ids(), self._of_places(), self._of_secrets()):
            if wrong:
                raise ValueError(wrong)
        return self

    def _of_ids(self) -> Said | None:
        sites = [each.id for each in self.sites]
        if len(set(sites)) < len(sites) or len({each.id for each in self.services}) < len(self.services):
            return Said("同一代號出現兩次：各據點、各服務須各有代號。", "An id stands twice: each needs its own.")
        if unknown := {site for each in self.services for site in each.sites}.difference(sites):
            known = sorted(unknown)[0]
            return Said(
                f"服務所列據點 {known} 不在 sites。", f"A service names the site {known}, which is not in sites."
            )
        named = {"unit": [self.unit], "heard_by": [each.heard_by for each in self.windows]}
        for field, units in named.items():
            if [each for each in units if each and each.partition("/")[0] != self.county]:
                return Said(f"{field} 須屬於同一縣市。", f"{field} must be of the same county.")
        return None

    def _of_places(self) -> Said | None:
        named = {each.township for each in self.sites if each.township}
        named |= {each for offer in self.services for each in offer.townships}
        wrong = sorted(each for each in named if township_of(each, self.county).name != each)
        if not wrong:
            return None
        return Said(f"此縣市沒有「{wrong[0]}」。", f"This county has no {wrong[0]}: write a township as 民雄鄉.")

    def _of_secrets(self) -> Said | None:
        """A secret address that also stands in a field that everybody reads."""
        secret = [value for each in self.sites if each.is_secret for key, value in each.secrets.items() if "add" in key]
        hidden = {"sites": {"__all__": {"secret_address": True, **dict.fromkeys(FINDS, True)}}}
        shown = self.model_dump_json(exclude=hidden) + "".join(
            each.model_dump_json() for each in self.sites if not each.is_secret
        )
        if not any(value and value in shown for value in secret):
            return None
        return Said("保密地址也寫在其他欄位：請移除。", "The secret address also stands in another field: take it out.")

    def content(self, id: str, now: datetime) -> Content:
        """What it says, without anything that is secret."""
        return Content(
            self.name, self.unit or f"{self.county}/provider.{id}", self.description,
            tuple(each.site for each in self.sites), tuple(_offer(each, now) for each in self.services),
            tuple(map(_window, self.windows)),
            **self.days, public=self.public,
        )  # fmt: skip


class LookBody(_Part):
    """The second look: right, or taken back to what it said before."""

    right: bool


def _window(body: WindowBody) -> Window:
    hours = _hours(body.hours)
    return Window(body.purpose, body.name, body.phone, body.email, **body.days, hours=hours, heard_by=body.heard_by)


def _hours(bodies: Sequence[HoursBody]) -> tuple[Hours, ...]:
    return tuple(Hours(each.days_of_week, each.opens_at, each.closes_at, **each.days) for each in bodies)


def _offer(body: OfferBody, now: datetime) -> Offer:
    said = body.places
    places = Places(said.left, said.as_of or now, said.of) if said else None
    return Offer(
        body.id, body.service, body.name, body.sites, body.townships, _hours(body.hours), places, body.age_from,
        body.age_to, body.promise,
    )  # fmt: skip
