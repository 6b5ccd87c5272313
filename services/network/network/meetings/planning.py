"""Series and meetings made: a year in one act, one at a time, moved, called, chaired by another, held again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

from contracts.event import derived_id
from contracts.roles import Caller, May, may
from kit.problems import Forbidden, NotFound, Unprocessable
from rules.spans import TAIPEI, Span
from web.callers import must_cover

from network.access import Scope
from network.meetings.acts import NEAR, Act, Acts, Change, must_exist, must_run, was_done, wrong
from network.meetings.agendas import place, put_off, take_waiting
from network.meetings.bodies import ChairBody, MeetingBody, MoveBody, PlanBody, SeriesBody
from network.meetings.domain import meeting as steps
from network.meetings.domain.agenda import agenda_of
from network.meetings.domain.holding import comes_as
from network.meetings.domain.meeting import Meeting, Member, Quorum
from network.meetings.domain.planning import Rhythm, Series, again, dates_of, meeting_of, plan
from network.meetings.reading import rulebook
from network.meetings.room import Room
from network.once import Key
from network.sealing import Coded


class Planning:
    """What is planned and called."""

    def __init__(self, acts: Acts) -> None:
        self.acts = acts

    async def new_series(self, body: SeriesBody, caller: Caller, key: Key | None) -> Series:
        """Raises Forbidden, Unprocessable."""
        county, host = self._place(body, caller)
        act = self.acts.act(caller, "series", key)
        id = str(derived_id("network", act.cause, "series")) if key else str(uuid4())
        rhythm = Rhythm(**body.rhythm.model_dump()) if body.rhythm else None
        series = Series(
            id, county, body.level, body.purpose, host, body.chairs, caller.name, act.at, _units(body, county),
            _members(body), _quorum(body), rhythm, body.minutes, body.minutes_per_item, body.room, body.link,
            body.place, (act.line("made"),),
        )  # fmt: skip
        kept = await self.acts.meetings.add_series(series)
        was_done(kept, act)
        return kept

    async def series(self, id: str, caller: Caller) -> Series:
        """Raises NotFound."""
        found = await self.acts.meetings.get_series(id)
        if found is None or not Scope.of(caller).covers(found.county, found.parties):
            raise NotFound("There is no such series.", "查無此系列會議。")
        return found

    async def plan(self, id: str, body: PlanBody, caller: Caller) -> list[Meeting]:
        """A year in one act; planned again it adds what is not there yet. Raises NotFound, Forbidden, Unprocessable."""
        series = await self.series(id, caller)
        self._must_convene(series.level, series.host, caller)
        if not body.dates and series.rhythm is None:
            raise wrong("dates", "no_rhythm")
        made: list[Meeting] = []

        async def work(room: Room) -> None:
            days = body.dates or tuple(dates_of(series.rhythm or Rhythm(), body.year))
            if body.dates:
                _must_be_worked(body.dates, room)
            planned = plan(series, days, room.days.works, body.first_chair)
            act = Act(caller.name, room.at, str(derived_id("network", id, f"plan:{body.year}")))
            found = [
                meeting_of(
                    series, each, str(derived_id("network", id, f"{body.year}:{each.wanted}")), act.line("planned")
                )
                for each in planned
            ]
            known = [await room.meeting(each.id) for each in found]
            made[:] = [there or fresh for there, fresh in zip(known, found, strict=True)]
            room.save(*(fresh for there, fresh in zip(known, found, strict=True) if there is None))
            for each in made:
                await take_waiting(room, each, act)

        act = Act(caller.name, self.acts.clock(), f"plan:{id}:{body.year}")
        await self.acts.saved(series.county, work, act)
        return made

    async def new_meeting(self, body: MeetingBody, caller: Caller, key: Key | None) -> str:
        """Raises Forbidden, NotFound, Unprocessable; Conflict for another body under a used key."""
        county, host = self._place(body, caller)
        series = await self.series(body.series_id, caller) if body.series_id else None
        act = self.acts.act(caller, "meeting", key)
        id = str(derived_id("network", act.cause, "meeting")) if key else str(uuid4())
        meeting = Meeting(
            id, county, body.level, body.purpose, body.at, host, body.chair or host, _units(body, county),
            _members(body), _quorum(body), body.minutes, body.minutes_per_item, series.id if series else None,
            body.room, body.link, body.place, body.held_with, body.topics, history=(act.line("planned"),),
        )  # fmt: skip

        async def work(room: Room) -> None:
            if known := await room.meeting(id):
                was_done(known, act)
                return
            room.save(meeting)
            await take_waiting(room, meeting, act)

        await self.acts.saved(county, work, act)
        return id

    def _place(self, body: MeetingBody | SeriesBody, caller: Caller) -> tuple[str, str]:
        """Of which county it is, and which unit convenes. Raises Forbidden, Unprocessable."""
        hosts = [body.host] if body.host else [*sorted(caller.units)]
        county = body.county or county_of(body, hosts, caller)
        must_cover(caller, county)
        usual = rulebook().purposes.get(body.purpose)
        host = hosts[0] if hosts else rulebook().host(body.purpose, county) if usual else f"{county}/window"
        self._must_convene(body.level, host, caller)
        must_exist("host", (host,), county)
        must_exist("units", body.units)
        must_exist("members", [each.unit for each in body.members if each.unit])
        must_exist("quorum", body.quorum.units if body.quorum else ())
        chairs = ("chairs", body.chairs) if isinstance(body, SeriesBody) else ("chair", (body.chair or host,))
        must_exist(chairs[0], [each for each in chairs[1] if "/" in each], county)
        return county, host

    @staticmethod
    def _must_convene(level: str, host: str, caller: Caller) -> None:
        if not Scope.of(caller).speaks_for(host):
            raise Forbidden("You do not speak for the unit that convenes.", "您不代表召集單位。")
        if not may(caller.role, May.CONVENE) and level not in NEAR:
            raise Forbidden(
                "A meeting of this level is convened by a secretary or a supervisor.",
                "此層級會議由會議秘書或督導召集。",
            )

    async def swap(self, id: str, body: ChairBody, caller: Caller, key: Key | None) -> None:
        """Another chair, or two meetings swap theirs. Raises NotFound, Forbidden, Conflict."""
        if body.swap_with:
            other, _, _ = await self.acts.meeting(body.swap_with, caller)
            must_run(other, caller)
        if body.chair and "/" in body.chair:
            meeting, _, _ = await self.acts.meeting(id, caller)
            must_exist("chair", (body.chair,), meeting.county)

        async def change(room: Room, meeting: Meeting, act: Act) -> None:
            other = await room.meeting(body.swap_with) if body.swap_with else None
            if other is None:
                room.save(steps.chaired(meeting, body.chair or meeting.chair, act.line("chaired", body.chair)))
                return
            room.save(
                steps.chaired(meeting, other.chair, act.line("chaired", other.chair, other.id)),
                steps.chaired(other, meeting.chair, act.line("chaired", meeting.chair, meeting.id)),
            )

        await self.acts.change(id, caller, change, key=key)


async def call(room: Room, meeting: Meeting, act: Act) -> None:
    """Asked to come; what the room has no time for is put off by name, once, to the next meeting."""
    called = steps.called(meeting, act.line("called"))
    room.save(called)
    await take_waiting(room, called, act)
    for item in agenda_of(called, await room.items_on(meeting.id)).to_defer:
        await put_off(room, called, item, act, Coded("no_time"))


def moving(body: MoveBody, why: Coded) -> Change:
    """Another time, and perhaps another place; `why` it is another."""

    async def change(room: Room, meeting: Meeting, act: Act) -> None:
        if not room.days.works(body.at.astimezone(TAIPEI).date()):
            raise day_off("at", body.at.astimezone(TAIPEI).date())
        after = steps.moved(meeting, body.at, act.line("moved", why.code or None, note=why.words))
        moved = replace(
            after, room=body.room or after.room, link=body.link or after.link, place=body.place or after.place
        )  # fmt: skip
        room.save(moved)
        await take_waiting(room, moved, act)

    return change


def cancelling(why: Coded) -> Change:
    """It does not take place: what stood on its agenda goes to the next."""

    async def change(room: Room, meeting: Meeting, act: Act) -> None:
        room.save(steps.cancelled(meeting, act.line("cancelled", why.code, note=why.words)))
        for item in await room.items_on(meeting.id):
            await place(room, item, comes_as(item), act, after=meeting)

    return change


def held_again(room: Room, meeting: Meeting, act: Act) -> Meeting:
    """The meeting instead of one to which too few came: the rule says within how long, its host says when.

    Where that is known so late that the time is over, it runs from then.
    """
    id = str(derived_id("network", meeting.id, f"again:{act.cause}"))
    at = _due(room, rulebook().again_within, meeting.at)
    if at <= room.at:
        late = datetime.combine(room.at.astimezone(TAIPEI).date(), meeting.at.astimezone(TAIPEI).timetz())
        at = _due(room, rulebook().again_within, late.astimezone(room.at.tzinfo))
    return again(meeting, id, at, replace(act.line("called_by_rule", "too_few"), about=meeting.id))


def day_off(field: str, day: date) -> Unprocessable:
    return wrong(field, "day_off", day.isoformat())


def _due(room: Room, span: Span, after: datetime) -> datetime:
    """The last day of a span, at the hour of a meeting before."""
    local = after.astimezone(TAIPEI)
    return datetime.combine(room.days.due(span, after).astimezone(TAIPEI).date(), local.timetz()).astimezone(
        after.tzinfo
    )


def _must_be_worked(days: Sequence[date], room: Room) -> None:
    if off := [each for each in days if not room.days.works(each)]:
        raise day_off("dates", off[0])


def county_of(body: MeetingBody | SeriesBody, hosts: Sequence[str], caller: Caller) -> str:
    """The county of who convenes, else the caller's one, else that of who chairs or comes. Raises Unprocessable."""
    chairs = (body.chair or "",) if isinstance(body, MeetingBody) else body.chairs
    units = ([each for each in group if "/" in each] for group in (hosts[:1], chairs, body.units))
    of_host, of_chair, of_units = ({each.partition("/")[0] for each in group} for group in units)
    for counties in (of_host, caller.counties - {"*"}, of_chair, of_units):
        if len(counties) == 1:
            return next(iter(counties))
    raise Unprocessable("Say which county: county.", "請填縣市 county。")


def _units(body: MeetingBody | SeriesBody, county: str) -> tuple[str, ...]:
    usual = rulebook().purposes.get(body.purpose)
    return tuple(dict.fromkeys(body.units)) or tuple(f"{county}/{each}" for each in (usual.units if usual else ()))


def _members(body: MeetingBody | SeriesBody) -> tuple[Member, ...]:
    return tuple(Member(each.name, each.unit, _iso(each.since), _iso(each.until)) for each in body.members)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _quorum(body: MeetingBody | SeriesBody) -> Quorum | None:
    return Quorum(body.quorum.least, body.quorum.units) if body.quorum else None
