"""What somebody does with a household of a list: answered once, or looked for until it is found."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from uuid import uuid4

from contracts.decisions import UnitId
from contracts.roles import Caller
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from rules.calendars import NATIONAL
from rules.counties import units_of
from rules.spans import TAIPEI, Span

from contracts import codes
from network import words
from network.access import Scope
from network.clock import now, past
from network.known.store import Whereabouts
from network.once import Key, must_be_the_same
from network.rosters.answering import answering
from network.rosters.bodies import AssignmentBody, ScreeningBody, VisitBody
from network.rosters.domain.household import Household, HouseholdId, Row, Screening, Visit, assigned, screened
from network.rosters.domain.owing import ASSIGNED
from network.rosters.served import Served, known_of
from network.rosters.store import Households
from network.sealing import Sealing

MUST_BE_SEEN = ("no_need", "informed", "referred")
"""Results that say how a child is: somebody must have seen it."""


@dataclass(frozen=True)
class Acts:
    """Acts on households; what somebody may not see does not exist for them."""

    households: Households
    whereabouts: Whereabouts
    sealing: Sealing
    clock: Callable[[], datetime] = now

    async def household(self, id: str, caller: Caller) -> Household:
        """Raises NotFound for whoever has no part in it."""
        found = await self.households.get(id)
        if found is None or not Scope.of(caller).covers(found.county, found.parties):
            raise NotFound("There is no such household.", "查無此家戶。")
        return found

    async def known(self, household: Household) -> Sequence[Served]:
        """What names somebody of it: whether it is served already, and by whom."""
        return await known_of(household, self.whereabouts)

    async def screen(self, id: str, body: ScreeningBody, caller: Caller, key: Key | None = None) -> Household:
        """Raises NotFound, Forbidden, Unprocessable, and Conflict for what is answered already or for a used key."""
        found, at = await self.household(id, caller), self.clock()
        cause, sent = (f"{caller.name}:{key.id}", key.sent) if key else (None, None)
        if found.within and (done := await self._done_before(found.id, caller, cause)):
            must_be_the_same(done.sent_for(cause), sent)
            return done
        _must_exist(body, found)
        scope = Scope.of(caller)
        unit = body.unit or _own(found, scope)
        if not scope.speaks_for(unit) or not unit.startswith(f"{found.county}/"):
            raise Forbidden("You do not speak for that unit.", "您不代表該單位。")
        screening = await self._screening(found, body, unit=unit, by=caller.name, at=at)

        async def work(household: Household) -> Household:
            if household.has_seen(cause):
                must_be_the_same(household.sent_for(cause), sent)
                return household
            _must_be_open(household)
            _must_say_enough(household, body)
            told = screening(_stays(household, body))
            return screened(household, replace(told, cause=cause, sent=sent))

        return await self.households.change(found.id, work, by=caller.name, at=at)

    async def assign(self, id: str, body: AssignmentBody, caller: Caller) -> Household:
        """The household in another hand. Raises NotFound, Unprocessable for a unit that the county does not have."""
        found, at = await self.household(id, caller), self.clock()
        if body.unit not in units_of(found.county):
            raise _wrong("unit", "unknown_unit")

        async def work(household: Household) -> Household:
            _must_be_open(household)
            return assigned(household, body.unit, body.person)

        return await self.households.change(found.id, work, by=caller.name, at=at, why=ASSIGNED)

    async def _done_before(self, id: HouseholdId, caller: Caller, cause: str | None) -> Household | None:
        """The household that this one is part of now, where the same act was done before it was."""
        whole = await self.households.whole(id)
        mine = whole and Scope.of(caller).covers(whole.county, whole.parties)
        return whole if whole and mine and whole.has_seen(cause) else None

    async def _screening(
        self, found: Household, body: ScreeningBody, *, unit: str, by: str, at: datetime
    ) -> Callable[[bool], Screening]:
        """What was found out, once it is known whether it stays owed. Raises Unprocessable for times that are over."""
        if body.next_due_at and body.next_due_at <= at:
            raise _wrong("next_due_at", "must_lie_ahead")
        if body.next_due_at and body.next_due_at > NATIONAL.due(answering().looked_for_within, at):
            raise _wrong("next_due_at", "too_far_ahead")
        done = past_of(body.at) if body.at else at
        if body.visit and body.visit.at:
            past_of(body.visit.at)
        id = str(uuid4())
        note = await self.sealing.seal(found.id, body.note) if body.note else None
        rule = answering().results[body.result]

        def made(stays: bool) -> Screening:
            return Screening(
                id, body.result, by, unit, done, at, stays, body.next_step,
                body.next_due_at or _after(rule.again, at) if stays else None,
                None if stays else _after(rule.follow_up, at), _visit(body.visit), body.served_by, body.services,
                body.referral_id, body.county, body.reason, note, acknowledged_by=body.acknowledged_by,
            )  # fmt: skip

        return made


def _own(household: Household, scope: Scope) -> UnitId:
    """In whose name somebody speaks who does not say: the unit that visits, or their own that has part in it."""
    return household.unit if scope.speaks_for(household.unit) else min(household.parties & scope.units)


def _must_exist(body: ScreeningBody, household: Household) -> None:
    """Raises Unprocessable for units that no county has, and for who moved to no other county."""
    counties, county = codes.names("counties", now().date()), household.county
    known = {*units_of(county), *household.parties}
    errors = [_error("unit", "unknown_unit")] if body.unit and body.unit not in known else []
    if not all(_is_unit(each, counties) for each in body.served_by):
        errors.append(_error("served_by", "unknown_unit"))
    if body.county and (body.county == county or body.county not in counties):
        errors.append(_error("county", "unknown_county"))
    if errors:
        raise Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=errors)


def _is_unit(unit: str, counties: Collection[str]) -> bool:
    """Whether a county has it; providers are entries of the directory, which lists do not know."""
    county, _, name = unit.partition("/")
    return county in counties and (unit in units_of(county) or name.startswith("provider."))


def past_of(at: datetime) -> datetime:
    """The time of something done. Raises Unprocessable for one that lies ahead."""
    if not (when := past(at)):
        raise _wrong("at", "in_future")
    return when


def must_follow(at: datetime, before: datetime | None) -> None:
    """Raises Unprocessable for an answer earlier than what it answers, by the minute, as people write times."""
    if before and at < before.replace(second=0, microsecond=0):
        raise _wrong("at", "too_early")


def _visit(body: VisitBody | None) -> Visit | None:
    return Visit(body.kind, body.at, body.reached, body.chief, tuple(sorted(body.measures.items()))) if body else None


def _after(span: Span | None, at: datetime) -> datetime | None:
    return NATIONAL.due(span, at) if span else None


def _must_be_open(household: Household) -> None:
    """Raises Conflict for a household that is part of another now, or of which everything is answered."""
    if household.within:
        raise _conflict("household_gathered", household.within)
    if household.state == "answered" and household.due_at is None:
        raise _conflict("household_answered", household.id)


def _must_say_enough(household: Household, body: ScreeningBody) -> None:
    """Raises Unprocessable with every field that this result needs."""
    missing = [each for each in answering().results[body.result].needs if not getattr(body, each)]
    errors = [_error(each, "needed") for each in missing]
    if (children := _children(household)) and body.result in MUST_BE_SEEN:
        if not (body.visit and body.visit.reached):
            errors.append(_error("visit/reached", "must_be_seen"))
        elif body.visit.at and body.visit.at < _midnight_of(max(row.received_at for row in children)):
            errors.append(_error("visit/at", "too_early"))
    if errors:
        raise Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=errors)


def _stays(household: Household, body: ScreeningBody) -> bool:
    """Whether nothing is answered by it: nobody was found, nobody there took it on, a child was not seen."""
    if answering().results[body.result].stays:
        return True
    if body.result == "moved":
        return body.acknowledged_by is None
    was_seen = body.visit is not None and body.visit.reached
    return body.result == "refused" and bool(_children(household)) and not was_seen


def _children(household: Household) -> list[Row]:
    """The rows that name a child who must be seen: still open, or answered before nobody was found again."""
    rows = household.rows if household.looked_for else household.open_rows
    return [row for row in rows if row.roster in answering().must_be_seen]


def _midnight_of(at: datetime) -> datetime:
    """When the day of `at` began in Taiwan: a child seen on the morning that the list came was seen."""
    return datetime.combine(at.astimezone(TAIPEI).date(), time(), TAIPEI)


def _error(field: str, code: str) -> dict[str, str]:
    said = words.of(f"missing.{code}")
    return {"at": f"/body/{field}", "code": code, **said._asdict()}


def _wrong(field: str, code: str) -> Unprocessable:
    return Unprocessable(
        "Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[_error(field, code)]
    )


def _conflict(code: str, about: str) -> Conflict:
    said = words.of(f"missing.{code}")
    return Conflict(said.en, said.zh, errors=[{"code": code, "about": about, **said._asdict()}])
