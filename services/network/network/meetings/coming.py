"""Who came to a meeting, what follows where that is corrected, and how it ends."""

from network.meetings.acts import Act, Change, wrong
from network.meetings.agendas import place
from network.meetings.bodies import AttendanceBody
from network.meetings.domain import holding
from network.meetings.domain import item as steps
from network.meetings.domain import meeting as meetings
from network.meetings.domain.item import Item
from network.meetings.domain.meeting import Absent, Attendance, Meeting, Present
from network.meetings.planning import cancelling, held_again
from network.meetings.room import Room
from network.sealing import Coded

LOST, MET = "quorum_lost", "quorum_met"


def attending(body: AttendanceBody) -> Change:
    """Who came: the meeting is held from then on; whoever was asked and is in neither list did not come."""

    async def change(room: Room, meeting: Meeting, act: Act) -> None:
        if {each.unit for each in body.present} & {each.unit for each in body.absent if each.person is None}:
            raise wrong("absent", "present_and_absent")
        present = tuple(Present(each.unit, each.person, each.deputy_for, each.heads) for each in body.present)
        absent = [Absent(each.unit, each.person, each.reason) for each in body.absent]
        named = {each.unit for each in present} | {each.unit for each in absent}
        absent += [Absent(unit) for unit in meeting.units if unit not in named]
        there = Attendance(act.by, act.at, present, tuple(absent))
        held = meetings.held(meeting, there, act.line("held"))
        room.save(held)
        if meeting.attendance and meeting.decides != held.decides:
            await _turned(room, held, act)

    return change


async def _turned(room: Room, meeting: Meeting, act: Act) -> None:
    """Who came was corrected: what was decided here is a proposal then, or what was proposed is decided.

    Once it is over it is held again as well, or need not be.
    """
    for item in await room.decided_at(meeting.id):
        room.save(holding.turned(item, meeting, act.line("quorum", MET if meeting.decides else LOST)))
    if not meeting.ended_at:
        return
    instead = await room.instead_of(meeting.id)
    if meeting.decides and instead:
        await cancelling(Coded(MET))(room, instead, act)
    if not meeting.decides and instead is None:
        instead = held_again(room, meeting, act)
        room.save(instead)
        for item in await room.left_open(meeting.id):
            if await _comes_later(room, item, instead):
                await place(room, item, holding.comes_as(item), act, on=instead)


async def _comes_later(room: Room, item: Item, instead: Meeting) -> bool:
    """Whether it waits for a meeting, or for one of the same level that is later than this one."""
    following = await room.meeting(item.meeting_id) if item.meeting_id else None
    if following is None:
        return (item.level, item.purpose) == (instead.level, instead.purpose)
    return following.is_ahead and following.level == instead.level and following.at > instead.at


async def end(room: Room, meeting: Meeting, act: Act) -> None:
    """Everything that is not closed goes on: to the meeting that is held instead, to the next one, or waits for one."""
    over = meetings.ended(meeting, act.line("ended"))
    room.save(over)
    instead = held_again(room, over, act) if not over.decides else None
    if instead:
        room.save(instead)
    for item in await room.items_on(meeting.id):
        stuck = holding.is_stuck(item, over, over.at)
        gone = steps.left(item, "ended", stuck=stuck)
        await place(room, gone, holding.comes_as(gone), act, after=over, on=instead)
