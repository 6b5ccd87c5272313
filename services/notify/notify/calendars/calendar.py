"""When somebody is on call, as iCalendar (RFC 5545): nothing but that, the kind of unit, and times."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.event import derived_id
from contracts.words import UNITS
from icalendar import Calendar, Event

BEFORE, AHEAD = timedelta(days=7), timedelta(days=92)
REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Stretch:
    """A duty of somebody for a unit, of which a calendar names the kind alone."""

    unit: str
    duty: str
    start: datetime
    end: datetime

    @property
    def summary(self) -> str:
        kind = UNITS.get(self.unit.partition("/")[2].partition(".")[0])
        what = "督導 Supervisor" if self.duty == "supervisor" else "值班 On call"
        return f"{what} · {kind.short} {kind.en}" if kind else what


def calendar_of(stretches: Iterable[Stretch], now: datetime) -> bytes:
    """A published calendar; a duty keeps its id as long as it begins at the same time."""
    calendar = Calendar()
    for name, value in (("prodid", "-//Safety Net//rota//EN"), ("version", "2.0"), ("method", "PUBLISH")):
        calendar.add(name, value)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for each in stretches:
        event = Event()
        event.add("uid", f"{derived_id('notify', f'{each.unit} {each.duty}', each.start.isoformat())}@rota")
        event.add("dtstamp", now)
        event.add("dtstart", each.start)
        event.add("dtend", each.end)
        event.add("summary", each.summary)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
