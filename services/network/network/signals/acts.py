"""Asking on the spot: who may, how often, what is known; on record before it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from contracts.cases import CaseId
from contracts.event import BlindIndex, derived_id
from contracts.people import Person, Place, Role
from contracts.roles import Caller
from kit.problems import Forbidden, NotFound, TooMany, Unprocessable
from kit.sealed import KeyVault
from rules.counties import units_of
from rules.people import Index, home, identities
from rules.spans import TAIPEI

from network.access import Scope
from network.clock import now
from network.known.entry import Known, id_of
from network.known.store import Whereabouts, still_known
from network.once import Key, must_be_the_same
from network.sealing import Sealing
from network.signals.bodies import CutBody, GuardedBody, MarkBody, SignalBody, SignalView, Who
from network.signals.domain.answer import FIVE, About, Five, Mark, five, living_at, unit_to_call
from network.signals.domain.asking import Asker, Asking, How, Touched
from network.signals.domain.curiosity import Guarded
from network.signals.rules import rules
from network.signals.store import Askings, Cut

PARTNER = "partner"
MOST = 200
"""Entries of one person, or of one house, that are looked at."""


class Numbers(Protocol):
    """Whom a unit says to call, by day and by night; None where it says nothing."""

    async def numbers(self, unit: str, at: datetime) -> tuple[str | None, str | None]: ...


@dataclass(frozen=True)
class Acts:
    """What is done with signals; `ended` ends the sessions of somebody who is cut off."""

    askings: Askings
    known: Whereabouts
    vault: KeyVault
    index: Index
    numbers: Numbers
    ended: Callable[[str], Awaitable[None]]
    clock: Callable[[], datetime] = now

    async def ask(self, body: SignalBody, caller: Caller, key: Key | None = None) -> SignalView:
        """The five answers; the same again under a key is asked once.

        Raises Forbidden, alike whoever it is about, and TooMany.
        """
        asker, at = _asker(body, caller), self.clock()
        id = str(derived_id("network", f"signal:{caller.name}", key.id) if key else uuid4())
        await self._must_not_be_cut(asker, caller)
        if key and (before := await self.askings.get(id)):
            must_be_the_same(before.sent, key.sent)
            return _view(before)
        about, _ = await asyncio.gather(self._about(body, asker), self._must_have_room(asker, caller, at))
        asking = await self._answered(id, body, asker, about, at)
        kept = Asking(**{**vars(asking), "sent": key.sent if key else None})
        if not await self.askings.note(kept) and (before := await self.askings.get(id)):
            must_be_the_same(before.sent, kept.sent)  # asked twice at one instant: what is on record is the answer
            return _view(before)
        return _view(kept)

    async def was_new(self, id: str, caller: Caller, *, new: bool) -> bool:
        """Whether an answer told its asker something. Raises NotFound for everybody else's."""
        asking = await self.askings.get(id)
        if asking is None or asking.asker.caller != caller.name or asking.refused:
            raise NotFound("There is no such question.", "查無此查詢。")
        await self.askings.was_new(id, new)
        return new

    async def cut(self, body: CutBody, caller: Caller) -> tuple[Asker, Sequence[Asking]]:
        """Nobody is answered under this name any more; what they were told. Raises NotFound for another's unit."""
        asker = Asker(body.asker.name, body.asker.unit, "")
        if not Scope.of(caller).speaks_for(asker.unit):
            raise NotFound("There is no such asker.", "查無此查詢人。")
        why = await self._sealing.coded(asker.id, body.reason)
        await self.askings.cut(Cut(asker.id, self.clock(), caller.name, why.code, why.words))
        seen = await self.askings.by(asker.id)
        await self.ended(asker.name)
        return asker, seen

    async def restore(self, body: CutBody, caller: Caller) -> tuple[Asker, Sequence[Asking]]:
        asker = Asker(body.asker.name, body.asker.unit, "")
        if not Scope.of(caller).speaks_for(asker.unit):
            raise NotFound("There is no such asker.", "查無此查詢人。")
        await self.askings.restore(asker.id)
        return asker, ()

    async def guard(self, body: GuardedBody, caller: Caller) -> None:
        """Keep by keys alone whom curiosity is likely to ask for. Raises Forbidden."""
        if not Scope.of(caller).speaks_for(body.unit or f"{body.county}/window"):
            raise Forbidden("You do not speak for that unit.", "您不代表該單位。")
        keys = tuple(sorted({key for each in body.people for key in self._keys(each, body.county)[1]}))
        who = f"{body.kind}:{body.county}:{body.unit}:{body.name or ','.join(keys)}"
        id = str(derived_id("network", who, "guarded"))
        await self.askings.guard(Guarded(id, body.kind, keys, body.county, body.unit, body.name))

    async def mark(self, case_id: CaseId, body: MarkBody, caller: Caller, key: Key | None = None) -> Mark:
        """What whoever comes must know of a family. Raises NotFound for a case that one may not see."""
        case = await self._case(case_id, caller)
        units = sorted(caller.units & set(case.units)) or [case.unit]
        id = str(derived_id("network", f"mark:{caller.name}", key.id) if key else uuid4())
        new = Mark(
            id, case.source, body.mark, self.clock(), caller.name, units[0], body.until, cause=key.sent if key else None
        )
        kept = await self.askings.add_mark(new)
        must_be_the_same(kept.cause, key.sent if key else None)
        return kept

    async def marks(self, case_id: CaseId, caller: Caller) -> list[Mark]:
        """Those of a family, each with why it ended as it was said. Raises NotFound for a case one may not see."""
        case = await self._case(case_id, caller)
        found = await self.askings.marks_of([each.removeprefix("case:") for each in case.within])
        return [await self._said(each) for each in found]

    async def end_mark(self, id: str, reason: str, caller: Caller) -> Mark:
        """A mark that holds no more, with a reason: it stays on record. Raises NotFound."""
        mark = await self.askings.mark(id)
        if mark is None:
            raise NotFound("There is no such mark.", "查無此註記。")
        await self._case(CaseId(mark.case_id), caller)
        why = await self._sealing.coded(mark.case_id, reason)
        return await self._said(await self.askings.end_mark(mark, caller.name, why, self.clock()))

    @property
    def _sealing(self) -> Sealing:
        return Sealing(self.vault, "signal")

    async def _said(self, mark: Mark) -> Mark:
        """The mark with its reason in words, where it was given so; as a code where they were erased."""
        [words] = await self._sealing.open([mark.note]) if mark.note else [None]
        return replace(mark, reason=words) if words else mark

    async def _case(self, id: CaseId, caller: Caller) -> Known:
        found = [each for each in await self.known.parts_of([id_of("case", id)], MOST) if each.kind == "case"]
        if not found or not Scope.of(caller).covers(found[0].county, found[0].units):
            raise NotFound("There is no such case.", "查無此案件。")
        return found[0]

    async def _must_not_be_cut(self, asker: Asker, caller: Caller) -> None:
        """Raises Forbidden, also for the same account in the name of another unit, and for what it was told before."""
        units = {asker.unit, *(caller.units or units_of(asker.unit.partition("/")[0]))}
        if await self.askings.is_cut({asker.id, *(f"{unit} {caller.name}" for unit in units)}):
            raise Forbidden("This asker was cut off: call the duty desk.", "此查詢權限已停用，請洽值班單位。")

    async def _must_have_room(self, asker: Asker, caller: Caller, at: datetime) -> None:
        """Raises TooMany, on the record of the asker alone."""
        by_asker, by_caller = await asyncio.gather(
            self.askings.count(asker.id, at), self.askings.count(f"caller {caller.name}", at)
        )
        own = rules().limits
        if over := _over(by_asker, (own.per_hour, own.per_day)):
            raise _too_many("You have", "您", *over)
        if over := _over(by_caller, (own.caller_per_hour, own.caller_per_day)):
            # Whoever gives ever new names of askers could ask for everybody.
            raise _too_many("Your system has", "貴系統", *over)

    async def _about(self, body: Who, asker: Asker) -> About:
        """What is known of whom is asked for: in as many steps whether anything is."""
        how, keys = self._keys(body, asker.unit.partition("/")[0])
        if not keys:
            raise Unprocessable(
                "Nothing can be looked up by that: write the number, the name with the day of birth, or the address"
                " with its township.",
                "依所填內容無法查詢：請填身分證字號、姓名與出生日期，或含鄉鎮市區的完整地址。",
            )
        if how == "address":
            found = await self.known.sharing("homes", keys, MOST)
            found = found if living_at(found, keys) <= rules().most_at_address else []
        else:
            found = await self.known.of_keys(keys, MOST)
        entries = await still_known(found, self.vault)
        about = About(frozenset(keys), tuple(entries), by="home" if how == "address" else "keys")
        entries = [each for each in entries if each.kind == "case" or about.names(each)]
        within = {id for each in entries if each.kind == "case" for id in each.within}
        parts = await self.known.parts_of(within, MOST)
        return About(about.keys, tuple(entries), tuple(parts), about.by)

    async def _answered(self, id: str, body: SignalBody, asker: Asker, about: About, at: datetime) -> Asking:
        bounds, purpose = rules().bounds, rules().purposes[body.purpose]
        unit, meant = unit_to_call(about, at, bounds, asker.unit), about.meant()
        cases = [each for each in about.entries if each.kind == "case"]
        marks, before, numbers = await asyncio.gather(
            self.askings.marks_of([id.removeprefix("case:") for each in cases for id in each.within]),
            self.askings.answered_about(meant, at - bounds.counted_for),
            self.numbers.numbers(unit, at),
        )
        told = five(about, marks, at, bounds).only(purpose.answers)
        how, _ = self._keys(body, "")
        return Asking(
            id, at, asker, asker.unit.partition("/")[0], body.purpose, how, tuple(sorted(meant)), body.event,
            body.accompanied, tuple(map(_touched, cases)),
            _answer(told, unit, numbers, at, certain=how == "national_id", before=before),
        )  # fmt: skip

    def _keys(self, who: Who, county: str) -> tuple[How, tuple[BlindIndex, ...]]:
        place = Place.model_construct(county=county or None, township=None, village=None, address=who.address)
        person = Person.model_construct(
            role=Role.SUBJECT, name=who.name, national_id=who.national_id, birth_date=who.birth_date, phones=(),
            residence=place if who.address else None,
        )  # fmt: skip
        if who.national_id or who.name:
            keys = identities(person, self.index)
            number = [key for key in keys if key.startswith("id:")]
            return ("national_id", tuple(number)) if who.national_id else ("name", keys)
        house = home(person, self.index)
        return "address", (house,) if house else ()


