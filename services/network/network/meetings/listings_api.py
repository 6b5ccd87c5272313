"""The API of lists: a case is listed, kept, and off its list once its tool was measured below the threshold."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated
from uuid import uuid4

from contracts.event import derived_id
from contracts.roles import Caller
from fastapi import APIRouter, Query
from kit.problems import NotFound

from network.access import Scope
from network.meetings.acts import Act, Acts, may_see, was_done
from network.meetings.agendas import place
from network.meetings.api import Who
from network.meetings.asking import Family
from network.meetings.domain import listing as steps
from network.meetings.domain.item import Because, Item, again
from network.meetings.domain.listing import Listing, Measure
from network.meetings.domain.refusals import Refused
from network.meetings.including import included
from network.meetings.listing_bodies import DelistingBody, IncidentBody, KeepingBody, ListingBody
from network.meetings.listing_views import ListingsView, ListingView
from network.meetings.reading import rulebook
from network.meetings.room import Room
from network.once import Once
from network.sealing import Coded

router = APIRouter(prefix="/v1", tags=["meetings"])
Change = Callable[[Listing, Act, Coded], Awaitable[Listing]]
AGAIN = "again_within_a_year"


@router.post("/cases/{id}/listings", status_code=201, summary="A case on a list, by somebody's judgement")
async def list_(id: str, body: ListingBody, who: Who, key: Once) -> ListingView:
    family = await _family(id, who.caller, who.acts)
    why = await who.acts.coded(family.case_id, body.because)
    act, done = who.acts.act(who.caller, family.case_id, key), list[Listing]()
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

    await who.acts.saved(family.county, work, act)
    return ListingView.of(done[0])


@router.get("/listings", summary="Cases on lists that one may see, the first listed first, page by page")
async def find(
    *,
    list_code: Annotated[str | None, Query(alias="list", max_length=64)] = None,
    case_id: Annotated[str | None, Query(max_length=80)] = None,
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    who: Who,
) -> ListingsView:
    family = await _family(case_id, who.caller, who.acts) if case_id else None
    wanted = sorted(family.ids) if family else None
    found = await who.acts.meetings.find_listings(Scope.of(who.caller), list_code, wanted, after, limit)
    following = found[-1].id if len(found) == limit else None
    if who.caller.units and family is None:  # a page is what is left of it for them: fewer, and the next one follows
        found = [each for each in found if await _seen(each, who.caller, who.acts)]
    return ListingsView(listings=tuple(map(ListingView.of, found)), next=following)


@router.post("/listings/{id}/keeping", summary="It stays on its list")
async def keep(id: str, body: KeepingBody, who: Who, key: Once) -> ListingView:
    async def change(listing: Listing, act: Act, why: Coded) -> Listing:
        return steps.kept(listing, act.line("kept", why.code or None, note=why.words))

    return await _changed(id, who, key, change, body.reason)


@router.post("/listings/{id}/delisting", summary="Off its list: its tool was measured again below the threshold")
async def delist(id: str, body: DelistingBody, who: Who, key: Once) -> ListingView:
    measured_at = who.acts.past(body.at)

    async def change(listing: Listing, act: Act, why: Coded) -> Listing:
        family = await who.acts.families.family(listing.case_id)
        rule = rulebook().lists[listing.list]
        told = (Measure(rule.tool, body.score, measured_at),) if body.score is not None else ()
        measures = (*(family.measures if family else ()), *told)
        line = act.line("delisted", why.code or None, note=why.words)
        return steps.delisted(listing, measures, rule.tool, rule.threshold, line)

    return await _changed(id, who, key, change, body.reason)


@router.post(
    "/cases/{id}/incidents", summary="Something happened again, known to a unit: back on the agenda for a year"
)
async def happened(id: str, body: IncidentBody, who: Who, key: Once) -> ListingsView:
    """Within twelve months of leaving a list, whatever the score (practice: MARAC, definition of a repeat)."""
    family = await _family(id, who.caller, who.acts)
    act = who.acts.act(who.caller, family.case_id, key, body.at)
    rule = next(each for each in rulebook().rules if each.id == AGAIN)
    facts = replace(family.facts, again=True, changed_at=who.acts.clock())  # whenever it was: it is known from now on
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

    await who.acts.saved(family.county, work, act)
    return ListingsView(listings=tuple(map(ListingView.of, left)))


def _lately(listing: Listing, act: Act, room: Room) -> bool:
    return listing.until is not None and listing.until <= act.at <= room.days.due(rulebook().again_for, listing.until)


async def _changed(id: str, who: Who, key: Once, change: Change, reason: str | None) -> ListingView:
    known = await who.acts.meetings.get_listing(id)
    if known is None or not await _seen(known, who.caller, who.acts):
        raise NotFound("There is no such listing.", "查無此列管。")
    act, done = who.acts.act(who.caller, id, key), list[Listing]()
    why = await who.acts.coded(known.case_id, reason)

    async def work(room: Room) -> None:
        listing = await room.listing(id)
        assert listing, "a listing is never deleted"
        if was_done(listing, act):
            done[:] = [listing]
            return
        done[:] = [await change(listing, act, why)]
        room.save(*done)

    await who.acts.saved(known.county, work, act)
    return ListingView.of(done[0])


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


async def _family(id: str, caller: Caller, acts: Acts) -> Family:
    """Raises NotFound for a case that this caller may not see."""
    family = await acts.families.family(id)
    if family is None or not may_see(family.county, family.parties, caller):
        raise NotFound("There is no such case.", "查無此共案。")
    return family


async def _seen(listing: Listing, caller: Caller, acts: Acts) -> bool:
    family = await acts.families.family(listing.case_id)
    return family is not None and may_see(family.county, family.parties, caller)
