"""Caseloads: all that one worker has, handed to others case by case, with a result for each; and who owns what."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from contracts.decisions import UnitId
from contracts.roles import Caller
from kit.problems import Forbidden, Problem

from network.access import Scope
from network.cases import deeds
from network.cases.acts import Acts
from network.cases.domain.case import Case
from network.cases.domain.changes import part_id
from network.cases.domain.handovers import Hands, shared_out
from network.cases.part_views import OwnsView
from network.cases.store import Cases
from network.tasks.store import Tasks, Wanted
from network.tasks.views import TaskView

MOST = 10_000


@dataclass(frozen=True)
class Offer:
    """A caseload offered: whose, to whom, why, by whom; the same `key` again offers nothing twice."""

    leaver: Hands
    to: Sequence[Hands]
    reason: str
    by: str | None
    key: str


@dataclass(frozen=True)
class Handed:
    """What became of one case of a caseload: offered, or what stood in the way."""

    case_id: str
    to: Hands
    handover_id: str | None = None
    problem: Problem | None = None


class Caseloads:
    """What a worker leads or takes part in, and what they owe in cases of others."""

    def __init__(self, cases: Cases, tasks: Tasks, acts: Acts) -> None:
        self._cases = cases
        self._tasks = tasks
        self._acts = acts

    async def hand_out(self, offer: Offer, caller: Caller) -> list[Handed]:
        """Offer every case of a worker, spread over others: one line for each, nothing skipped in silence.

        Raises Forbidden for a worker of a unit that the caller does not speak for.
        """
        if not Scope.of(caller).speaks_for(offer.leaver.unit):
            raise Forbidden("This token does not cover that unit.", "此權杖不含該單位。")
        cases = await self._carried(offer.leaver)
        loads = [(case.id, sum(task.person == offer.leaver.person for task in case.owed)) for case in cases]
        shares = shared_out(loads, offer.to)
        return [await self._offer(case, shares[case.id], offer, caller) for case in cases]

    async def owned(self, person: str, unit: UnitId | None, scope: Scope) -> OwnsView:
        """Cases that a person leads or has part in, tasks they owe and handovers nobody answered, within a scope."""
        tasks = await self._tasks.find(scope, Wanted(unit=unit, person=person), None, MOST)
        cases = [each for each in await self._cases.served_by(person, unit) if scope.covers(each.county, each.parties)]
        offered = [each for case in cases for each in case.handovers if each.state == "offered"]
        return OwnsView(
            person=person, cases=tuple(case.id for case in cases), tasks=tuple(map(TaskView.model_validate, tasks)),
            handovers=tuple(each.id for each in offered), nothing=not (tasks or cases),
        )  # fmt: skip

    async def _carried(self, worker: Hands) -> list[Case]:
        served = await self._cases.served_by(worker.person or "", worker.unit)
        known = {case.id for case in served}
        tasks = await self._tasks.find(
            Scope(frozenset("*")), Wanted(unit=worker.unit, person=worker.person), None, MOST
        )
        others = {task.case_id for task in tasks if task.case_id and task.case_id not in known}
        return list(chain(served, await self._cases.all_of(sorted(others))))

    async def _offer(self, case: Case, to: Hands, offer: Offer, caller: Caller) -> Handed:
        def speaker(_: Case) -> Sequence[UnitId]:
            return (offer.leaver.unit,)

        change = deeds.offer(to, offer.reason, offer.leaver)
        try:
            case, act = await self._acts.act(case.id, caller, change, by=offer.by, key=offer.key, speaker=speaker)
        except Problem as problem:
            return Handed(case.id, to, problem=problem)
        return Handed(case.id, to, part_id(case.id, act.cause))
