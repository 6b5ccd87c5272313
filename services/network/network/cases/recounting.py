"""Counts anew what cases owe in working days, by what their county says of its days."""

from collections.abc import Sequence
from datetime import datetime

from contracts.cases import CaseId
from contracts.event import Envelope

from network.cases.domain.days import with_days
from network.cases.domain.register import Register
from network.cases.store import Cases, Touched
from network.days.store import Kept
from network.tasks.domain.task import counted
from network.tasks.store import Tasks

AT_ONCE = 50


class Recounting:
    """The open tasks of cases, so many cases in one transaction."""

    def __init__(self, cases: Cases, tasks: Tasks) -> None:
        self._cases = cases
        self._tasks = tasks

    async def count(self, kept: Kept, at: datetime) -> None:
        """Every case of the county of which a task moves; a repeat changes nothing."""

        def work(register: Register) -> Sequence[Envelope]:
            for case in list(register.cases.values()):
                if (after := with_days(case, register.days(case.county), at)) is not case:
                    register.save(after)
            return ()

        open_ = await self._tasks.in_working_days(kept.county, kept.days.told[0].told_at)
        own = (task for task in open_ if task.case_id and task.because.kind != "stage")
        found = (task.case_id for task in own if task.case_id and counted(task, kept.days) is not task)
        ids = [CaseId(id) for id in dict.fromkeys(found)]
        for first in range(0, len(ids), AT_ONCE):
            await self._cases.change(Touched(cases=ids[first : first + AT_ONCE]), work, at=at)
