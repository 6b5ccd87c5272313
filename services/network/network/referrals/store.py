"""Referrals in MongoDB: each step with what is owed for it, its line in the story of the case, and its event."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.event import Envelope, derived_id
from contracts.topics import REFERRALS
from kit.mongo import Database, Document, Session, drop_index
from kit.paging import Order, Page
from kit.telemetry import carried
from pydantic import TypeAdapter
from pymongo import DESCENDING
from rules.calendars import NATIONAL
from rules.spans import Span

from network.access import EVERYWHERE, Scope
from network.book import Book, Saved
from network.clock import SOURCE
from network.days.store import Calendars
from network.known.store import Source, Whereabouts
from network.referrals.domain.events import event
from network.referrals.domain.owing import Terms, hands, owed, settled
from network.referrals.domain.referral import Referral
from network.referrals.known import of_referral
from network.referrals.linking.store import Linkings
from network.services import catalogue
from network.steps.step import Step
from network.steps.store import Steps
from network.tasks.domain.task import Task
from network.tasks.store import Tasks

_REFERRAL = TypeAdapter(Referral)
_LATEST = Order("sent_at", descending=True)

Work = Callable[[Referral | None, Session], Awaitable[Referral]]
"""From a referral as it is, None for a new one, to what it is then; must be repeatable."""


TermsOf = Callable[[str], Terms]
AskingOf = Callable[[str, str], tuple[str, ...]]
"""Of a referral's id and service: the units on the side that asks."""


@dataclass(frozen=True)
class Sought:
    """Which referrals; None where it does not matter. `unit` asks or is asked; `side` says which of the two.

    `outside`: of those that are asked for, the ones that were sent from outside alone.
    """

    state: str | None = None
    service: str | None = None
    unit: str | None = None
    case_ids: tuple[str, ...] = ()
    side: str | None = None
    outside: bool = False


class Referrals:
    """The referrals of this service's database."""

    def __init__(self, book: Book, database: Database, tasks: Tasks, steps: Steps, linkings: Linkings) -> None:
        self._book = book
        self._linkings = linkings
        self._shelf = book.shelf(database["referrals"], REFERRALS)
        self._referrals = self._shelf.collection
        self._calendars = Calendars(database)
        self._tasks = tasks
        self._steps = steps
        self._known = Whereabouts(database)

    async def prepare(self) -> None:
        for fields in (("to",), ("asking",), ("county",), ("county", "state"), ("county", "service")):
            await self._referrals.create_index([*((field, 1) for field in fields), *_LATEST.sort])
        await drop_index(self._referrals, "county_1_sent_at_1")
        await self._referrals.create_index("case_id")
        # Of an earlier release, which kept no more than who sent it.
        await self._referrals.update_many({"asking": {"$exists": False}}, [{"$set": {"asking": ["$from_unit"]}}])

    async def get(self, id: str) -> Referral | None:
        document = await self._referrals.find_one({"_id": id})
        return _referral(document) if document else None

    async def of_cases(self, ids: Sequence[str], scope: Scope | None = None) -> list[Referral]:
        """Those of cases, the last sent first; with a scope, those on whose asking side it stands."""
        query: Document = {"case_id": {"$in": list(ids)}}
        query |= {"asking": {"$in": sorted(scope.units)}} if scope and scope.units else {}
        found = self._referrals.find(query).sort("sent_at", DESCENDING)
        return [_referral(document) async for document in found]

    async def of_report(self, report_id: str) -> list[Referral]:
        """Those of a report to which no unit was sent, the last sent first."""
        found = self._referrals.find({"report_id": report_id, "case_id": None}).sort("sent_at", DESCENDING)
        return [_referral(document) async for document in found]

    async def find(self, scope: Scope, sought: Sought, after: str | None, limit: int) -> Page[Referral]:
        """Referrals within a scope, the last sent first, from beyond the place `after`."""
        return await _LATEST.page(self._referrals, _query(scope, sought), after, limit, _referral)

    @property
    def sources(self) -> tuple[Source, ...]:
        """What makes people known here."""
        return (Source("referral", self._referrals, lambda document: of_referral(_referral(document))),)

    async def due(self, county: str, promise: str, at: datetime) -> datetime:
        """When what is promised at a time is due by the county's days."""
        days = (await self._calendars.by_county()).get(county, NATIONAL)
        return days.due(Span.parse(promise), at)

    async def change(self, id: str, work: Work, terms: TermsOf, *, by: str, at: datetime) -> Referral:
        """One step of a referral with all that follows, in one transaction. What `work` raises changes nothing."""
        done: list[Referral] = []

        async def attempt(session: Session) -> Sequence[Saved]:
            document = await self._referrals.find_one({"_id": id}, session=session)
            before = _referral(document) if document else None
            after = await work(before, session)
            done[:] = [after]
            if before == after:
                return ()
            tasks = await self._tasks_of(after, terms(after.service), by=by, at=at, session=session)
            await self._steps.add([_step(after)], session)
            await self._known.write([of_referral(after)], (), session)
            written = await self._shelf.write([_document(after)], [_envelope(after, at)], at=at, session=session)
            saved = [written, await self._tasks.write(tasks, at=at, session=session)]
            if after.report_id and not after.case_id and after.state in ("sent", "withdrawn"):
                saved += await self._linkings.settle(after.report_id, after.county, by=by, at=at, session=session)
            return saved

        await self._book.change(attempt)
        return done[0]

    async def follow(self, ids: Sequence[str], asking: AskingOf, session: Session) -> None:
        """Keep who stands on the asking side of the referrals of a case, after the case changed hands."""
        found = self._referrals.find({"case_id": {"$in": list(ids)}}, session=session)
        for referral in [_referral(document) async for document in found]:
            if (units := asking(referral.id, referral.service)) != referral.asking:
                await self._referrals.update_one({"_id": referral.id}, {"$set": {"asking": units}}, session=session)
                await self._known.write([of_referral(replace(referral, asking=units))], (), session)

    async def _tasks_of(self, after: Referral, terms: Terms, *, by: str, at: datetime, session: Session) -> list[Task]:
        """The tasks of the step before, settled, and those of this one; and that of a refusal which this answers."""
        known = await self._tasks.because_of(after.id, session)
        days = (await self._calendars.by_county(session)).get(after.county, NATIONAL)
        ended = settled(after, known, by=by, at=at)
        if after.version == 1 and after.instead_of:
            ended += settled(after, await self._tasks.because_of(after.instead_of, session), by=by, at=at)
        return [*ended, *owed(after, hands(after, known), terms, days, at=at)]


