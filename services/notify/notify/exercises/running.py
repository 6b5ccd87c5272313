"""Begins a communication test: everybody who may be rung, by every channel that leads to them, now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from contracts.event import derived_id
from kit.telemetry import log

from notify.domain.exercise import APART, Call, Channel, Exercise
from notify.domain.holes import AHEAD
from notify.domain.message import EXERCISE
from notify.domain.notices import Notice
from notify.domain.rota import final
from notify.exercises.store import Exercises
from notify.groups.purposes import Purpose
from notify.groups.store import Groups
from notify.mail.store import MailAddresses
from notify.people.store import LinePeople
from notify.rota.store import Rotas
from notify.store import Delivery
from notify.writing import Writer


class TooSoon(Exception):
    """The county has had a test within 48 hours."""


@dataclass(frozen=True)
class Rehearsal:
    """`mail` is None without a mail server; `wake` tells the pusher that there is something to send."""

    exercises: Exercises
    groups: Groups
    rotas: Rotas
    people: LinePeople
    mail: MailAddresses | None
    writer: Writer
    wake: Callable[[], None]

    async def begin(self, county: str, by: str, id: str = "") -> Exercise:
        """Freeze the audience and call it; once for one id. Raises TooSoon."""
        now, id = datetime.now(UTC), id or str(uuid4())
        last = await self.exercises.last(county)
        if last and now - last.at < APART:
            raise TooSoon
        test = Exercise(id, county, by, now, tuple(await self._calls(county, id, now)))
        messages = [self._message(test, call) for call in test.calls if call.channel != "none"]
        if await self.exercises.begin(test, messages):
            log.info("communication_test", county=county, number=len(test.calls))
            self.wake()
        return test

    async def _calls(self, county: str, id: str, now: datetime) -> list[Call]:
        groups = await self._groups_of(county)
        calls = [_call(id, "group", unit, group_id=group) for group, unit in sorted(groups.items())]
        people = {person: unit for unit in sorted(set(groups.values())) for person in await self._called(unit, now)}
        for person, unit in sorted(people.items()):
            ways = await self._channels(person)
            calls += [_call(id, way, unit, person=person) for way in ways or ("none",)]
        return calls

    async def _groups_of(self, county: str) -> Mapping[str, str]:
        """Each group once, with a unit that it is for."""
        units = {unit for unit in {*self.writer.settled, *await self.groups.units()} if unit.startswith(f"{county}/")}
        others = await self.groups.of_purpose(set(Purpose) - {Purpose.UNIT_WORK}, {county})
        besides = {each["_id"]: f"{county}/{each['purpose']}" for each in others}
        return besides | {group: unit for unit, group in sorted((await self.writer.groups_of(units)).items())}

    async def _called(self, unit: str, now: datetime) -> set[str]:
        kept = [await self.rotas.of(unit, "on_call"), await self.rotas.of(unit, "supervisor")]
        duties = [duty for each in kept if each for duty in final(each.rota, now, now + AHEAD)]
        return {duty.person for duty in duties if duty.person}

    async def _channels(self, person: str) -> tuple[Channel, ...]:
        line: tuple[Channel, ...] = ("line",) if await self.people.line_id(person) else ()
        return (*line, "mail") if self.mail and await self.mail.reaches(person) else line

    def _message(self, test: Exercise, call: Call) -> Delivery:
        notice = Notice(call.unit, EXERCISE, test.county, about=test.id)
        message = self.writer.write(call.id, notice, call.group_id, test.at, {})
        # Nobody is asked next: what is not answered is the finding.
        way = None if call.channel == "group" else call.channel
        because = f"a communication test by {test.by}"
        assert way != "none"
        return replace(message, run=None, way=way, person=call.person, rule="communication_test", because=because)


def _call(test: str, channel: Channel, unit: str, *, group_id: str | None = None, person: str | None = None) -> Call:
    id = str(derived_id("notify", test, f"{channel}:{group_id or person}"))
    return Call(id, channel, unit, group_id, person)
