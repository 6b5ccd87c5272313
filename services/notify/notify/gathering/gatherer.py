"""Decides which messages are told together, and tells them when their time has come, whichever replica comes first."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

from contracts.event import derived_id
from kit.repeating import repeating
from kit.telemetry import carried, log

from notify import events
from notify.domain.attempts import Reason
from notify.domain.gathering import Asked, Shown, compose_digest, gravest_of, waits_until
from notify.domain.notices import OTHER_COUNTIES, Notice, rank_of
from notify.domain.routing import Routing
from notify.domain.schedule import DigestLine
from notify.gathering.store import Digest, Gatherings, Units
from notify.groups.store import Groups
from notify.handlers import failure
from notify.metrics import GATHERED
from notify.states import FAILED, SENT
from notify.store import Deliveries, Delivery, Settlement
from notify.writing import Writer, as_json

LOOK_EVERY = 1.0
MOST = 2_000
LATE = timedelta(hours=3)
"""A round of the schedule that nobody held for so long is left; what was kept for it is told all the same."""


@dataclass(frozen=True)
class Gathering:
    """Messages for one group under one key, in these `words`; `number` counts the digests that told of it before."""

    words: str
    key: str
    unit: str
    group: str
    number: int = 0


@dataclass
class Gatherer:
    """`wake` tells the pusher that there is something to send."""

    gatherings: Gatherings
    deliveries: Deliveries
    writer: Writer
    groups: Groups
    routing: Routing
    wake: Callable[[], None]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    held: dict[str, datetime] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.look, name="gathering", every=LOOK_EVERY, woken=self.woken):
            yield

    async def sorted_in(self, new: Sequence[Delivery], now: datetime) -> list[Delivery]:
        """Messages as they are queued: at once, or waiting for the others of a storm in their group."""
        groups = {each.group_id for each in new if each.group_id and _may_wait(each)}
        shown = await self.gatherings.shown(groups, now - self.routing.storm.within) if groups else {}
        found = {each.id: self._placed(each, shown, now) for each in sorted(new, key=lambda each: rank_of(each.notice))}
        return [found[each.id] for each in new]

    def _placed(self, delivery: Delivery, shown: dict[str, Shown], now: datetime) -> Delivery:
        group, rank = delivery.group_id, rank_of(delivery.notice)
        if group is None or not _may_wait(delivery):
            return delivery
        seen = shown.get(group, Shown())
        if until := waits_until(seen, rank, self.routing.storm, now):
            GATHERED.labels("storm").inc()
            return replace(delivery, gathers=f"{group}|storm|{until.isoformat()}", gather_at=until)
        shown[group] = seen.with_one(rank)
        return delivery

    async def look(self) -> bool:
        """One round: the hours of the schedule, then whatever else has waited long enough, then what was told."""
        now = datetime.now(UTC)
        for line in self.routing.digests:
            await self._hold(line, now)
        told = await self._tell_due(now)
        ended = await self._end_told()
        return told or ended

    async def _hold(self, line: DigestLine, now: datetime) -> None:
        due = line.last(now)
        round = f"{line.id}:{due.isoformat()}"
        if self.held.get(line.id) == due or now - due > LATE:
            return
        if not await self.gatherings.was_round(round):
            await self._hold_round(line, round, due, now)
        self.held[line.id] = due

    async def _hold_round(self, line: DigestLine, round: str, due: datetime, now: datetime) -> None:
        groups = await self.writer.groups_of(await self._units())
        digests: list[Digest] = []
        async with aclosing(self._asked(line, groups, due)) as asked:
            async for unit, found in asked:
                key = line.key(groups[unit], due)
                # Another unit of the same group comes after the first one, which tells what was kept for both.
                number = sum(each.key == key for each in digests)
                kept = [] if number else _unanswered(await self.gatherings.waiting_for(key))
                if told := list({each.id: each for each in (*kept, *found)}.values()):
                    of = Gathering(line.id, key, unit, groups[unit], number)
                    digests.append(self._digest(of, told, kept, now))
        if await self.gatherings.tell_round(round, digests, now):
            log.info("digests", name=line.id, number=len(digests))
            self.wake()

    async def _asked(self, line: DigestLine, units: Collection[str], due: datetime) -> Units:
        """What a digest tells of each unit; nothing of those for which it may tell what was kept."""
        silent, of = set(units), self.gatherings
        coming = of.open_of(units) if line.tells == "open" else of.running_out(units, due, line.horizon(due))
        async with aclosing(coming):
            async for unit, messages in coming:
                silent.discard(unit)
                yield unit, messages
        for unit in sorted(silent):
            yield unit, []

    async def _units(self) -> set[str]:
        known = {*self.writer.settled, *await self.groups.units()}
        return {unit for unit in known if not unit.startswith(f"{OTHER_COUNTIES}/")}

    async def _tell_due(self, now: datetime) -> bool:
        due = await self.gatherings.due(now, MOST)
        for key, waiting in due.items():
            kept = _unanswered(waiting)
            await self.gatherings.needless([each.id for each in waiting if each not in kept])
            if kept:
                number, first = await self.gatherings.told_before(key), kept[0]
                of = Gathering(key.split("|")[1], key, first.notice.unit, first.group_id or "", number)
                await self.gatherings.tell(self._digest(of, kept, kept, now))
        if due:
            self.wake()
        return sum(map(len, due.values())) >= MOST

    def _digest(self, of: Gathering, told: Sequence[Delivery], kept: Sequence[Delivery], now: datetime) -> Digest:
        """A digest of what is `told`, of which what was `kept` for it ends with it."""
        id = str(derived_id("notify", of.key, f"digest:{of.number}"))
        priority = gravest_of([Asked(each.notice) for each in kept])
        notice = Notice(of.unit, f"digest_{of.words}", told[0].notice.county, priority=priority, about=id)
        asked = [Asked(each.notice) for each in told]
        card = as_json(compose_digest(of.words, notice, asked, self.writer.wording, self.writer.sites))
        because = f"{len(told)} messages for one group, told together"
        rule = f"{self.routing.version}/{of.words}"
        delivery = Delivery(id, notice, of.group, now, {}, card, rule=rule, because=because)
        return Digest(delivery, of.key, len(told), [each.id for each in kept])

    async def _end_told(self) -> bool:
        """What was told in another message has left with it, or failed with it."""
        now, found = datetime.now(UTC), await self.gatherings.to_end(MOST)
        if found:
            await self.deliveries.settle([_ended(each, teller, now) for each, teller in found])
        return len(found) == MOST


def _may_wait(delivery: Delivery) -> bool:
    return delivery.gathers is None and delivery.told_in is None and delivery.group_id is not None


def _unanswered(waiting: Sequence[Delivery]) -> list[Delivery]:
    return [each for each in waiting if each.run is None or each.run.is_open]


def _ended(delivery: Delivery, teller: Mapping[str, object], now: datetime) -> Settlement:
    if teller["state"] == FAILED:
        return failure(delivery, cast("Reason", teller["reason"]), now)
    event = events.sent(delivery.id, delivery.notice, now, carried())
    fields = {"state": SENT, "sent_at": teller.get("sent_at") or now, "reason": None}
    return Settlement(delivery.id, now, f"told in {teller['_id']}", fields, event)
