"""What a meeting does with an item: discusses it, decides, hears what became of it, and where it goes afterwards."""

from dataclasses import replace
from datetime import datetime

from contracts.event import Sealed

from network.meetings.domain.decisions import Decision, heard, swapped
from network.meetings.domain.item import Came, Item, Sitting, must_be_open, written
from network.meetings.domain.meeting import Line, Meeting, must_be_held
from network.meetings.domain.refusals import Refused


def must_stand_here(item: Item, meeting: Meeting) -> None:
    """Raises Refused for an item that another agenda has, or none."""
    must_be_open(item)
    if item.meeting_id != meeting.id:
        raise Refused("item_elsewhere", item.meeting_id or item.id)


def noted(item: Item, meeting: Meeting, note: Sealed, line: Line) -> Item:
    """What was said, sealed; the last that is written holds. Raises Refused."""
    must_be_held(meeting)
    must_stand_here(item, meeting)
    return written(item, line, sittings=_with_note(item, note))


def decided(item: Item, meeting: Meeting, decision: Decision, line: Line) -> Item:
    """What is agreed on: a decision where enough are there, else a proposal. Raises Refused."""
    must_be_held(meeting)
    must_stand_here(item, meeting)
    if item.decision(decision.id):
        return item
    made = decision if meeting.decides else replace(decision, state="proposed")
    return written(item, line, decisions=(*item.decisions, made))


def with_decision(item: Item, after: Decision, line: Line) -> Item:
    return written(item, line, decisions=swapped(item.decisions, after))


def all_heard(item: Item, by: str, at: datetime) -> Item:
    """The chair has heard the end of everything that ended."""
    return replace(item, decisions=tuple(heard(each, by, at) for each in item.decisions))


def is_stuck(item: Item, meeting: Meeting, at: datetime) -> bool:
    """Whether nothing moved at this meeting: nothing was decided, and nothing that was is on its way."""
    if any(each.meeting_id == meeting.id and each.state != "proposed" for each in item.decisions):
        return False
    late = [each for each in item.owed if each.state == "not_done" or each.due_at < at]
    return bool(late) or not item.owed


def comes_as(item: Item) -> Came:
    """How it comes on the next agenda."""
    return "unfinished" if item.unfinished else "deferred" if item.deferrals else "moved"


def _with_note(item: Item, note: Sealed) -> tuple[Sitting, ...]:
    return (*item.sittings[:-1], replace(item.sittings[-1], note=note))
