"""Lists on which cases stand: put on one, kept, taken off, and what happened to a family again; for API and pages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from contracts.event import derived_id
from contracts.roles import Caller
from kit.paging import Page
from kit.problems import NotFound

from network.access import Scope
from network.meetings import reading
from network.meetings.acts import Act, Acts, may_see, was_done
from network.meetings.agendas import place
from network.meetings.asking import Family
from network.meetings.domain import listing as steps
from network.meetings.domain.item import Because, Item, again
from network.meetings.domain.listing import Listing, Measure
from network.meetings.domain.refusals import Refused
from network.meetings.including import included
from network.meetings.listing_bodies import DelistingBody, IncidentBody, KeepingBody, ListingBody
from network.meetings.reading import rulebook
from network.meetings.room import Room
from network.once import Key
from network.sealing import Coded

Change = Callable[[Listing, Act, Coded], Awaitable[Listing]]
AGAIN = "again_within_a_year"


@dataclass(frozen=True)
class Standing:
    """How the case of an item stands with a list that the item's meetings keep; `known`: the last time it was on it.

    `measured`: what the list's tool gave last. `missing`: what it lacks to leave the list, None where it may.
    """

    list: str
    rule: reading.List
    known: Listing | None
    measured: Measure | None
    missing: Refused | None

    @property
    def listing(self) -> Listing | None:
        return self.known if self.known and self.known.stands else None


class Lists:
    """What somebody does with lists; a case that they may not see does not exist for them."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    async def find(
        self, caller: Caller, list_: str | None, case_id: str | None, after: str | None, limit: int, *,
        standing: bool = False,
    ) -> Page[Listing]:  # fmt: skip
        """A page of listings that one may see, the first listed first."""
        scope, family = Scope.of(caller), await self._family(case_id, caller) if case_id else None
        wanted = sorted(family.ids) if family else None
        seen = await self._acts.families.listings_of(scope) if scope.units and not family else None
        return await self._acts.meetings.find_listings(scope, list_, wanted, after, limit, seen=seen, standing=standing)

    async def at(self, item: Item, caller: Caller) -> list[Standing]:
        """The lists that meetings of an item's purpose keep, for who may see its case; none for anybody else."""
        kept = {code: rule for code, rule in rulebook().lists.items() if rule.purpose == item.purpose}
        family = await self._acts.families.family(item.case_id) if kept and item.case_id else None
        if family is None or not may_see(family.county, family.parties, caller):
            return []
        known = {each.list: each for each in await self._acts.meetings.listings_of(sorted(family.ids))}
        return [_standing(code, rule, known.get(code), family) for code, rule in kept.items()]

    async def put(self, case_id: str, body: ListingBody, caller: Caller, key: Key | None) -> Listing:
        """On a list, by somebody's judgement. Raises NotFound and Conflict."""
        family = await self._family(case_id, caller)
        why = await self._acts.coded(family.case_id, body.because)
        act, done = self._acts.act(caller, family.case_id, key), list[Listing]()
        listing = Listing(
            str(derived_id("network", act.cause, "listing")) if key else str(uuid4()), family.county, family.case_id,
            body.list, act.at, act.by, why.code, _last(family, rulebook().lists[body.list].tool), why.words,
            history=(act.line("listed", why.code),),
        )  # fmt: skip

        async def work(room: Room) -> None:
            if before := await room.listing(listing.id):
                was_done(before, act)
                done[:] = [before]
                return
            known = await room.last_listing(family.ids, body.list)
            if known and known.stands:
                raise Refused("case_listed", known.id)
            done[:] = [listing]
            room.save(listing)
            await _to_be_discussed(room, family, body.list, Because("listed", act.at, act.by, reason=why.code), act)

        await self._acts.saved(family.county, work, act)
        return done[0]

    async def keep(self, id: str, body: KeepingBody, caller: Caller, key: Key | None) -> Listing:
        """It stays on its list. Raises NotFound and Conflict."""

        async def change(listing: Listing, act: Act, why: Coded) -> Listing:
            return steps.kept(listing, act.line("kept", why.code or None, note=why.words))

        return await self._changed(id, caller, key, change, body.reason)

    async def take_off(self, id: str, body: DelistingBody, caller: Caller, key: Key | None) -> Listing:
        """Off its list. Raises NotFound, and Conflict unless its tool was measured again below the threshold."""
        measured_at = self._acts.past(body.at)

        async def change(listing: Listing, act: Act, why: Coded) -> Listing:
            family = await self._acts.families.family(listing.case_id)
            rule = rulebook().lists[listing.list]
            told = (Measure(rule.tool, body.score, measured_at),) if body.score is not None else ()
            measures = (*(family.measures if family else ()), *told)
            line = act.line("delisted", why.code or None, note=why.words)
            return steps.delisted(listing, measures, rule.tool, rule.threshold, line)

        return await self._changed(id, caller, key, change, body.reason)

    async def happened(self, case_id: str, body: IncidentBody, caller: Caller, key: Key | None) -> list[Listing]:
        """Within twelve months of leaving a list, whatever the score (practice: MARAC, definition of a repeat)."""
        family = await self._family(case_id, caller)
        act = self._acts.act(caller, family.case_id, key, body.at)
        rule = next(each for each in rulebook().rules if each.id == AGAIN)
        facts = replace(family.facts, again=True, changed_at=self._acts.clock())  # whenever it was: it is known now
        left: list[Listing] = []

        async def work(room: Room) -> None:
            found = [each for name in rulebook().lists if (each := await room.last_listing(family.ids, name))]
            before = [each for each in found if was_done(each, act)]
            left[:] = before or [each for each in found if each.stands or _lately(each, act, room)]
            if not left:
                raise Refused("not_listed_lately", family.case_id)
            if not before:
                left[:] = [steps.happened(each, act.line("happened", body.what, body.unit)) for each in left]
                room.save(*left)
                await included(room, facts, rule, act)

        await self._acts.saved(family.county, work, act)
        return left

    async def _changed(self, id: str, caller: Caller, key: Key | None, change: Change, reason: str | None) -> Listing:
        known = await self._acts.meetings.get_listing(id)
        if known is None or not await self._seen(known, caller):
            raise no_listing()
        act, done = self._acts.act(caller, id, key), list[Listing]()
        why = await self._acts.coded(known.case_id, reason)

        async def work(room: Room) -> None:
            listing = await room.listing(id)
            assert listing, "a listing is never deleted"
            if was_done(listing, act):
                done[:] = [listing]
                return
            done[:] = [await change(listing, act, why)]
            room.save(*done)

        await self._acts.saved(known.county, work, act)
        return done[0]

    async def _family(self, id: str, caller: Caller) -> Family:
        """Raises NotFound for a case that this caller may not see."""
        family = await self._acts.families.family(id)
        if family is None or not may_see(family.county, family.parties, caller):
            raise NotFound("There is no such case.", "查無此共案。")
        return family

    async def _seen(self, listing: Listing, caller: Caller) -> bool:
        family = await self._acts.families.family(listing.case_id)
        return family is not None and may_see(family.county, family.parties, caller)


