"""The directory (資源名冊): which unit offers what, and what its windows are for; no address, nobody's name."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.decisions import UnitId
from contracts.event import Code, Event, Model

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


class Dated(Model):
    """What holds from a day to a day; no end where none was said."""

    valid_from: date | None = None
    valid_to: date | None = None


class OpenHours(Dated):
    """Open on these days of the week between two times in Taiwan; until the next morning where it closes earlier."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    opens_at: Clock
    closes_at: Clock


class ContactWindow(Dated):
    """Who hears of what is for a purpose, and when (業務窗口): always, where no hours were said.

    `heard_by`: the unit whose group hears of it, where that is another than the unit itself.
    """

    purpose: Code
    heard_by: UnitId | None = None
    hours: Annotated[tuple[OpenHours, ...], Field(max_length=20)] = ()


class OfferedService(Model):
    """A service by its code, for these townships; none named: the whole county."""

    service: Code
    townships: Annotated[tuple[str, ...], Field(max_length=50)] = ()


class UnitDescribed(Event):
    """All that others need to know of a provider: the latest version replaces all earlier ones.

    `withdrawn`: it is in the directory no more.
    """

    type: Literal["unit.described"] = "unit.described"
    subject_field: ClassVar[str] = "provider"
    provider: Annotated[str, Field(min_length=1, max_length=64)]
    county: str
    unit: UnitId
    name: str
    version: Annotated[int, Field(ge=1)]
    withdrawn: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    services: Annotated[tuple[OfferedService, ...], Field(max_length=50)] = ()
    windows: Annotated[tuple[ContactWindow, ...], Field(max_length=50)] = ()
