"""Makes the messages of events by the routing: to the units that must act, and to groups of other purposes besides."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.decisions import UnitId
from contracts.event import Event, derived_id
from kit.inbox import Received

from notify.domain.answers import asked
from notify.domain.notices import Notice, is_partner, notices_of, rank_of
from notify.domain.routing import Place, Route, Routing, besides_of, district_of, facts_of, names_of
from notify.groups.store import Groups
from notify.store import Delivery
from notify.windows.store import Windows
from notify.writing import Writer

TRACED = ("traceparent", "tracestate")
Asking = tuple[Received[Event], Notice]


@dataclass(frozen=True)
class Told:
    """One notice of one event on its route; `group_id` is None where nobody can be told."""

    received: Received[Event]
    route: Route
    notice: Notice
    group_id: str | None = None
    id: str = ""


@dataclass(frozen=True)
class Router:
    writer: Writer
    groups: Groups
    routing: Routing
    windows: Windows

    async def messages(self, batch: Sequence[Received[Event]], now: datetime) -> list[Delivery]:
        """The messages that a batch of events causes, each with its rule; ids are derived: it may come again."""
        told = [*await self._units(batch, now), *await self._besides(batch)]
        return one_card_a_group([(each.received.id, self._written(each, now)) for each in told])

    async def _units(self, batch: Sequence[Received[Event]], now: datetime) -> list[Told]:
        found = await self._called([(each, notice) for each in batch for notice in notices_of(each.event)])
        heard = await self.windows.heard_by({_asked(notice) for _, notice in found}, now)
        groups = await self.writer.groups_of({*(notice.unit for _, notice in found), *heard.values()})
        own = [self._unit(received, notice, groups.get(notice.unit)) for received, notice in found]
        told = [_by_window(each, unit := heard.get(_asked(each.notice)), groups.get(unit or "")) for each in own]
        return [each for each in told if each.group_id or self.writer.must_reach(each.notice)]

    async def _called(self, found: Sequence[Asking]) -> Sequence[Asking]:
        """The same, with the names of the providers that are addressed."""
        if not (partners := {notice.unit for _, notice in found if is_partner(notice.unit)}):
            return found
        names = await self.windows.called(partners)
        return [(received, replace(notice, called=names.get(notice.unit))) for received, notice in found]

    def _unit(self, received: Received[Event], notice: Notice, group: str | None) -> Told:
        facts = facts_of(received.event, notice.county, notice.unit, rank_of(notice))
        id = str(derived_id("notify", received.id, f"{notice.unit}:{notice.template}"))
        return Told(received, self.routing.of_notice(notice, facts), notice, group, id)

    async def _besides(self, batch: Sequence[Received[Event]]) -> list[Told]:
        found = [(each, *pair) for each in batch for pair in besides_of(each.event, self.routing)]
        if not found:
            return []
        purposes, counties = {route.purpose for _, route, _ in found}, {notice.county for *_, notice in found}
        groups = await self.groups.of_purpose(purposes, counties)
        return [told for received, route, notice in found for told in _to_groups(Told(received, route, notice), groups)]

    def _written(self, told: Told, now: datetime) -> Delivery:
        trace = {name: value for name, value in told.received.trace.items() if name in TRACED}
        when = asked(told.received.event, now)
        delivery = self.writer.write(told.id, told.notice, told.group_id, now, trace, asked=when)
        delivery = replace(delivery, rule=told.route.rule, because=told.route.because)
        if told.route.when == "at_once" or told.group_id is None:
            return delivery
        line = self.routing.digest_of(told.route)
        due = line.next(now)
        return replace(delivery, gathers=line.key(told.group_id, due), gather_at=due)


def one_card_a_group(told: Sequence[tuple[str, Delivery]]) -> list[Delivery]:
    """One event is one card in a group: what asks nobody there is told by the card that does, or by the first."""
    first: dict[tuple[str, str | None], Delivery] = {}
    for cause, delivery in sorted(told, key=lambda each: each[1].run is None):
        first.setdefault((cause, delivery.group_id), delivery)
    found = []
    for cause, delivery in told:
        card = first[cause, delivery.group_id]
        is_told = delivery.group_id and delivery.run is None and card.id != delivery.id
        found.append(replace(delivery, gathers=None, gather_at=None, told_in=card.id) if is_told else delivery)
    return found


def _asked(notice: Notice) -> tuple[UnitId, int]:
    return notice.unit, rank_of(notice)


def _by_window(told: Told, unit: UnitId | None, group_id: str | None) -> Told:
    """What is told where the unit's window says; where nobody has a group there, in the unit's own."""
    if unit is None or group_id is None:
        return told
    route = replace(told.route, because=f"{told.route.because}; by its window {unit} hears")
    return replace(told, route=route, group_id=group_id)


def _to_groups(told: Told, groups: Sequence[Mapping[str, str]]) -> Iterator[Told]:
    """One message for each group that hears of it; what is one event for its senders is one card in a group."""
    event, notice = told.received.event, told.notice
    for each in groups:
        place = Place(each["_id"], each.get("unit"), each.get("district"))
        is_of_it = each["purpose"] == told.route.purpose and each["county"] == notice.county
        if is_of_it and place.hears(district_of(event), names_of(event)):
            id = derived_id("notify", notice.report_id or "", f"{place.group_id}:{notice.template}")
            yield replace(told, group_id=place.group_id, id=str(id))
