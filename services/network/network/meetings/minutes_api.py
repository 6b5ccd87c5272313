"""Minutes that write themselves, corrected and approved by the chair; and a calendar to take along."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated

from contracts.roles import Caller
from fastapi import APIRouter, Query
from fastapi.responses import Response

from network.access import Scope
from network.looks.store import Look, Looks
from network.meetings import icalendar
from network.meetings.acts import Act, Acts, Side, must_chair, must_run
from network.meetings.api import Who
from network.meetings.bodies import CorrectionsBody, NothingBody
from network.meetings.decision_views import DecisionView
from network.meetings.domain import meeting as steps
from network.meetings.domain.meeting import Meeting
from network.meetings.domain.minutes import Entry, entries, minuted
from network.meetings.room import Room
from network.meetings.spoken import words_of, words_of_meeting
from network.meetings.store import Sought
from network.meetings.views import AbsentView, PresentView, QuorumView, WholeMeetingView
from network.once import Key, Once
from network.tasks.views import View

router = APIRouter(prefix="/v1", tags=["meetings"])
MOST, PAST = 500, timedelta(days=90)


class TurnedView(View):
    """Who came was corrected: with `quorum_lost` what was decided is a proposal, with `quorum_met` it is decided."""

    at: datetime
    by: str
    reason: str


class EntryView(View):
    """What became of one item here; `decided` here, `reported` of what was decided before."""

    item_id: str
    number: int
    case_id: str | None
    topic: str | None
    because: tuple[str, ...]
    outcome: str
    reason: str | None
    deferred_to: str | None
    raised_to: str | None
    decided: tuple[DecisionView, ...]
    reported: tuple[DecisionView, ...]
    dissent: tuple[str, ...]
    turned: tuple[TurnedView, ...] = ()

    @classmethod
    def of(cls, entry: Entry) -> "EntryView":
        told = {name: tuple(map(DecisionView.of, getattr(entry, name))) for name in ("decided", "reported")}
        return cls.model_validate(vars(entry) | told)


class MinutesView(View):
    """What happened, from what was written down: nothing that stood on the agenda is left out."""

    meeting_id: str
    at: datetime
    chair: str
    quorum: QuorumView
    present: tuple[PresentView, ...]
    absent: tuple[AbsentView, ...]
    decides: bool
    entries: tuple[EntryView, ...]
    has_corrections: bool
    approved_by: str | None
    approved_at: datetime | None


class CorrectionsView(View):
    """What was added to the minutes in words; null where nothing was, or it was erased.

    `words`: everything of the meeting and its items in words, by the meeting's or item's id and where it stands there.
    """

    text: str | None
    words: Mapping[str, Mapping[str, str | None]] = {}


@router.get("/meetings.ics", summary="One's meetings as iCalendar; no word about anybody")
async def calendar(who: Who, series_id: Annotated[str | None, Query(max_length=40)] = None) -> Response:
    return await calendar_of(who.acts, who.caller, series_id)


@router.get("/meetings/{id}/minutes", summary="The minutes as they stand: who came, what became of every item")
async def get(id: str, who: Who) -> MinutesView:
    meeting, items, side = await who.acts.meeting(id, who.caller)
    whole = await who.whole(id)
    there = _attendance(meeting, side)
    return MinutesView(
        meeting_id=id, at=meeting.at, chair=meeting.chair, quorum=whole.quorum, present=there[0], absent=there[1],
        decides=meeting.decides, entries=tuple(map(EntryView.of, entries(meeting, items))),
        has_corrections=meeting.corrections is not None,
        approved_by=meeting.approved.by if meeting.approved else None,
        approved_at=meeting.approved.at if meeting.approved else None,
    )  # fmt: skip


@router.put("/meetings/{id}/minutes", summary="What who convenes adds to the minutes before they are approved; sealed")
async def put(id: str, body: CorrectionsBody, who: Who, key: Once) -> WholeMeetingView:
    await correct(id, body, who.caller, who.acts, key)
    return await who.whole(id)


@router.post("/meetings/{id}/minutes/looks", summary="What was added to the minutes; the look is on record")
async def look(id: str, who: Who) -> CorrectionsView:
    words = await opened(id, who.caller, who.acts, who.looks)
    return CorrectionsView(text=words[id].get("corrections"), words=words)


@router.post("/meetings/{id}/minutes/approval", summary="The chair approves the minutes")
async def post_approval(id: str, body: NothingBody, who: Who, key: Once) -> WholeMeetingView:
    await approve(id, who.caller, who.acts, key)
    return await who.whole(id)


async def calendar_of(acts: Acts, caller: Caller, series_id: str | None) -> Response:
    """A file of one's meetings, from those of the last months on: a calendar is for what is ahead."""
    at = acts.clock()
    sought = Sought(series_id=series_id, since=at - PAST)
    found, _ = await acts.meetings.find(Scope.of(caller), sought, None, MOST)
    return Response(icalendar.of(found, at), media_type="text/calendar; charset=utf-8")


async def opened(id: str, caller: Caller, acts: Acts, looks: Looks) -> dict[str, dict[str, str | None]]:
    """Everything of a meeting and its items that is in words, by what it is of; the look is on record first.

    Raises NotFound.
    """
    meeting, items, side = await acts.meeting(id, caller)
    tokens = {(item.id, place): words for item in items for place, words in words_of(item).items()}
    if side == "party":
        tokens |= {(id, place): words for place, words in words_of_meeting(meeting).items()}
    parties = tuple(sorted(meeting.parties))
    await looks.note(Look(acts.clock(), caller.name, meeting.county, "", id, parties, "meeting"))
    words: dict[str, dict[str, str | None]] = {owner: {} for owner in (id, *(item.id for item in items))}
    for (owner, place), text in zip(tokens, await acts.sealing.open(list(tokens.values())), strict=True):
        words[owner][place] = text
    return words


async def correct(id: str, body: CorrectionsBody, caller: Caller, acts: Acts, key: Key | None) -> None:
    """Words that who convenes adds before the minutes are approved. Raises NotFound, Forbidden, Conflict."""
    meeting, _, _ = await acts.meeting(id, caller)
    must_run(meeting, caller)
    words = await acts.sealing.seal(id, body.text)

    async def change(room: Room, found: Meeting, act: Act) -> None:
        room.save(steps.corrected(found, words, act.line("corrected")))

    await acts.change(id, caller, change, key=key)


async def approve(id: str, caller: Caller, acts: Acts, key: Key | None) -> None:
    """The chair approves the minutes. Raises NotFound, Forbidden, Conflict."""

    async def change(room: Room, found: Meeting, act: Act) -> None:
        room.save(steps.minuted(found, act.line("minuted")))
        for item in await room.stood_on(found.id):
            room.save(minuted(item, found, act.line("minuted", about=found.id)))

    await acts.change(id, caller, change, key=key, allowed=must_chair)


def _attendance(meeting: Meeting, side: Side) -> tuple[tuple[PresentView, ...], tuple[AbsentView, ...]]:
    if meeting.attendance is None or side == "guest":
        return (), ()
    present = tuple(map(PresentView.model_validate, meeting.attendance.present))
    return present, tuple(map(AbsentView.model_validate, meeting.attendance.absent))
