"""Three school-safety reports about one person within three months call a conference with those who must come.

Changhua County, deck of 2023, L279-306: the health bureau invites, and each of the five says what it knows and plans.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, time
from itertools import chain

from contracts.decisions import DecisionMade, Outcome
from contracts.event import BlindIndex, Event, derived_id
from contracts.people import Role
from kit.inbox import Received
from rules.spans import TAIPEI

from network.clock import now
from network.meetings.acts import Act
from network.meetings.agendas import place
from network.meetings.asking import Families
from network.meetings.domain import item as steps
from network.meetings.domain.inclusion import Sighting, reported_often
from network.meetings.domain.item import Because, Item
from network.meetings.domain.meeting import Meeting
from network.meetings.including import RULE
from network.meetings.reading import rulebook
from network.meetings.room import Room
from network.meetings.store import Meetings

HOUR = time(14, tzinfo=TAIPEI)
"""When a conference is proposed; its host says when it is."""


class Conferences:
    """Counts the reports of schools, and calls."""

    def __init__(self, meetings: Meetings, families: Families, clock: Callable[[], datetime] = now) -> None:
        self._meetings = meetings
        self._families = families
        self._clock = clock

    async def on_decisions(self, batch: Sequence[Received[Event]]) -> None:
        """A batch again changes nothing: what is counted is kept by report and person, what is called by its cause."""
        for event in (each.event for each in batch):
            if isinstance(event, DecisionMade) and event.source_unit in rulebook().school_reports.source_units:
                seen = [_sighting(event, keys) for keys in _subjects(event)]
                await self._meetings.see(event.report_id, seen)
                for each in seen:
                    await self._count(each)

    async def _count(self, seen: Sighting) -> None:
        known = await self._meetings.seen(seen.county, seen.keys)
        found = reported_often(known, rulebook().school_reports)
        if not found or not seen.counts:
            return
        standing = await self._families.of_report(found[-1].report_id)
        case_id, at = standing[1] if standing else None, self._clock()
        act = Act(RULE, at, str(derived_id("network", seen.key, f"school:{found[-1].report_id}")))
        keys = frozenset[BlindIndex]().union(*(each.keys for each in known))

        async def work(room: Room) -> None:
            await _called(room, found, keys, case_id, act)

        await self._meetings.change(seen.county, work, by=RULE, at=at)


async def _called(
    room: Room, found: Sequence[Sighting], keys: Collection[BlindIndex], case_id: str | None, act: Act
) -> None:
    """`keys`: everything that the person is known by, under any of which they may have been discussed."""
    rule, last = rulebook().school_reports, found[-1]
    days = [f"{each.received_at.astimezone(TAIPEI):%Y-%m-%d}" for each in found]
    because = Because(rule.id, last.received_at, facts=(("reports", str(len(found))), ("days", ", ".join(days))))
    key = f"person:{last.key}:{rule.purpose}"
    known = await room.last_item(last.county, {f"person:{each}:{rule.purpose}" for each in keys})
    if known and known.is_open:
        room.save(steps.again(known, because, act.line("included", rule.id)))
    elif known is None or known.history[-1].at < last.received_at:
        host = rulebook().host(rule.purpose, last.county)
        level = rulebook().purposes[rule.purpose].level
        meeting = _conference(room, last, host, act)
        room.save(meeting)
        item = Item(
            str(derived_id("network", act.cause, "item")), last.county, key, level, rule.purpose, host, act.at, case_id,
            last.key, owner=host, because=(because,), always=True, history=(act.line("included", rule.id),),
        )  # fmt: skip
        await place(room, item, "included", act, on=meeting)


def _conference(room: Room, last: Sighting, host: str, act: Act) -> Meeting:
    rule = rulebook().school_reports
    purpose = rulebook().purposes[rule.purpose]
    day = room.days.due(rule.held_within, act.at).astimezone(TAIPEI).date()
    units = tuple(f"{last.county}/{each}" for each in purpose.units)
    return Meeting(
        str(derived_id("network", act.cause, "meeting")), last.county, purpose.level, rule.purpose,
        datetime.combine(day, HOUR).astimezone(act.at.tzinfo), host, host, units, fixed=False, state="called",
        called_at=act.at, history=(act.line("called_by_rule", rule.id),),
    )  # fmt: skip


def _sighting(event: DecisionMade, keys: Sequence[BlindIndex]) -> Sighting:
    counts = event.outcome is not Outcome.DUPLICATE
    return Sighting(event.report_id, keys[0], event.county, event.received_at, counts, also=tuple(keys[1:]))


def _subjects(event: DecisionMade) -> list[Sequence[BlindIndex]]:
    """Whom a report is about, each once with every key that it gives them."""
    people: list[Sequence[BlindIndex]] = []
    for each in event.people:
        if each.role == Role.SUBJECT:
            keys = (each.key, *each.also)
            same = [person for person in people if not set(person).isdisjoint(keys)]
            people = [person for person in people if person not in same]
            people.append(list(dict.fromkeys(chain(*same, keys))))
    return people
