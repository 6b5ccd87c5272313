"""A record: what somebody of a unit wrote down, never edited; a correction takes its place, a withdrawal says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Discriminator


@dataclass(frozen=True)
class Activity:
    """Sessions (場次) of one kind on a day, with how many people came (人次); those of a series name it."""

    of: Literal["activity"]
    kind: str
    day: str
    sessions: int
    people: int | None = None
    organiser: str = ""
    funds: str = ""
    series: str = ""
    place: str = ""
    township: str = ""


@dataclass(frozen=True)
class Coverage:
    """How many sites of a kind (據點) a township has in a year, and in how many of its communities."""

    of: Literal["coverage"]
    site: str
    year: int
    township: str
    sites: int
    communities: int = 0


@dataclass(frozen=True)
class Base:
    """Of how many a share is taken: so many communities, so many centres in the plan."""

    of: Literal["base"]
    name: str
    year: int
    count: int


@dataclass(frozen=True)
class Population:
    """People of a county at the end of a month, by sex and by bands of age that may overlap."""

    of: Literal["population"]
    month: str
    people: int
    male: int | None = None
    female: int | None = None
    ages: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Posts:
    """Posts of one role in a unit (編制), and how many of them are filled in a month."""

    of: Literal["posts"]
    group: str
    role: str
    month: str
    posts: int
    filled: int


@dataclass(frozen=True)
class Growth:
    """So many posts more in a year, as planned (增補人力)."""

    of: Literal["growth"]
    group: str
    year: int
    more: int


@dataclass(frozen=True)
class Grant:
    """Money for a purpose from a body, in a year: asked for, or granted."""

    of: Literal["grant"]
    purpose: str
    body: str
    year: int
    amount: int
    state: Literal["asked", "granted"]


@dataclass(frozen=True)
class Session:
    """A course is held on a day, with room for so many."""

    of: Literal["session"]
    course: str
    day: str
    places: int


@dataclass(frozen=True)
class Need:
    """Somebody of a unit must take a course by a day, having begun in a post; `taken` is the day they did."""

    of: Literal["need"]
    course: str
    name: str
    post: str
    started: str
    due: str
    taken: str | None = None


@dataclass(frozen=True)
class Typed:
    """The value of an indicator in a year as somebody read it: a share of 1, or its two parts."""

    of: Literal["typed"]
    indicator: str
    year: int
    value: float | None = None
    part: int | None = None
    whole: int | None = None

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.part is not None and self.whole else self.value


Content = Annotated[
    Activity | Coverage | Base | Population | Posts | Growth | Grant | Session | Need | Typed, Discriminator("of")
]
ANYBODYS = ("activity", "need")
"""What every unit records of itself; the rest is said of the county by who keeps it."""


@dataclass(frozen=True)
class Withdrawn:
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Record:
    """`source` is where a number was read; `sent` a keyed print of what was sent, where it had a key."""

    id: str
    county: str
    unit: str
    what: Content
    by: str
    at: datetime
    source: str = ""
    corrects: str | None = None
    replaced_by: str | None = None
    withdrawn: Withdrawn | None = None
    sent: str | None = None

    @property
    def holds(self) -> bool:
        return self.replaced_by is None and self.withdrawn is None

    @property
    def year(self) -> int:
        return year_of(self.what)


def year_of(what: Content) -> int:
    """In which year's sheet it stands."""
    match what:
        case Activity() | Session():
            return int(what.day[:4])
        case Need():
            return int(what.due[:4])
        case Posts() | Population():
            return int(what.month[:4])
        case _:
            return what.year
