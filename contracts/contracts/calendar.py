"""The days on which a county works otherwise than the nation: a typhoon, an earthquake, a day made up for."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.event import Code, Event, Model


class DayTold(Model):
    """What a county said of one day, and who said it when. Never edited: what is said later of the day replaces it.

    `withdrawn` gives the day back to the national calendar.
    """

    id: Annotated[str, Field(min_length=1, max_length=64)]
    day: date
    says: Literal["off", "worked", "withdrawn"]
    reason: Code
    told_by: str
    told_at: datetime


class CalendarChanged(Event):
    """All that a county has said of its days for the past year and from now on, in order; `version` counts it all.

    A later version replaces an earlier one: who has the latest needs no other.
    """

    type: Literal["calendar.changed"] = "calendar.changed"
    subject_field: ClassVar[str] = "county"
    county: str
    version: Annotated[int, Field(ge=1)]
    days: Annotated[tuple[DayTold, ...], Field(max_length=1000)]
