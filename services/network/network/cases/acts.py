"""What one person does with a case, at a page or through the API: look, change by the domain's rules, save."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import Envelope, Event, derived_id
from contracts.roles import Caller
from kit.problems import Conflict, Forbidden, NotFound, Problem
from kit.telemetry import carried

from network import words
from network.access import Scope
from network.cases.domain.case import Case
from network.cases.domain.changes import signed
from network.cases.domain.refusals import Refused
from network.cases.domain.register import Register
from network.cases.handlers import envelopes
from network.cases.store import ALONE, Cases, Touched
from network.clock import now
from network.once import Key, must_be_the_same


@dataclass(frozen=True)
class Act:
    """Who does something for which unit, when, and under which id: under the same id again it changes nothing."""

    by: str
    unit: UnitId
    cause: str
    at: datetime


Change = Callable[[Register, Case, Act], tuple[Case, Sequence[Event]]]
Speaker = Callable[[Case], Sequence[UnitId]]
"""The units in whose name an act may be done, the nearest first. Raises Refused where the case knows none."""

_UNKNOWN = "_unknown"
"""Codes of what the case does not have end so: they answer 404."""


def by_lead(case: Case) -> Sequence[UnitId]:
    """The unit that answers for the case."""
    return (case.lead.unit,)


def by_any(case: Case) -> Sequence[UnitId]:
    """Every unit that has part in the case."""
    return (case.lead.unit, *case.units)


class Acts:
    """Changes of one case; what a person may not see does not exist for them."""

    def __init__(self, cases: Cases, clock: Callable[[], datetime] = now) -> None:
        self._cases = cases
        self._clock = clock

    async def case(self, id: str, caller: Caller) -> Case:
        """Raises NotFound, also for a case that this caller may not see."""
        return _seen(await self._cases.get(CaseId(id)), Scope.of(caller))

    async def now_in(self, case: Case) -> Case:
        """The case that a case is part of now, else itself: for the part that an act made, when it is sent again."""
        return await self._cases.get(await self._cases.taken_in(case.id)) or case

    async def act(
        self, id: str, caller: Caller, change: Change, *, by: str | None = None, key: Key | None = None,
        speaker: Speaker = by_lead, touched: Touched = ALONE, leaving: bool = False,
    ) -> tuple[Case, Act]:  # fmt: skip
        """Change a case in the name of a unit of `speaker`; the case afterwards, and the act.

        A `key` makes a repeat harmless; also that of an act by which one is `leaving` the case, and sees it no more: of
        such a case nothing but the part that was answered may be told.

        Raises NotFound, Forbidden, and Conflict with what must be settled first, or for another act under a used key.
        """
        cause = str(derived_id("network", f"{id}:{caller.name}", key.id) if key else uuid4())
        scope, at, done = Scope.of(caller), self._clock(), list[tuple[Case, Act]]()

        def work(register: Register) -> list[Envelope]:
            known = register.cases.get(CaseId(id))
            case = known if leaving and known and known.has_seen(cause) else _seen(known, scope)
            if case.has_seen(cause):
                must_be_the_same(case.sent_for(cause), key.sent if key else None)
                done[:] = [(case, Act(by or caller.name, case.lead.unit, cause, at))]
                return []
            act = Act(by or caller.name, _speaks(scope, case, speaker), cause, at)
            after, events = change(register, case, act)
            done[:] = [(register.save(signed(after, cause, key.sent if key else None)), act)]
            return envelopes(events, cause, carried(), at)

        try:
            await self._cases.change(replace(touched, cases=(*touched.cases, CaseId(id))), work, at=at)
        except Refused as error:
            raise problem(error) from None
        return done[0]


def problem(error: Refused) -> Problem:
    """Everything that stands in the way, each with its code and what it is about."""
    errors = [
        {"code": each.code, "about": each.about, **words.of(f"missing.{each.code}")._asdict()} for each in error.missing
    ]
    first = words.of(f"missing.{error.missing[0].code}")
    if error.missing[0].code.endswith(_UNKNOWN):
        return NotFound(first.en, first.zh, errors=errors)
    if len(errors) == 1:
        return Conflict(first.en, first.zh, errors=errors)
    return Conflict("Settle what is listed first.", "請先處理下列事項。", errors=errors)


def _seen(case: Case | None, scope: Scope) -> Case:
    if case is None or not scope.covers(case.county, case.parties):
        raise NotFound("There is no such case.", "查無此共案。")
    return case


def _speaks(scope: Scope, case: Case, speaker: Speaker) -> UnitId:
    """The unit in whose name this is done. Raises Forbidden where the scope speaks for none of them."""
    units = speaker(case)
    unit = next((each for each in units if scope.speaks_for(each)), None)
    if unit is None:
        said = words.of(units[0])
        raise Forbidden(f"Only {said.en} may do that.", f"僅{said.zh}可執行。")
    return unit
