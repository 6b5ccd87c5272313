"""The room's page (`/meetings/{id}/room`): one item a screen, why it is here, minutes left, parts beside one another.

Everybody in the room sees the screen: names and words stay covered until the chair or who writes down uncovers an item,
and what is for some units alone is never on it.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.roles import May
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Forbidden, NotFound, Problem
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, go_to, whole

from network.meetings.acts import chairs, runs
from network.meetings.domain.meeting import Meeting
from network.meetings.meeting_acts import Desk
from network.meetings.pack_api import Kept
from network.meetings.pages import due_first, said, units_of_meeting
from network.meetings.papers import Gathered, Pack, Papers
from network.meetings.spoken import words_of
from network.meetings.views import ItemView
from network.once import Printed, told

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@dataclass(frozen=True)
class Screen:
    """Which item is shown, by its number on the agenda; after the last the end of the meeting."""

    at: int
    count: int

    @property
    def before(self) -> int | None:
        return self.at - 1 if self.at > 1 else None

    @property
    def following(self) -> int | None:
        return self.at + 1 if self.at <= self.count else None

    @property
    def is_end(self) -> bool:
        return self.at > self.count


@router.get("/meetings/{id}/room")
async def room_page(id: str, visit: SignedIn, papers: Kept, at: int = 1) -> Response:
    visit.must(May.MEET)
    return await _shown(visit, papers, id, at)


@router.post("/meetings/{id}/room/{item}/looks")
async def uncover(id: str, item: str, visit: Meant, papers: Kept) -> Response:
    """The item with its names and words, once the look is on record. Raises Forbidden for who only sits there."""
    visit.must(May.MEET)
    return await _uncovered(visit, papers, id, item)


@router.post("/meetings/{id}/room/{item}/decisions")
async def decide(*, id: str, item: str, visit: Meant, form: Form, papers: Kept, prints: Printed) -> Response:
    """What the room agreed on; the item stays covered, or uncovered, as it was."""
    visit.must(May.MEET)
    try:
        key = prints.key("decisions", form["key"], form.words)
        await Desk(papers.acts, papers, visit.caller).of_item(id, item, "decisions", form, key)
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, papers, id, _number(form["at"]), problem=told(problem), form=form)
    if form["uncovered"]:
        return await _uncovered(visit, papers, id, item)
    return go_to(f"/meetings/{id}/room?at={_number(form['at'])}")


async def _uncovered(visit: Visit, papers: Papers, id: str, item: str) -> Response:
    meeting, found = await papers.acts.item(id, item, visit.caller)
    if not (chairs(meeting, visit.caller) or runs(meeting, visit.caller)):
        raise Forbidden("The chair uncovers an item.", "由主席揭示議案。")
    await papers.look(meeting, found, visit.caller, "room")
    pack = await papers.pack(id, visit.caller, opened=False, projected=True)
    number = next((each.number for each in pack.items if each.item.id == item), 1)
    tokens = words_of(found)
    words = dict(zip(tokens, await papers.acts.sealing.open(list(tokens.values())), strict=True)) if tokens else {}
    [opened] = (await papers.pack(id, visit.caller, only=item, projected=True)).items
    return await _shown(visit, papers, id, number, opened=replace(opened, names=await papers.named(found)), words=words)


async def _shown(
    visit: Visit, papers: Papers, id: str, at: int, *, opened: Gathered | None = None,
    words: dict[str, str | None] | None = None, problem: Problem | None = None, form: Filled | None = None,
) -> Response:  # fmt: skip
    pack = await papers.pack(id, visit.caller, opened=False, projected=True)
    screen = Screen(min(max(at, 1), len(pack.items) + 1), len(pack.items))
    item = opened or (None if screen.is_end else pack.items[screen.at - 1])
    names = item.names if opened and item else await papers.named(item.item) if item else ()
    meeting = pack.meeting
    return visit.page(
        "room.html", problem, it=meeting, pack=pack, screen=screen, item=item, names=names,
        uncovered=opened is not None, words=words or {}, view=ItemView.of(item.item, id) if item else None,
        left=_left(meeting, papers.acts.clock()),
        runs=runs(meeting, visit.caller), chairs=chairs(meeting, visit.caller), units=units_of_meeting(meeting),
        typed=form or Filled(), late=_late(pack, item), due_first=due_first(papers.acts.clock()),
        **said(visit),
    )  # fmt: skip


def _number(at: str) -> int:
    return whole(at) or 1


def _left(meeting: Meeting, now: datetime) -> int:
    """Minutes left for the day: all of them before it begins."""
    spent = int((now - meeting.at).total_seconds() // 60) if now > meeting.at else 0
    return max(0, meeting.minutes - spent)


def _late(pack: Pack, item: Gathered | None) -> list[str]:
    """Whose part of this item is late: they are named."""
    return [part.paper.unit for each, part in pack.late if item and each.item.id == item.item.id]
