"""Referrals that wait for an answer in working days, in MongoDB: each moved with what is owed for it, at once."""

from collections.abc import Sequence
from datetime import datetime

from kit.mongo import Database, Session
from pydantic import TypeAdapter
from rules.calendars import WORKING_DAYS, Calendar

from network.book import Book, Saved
from network.days.store import Kept
from network.referrals.domain.promises import recounted
from network.referrals.domain.referral import Referral
from network.tasks.domain.task import Task, counted
from network.tasks.store import Tasks

_REFERRAL = TypeAdapter(Referral)


class Promised:
    """The promises of referrals; what is owed in a case moves with its case."""

    def __init__(self, book: Book, database: Database, tasks: Tasks) -> None:
        self._book = book
        self._referrals = database["referrals"]
        self._tasks = tasks

    async def count(self, kept: Kept, at: datetime) -> None:
        """Every referral of the county that moves, one at a time; a repeat changes nothing."""
        for id in await self._in_working_days(kept.county, kept.days):
            await self._move(id, kept.days, at)

    async def _in_working_days(self, county: str, days: Calendar) -> list[str]:
        """The ids of a county's referrals, and of reports that are owed one, that may have moved since it said so."""
        since = days.told[0].told_at
        query = {
            "county": county, "state": "sent", "answer_due_at": {"$gt": since},
            "promise": {"$regex": f"{WORKING_DAYS}$"},
        }  # fmt: skip
        waiting = [_referral(each) async for each in self._referrals.find(query)]
        owed = await self._tasks.in_working_days(county, since)
        found = [each.id for each in waiting if recounted(each, days) is not each]
        found += [each.because.id for each in owed if _is_own(each) and counted(each, days) is not each]
        return list(dict.fromkeys(found))

    async def _move(self, id: str, days: Calendar, at: datetime) -> None:
        """Count one, and the tasks that it has outside of cases; a repeat changes nothing."""

        async def attempt(session: Session) -> Sequence[Saved]:
            await self._recount(id, days, session)
            open_ = [each for each in await self._tasks.because_of_all([id], session) if _is_own(each)]
            tasks = [again for each in open_ if (again := counted(each, days)) is not each]
            return [await self._tasks.write(tasks, at=at, session=session)] if tasks else ()

        await self._book.change(attempt)

    async def _recount(self, id: str, days: Calendar, session: Session) -> None:
        document = await self._referrals.find_one({"_id": id}, session=session)
        before = _referral(document) if document else None
        if before and (after := recounted(before, days)) is not before:
            sets = {"$set": {"answer_due_at": after.answer_due_at}}
            await self._referrals.update_one({"_id": id}, sets, session=session)


def _is_own(task: Task) -> bool:
    """Of a referral, or of a report to which no unit was sent; the tasks of a case are its own to move, with a line."""
    return task.because.kind in ("referral", "report") and task.case_id is None


def _referral(document: dict[str, object]) -> Referral:
    return _REFERRAL.validate_python({**document, "id": document["_id"]})
