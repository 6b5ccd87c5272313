"""Linkings in MongoDB: what a decision, a referral or an advice changes, with the window's task, in one transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from contracts.decisions import DecisionMade, Outcome
from contracts.event import Envelope, Event, derived_id
from contracts.referrals import AdviceGiven
from contracts.topics import REFERRALS
from kit.inbox import Received
from kit.mongo import Database, Document, Session
from kit.paging import Order, Page
from kit.telemetry import carried
from pydantic import TypeAdapter
from pymongo import UpdateOne
from rules.calendars import NATIONAL
from rules.spans import Span

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.clock import SOURCE, now
from network.days.store import Calendars
from network.referrals.linking.linking import LINK, Linking, decided, owed
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_LINKING = TypeAdapter(Linking)
_LATEST = Order("decided_at", descending=True)
_STANDING = ("open", "linked")
"""Every state but `ended`, each by name: an index has those of one in order."""

Change = Callable[[Linking], Linking]


class Changed(NamedTuple):
    """A linking as it is now, and who made it so."""

    linking: Linking
    by: str


class Linkings:
    """The linkings of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks, within: Span) -> None:
        self._book = book
        self._shelf = book.shelf(database["linkings"], REFERRALS)
        self._linkings = self._shelf.collection
        self._referrals = database["referrals"]
        self._calendars = Calendars(database)
        self._tasks = tasks
        self._within = within

    async def prepare(self) -> None:
        await self._linkings.create_index([("county", 1), ("state", 1), *_LATEST.sort])
        await self._referrals.create_index("report_id", sparse=True)

    async def on_decisions(self, batch: Sequence[Received[Event]]) -> None:
        """Take in which reports no unit is sent to, and which it is after all: a batch in one transaction."""
        made = [each.event for each in batch if isinstance(each.event, DecisionMade)]
        known = set(await self._linkings.distinct("_id", {"_id": {"$in": [each.report_id for each in made]}}))
        known |= {each.report_id for each in made if each.outcome is Outcome.NO_DISPATCH}
        made = [each for each in made if each.report_id in known]
        if made:
            await self._book.change(partial(self._decide, made))

    async def get(self, report_id: str) -> Linking | None:
        document = await self._linkings.find_one({"_id": report_id, "version": {"$gt": 0}})
        return _linking(document) if document else None

    async def find(self, scope: Scope, state: str | None, after: str | None, limit: int) -> Page[Linking]:
        """The last decided first, from beyond the place `after`."""
        query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
        query |= {"version": {"$gt": 0}, "state": state or {"$in": _STANDING}}
        return await _LATEST.page(self._linkings, query, after, limit, _linking)

    async def change(self, report_id: str, county: str, change: Change, *, by: str, at: datetime) -> Linking:
        """One change of a linking that somebody makes, with its event. What `change` raises changes nothing."""
        after: list[Linking] = []

        async def work(session: Session) -> Sequence[Saved]:
            before = await self._read(report_id, county, session)
            after[:] = [change(before)]
            new = [each for each in after[0].advice if each not in before.advice]
            events = [_envelope(after[0], each.id, at) for each in new]
            return await self._write([Changed(after[0], by)], events, at=at, session=session)

        await self._book.change(work)
        return after[0]

    async def settle(self, report_id: str, county: str, *, by: str, at: datetime, session: Session) -> Sequence[Saved]:
        """What a referral of a report means for its linking, in the referral's transaction."""
        linking = await self._read(report_id, county, session)
        return await self._write([Changed(linking, by)], (), at=at, session=session)

    async def _decide(self, made: Sequence[DecisionMade], session: Session) -> Sequence[Saved]:
        linkings = await self._read_all({each.report_id: each.county for each in made}, session)
        changed: dict[str, Changed] = {}
        for decision in made:
            before = linkings[decision.report_id]
            if before != (after := decided(before, decision)):
                linkings[decision.report_id] = after
                changed[decision.report_id] = Changed(after, decision.decided_by)
        return await self._write(list(changed.values()), (), at=now(), session=session) if changed else ()

    async def _read(self, report_id: str, county: str, session: Session) -> Linking:
        return (await self._read_all({report_id: county}, session))[report_id]

    async def _read_all(self, counties: Mapping[str, str], session: Session) -> dict[str, Linking]:
        """The linkings of reports, touched: a decision and a referral that race for one report meet here."""
        touches = [
            UpdateOne({"_id": id}, {"$inc": {"touches": 1}, "$setOnInsert": {"county": county, "version": 0}}, True)
            for id, county in sorted(counties.items())
        ]
        await self._linkings.bulk_write(touches, session=session)
        found = self._linkings.find({"_id": {"$in": list(counties)}}, session=session)
        return {each["_id"]: _linking(each) async for each in found}

    async def _write(
        self, changed: Sequence[Changed], events: Sequence[Envelope], *, at: datetime, session: Session
    ) -> Sequence[Saved]:
        ids = [each.linking.report_id for each in changed]
        live = {"report_id": {"$in": ids}, "case_id": None, "state": {"$ne": "withdrawn"}}
        services: dict[str, set[str]] = {id: set() for id in ids}
        async for referral in self._referrals.find(live, {"report_id": 1, "service": 1}, session=session):
            services[referral["report_id"]].add(referral["service"])
        after = [each._replace(linking=_referred(each.linking, services[each.linking.report_id])) for each in changed]
        tasks = await self._owed(after, at=at, session=session)
        return [
            await self._shelf.write([_document(each.linking) for each in after], events, at=at, session=session),
            await self._tasks.write(tasks, at=at, session=session),
        ]

    async def _owed(self, changed: Sequence[Changed], *, at: datetime, session: Session) -> list[Task]:
        mine = [each for each in changed if each.linking.version]
        if not mine:
            return []
        known = await self._tasks.because_of_each([each.linking.report_id for each in mine], session)
        calendars = await self._calendars.by_county(session)
        tasks: list[Task] = []
        for linking, by in mine:
            links = tuple(task for task in known.get(linking.report_id, ()) if task.what == LINK)
            tasks += owed(linking, links, self._within, calendars.get(linking.county, NATIONAL), by=by, at=at)
        return tasks


def _referred(linking: Linking, services: Collection[str]) -> Linking:
    return _LINKING.validate_python({**_LINKING.dump_python(linking), "referred": tuple(sorted(services))})


def _envelope(linking: Linking, advice_id: str, at: datetime) -> Envelope:
    advice = next(each for each in linking.advice if each.id == advice_id)
    event = AdviceGiven.model_validate({
        "report_id": linking.report_id, "county": linking.county, "advised": advice.advised,
        "family_agrees": advice.agrees, "given_at": advice.at,
    })  # fmt: skip
    id = derived_id("network", advice_id, "advice.given")
    return Envelope.of(event, id=id, source=SOURCE, time=at, trace=carried())


def _document(linking: Linking) -> Document:
    document: Document = _LINKING.dump_python(linking)
    advised = sorted({code for each in linking.advice for code in each.advised})
    return {"_id": document.pop("report_id"), **document, "state": linking.state, "advised": advised}


def _linking(document: Document) -> Linking:
    return _LINKING.validate_python({**document, "report_id": document["_id"]})
