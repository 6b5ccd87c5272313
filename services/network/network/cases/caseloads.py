"""Caseloads: all that one worker has, handed to others one by one, with a result for each; and who owns what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain, cycle
from typing import Protocol

from contracts.decisions import UnitId
from contracts.roles import Caller
from kit.mongo import Session
from kit.problems import Forbidden, Problem

from network.access import Scope
from network.cases import deeds
from network.cases.acts import Acts
from network.cases.domain.case import Case
from network.cases.domain.changes import found, part_id
from network.cases.domain.handovers import Hands, shared_out
from network.cases.part_views import OwnsView
from network.cases.store import Cases
from network.clock import now
from network.once import Key
from network.tasks.domain.task import Task
from network.tasks.store import Tasks, Wanted
from network.tasks.views import TaskView

AT_ONCE = 1_000


@dataclass(frozen=True)
class Offer:
    """A caseload offered: whose, to whom, why, by whom; the same `key` again offers nothing twice."""

    leaver: Hands
    to: Sequence[Hands]
    reason: str
    by: str | None
    key: Key

    @property
    def own(self) -> Sequence[Hands]:
        """Those of the leaver's own unit, which answers for what goes to them; the unit itself where none is named."""
        return [each for each in self.to if each.unit == self.leaver.unit] or [Hands(self.leaver.unit, None)]


@dataclass(frozen=True)
class Handed:
    """What became of one case of a caseload: offered, or what stood in the way."""

    case_id: str
    to: Hands
    handover_id: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Given:
    """In whose hands a household of a list is now: another worker's of its unit, or nobody's by name."""

    household_id: str
    to: Hands


@dataclass(frozen=True)
class Passed:
    """In whose hands a task is now that no open case carries along: of a programme, a referral, a letter."""

    task_id: str
    to: Hands


@dataclass(frozen=True)
class Load:
    """What became of everything that a worker had."""

    cases: Sequence[Handed] = ()
    households: Sequence[Given] = ()
    tasks: Sequence[Passed] = ()


class Lists(Protocol):
    """The households of lists, which cases do not know."""

    async def held(
        self, person: str, unit: UnitId | None, scope: Scope, moment: Session | None = None
    ) -> Sequence[str]: ...

    async def hand(self, id: str, leaver: Hands, to: Hands, by: str) -> None: ...


class Caseloads:
    """What a worker leads or takes part in, what they owe in cases of others, and the households that they visit."""

    def __init__(self, cases: Cases, tasks: Tasks, acts: Acts, lists: Lists) -> None:
        self._cases = cases
        self._tasks = tasks
        self._acts = acts
        self._lists = lists

    async def hand_out(self, offer: Offer, caller: Caller) -> Load:
        """Offer all that a worker has, spread over others: one line for each, nothing skipped in silence.

        Raises Forbidden for a worker of a unit that the caller does not speak for.
        """
        if not Scope.of(caller).speaks_for(offer.leaver.unit):
            raise Forbidden("This token does not cover that unit.", "此權杖不含該單位。")
        cases = await self.carried(offer.leaver)
        loads = [(case.id, sum(task.person == offer.leaver.person for task in case.owed)) for case in cases]
        shares = shared_out(loads, offer.to)
        handed = [await self._offer(case, shares[case.id], offer, caller) for case in cases]
        visited = await self._visited(offer, caller)
        return Load(handed, visited, await self._passed(offer, {id for case in cases for id in case.ids}))

    async def carried(self, worker: Hands) -> list[Case]:
        """The open cases that a worker leads, takes part in, or owes something in, whoever asks."""
        wanted = Wanted(unit=worker.unit, person=worker.person)
        async with self._cases.at_one_moment() as moment:
            served = await self._cases.served_by(worker.person or "", worker.unit, moment)
            known = {case.id for case in served}
            tasks = await self._owed(Scope(frozenset("*")), wanted, moment)
            others = {task.case_id for task in tasks if task.case_id and task.case_id not in known}
            named = await self._cases.all_of(sorted(others), moment)
        return list(chain(served, (case for case in named if case.is_open)))

    async def owned(self, person: str, unit: UnitId | None, scope: Scope) -> OwnsView:
        """What a person leads, has part in, visits or owes, and handovers that nobody answered, within a scope.

        All of one moment: who gives up a case and is given a task at once never owns nothing.
        """
        async with self._cases.at_one_moment() as moment:
            tasks = await self._owed(scope, Wanted(unit=unit, person=person), moment)
            served = await self._cases.served_by(person, unit, moment)
            visited = await self._lists.held(person, unit, scope, moment)
        cases = [each for each in served if scope.covers(each.county, each.parties)]
        offered = [each for case in cases for each in case.handovers if each.state == "offered"]
        return OwnsView(
            person=person, cases=tuple(case.id for case in cases), tasks=tuple(map(TaskView.model_validate, tasks)),
            handovers=tuple(each.id for each in offered), households=tuple(visited),
            nothing=not (tasks or cases or visited),
        )  # fmt: skip

    async def _visited(self, offer: Offer, caller: Caller) -> list[Given]:
        """The households of a worker, to others of the same unit; it answers for them, so nobody need take them."""
        leaver, by = offer.leaver, offer.by or caller.name
        ids = await self._lists.held(leaver.person or "", leaver.unit, Scope(frozenset("*")))
        given = [Given(id, to) for id, to in zip(ids, cycle(offer.own), strict=False)]
        for each in given:
            await self._lists.hand(each.household_id, leaver, each.to, by)
        return given

    async def _passed(self, offer: Offer, carried: Collection[str]) -> list[Passed]:
        """What a worker owes outside of the cases that are offered, to others of the same unit; of one thing, to one.

        Households took theirs along before.
        """
        leaver = offer.leaver
        async with self._cases.at_one_moment() as moment:
            tasks = await self._owed(Scope(frozenset("*")), Wanted(unit=leaver.unit, person=leaver.person), moment)
        tasks = [each for each in tasks if each.case_id not in carried]
        heirs = dict(zip(dict.fromkeys(each.because.id for each in tasks), cycle(offer.own), strict=False))
        passed = [Passed(each.id, heirs[each.because.id]) for each in tasks]
        for each in passed:
            await self._tasks.give(each.task_id, (leaver.unit, leaver.person), (each.to.unit, each.to.person), at=now())
        return passed

    async def _owed(self, scope: Scope, wanted: Wanted, moment: Session) -> list[Task]:
        """All of it, however much that is."""
        found, after = await self._tasks.find(scope, wanted, None, AT_ONCE, moment)
        while after:
            page, after = await self._tasks.find(scope, wanted, after, AT_ONCE, moment)
            found += page
        return found

    async def _offer(self, case: Case, to: Hands, offer: Offer, caller: Caller) -> Handed:
        def speaker(_: Case) -> Sequence[UnitId]:
            return (offer.leaver.unit,)

        change = deeds.offer(to, offer.reason, offer.leaver)
        try:
            case, act = await self._acts.act(case.id, caller, change, by=offer.by, key=offer.key, speaker=speaker)
        except Problem as problem:
            return Handed(case.id, to, problem=problem)
        made = found(case.handovers, part_id(case.id, act.cause))
        # Sent again, a load is spread anew over what is left: what stands is what was offered.
        return Handed(case.id, Hands(made.to_unit, made.to_person), made.id)