def _asker(body: SignalBody, caller: Caller) -> Asker:
    """Raises Forbidden for another's unit, and for a purpose that is not the unit's; a partner is of its unit alone."""
    of_nobody = caller.role == PARTNER and not caller.units
    if of_nobody or not Scope.of(caller).speaks_for(body.asker.unit):
        raise Forbidden("You do not speak for that unit.", "您不代表該單位。")
    if not rules().purposes[body.purpose].is_open_to(body.asker.unit):
        raise Forbidden("This purpose is not open to your unit.", "貴單位不得以此目的查詢。")
    return Asker(body.asker.name, body.asker.unit, caller.name)


def _over(counted: tuple[int, int], most: tuple[int, int]) -> tuple[str, str, int] | None:
    """Which limit is passed, of an hour or of a day, and how many it allows."""
    limits = (("an hour", "每小時", most[0]), ("a day", "每日", most[1]))
    return next((limit for limit, count in zip(limits, counted, strict=True) if count > limit[-1]), None)


def _too_many(who: str, zh: str, span: str, span_zh: str, limit: int) -> TooMany:
    said = f"{who} asked as often as may be ({limit} questions {span}): call the duty desk."
    said_zh = f"{zh}查詢次數已達上限（{span_zh} {limit} 次），請洽值班單位。"
    return TooMany(said, said_zh, headers={"Retry-After": "3600"})


