"""Minutes written from what happened: every item that stood on the agenda, whatever became of it.

What happens once they are approved is in the minutes of later meetings, and changes nothing in these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from network.meetings.domain.decisions import Decision
from network.meetings.domain.item import Item, Sitting, written
from network.meetings.domain.meeting import Line, Meeting


@dataclass(frozen=True)
class Entry:
    """One item at one meeting; `outcome`: decided, discussed, dropped, closed, deferred, raised, not_reached...

    `turned`: when who came was corrected, and what was decided was a proposal then, or the other way about. `words`:
    under which place of the item its `reason` stands in words, where it does.
    """

    item_id: str
    number: int
    case_id: str | None
    topic: str | None
    because: tuple[str, ...]
    outcome: str
    reason: str | None
    deferred_to: str | None
    raised_to: str | None
    decided: tuple[Decision, ...]
    reported: tuple[Decision, ...]
    dissent: tuple[str, ...]
    turned: tuple[Line, ...]
    words: str | None


def entries(meeting: Meeting, items: Sequence[Item]) -> list[Entry]:
    """An entry for every item that stood here, in the order in which they came."""
    stood = [(as_minuted(item, meeting), sitting) for item in items if (sitting := item.stood_on(meeting.id))]
    return [_entry(number, meeting, item, sitting) for number, (item, sitting) in enumerate(stood, 1)]


def minuted(item: Item, meeting: Meeting, line: Line) -> Item:
    """With its decisions as the minutes of a meeting at which it stood have them, which are approved."""
    here = item.stood_on(meeting.id)
    sittings = tuple(replace(each, minuted=item.decisions) if each is here else each for each in item.sittings)
    return written(item, line, sittings=sittings)


def as_minuted(item: Item, meeting: Meeting) -> Item:
    """An item as the minutes have it: as it is, until they are approved; what was proposed here stays a proposal."""
    here, approved = item.stood_on(meeting.id), meeting.approved
    known = item.decisions if here is None or here.minuted is None else here.minuted
    because = tuple(each for each in item.because if approved is None or each.at <= approved.at)
    return replace(item, because=because, decisions=tuple(_as_proposed(each, meeting) for each in known))


def _as_proposed(decision: Decision, meeting: Meeting) -> Decision:
    if decision.proposed_in != meeting.id:
        return decision
    return replace(decision, meeting_id=meeting.id, state="proposed", said=(), closed_at=None)


def _entry(number: int, meeting: Meeting, item: Item, sitting: Sitting) -> Entry:
    decided = tuple(each for each in item.decisions if each.meeting_id == meeting.id)
    ends = meeting.ended_at or meeting.history[-1].at
    before = tuple(each for each in item.decisions if each.meeting_id != meeting.id and each.taken_at <= ends)
    up = next((each for each in item.raised if each.meeting_id == meeting.id), None)
    reason, words = _why(item, sitting, meeting)
    return Entry(
        item.id, number, item.case_id, item.topic, tuple(each.rule for each in item.because),
        _outcome(sitting, decided, meeting), reason, _next(item, sitting) if sitting.left == "deferred" else None,
        up.to if up else None, decided, before, tuple(each.unit for one in decided for each in one.dissent),
        tuple(each for each in item.history if each.what == "quorum" and each.about == meeting.id), words,
    )  # fmt: skip


def _outcome(sitting: Sitting, decided: Sequence[Decision], meeting: Meeting) -> str:
    if sitting.left in ("dropped", "closed", "deferred", "raised", "answered"):
        return sitting.left
    if decided:
        return "decided" if any(each.state != "proposed" for each in decided) else "proposed"
    if sitting.note:
        return "discussed"
    return "not_reached" if meeting.ended_at else "open"


def _why(item: Item, sitting: Sitting, meeting: Meeting) -> tuple[str | None, str | None]:
    """Why it was dropped, raised or put off here, and where that stands in words."""
    if sitting.left == "dropped":
        return item.reason, "dropped"
    for number, up in enumerate(item.raised, 1):
        if up.meeting_id == meeting.id:
            return up.reason, f"raised:{number}"
    off = next((each for each in item.history if each.what == "put_off" and each.about == meeting.id), None)
    return (off.reason, f"put_off:{meeting.id}") if off else (None, None)


def _next(item: Item, sitting: Sitting) -> str | None:
    index = item.sittings.index(sitting) + 1
    return item.sittings[index].meeting_id if index < len(item.sittings) else None
