"""The API of meetings: planned, called, their agenda, who came, what was decided; each sees what is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from web.callers import allowed, must_cover

from network.access import Scope
from network.clock import now
from network.looks.api import looks_of
from network.looks.store import Look, Looks
from network.meetings.acts import Acts
from network.meetings.bodies import (
    AnswerBody,
    AttendanceBody,
    ChairBody,
    ConflictBody,
    DecisionBody,
    ItemBody,
    MeetingBody,
    MoveBody,
    NoteBody,
    NothingBody,
    OutcomeBody,
    PlanBody,
    RaiseBody,
    ReasonBody,
    SeriesBody,
    ToldBody,
)
from network.meetings.coming import attending, end
from network.meetings.conduct import Conduct
from network.meetings.domain.agenda import agenda_of
from network.meetings.domain.meeting import Level, Meeting
from network.meetings.domain.planning import colliding
from network.meetings.followed import Followed, Spot
from network.meetings.planning import Planning, call, cancelling, moving
from network.meetings.spoken import words_of
from network.meetings.store import Sought
from network.meetings.views import (
    MeetingsView,
    MeetingView,
    SeriesListView,
    SeriesView,
    WholeMeetingView,
    WordsView,
)
from network.once import Once
from network.periods import EARLIEST, LATEST, instants

router = APIRouter(prefix="/v1", tags=["meetings"])


@dataclass(frozen=True)
class Meets:
    """Somebody at a meeting, and what these routes rest on."""

    caller: Caller
    acts: Acts
    planning: Planning
    conduct: Conduct
    followed: Followed
    looks: Looks

    async def whole(self, id: str) -> WholeMeetingView:
        """The meeting as this caller sees it now."""
        meeting, items, side = await self.acts.meeting(id, self.caller)
        [(_, collisions)] = await self.collisions([meeting])
        hands, agenda = await self.acts.meetings.hands_of(items), agenda_of(meeting, items)
        return WholeMeetingView.whole(meeting, items, agenda, collisions, hands=hands, guest=side == "guest")

    async def collisions(
        self, meetings: Sequence[Meeting]
    ) -> list[tuple[Meeting, list[tuple[Meeting, frozenset[str]]]]]:
        """Each with what else its units are asked to on its day."""
        by_county: dict[str, set[date]] = {}
        for each in meetings:
            by_county.setdefault(each.county, set()).add(each.day)
        others = [each for county, days in by_county.items() for each in await self.acts.meetings.of_days(county, days)]
        return [(each, colliding(each, others)) for each in meetings]


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.meetings
    return acts


async def _meets(
    caller: Annotated[Caller, allowed(May.MEET)], acts: Annotated[Acts, Depends(acts_of)],
    looks: Annotated[Looks, Depends(looks_of)],
) -> Meets:  # fmt: skip
    return Meets(caller, acts, Planning(acts), Conduct(acts), Followed(acts), looks)


async def _spot(id: str, item: str, decision: str) -> Spot:
    return Spot(id, item, decision)


Who = Annotated[Meets, Depends(_meets)]
Place = Annotated[Spot, Depends(_spot)]


@router.post("/series", status_code=201, summary="A series of meetings: how often, who sits, who chairs in turn")
async def make_series(body: SeriesBody, who: Who, key: Once) -> SeriesView:
    return SeriesView.of(await who.planning.new_series(body, who.caller, key))


@router.get("/series", summary="The series of one's counties")
async def find_series(who: Who) -> SeriesListView:
    found = await who.acts.meetings.all_series(Scope.of(who.caller))
    return SeriesListView(series=tuple(map(SeriesView.of, found)))


@router.get("/series/{id}", summary="One series")
async def get_series(id: str, who: Who) -> SeriesView:
    return SeriesView.of(await who.planning.series(id, who.caller))


@router.post("/series/{id}/plan", status_code=201, summary="The plan of a year in one act; days off are avoided")
async def plan(id: str, body: PlanBody, who: Who) -> MeetingsView:
    made = await who.planning.plan(id, body, who.caller)
    return MeetingsView(meetings=tuple(MeetingView.of(*each) for each in await who.collisions(made)))


@router.post("/meetings", status_code=201, summary="One meeting")
async def make(body: MeetingBody, who: Who, key: Once) -> WholeMeetingView:
    return await who.whole(await who.planning.new_meeting(body, who.caller, key))


@router.get("/meetings", summary="Meetings to which one's unit is asked, the first first")
async def find(
    *,
    level: Level | None = None,
    purpose: Annotated[str | None, Query(max_length=64)] = None,
    series_id: Annotated[str | None, Query(max_length=40)] = None,
    county: Annotated[str | None, Query(max_length=40)] = None,
    since: Annotated[date | None, Query(alias="from", description="First day, in Taiwan")] = None,
    until: Annotated[date | None, Query(alias="to", description="Last day, in Taiwan")] = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    who: Who,
) -> MeetingsView:
    scope = Scope.of(who.caller)
    if county:
        must_cover(who.caller, county)
        scope = Scope(frozenset({county}), scope.units)
    start, end = instants(since or EARLIEST, until or LATEST)
    sought = Sought(level, purpose, series_id, start if since else None, end if until else None)
    found, following = await who.acts.meetings.find(scope, sought, after, limit)
    shown = tuple(MeetingView.of(*each) for each in await who.collisions(found))
    return MeetingsView(meetings=shown, next=following)


@router.get("/meetings/{id}", summary="One meeting with its agenda: why each item is on it, minutes, decisions")
async def get(id: str, who: Who) -> WholeMeetingView:
    return await who.whole(id)


@router.post(
    "/meetings/{id}/call", summary="Ask everybody to come; what there is no time for goes to the next, by name"
)
async def call_(id: str, body: NothingBody, who: Who, key: Once) -> WholeMeetingView:
    await who.acts.change(id, who.caller, call, key=key)
    return await who.whole(id)


@router.post("/meetings/{id}/date", summary="Another time, or the one that a rule set is confirmed")
async def move(id: str, body: MoveBody, who: Who, key: Once) -> WholeMeetingView:
    why = await who.acts.coded(id, body.reason)
    await who.acts.change(id, who.caller, moving(body, why), key=key)
    return await who.whole(id)


@router.post("/meetings/{id}/chair", summary="Another chair, or two meetings swap theirs")
async def chair(id: str, body: ChairBody, who: Who, key: Once) -> WholeMeetingView:
    await who.planning.swap(id, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/cancellation", summary="It does not take place; its items go to the next")
async def cancel(id: str, body: ReasonBody, who: Who, key: Once) -> WholeMeetingView:
    reason = await who.acts.coded(id, body.reason)
    await who.acts.change(id, who.caller, cancelling(reason), key=key)
    return await who.whole(id)


@router.post("/meetings/{id}/attendance", summary="Who came, who did not, who stood in: it is held from then on")
async def attend(id: str, body: AttendanceBody, who: Who, key: Once) -> WholeMeetingView:
    await who.acts.change(id, who.caller, attending(body), key=key, at=body.at)
    return await who.whole(id)


@router.post("/meetings/{id}/end", summary="It is over: what is not closed goes on, and is on the next agenda first")
async def end_(id: str, body: NothingBody, who: Who, key: Once) -> WholeMeetingView:
    await who.acts.change(id, who.caller, end, key=key)
    return await who.whole(id)


@router.post("/meetings/{id}/items", status_code=201, summary="A case or a topic on the agenda, with a reason")
async def add(id: str, body: ItemBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.add(id, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/items/{item}/note", summary="What was said of it; sealed")
async def note(id: str, item: str, body: NoteBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.note(id, item, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/items/{item}/deferral", summary="To the next meeting, once")
async def defer(id: str, item: str, body: ReasonBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.put_off(id, item, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/items/{item}/drop", summary="Off the agenda for a reason; it stays in the minutes")
async def drop(id: str, item: str, body: ReasonBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.drop(id, item, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/items/{item}/conflicts", summary="Somebody by name sees neither the item nor its papers")
async def keep_from(id: str, item: str, body: ConflictBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.keep_from(id, item, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/items/{item}/raise", summary="One level up, with history, papers and owner")
async def raise_(id: str, item: str, body: RaiseBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.raise_(id, item, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/items/{item}/answer", summary="The answer comes back down")
async def answer(id: str, item: str, body: AnswerBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.answer(id, item, body, who.caller, key)
    return await who.whole(id)


@router.post("/meetings/{id}/items/{item}/closing", summary="The chair closes it: all ended, the person was told")
async def close(id: str, item: str, body: NothingBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.close(id, item, who.caller, key)
    return await who.whole(id)


@router.post(
    "/meetings/{id}/items/{item}/decisions", status_code=201,
    summary="A decision, which is a task at once; a proposal where too few came",
)  # fmt: skip
async def decide(id: str, item: str, body: DecisionBody, who: Who, key: Once) -> WholeMeetingView:
    await who.conduct.decide(id, item, body, who.caller, key)
    return await who.whole(id)


@router.post(
    "/meetings/{id}/items/{item}/decisions/{decision}/outcome", summary="Done, not done, or not possible any more"
)
async def outcome(at: Place, body: OutcomeBody, who: Who, key: Once) -> WholeMeetingView:
    await who.followed.outcome(at, body, who.caller, key)
    return await who.whole(at.meeting)


@router.post("/meetings/{id}/items/{item}/decisions/{decision}/telling", summary="The person it is about was told")
async def tell(at: Place, body: ToldBody, who: Who, key: Once) -> WholeMeetingView:
    await who.followed.told(at, body, who.caller, key)
    return await who.whole(at.meeting)


@router.post("/meetings/{id}/items/{item}/decisions/{decision}/adoption", summary="A proposal is decided")
async def adopt(at: Place, body: NothingBody, who: Who, key: Once) -> WholeMeetingView:
    await who.followed.adopt(at, who.caller, key)
    return await who.whole(at.meeting)


@router.post("/meetings/{id}/items/{item}/decisions/{decision}/withdrawal", summary="A proposal is not taken")
async def withdraw(at: Place, body: ReasonBody, who: Who, key: Once) -> WholeMeetingView:
    await who.followed.withdraw(at, body, who.caller, key)
    return await who.whole(at.meeting)


@router.post("/meetings/{id}/items/{item}/looks", summary="What was written of it in words; the look is on record")
async def look(id: str, item: str, who: Who) -> WordsView:
    meeting, found = await who.acts.item(id, item, who.caller)
    tokens = words_of(found)
    parties = tuple(sorted(meeting.parties))
    await who.looks.note(Look(now(), who.caller.name, found.county, found.case_id or "", found.id, parties, "meeting"))
    opened = await who.acts.sealing.open(list(tokens.values()))
    return WordsView(words=dict(zip(tokens, opened, strict=True)))