def _query(scope: Scope, sought: Sought) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
    sides = [sought.side] if sought.side else ["to", "from_unit"]
    both: list[Document] = []
    for units in (scope.units, {sought.unit} if sought.unit else ()):
        if units:
            both.append({"$or": [_on(side, sorted(units), sought) for side in sides]})
    query |= {"$and": both} if both else {}
    query |= {"case_id": {"$in": list(sought.case_ids)}} if sought.case_ids else {}
    exact = {"state": sought.state, "service": sought.service}
    return query | {name: value for name, value in exact.items() if value}


def _on(side: str, units: list[str], sought: Sought) -> Document:
    field = "to" if side == "to" else "asking"
    return {field: {"$in": units}} | ({"outside": True} if sought.outside and side != "to" else {})


def _step(after: Referral) -> Step:
    """The line of the last step in the story of a case: codes and units, not who is asked where few may see it."""
    line = after.history[-1]
    id = str(derived_id("network", after.id, f"step:{after.version}"))
    return Step(
        id, "network", f"referral.{line.what}", line.at, None if after.case_id else after.report_id, after.case_id,
        unit=after.from_unit if _is_quiet(after) else after.to, by=line.by, reason=line.reason,
    )  # fmt: skip


def _is_quiet(referral: Referral) -> bool:
    service = catalogue().services[referral.service]
    return service.sealed or service.seen_by == "lead"


def _envelope(after: Referral, at: datetime) -> Envelope:
    id = derived_id("network", after.id, f"event:{after.version}")
    told = event(after, sealed=catalogue().services[after.service].sealed)
    return Envelope.of(told, id=id, source=SOURCE, time=at, trace=carried())


def _document(referral: Referral) -> Document:
    document: Document = _REFERRAL.dump_python(referral)
    return {"_id": document.pop("id"), **document}


def _referral(document: Document) -> Referral:
    return _REFERRAL.validate_python({**document, "id": document["_id"]})
