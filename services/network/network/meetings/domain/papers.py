"""What each unit is to write about an item: asked for when the meeting is called, owed until it is handed in.

The pack is complete one working day before the meeting (item 79), so that whoever sits there has read it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from contracts.event import Sealed
from rules.spans import TAIPEI

from network.meetings.domain.item import Item, Paper, Text, must_be_open, written
from network.meetings.domain.meeting import Line, Meeting
from network.meetings.domain.refusals import Refused
from network.tasks.domain.task import Because, Task, TaskId, county_of, done, dropped, task_id

WRITE = "write_paper"
SETTING = "county setting"


@dataclass(frozen=True)
class Draft:
    """What somebody wrote for a unit: what it knows, did and proposes; `only_for` these units, or for all."""

    unit: str
    words: Sealed
    proposal: Sealed | None = None
    only_for: tuple[str, ...] = ()
    hands_in: bool = True


def due_of(meeting: Meeting, works: Callable[[date], bool], at: datetime, days: int = 1) -> datetime:
    """So many working days before the meeting, at its hour; by the meeting itself where that is over as it is asked."""
    here = meeting.at.astimezone(TAIPEI)
    day = here.date()
    for _ in range(days):
        day -= timedelta(days=1)
        while not works(day):
            day -= timedelta(days=1)
    due = datetime.combine(day, here.timetz()).astimezone(meeting.at.tzinfo)
    return due if due > at else meeting.at


def writers(meeting: Meeting, item: Item) -> tuple[str, ...]:
    """The units that owe a part of an item: those that are asked to come, and its guests, who see it alone."""
    return tuple(dict.fromkeys((*meeting.units, *item.guests)))


def asked(item: Item, meeting: Meeting, due: datetime, line: Line) -> Item:
    """Every unit is asked for its part, once; what it wrote for an earlier meeting is its draft. A date may move."""
    known = {each.unit: each for each in item.papers if each.meeting_id == meeting.id}
    papers = [_moved(each, due) if each.meeting_id == meeting.id else each for each in item.papers]
    papers += [_fresh(item, unit, meeting, due) for unit in writers(meeting, item) if unit not in known]
    return item if tuple(papers) == item.papers else written(item, line, papers=tuple(papers))


def is_asking(meeting: Meeting) -> bool:
    """Whether parts are asked for: it was called, and is not over."""
    return meeting.called_at is not None and meeting.is_ahead


def paper_of(item: Item, meeting_id: str, unit: str) -> Paper | None:
    return next((each for each in item.papers if (each.meeting_id, each.unit) == (meeting_id, unit)), None)


def saved(item: Item, meeting: Meeting, draft: Draft, line: Line) -> Item:
    """What a unit wrote: a draft, or handed in. What was handed in before stays in the history. Raises Refused."""
    must_be_open(item)
    if meeting.ended_at or meeting.state in ("minuted", "cancelled"):
        raise Refused("meeting_over", meeting.id)
    if (before := paper_of(item, meeting.id, draft.unit)) is None:
        raise Refused("paper_not_asked", draft.unit)
    text = Text(draft.words, draft.proposal, draft.only_for, line.by, line.at)
    draft_before = before.later or (None if before.handed_in_at else _text(before))
    others = draft_before if draft_before and draft_before.written_by != line.by else None
    if draft.hands_in:  # in somebody else's name: what the unit had not handed in stays its draft
        after = replace(_with_text(before, text), handed_in_at=before.handed_in_at or line.at, later=others)
        lost = before.words if before.handed_in_at else None
    else:
        after = replace(before, later=text) if before.handed_in_at else _with_text(before, text)
        lost = others.words if others else None
    kept = replace(line, note=lost) if lost else line
    return written(item, kept, papers=tuple(after if each is before else each for each in item.papers))


def is_late(paper: Paper, at: datetime) -> bool:
    """Handed in after it was due, or still not."""
    return paper.due_at is not None and (paper.handed_in_at or at) > paper.due_at


def audience(paper: Paper, lead: str | None) -> frozenset[str] | None:
    """The units that may read it: who wrote it, the lead, and whom it names; None for everybody who sees the item."""
    return frozenset({paper.unit, lead or paper.unit, *paper.only_for}) if paper.only_for else None


def owed(item: Item) -> Iterator[Task]:
    """Of each part that is not handed in a task of its unit."""
    for each in item.papers:
        if item.is_open and each.meeting_id == item.meeting_id and each.handed_in_at is None:
            yield Task(
                _task_id(item, each), WRITE, each.unit, county_of(each.unit), Because("item", item.id),
                _since(item, each), each.due_at, source=SETTING, verified=False,
            )  # fmt: skip


def over(task: Task, item: Item, *, by: str, at: datetime) -> Task:
    """The task of a part that is not owed any more: it was handed in, or nobody asks for it now."""
    paper = next((each for each in item.papers if _task_id(item, each) == task.id), None)
    if paper and paper.handed_in_at:
        return done(task, by=paper.written_by or by, at=paper.handed_in_at, evidence=item.id)
    return dropped(task, reason="not_asked_any_more", by=by, at=at)


def handed_in(before: Item | None, item: Item) -> Sequence[Paper]:
    """What was handed in with the last step."""
    known = {(each.meeting_id, each.unit): each for each in before.papers} if before else {}
    return [each for each in item.papers if each.handed_in_at and not _was(known.get((each.meeting_id, each.unit)))]


def newly_asked(before: Item | None, item: Item) -> Sequence[Paper]:
    """What was asked for with the last step."""
    known = {(each.meeting_id, each.unit) for each in before.papers} if before else set()
    return [each for each in item.papers if (each.meeting_id, each.unit) not in known]


def _was(paper: Paper | None) -> bool:
    return paper is not None and paper.handed_in_at is not None


def _moved(paper: Paper, due: datetime) -> Paper:
    return paper if paper.handed_in_at else replace(paper, due_at=due)


def _fresh(item: Item, unit: str, meeting: Meeting, due: datetime) -> Paper:
    earlier = next((each for each in reversed(item.papers) if each.unit == unit and each.words), None)
    if earlier is None:
        return Paper(unit, meeting.id, due)
    last = _with_text(earlier, earlier.later) if earlier.later else earlier
    return replace(last, meeting_id=meeting.id, due_at=due, handed_in_at=None)


def _text(paper: Paper) -> Text | None:
    if paper.words is None:
        return None
    return Text(paper.words, paper.proposal, paper.only_for, paper.written_by, paper.saved_at)


def _with_text(paper: Paper, text: Text) -> Paper:
    return replace(
        paper, words=text.words, proposal=text.proposal, only_for=text.only_for, written_by=text.written_by,
        saved_at=text.saved_at, later=None,
    )  # fmt: skip


def _task_id(item: Item, paper: Paper) -> TaskId:
    return task_id(item.id, WRITE, f"{paper.meeting_id}:{paper.unit}")


def _since(item: Item, paper: Paper) -> datetime:
    lines = [each.at for each in item.history if each.what == "papers_asked" and each.about == paper.meeting_id]
    return lines[0] if lines else item.since