def _touched(case: Known) -> Touched:
    return Touched(CaseId(case.source), case.county, case.unit, case.units, case.until is None)


def _answer(
    told: Five, unit: str, numbers: tuple[str | None, str | None], at: datetime, *, certain: bool, before: int
) -> dict[str, bool | int | str | None]:
    day, night = numbers
    return {
        **asdict(told), "identity_certain": certain, "unit": unit, "day": day or rules().fallback["day"],
        "night": night or rules().fallback["night"], "now": by_day(at), "asked_before": before,
    }  # fmt: skip


def by_day(at: datetime) -> str:
    """Whether it is day or night at the desks that are called."""
    local = at.astimezone(TAIPEI)
    hours = rules().day
    return "day" if local.weekday() < 5 and hours["begins"] <= f"{local:%H:%M}" < hours["ends"] else "night"


def _view(asking: Asking) -> SignalView:
    if asking.answer is None:
        raise Unprocessable("This question was refused.", "此查詢未受理。")
    told = dict(asking.answer)
    contact = {name: told[name] for name in ("unit", "day", "night", "now")}
    own = {name: told[name] for name in (*FIVE, "identity_certain", "asked_before")}
    return SignalView.model_validate(own | {"signal_id": asking.id, "contact": contact, "as_of": asking.at})
