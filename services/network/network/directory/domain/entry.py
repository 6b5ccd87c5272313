"""An entry of the directory: what is said of one provider, by whom, since when, and who looked at it again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from contracts.event import Sealed


class Refused(Exception):
    """What was asked does not go with the entry as it is; `code` says why, `by` which other entry stands in the way."""

    def __init__(self, code: str, id: str = "", by: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.id = id
        self.by = by


@dataclass(frozen=True)
class Site:
    """Where somebody can go. Of a `secret` one (a shelter) nothing that finds it is kept but `sealed`, for nobody."""

    id: str
    name: str = ""
    township: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    secret: bool = False
    sealed: Sealed | None = None


@dataclass(frozen=True)
class Hours:
    """Open on these days of the week (`MO`...) between two times in Taiwan, from a day to a day."""

    days: tuple[str, ...]
    opens_at: str
    closes_at: str
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True)
class Places:
    """How many are left, of how many, as somebody said at a time."""

    left: int
    as_of: datetime
    of: int | None = None


@dataclass(frozen=True)
class Offer:
    """One service by its code: at which sites, for which townships (none named: all), when, with room."""

    id: str
    service: str
    name: str = ""
    sites: tuple[str, ...] = ()
    townships: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    places: Places | None = None
    age_from: int | None = None
    age_to: int | None = None
    promise: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether it was said that no place is left; what was never said is asked, not assumed."""
        return self.places is not None and self.places.left == 0

    def serves(self, township: str | None) -> bool:
        return not township or not self.townships or township in self.townships


@dataclass(frozen=True)
class Window:
    """Whom to call for a purpose, from a day to a day (業務窗口), in these hours where some were said.

    `heard_by`: the unit whose group is told in place of the unit's own.
    """

    purpose: str
    name: str = ""
    phone: str = ""
    email: str = ""
    valid_from: str | None = None
    valid_to: str | None = None
    hours: tuple[Hours, ...] = ()
    heard_by: str | None = None

    def holds(self, on: str) -> bool:
        """Whether it is so on a day."""
        return (self.valid_from or on) <= on <= (self.valid_to or on)


@dataclass(frozen=True)
class Content:
    """What is said of a provider; it holds from a day to a day.

    `public`: the kind of place that it is for everybody, None where it is for professionals alone.
    """

    name: str
    unit: str
    description: str = ""
    sites: tuple[Site, ...] = ()
    services: tuple[Offer, ...] = ()
    windows: tuple[Window, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    public: str | None = None

    def holds(self, on: str) -> bool:
        """Whether it is so on a day."""
        return (self.valid_from or on) <= on <= (self.valid_to or on)


@dataclass(frozen=True)
class Change:
    """One line of the history."""

    at: datetime
    what: str
    by: str


@dataclass(frozen=True)
class Entry:
    """The aggregate. `before` is what it said when somebody looked at it last; `editors` wrote it since then."""

    id: str
    county: str
    content: Content
    edited_by: str
    edited_at: datetime
    assured_by: str
    assured_at: datetime
    editors: tuple[str, ...] = ()
    before: Content | None = None
    withdrawn: bool = False
    history: tuple[Change, ...] = ()
    version: int = 1

    @property
    def is_looked_at(self) -> bool:
        return not self.editors

    def is_stale(self, now: datetime, after: timedelta) -> bool:
        """Whether nobody has confirmed it for so long."""
        return now - self.assured_at > after

    def claims(self, before: "Entry | None") -> bool:
        """Whether it takes a unit that it did not have before."""
        had = before and not before.withdrawn and before.content.unit
        return not self.withdrawn and self.content.unit != had

    def site(self, id: str) -> Site | None:
        return next((each for each in self.content.sites if each.id == id), None)


def written(
    known: Entry | None, id: str, county: str, content: Content, *, by: str, at: datetime,
    assured: tuple[datetime, str] | None = None,
) -> Entry:  # fmt: skip
    """The entry as somebody writes it: it holds at once, and another must look at it. Raises Refused.

    `assured`: who confirmed it and when, where that comes with it from elsewhere.
    """
    assured_at, assured_by = assured or (at, by)
    if known is None:
        return Entry(id, county, content, by, at, assured_by, assured_at, (by,), None, False, (Change(at, "made", by),))
    if known.county != county:
        raise Refused("other_county", id)
    if known.content == content and not known.withdrawn:
        return known if assured else confirmed(known, by=by, at=at)
    # What was withdrawn is what the second look turned down: nobody is told that, and nothing brings it back.
    stood = None if known.withdrawn else known.content if known.is_looked_at else known.before
    before = _covered(stood, content)
    editors = tuple(dict.fromkeys((*known.editors, by)))
    return _changed(
        known, "written", by, at, content=content, edited_by=by, edited_at=at, assured_by=assured_by,
        assured_at=assured_at, editors=editors, before=before, withdrawn=False,
    )  # fmt: skip


def looked_at(entry: Entry, *, right: bool, by: str, at: datetime) -> Entry:
    """The entry after the second look: it stands, or what it said before does again. Raises Refused.

    Nobody looks at what they wrote themselves.
    """
    if entry.is_looked_at:
        raise Refused("nothing_to_look_at", entry.id)
    if by in entry.editors:
        raise Refused("same_person", entry.id)
    if right:
        return _changed(entry, "looked_at", by, at, editors=(), before=None, assured_by=by, assured_at=at)
    content, gone = entry.before or entry.content, entry.before is None
    return _changed(entry, "taken_back", by, at, content=content, editors=(), before=None, withdrawn=gone)


def confirmed(entry: Entry, *, by: str, at: datetime) -> Entry:
    """The entry that somebody called about: it is still so."""
    return _changed(entry, "confirmed", by, at, assured_by=by, assured_at=at)


def _covered(before: Content | None, content: Content) -> Content | None:
    """What was said before, without what finds a site that is secret now: nobody keeps that, or brings it back."""
    secret = {each.id: each for each in content.sites if each.secret}
    return before and replace(
        before, sites=tuple(each if each.secret else secret.get(each.id, each) for each in before.sites)
    )


def _changed(entry: Entry, what: str, by: str, at: datetime, **fields: object) -> Entry:
    history = (*entry.history, Change(at, what, by))
    return replace(entry, **fields, history=history, version=entry.version + 1)  # type: ignore[arg-type]
