"""What rooms on the index of people ask of others: who hears of a question, whom to call, who is called what."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.cases import CaseId
from contracts.event import Envelope, derived_id
from kit.mongo import Session
from rules.spans import TAIPEI

from network.cases.domain.changes import new_task
from network.cases.domain.register import Register
from network.cases.family import People
from network.cases.store import Cases
from network.cases.store import Touched as Reached
from network.directory.domain.entry import Hours, Window
from network.directory.store import Directory
from network.early_warnings.finding import Lead
from network.signals.domain.asking import Asking, Touched
from network.signals.rules import rules as signals
from network.steps.step import Step
from network.steps.store import Steps
from network.tasks.domain.task import Because


class LeadsOf:
    """The leads of families that somebody asked about on the spot."""

    def __init__(self, cases: Cases, steps: Steps) -> None:
        self._cases = cases
        self._steps = steps

    async def tell(self, case: Touched, asking: Asking, what: str | None, at: datetime) -> None:
        """A line in the story of a case, and for `what` a task of its lead, unless it owes one already."""
        id = await self._cases.taken_in(CaseId(case.case_id))
        step = Step(
            str(derived_id("network", asking.id, f"step:{id}")), "network", "signal.asked", asking.at, None, id,
            unit=asking.asker.unit, by=asking.asker.name, reason=f"purpose.{asking.purpose}",
        )  # fmt: skip
        await self._steps.keep([step])

        def owe(register: Register) -> Sequence[Envelope]:
            now = register.cases.get(id)
            if what and now and now.is_open and not any(task.what == what for task in now.owed):
                due = register.days(now.county).due(signals().tells_lead.within, at)
                task = new_task(
                    now, what, now.lead.unit, Because("signal", asking.id), cause=asking.id, at=at, due_at=due,
                    person=now.lead.person, source="county setting", verified=False,
                )  # fmt: skip
                register.save(replace(now, tasks=(*now.tasks, task)))
            return ()

        if what:
            await self._cases.change(Reached(cases=[id]), owe, at=at)


class ServedBy:
    """Who leads the open case of a family that a warning is of."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def lead(self, case_ids: Collection[str], session: Session) -> Lead | None:
        """Of the first that is open, or is part of one that is; whoever gives it to others meanwhile starts again."""
        for id in case_ids:
            case = await self._cases.touch(await self._cases.taken_in(CaseId(id)), session)
            if case and case.is_open:
                return Lead(case.id, case.lead.unit, case.lead.person)
        return None


class NamesOf:
    """What the people of cases are called, covered, by their keys."""

    def __init__(self, cases: Cases, people: People) -> None:
        self._cases = cases
        self._people = people

    async def names(self, cases: Collection[str]) -> dict[str, str]:
        found = await self._cases.all_of(sorted(cases))
        read = await self._people.read_all(found)
        return {key: each.name for of_case in read for each in self._people.in_(of_case) for key in each.keys}


class NumbersOf:
    """Whom a unit says in the directory to call, by day and by night."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def numbers(self, unit: str, at: datetime) -> tuple[str | None, str | None]:
        entry = await self._directory.of_unit(unit)
        on = at.astimezone(TAIPEI).date().isoformat()
        said = [each for each in entry.content.windows if each.phone and _holds(each, on)] if entry else []
        always = next((each.phone for each in said if not each.hours), None)
        by_night = next((each.phone for each in said if any(map(_is_of_nights, each.hours))), None)
        by_day = next((each.phone for each in said if each.hours and not any(map(_is_of_nights, each.hours))), None)
        return by_day or always or by_night, by_night or always


def _holds(window: Window, on: str) -> bool:
    return (window.valid_from or on) <= on <= (window.valid_to or on)


def _is_of_nights(hours: Hours) -> bool:
    """Until the next morning, or from the evening on."""
    return hours.closes_at <= hours.opens_at or hours.closes_at >= "22:00"