def no_listing() -> NotFound:
    return NotFound("There is no such listing.", "查無此列管。")


def _standing(code: str, rule: reading.List, known: Listing | None, family: Family) -> Standing:
    told = (known.evidence,) if known and known.evidence else ()
    gave = [each for each in (*family.measures, *told) if each.tool == rule.tool]
    measured = max(reversed(gave), key=lambda each: each.at, default=None)
    stands = known is not None and known.stands
    missing = steps.lacking(known, family.measures, rule.tool, rule.threshold) if known and stands else None
    return Standing(code, rule, known, measured, missing)


def _lately(listing: Listing, act: Act, room: Room) -> bool:
    return listing.until is not None and listing.until <= act.at <= room.days.due(rulebook().again_for, listing.until)


async def _to_be_discussed(room: Room, family: Family, list_: str, because: Because, act: Act) -> None:
    purpose = rulebook().lists[list_].purpose
    known = await room.last_item(family.county, {f"case:{id}:{purpose}" for id in family.ids})
    if known and known.is_open:
        room.save(again(known, because, act.line("included", list_)))
        return
    fresh = Item(
        str(derived_id("network", act.cause, "item")), family.county, f"case:{family.case_id}:{purpose}",
        rulebook().purposes[purpose].level, purpose, rulebook().host(purpose, family.county), act.at, family.case_id,
        owner=family.lead, because=(because,), history=(act.line("included", list_),),
    )  # fmt: skip
    await place(room, fresh, "added", act)


def _last(family: Family, tool: str) -> float | None:
    return next((each.score for each in reversed(family.measures) if each.tool == tool), None)
