"""Which agenda an item goes on: the next of its kind, or it waits for one, which somebody owes to plan."""

from network.meetings.acts import Act
from network.meetings.domain import item as steps
from network.meetings.domain.holding import comes_as
from network.meetings.domain.item import Came, Item
from network.meetings.domain.meeting import Meeting
from network.meetings.room import Room
from network.sealing import Coded


async def place(
    room: Room, item: Item, came: Came, act: Act, *, after: Meeting | None = None, on: Meeting | None = None
) -> Item:
    """On a meeting's agenda, else on the next of its level and purpose; else it waits for one to be planned."""
    meeting = on or await room.next(item.county, item.level, item.purpose, item.series_id, after)
    if meeting:
        await room.touch(meeting)
    line = act.line(came, about=meeting.id if meeting else None)
    placed = steps.placed(item, meeting, came, line) if meeting else steps.waiting(item, came, line)
    room.save(placed)
    return placed


async def put_off(room: Room, meeting: Meeting, item: Item, act: Act, why: Coded) -> Item:
    """To the next meeting, by name. Raises Refused for a second time."""
    line = act.line("put_off", why.code, meeting.id, why.words)
    return await place(room, steps.deferred(item, line), "deferred", act, after=meeting)


async def take_waiting(room: Room, meeting: Meeting, act: Act) -> None:
    """What waited for a meeting like this one comes on its agenda."""
    if not meeting.is_ahead or meeting.at < room.at:
        return
    for item in await room.waiting(meeting.county, meeting.level, meeting.purpose):
        await place(room, item, _waited_as(item), act, on=meeting)


def _waited_as(item: Item) -> Came:
    if item.sitting and item.sitting.left == "answered":
        return "answered"
    if item.sitting and item.sitting.left == "raised":
        return "raised"
    if item.sitting or item.unfinished:
        return comes_as(item)
    return "added" if _by_hand(item) else "included"


def _by_hand(item: Item) -> bool:
    return bool(item.because) and all(each.by for each in item.because)
