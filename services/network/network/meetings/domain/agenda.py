"""An agenda: in which order, how long it is, and what does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass

from network.meetings.domain.item import HEADS, Item
from network.meetings.domain.meeting import Meeting

PER_ITEM, FIRST = 10, 15
"""Minutes an item, and the first time that it is discussed. A county setting: MARACs plan 10 to 15 minutes a case
(casework research, section 4), `verified: false`."""


@dataclass(frozen=True)
class Place:
    """An item's place on an agenda: `minutes` for it, and whether the meeting is over before it ends."""

    item: Item
    minutes: int
    fits: bool


@dataclass(frozen=True)
class Agenda:
    """`minutes` in all; `over` by how many it is too long, which proposes a second sitting or puts items off."""

    places: tuple[Place, ...]
    minutes: int
    room: int

    @property
    def over(self) -> int:
        return max(0, self.minutes - self.room)

    @property
    def to_defer(self) -> tuple[Item, ...]:
        """What is put off to the next meeting, the last first: nothing that must be here, nothing for a second time."""
        over, found = self.over, list[Item]()
        for place in reversed(self.places):
            if over > 0 and not place.item.always and not place.item.deferrals and not place.item.unfinished:
                found.append(place.item)
                over -= place.minutes
        return tuple(found)


def agenda_of(meeting: Meeting, items: Sequence[Item]) -> Agenda:
    """The agenda of a meeting: what is not finished first, then by when it came."""
    standing = sorted((each for each in items if each.meeting_id == meeting.id and each.is_open), key=_order)
    places, spent = list[Place](), 0
    for item in standing:
        minutes = minutes_of(item, meeting)
        spent += minutes
        places.append(Place(item, minutes, spent <= meeting.minutes))
    return Agenda(tuple(places), spent, meeting.minutes)


def minutes_of(item: Item, meeting: Meeting) -> int:
    """What somebody said, else what the series says, else longer the first time."""
    first = FIRST if len(item.sittings) <= 1 else PER_ITEM
    return item.minutes or meeting.minutes_per_item or first


def _order(item: Item) -> tuple[int, object]:
    came = item.sitting.came if item.sitting else "added"
    return HEADS.index(came), item.since
