"""What is done at a meeting: who came, what is said, decided, raised, answered, closed; where everything goes then."""

from collections.abc import Collection
from dataclasses import replace

from contracts.event import derived_id
from contracts.roles import Caller
from kit.problems import Forbidden, NotFound

from network.meetings.acts import Act, Acts, may_see, must_be_units, must_chair, must_exist, runs, was_done
from network.meetings.agendas import place, put_off
from network.meetings.bodies import (
    AnswerBody,
    ConflictBody,
    DecisionBody,
    ItemBody,
    NoteBody,
    RaiseBody,
    ReasonBody,
)
from network.meetings.domain import holding
from network.meetings.domain import item as steps
from network.meetings.domain import meeting as meetings
from network.meetings.domain.decisions import Decision, Dissent, Telling
from network.meetings.domain.item import Because, Item, NotFor
from network.meetings.domain.meeting import Meeting
from network.meetings.domain.refusals import Refused
from network.meetings.reading import rulebook
from network.meetings.room import Room
from network.once import Key


class Conduct:
    """What somebody does with the items of a meeting."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts

    async def add(self, id: str, body: ItemBody, caller: Caller, key: Key | None) -> str:
        """A case or a topic on an agenda, with a reason: by anybody who is asked to come. Raises NotFound, Conflict."""
        meeting, _, side = await self.acts.meeting(id, caller)
        if side != "party":
            raise Forbidden("Only those who are asked to come may add an item.", "僅受邀單位可新增議案。")
        family = await self.acts.families.family(body.case_id) if body.case_id else None
        if body.case_id and (family is None or not may_see(family.county, family.parties, caller)):
            raise NotFound("There is no such case.", "查無此共案。")
        if body.owner:
            must_be_units("owner", (body.owner,), meeting)
        must_exist("guests", body.guests)
        act = self.acts.act(caller, id, key)
        fresh_id = str(derived_id("network", act.cause, "item"))
        owner = family.case_id if family else fresh_id
        topic, reason = await self.acts.coded(owner, body.topic), await self.acts.coded(owner, body.reason)
        because = Because("added", act.at, caller.name, reason=reason.code, note=reason.words)
        fresh = Item(
            fresh_id, meeting.county, f"case:{family.case_id}:{meeting.purpose}" if family else f"topic:{fresh_id}",
            meeting.level, meeting.purpose, meeting.host, act.at, family.case_id if family else None,
            topic=topic.code or None, words=topic.words, scheme=body.scheme,
            owner=body.owner or _own(caller) or (family.lead if family else meeting.host), because=(because,),
            minutes=body.minutes, invited=_duties(body.scheme, meeting.county), guests=body.guests,
            history=(act.line("added", reason.code, id),),
        )  # fmt: skip
        found: list[str] = []

        async def work(room: Room) -> None:
            held = await room.meeting(id)
            assert held, "a meeting is never deleted"
            known = await room.item(fresh_id) or await room.done_on(id, act.cause)
            if known:
                was_done(known, act)
                found[:] = [known.id]
                return
            found[:] = [await _added(room, held, fresh, family.ids if family else (), act)]

        await self.acts.saved(meeting.county, work, act)
        return found[0]

    async def decide(self, id: str, item_id: str, body: DecisionBody, caller: Caller, key: Key | None) -> None:
        """A decision, or a proposal where too few came. Raises NotFound, Forbidden, Unprocessable, Conflict."""
        meeting, item = await self.acts.item(id, item_id, caller)
        must_be_units("lead", (body.lead,), meeting, item.guests)
        must_be_units("collaborators", body.collaborators, meeting, item.guests)
        if body.tells_person and body.tells_person.who:
            must_be_units("tells_person/who", (body.tells_person.who,), meeting, item.guests)
        what = await self.acts.coded(item.owner_id, body.what)
        dissent = tuple([Dissent(each.unit, await self.acts.sealed(item.owner_id, each.text)) for each in body.dissent])

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            decision = Decision(
                str(derived_id("network", act.cause, "decision")), held.id, held.level, what.code, body.lead,
                body.due_at, act.by, act.at, body.person,
                tuple(each for each in dict.fromkeys(body.collaborators) if each != body.lead), what.words,
                body.evidence, _telling(body, room, act), dissent,
            )  # fmt: skip
            await room.touch(held)  # whoever corrects meanwhile who came starts again, and finds it
            room.save(holding.decided(found, held, decision, act.line("decided", what.code, decision.id)))

        await self.acts.change_item(id, item_id, caller, change, key=key)

    async def note(self, id: str, item_id: str, body: NoteBody, caller: Caller, key: Key | None) -> None:
        _, item = await self.acts.item(id, item_id, caller)
        note = await self.acts.sealing.seal(item.owner_id, body.text)

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            room.save(holding.noted(found, held, note, act.line("discussed", None, held.id)))

        await self.acts.change_item(id, item_id, caller, change, key=key)

    async def put_off(self, id: str, item_id: str, body: ReasonBody, caller: Caller, key: Key | None) -> None:
        """To the next meeting; once: the second time it goes up. Raises Conflict."""
        _, item = await self.acts.item(id, item_id, caller)
        reason = await self.acts.coded(item.owner_id, body.reason)

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            holding.must_stand_here(found, held)
            _must_not_be_over(held)
            await put_off(room, held, found, act, reason)

        await self.acts.change_item(id, item_id, caller, change, key=key)

    async def drop(self, id: str, item_id: str, body: ReasonBody, caller: Caller, key: Key | None) -> None:
        """Off the agenda for a reason, and in the minutes for ever. Raises Conflict while something is owed."""
        _, item = await self.acts.item(id, item_id, caller)
        reason = await self.acts.coded(item.owner_id, body.reason)

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            holding.must_stand_here(found, held)
            room.save(steps.dropped(found, reason.code, act.line("dropped", reason.code, held.id, reason.words)))

        await self.acts.change_item(id, item_id, caller, change, key=key)

    async def keep_from(self, id: str, item_id: str, body: ConflictBody, caller: Caller, key: Key | None) -> None:
        """Somebody by name sees neither the item nor its papers from now on."""

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            not_for = NotFor(body.person, act.by, act.at, body.reason)
            room.save(steps.kept_from(found, not_for, act.line("kept_from", body.reason)))

        await self.acts.change_item(id, item_id, caller, change, key=key)

    async def raise_(self, id: str, item_id: str, body: RaiseBody, caller: Caller, key: Key | None) -> None:
        """To a level above, as it is. Raises Conflict for any other, and where the case is a matter there already."""
        _, item = await self.acts.item(id, item_id, caller)
        reason = await self.acts.coded(item.owner_id, body.reason)
        family = await self.acts.families.family(item.case_id) if item.case_id else None
        purpose = rulebook().raised_to.get(body.to, item.purpose)

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            holding.must_stand_here(found, held)
            line = act.line("raised", reason.code, held.id, reason.words)
            up = steps.raised(found, body.to, line)
            if family:
                await room.one_at_a_time(family.case_id)
            there = await room.open_items(found.county, family.ids, purpose) if family else []
            if other := next((each for each in there if each.id != found.id), None):
                raise Refused("item_elsewhere", other.meeting_id or other.id)
            await place(room, _of_purpose(up, purpose), "raised", act, after=held)

        await self.acts.change_item(id, item_id, caller, change, key=key)

    async def answer(self, id: str, item_id: str, body: AnswerBody, caller: Caller, key: Key | None) -> None:
        """The answer goes back down, to the next meeting of where it was raised. Raises Conflict."""
        _, item = await self.acts.item(id, item_id, caller)
        words = await self.acts.sealing.seal(item.owner_id, body.text)

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            holding.must_stand_here(found, held)
            meetings.must_be_held(held)
            up = found.going_up
            down = steps.answered(found, words, act.line("answered", None, held.id))
            await place(room, _of_purpose(down, up.purpose if up else down.purpose), "answered", act, after=held)

        await self.acts.change_item(id, item_id, caller, change, key=key)

    async def close(self, id: str, item_id: str, caller: Caller, key: Key | None) -> None:
        """The chair closes it: all that was decided ended, and whoever it is about was told. Raises Conflict."""

        def allowed(meeting: Meeting, item: Item) -> None:
            if not runs(meeting, caller):
                must_chair(meeting, caller)

        async def change(room: Room, held: Meeting, found: Item, act: Act) -> None:
            holding.must_stand_here(found, held)
            meetings.must_be_held(held)
            heard = holding.all_heard(found, act.by, act.at)
            room.save(steps.closed(heard, act.line("closed", None, held.id)))

        await self.acts.change_item(id, item_id, caller, change, key=key, allowed=allowed)


async def _added(room: Room, meeting: Meeting, fresh: Item, case_ids: Collection[str], act: Act) -> str:
    """The matter on this agenda; where it is open already, as itself with one more reason. Raises Refused elsewhere.

    `case_ids`: of the case, and of all that it was merged from, under any of which it may be open.
    """
    if not meeting.is_ahead and (meeting.state != "held" or meeting.ended_at):
        raise Refused("meeting_over", meeting.id)
    if fresh.case_id:
        await room.one_at_a_time(fresh.case_id)
    item = await _open(room, meeting, fresh, case_ids)
    if item is None:
        await place(room, fresh, "added", act, on=meeting)
    elif item.meeting_id != meeting.id and (item.meeting_id or item.purpose != fresh.purpose):
        raise Refused("item_elsewhere", item.meeting_id or item.id)  # or it waits for a meeting of another level
    else:
        more = steps.joined(item, fresh, act.line("added", fresh.because[0].reason, meeting.id))
        room.save(more)
        if item.meeting_id is None:
            await place(room, more, "added", act, on=meeting)
    found = item.id if item else fresh.id
    if fresh.invited:
        room.save(
            meetings.invited(room.meetings.get(meeting.id, meeting), fresh.invited, act.line("invited", fresh.scheme))
        )
    return found


async def _open(room: Room, meeting: Meeting, fresh: Item, case_ids: Collection[str]) -> Item | None:
    """The same matter where it is open: here first, also one that came from another level under its name there."""
    if not case_ids:
        return None
    here = [each for each in await room.items_on(meeting.id) if each.case_id in case_ids]
    alike = await room.open_items(fresh.county, case_ids, fresh.purpose)
    waiting = [each for each in alike if each.meeting_id is None]
    return next(iter((*here, *waiting, *alike)), None)


def _of_purpose(item: Item, purpose: str) -> Item:
    """On the agendas of another purpose, as the same matter."""
    known = purpose in rulebook().purposes  # a county has purposes of its own, which no rule convenes
    return replace(item, purpose=purpose, host=rulebook().host(purpose, item.county) if known else item.host)


def _telling(body: DecisionBody, room: Room, act: Act) -> Telling | None:
    if (tells := body.tells_person) is None:
        return None
    due = tells.by or room.days.due(rulebook().told_within, act.at)
    return Telling(tells.who or body.lead, tells.how, due)


def _duties(scheme: str | None, county: str) -> tuple[str, ...]:
    return tuple(f"{county}/{unit}" for unit in rulebook().schemes[scheme].duties) if scheme else ()


def _own(caller: Caller) -> str | None:
    return min(caller.units) if caller.units else None


def _must_not_be_over(meeting: Meeting) -> None:
    if meeting.state not in ("planned", "called", "gathering", "held") or meeting.ended_at:
        raise Refused("meeting_over", meeting.id)
