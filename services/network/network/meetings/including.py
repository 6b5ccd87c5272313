"""Cases that facts put on agendas: looked at whenever one of them changes, in the transaction that changes it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.event import derived_id
from kit.mongo import Session

from network.book import Saved
from network.clock import now
from network.meetings.acts import Act
from network.meetings.agendas import place
from network.meetings.domain import item as steps
from network.meetings.domain.holding import comes_as
from network.meetings.domain.inclusion import Facts, Rule, holding
from network.meetings.domain.item import Because, Item
from network.meetings.domain.listing import Listing
from network.meetings.domain.meeting import Meeting
from network.meetings.reading import rulebook
from network.meetings.room import Room
from network.meetings.store import Meetings

RULE = "rule"
"""Who includes an item where no person does."""


class Including:
    """The rules of agenda.yaml at work."""

    def __init__(self, meetings: Meetings, clock: Callable[[], datetime] = now) -> None:
        self._meetings = meetings
        self._clock = clock

    async def notice(self, facts: Facts, session: Session) -> Sequence[Saved]:
        """Put a case on the agendas, and the lists, that its facts say; nothing for most cases."""
        rules, at = holding(facts, rulebook().rules), self._clock()
        if not rules:
            return ()

        async def work(room: Room) -> None:
            for rule in rules:
                act = Act(RULE, at, str(derived_id("network", facts.case_id, f"{rule.id}:{facts.changed_at}")))
                await _listed(room, facts, rule, act)
                await included(room, facts, rule, act)

        return await self._meetings.inside(facts.county, work, by=RULE, at=at, session=session)


async def included(room: Room, facts: Facts, rule: Rule, act: Act) -> None:
    """The case on the next agenda of a rule's purpose, unless what holds was dealt with since it came to hold."""
    because = Because(rule.id, act.at, facts=rule.values(facts))
    known = await room.last_item(facts.county, {f"case:{id}:{rule.purpose}" for id in facts.ids})
    if known and known.is_open:
        more = steps.again(known, because, act.line("included", rule.id))
        more = replace(more, always=more.always or rule.always)
        room.save(more)
        if rule.always and more.purpose == rule.purpose and (sooner := await _sooner(room, more)):
            await place(room, more, comes_as(more), act, on=sooner)
    elif known is None or facts.changed_at is None or known.history[-1].at < facts.changed_at:
        await place(room, _item(facts, rule, because, act), "included", act)


async def _sooner(room: Room, item: Item) -> Meeting | None:
    """The next meeting, where an item stands on the agenda of a later one."""
    its = await room.meeting(item.meeting_id) if item.meeting_id else None
    following = await room.next(item.county, item.level, item.purpose, None, None)
    return following if its and its.is_ahead and following and following.at < its.at else None


async def _listed(room: Room, facts: Facts, rule: Rule, act: Act) -> None:
    if rule.lists is None:
        return
    known = await room.last_listing(facts.ids, rule.lists)
    if known and (known.stands or (facts.changed_at and known.until and known.until >= facts.changed_at)):
        return
    tool = rulebook().lists[rule.lists].tool
    measured = getattr(facts, tool, None)
    id = str(derived_id("network", act.cause, "listing"))
    room.save(Listing(id, facts.county, facts.case_id, rule.lists, act.at, RULE, rule.id, measured))


def _item(facts: Facts, rule: Rule, because: Because, act: Act) -> Item:
    purpose = rulebook().purposes[rule.purpose]
    return Item(
        str(derived_id("network", act.cause, "item")), facts.county, f"case:{facts.case_id}:{rule.purpose}",
        purpose.level, rule.purpose, rulebook().host(rule.purpose, facts.county), act.at, facts.case_id,
        owner=facts.owner, because=(because,), always=rule.always, history=(act.line("included", rule.id),),
    )  # fmt: skip
