"""What a meeting does with an item: discusses it, decides, hears what became of it, and where it goes afterwards."""

from dataclasses import replace
from datetime import datetime

from contracts.event import Sealed

from network.meetings.domain.decisions import Decision, adopted, heard, swapped
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


def turned(item: Item, meeting: Meeting, line: Line) -> Item:
    """What this meeting decided of it, or proposed, once it is known otherwise whether enough were there.

    What was proposed is decided then, and what was decided is a proposal; what its lead did meanwhile is done.
    """
    after = tuple(_turned(each, meeting, line) if each.meeting_id == meeting.id else each for each in item.decisions)
    return item if after == item.decisions else written(item, replace(line, about=meeting.id), decisions=after)


def _turned(decision: Decision, meeting: Meeting, line: Line) -> Decision:
    if meeting.decides and decision.state == "proposed":
        return adopted(decision, meeting.id, meeting.level, line.by, line.at)
    return replace(decision, state="proposed") if decision.is_owed and not meeting.decides else decision


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
