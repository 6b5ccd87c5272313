"""Runs in the database: the one transaction that takes steps, each together with the messages it causes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit.mongo import A_TEXT, Client, Database, Document, Session, drop_index, transact
from kit.outbox import Outgoing, entries
from pymongo import UpdateMany, UpdateOne

from notify.domain.answers import Ending, Work
from notify.domain.escalation import Run
from notify.domain.notices import GRAVEST
from notify.escalation.documents import document_of, taken_document
from notify.states import QUEUED, SENT
from notify.store import HISTORY, UNREAD, Deliveries, Delivery, delivery_of, document_with, of_counties

LATE = timedelta(minutes=5)
IS_OPEN: Document = {"run.state": {"$in": ["open", "standing"]}}
_MEANT = {"case_id": 1, "report_id": 1, "unit": 1, "template": 1}


@dataclass(frozen=True)
class Advance:
    """A run before and after a step, with the messages and events that the step causes."""

    message: Delivery
    before: Run
    after: Run
    told: Sequence[Delivery] = field(default=())
    events: Sequence[Outgoing] = field(default=())


class Runs:
    """The runs that are open, found by when their next step is due."""

    def __init__(self, client: Client, database: Database, deliveries: Deliveries) -> None:
        self._client = client
        self._documents = database["deliveries"]
        self._deliveries = deliveries

    async def prepare(self) -> None:
        gravest_due = [("run.state", 1), ("rank", 1), ("run.next_at", 1)]
        await self._documents.create_index(gravest_due, partialFilterExpression=IS_OPEN, name="open_runs")
        # Of the release before stands `runs`, which its pods name while both run: the next release drops it.
        awaits_work = {"run.state": "answered", "run.follow": "due"}
        await self._documents.create_index([("run.ended_at", 1)], partialFilterExpression=awaits_work, name="follow")
        await drop_index(self._documents, "steps")
        await self._documents.create_index("step_of", partialFilterExpression={"step_of": A_TEXT})

    async def due(self, now: datetime, most: int, *, beyond: int = 0, but: Collection[str] = ()) -> list[Delivery]:
        """Messages whose next step is due, without their cards: the gravest first, of one rank the longest due.

        Those after the first `beyond` of them, and none of the ids `but`.
        """
        wanted: Document = {"run.state": "open", "run.next_at": {"$lte": now}}
        found = self._documents.find(wanted | ({"_id": {"$nin": list(but)}} if but else {}), UNREAD)
        found = found.sort([("rank", 1), ("run.next_at", 1)]).skip(beyond).limit(most)
        return [delivery_of(document) async for document in found]

    async def save(self, steps: Sequence[Advance], now: datetime) -> list[Advance]:
        """Take steps: the runs, their messages and their events in one transaction; those that were taken.

        Not those whose run is not where it was any more: another replica took the step, or somebody has answered.
        """
        taken = await transact(self._client, lambda session: self._save(steps, now, session))
        self._deliveries.outbox.send([{"_id": each.message.id, "outbox": entries(each.events, now)} for each in taken])
        return taken

    async def _save(self, steps: Sequence[Advance], now: datetime, session: Session) -> list[Advance]:
        """Look at the runs, then write those that are where they were: a write that came in between is a conflict, and
        all of it is done again.
        """
        wanted = {"_id": {"$in": [each.message.id for each in steps]}, "run.state": "open", "acknowledged_at": None}
        seen = {"run.next_at": 1, "taken": {"$size": "$run.taken"}}
        found = self._documents.find(wanted, seen, session=session)
        there = {each["_id"]: (each["run"]["next_at"], each["taken"]) async for each in found}
        taken = [each for each in steps if there.get(each.message.id) == (each.before.next_at, len(each.before.taken))]
        if taken:
            await self._documents.bulk_write([_step(each, now) for each in taken], session=session)
        if told := [document_with(each) for step in taken for each in step.told]:
            await self._documents.insert_many(told, session=session)
        return taken

    async def end(self, endings: Sequence[Ending]) -> None:
        """End the runs that were answered, or are needless, in the order in which that came to be."""
        there = await self._named([each.of for each in endings], IS_OPEN)
        met = [
            each for each in endings if any(_is_met(found, each.of, each.templates) for found in there[_id(each.of)])
        ]
        if met:
            await self._documents.bulk_write([UpdateMany(_ended_by(each), _end(each)) for each in met])

    async def worked(self, works: Sequence[Work]) -> None:
        """Note the work that was seen: what was asked before is not forgotten, and need not be asked again."""
        awaits = {"$or": [IS_OPEN | {"template": "forgotten"}, {"run.follow": "due"}]}
        there = await self._named([each.of for each in works], awaits)
        met = [each for each in works if any(_is_met(found, each.of) for found in there[_id(each.of)])]
        if met:
            await self._documents.bulk_write([update for each in met for update in _worked(each)])

    async def _named(self, named: Sequence[Mapping[str, str]], asks: Document) -> Mapping[str, list[Document]]:
        """What still asks, by its case and its report: most events end nothing, and to write nothing costs as much."""
        met: dict[str, list[Document]] = defaultdict(list)
        ids = {name: sorted({of[name] for of in named if name in of}) for name in ("case_id", "report_id")}
        if either := [{name: {"$in": values}} for name, values in ids.items() if values]:
            async for found in self._documents.find({"$and": [{"$or": either}, asks]}, _MEANT):
                for name in ("case_id", "report_id"):
                    met[found.get(name)].append(found)
        return met

    async def forgotten(self, now: datetime, most: int) -> list[Delivery]:
        """Messages that somebody has answered by name, of which no work was seen for as long as their policy waits,
        without their cards; the longest answered first. What may wait longer is in nobody's way.
        """
        over = {"$lte": [{"$add": ["$run.ended_at", {"$multiply": ["$run.policy.again", 1_000]}]}, now]}
        wanted = {"run.state": "answered", "run.follow": "due", "run.ended_at": {"$lte": now}, "$expr": over}
        found = self._documents.find(wanted, UNREAD).sort("run.ended_at", 1).limit(most)
        return [delivery_of(document) async for document in found]

    async def asked_again(self, message_ids: Sequence[str]) -> None:
        """Note that messages have been asked again, by others."""
        await self._documents.update_many({"_id": {"$in": message_ids}}, {"$set": {"run.follow": "again"}})

    async def change(self, message: Delivery, before: Run, after: Run) -> bool:
        """Store a run that changed without a step, unless it is not where it was any more."""
        seen = {"run.state": before.state, "run.taken": {"$size": len(before.taken)}, "run.unable": list(before.unable)}
        changed = {"$set": {"run": document_of(after)}}
        written = await self._documents.update_one({"_id": message.id, **seen}, changed)
        return bool(written.matched_count)

    async def hasten(self, message_id: str, failed: Delivery, now: datetime) -> None:
        """Make the next step due when nothing of the step before it can arrive any more."""
        message = await self._deliveries.of(message_id)
        last = message.run.taken[-1] if message and message.run and message.run.taken else None
        is_of_last = last and failed.way in last.by and failed.queued_at == last.at
        if message and is_of_last and not await self._may_arrive(failed):
            where = {"_id": message_id, "run.state": "open", "run.next_at": message.run and message.run.next_at}
            await self._documents.update_one(where, {"$set": {"run.next_at": now}})

    async def _may_arrive(self, failed: Delivery) -> bool:
        """Whether another message of the same step was taken, or waits for nothing."""
        others = {"step_of": failed.step_of, "queued_at": failed.queued_at, "_id": {"$ne": failed.id}}
        arrives = {"$or": [{"state": SENT}, {"state": QUEUED, "reason": None}]}
        return await self._documents.find_one(others | arrives, {"_id": 1}) is not None

    async def hasten_gravest(self, now: datetime) -> None:
        """Let the next one be asked now about every emergency that waits for LINE, by a way that is open."""
        waits = {"state": QUEUED, "rank": GRAVEST, "run.state": "open", "run.taken": [], "run.next_at": {"$gt": now}}
        await self._documents.update_many(waits, {"$set": {"run.next_at": now}})

    async def was_told(self, message_id: str, group_id: str) -> bool:
        """Whether a step sent a message on to this group."""
        return await self._documents.find_one({"step_of": message_id, "group_id": group_id}, {"_id": 1}) is not None

    async def unanswered(
        self, counties: frozenset[str], units: frozenset[str], most: int
    ) -> tuple[list[Document], int]:
        """Messages that were taken to somebody and that nobody has answered: those that stand first, and how many."""
        wanted = {"run.state": {"$in": ["open", "standing"]}, "run.taken.0": {"$exists": True}, **of_counties(counties)}
        wanted |= {"unit": {"$in": sorted(units)}} if units else {}
        found = self._documents.find(wanted, {"outbox": 0, "trace": 0, "card": 0})
        listed = [document async for document in found.sort([("run.next_at", 1), ("rank", 1)]).limit(most)]
        return listed, await self._documents.count_documents(wanted)

    async def asking(self, counties: frozenset[str], units: frozenset[str], most: int) -> list[Document]:
        """Every message that asks for someone: those that stand first, then by when the next one is asked."""
        found = self._documents.find(_asking(counties, units), {"outbox": 0, "card": 0})
        return [document async for document in found.sort([("run.next_at", 1), ("rank", 1), ("_id", 1)]).limit(most)]

    async def count_asking(self, counties: frozenset[str], units: frozenset[str]) -> int:
        return int(await self._documents.count_documents(_asking(counties, units)))

    async def figures(self, now: datetime) -> tuple[int, int]:
        """How many stand after their last step, and how many have a step that is late."""
        standing = await self._documents.count_documents({"run.state": "standing"})
        late = {"run.state": "open", "run.next_at": {"$lt": now - LATE}}
        return standing, await self._documents.count_documents(late)


def _step(step: Advance, now: datetime) -> UpdateOne:
    new = step.after.taken[len(step.before.taken) :]
    history = [{"at": now, "what": f"escalated {each.whom}"} for each in new]
    push: Document = {"run.taken": {"$each": [taken_document(each) for each in new]}}
    push["history"] = {"$each": history, "$slice": -HISTORY}
    push["outbox"] = {"$each": entries(step.events, now)}
    fields = {"run.state": step.after.state, "run.next_at": step.after.next_at}
    return UpdateOne({"_id": step.message.id}, {"$set": fields, "$push": push})


def _asking(counties: frozenset[str], units: frozenset[str]) -> Document:
    bound = {"unit": {"$in": sorted(units)}} if units else {}
    is_open = {"run.state": {"$in": ["open", "standing"]}, "voided_at": None, "acknowledged_at": None}
    return is_open | of_counties(counties) | bound


def _id(of: Mapping[str, str]) -> str:
    return of.get("case_id") or of["report_id"]


def _is_met(document: Document, of: Mapping[str, str], templates: Sequence[str] = ()) -> bool:
    is_meant = all(document.get(name) == value for name, value in of.items())
    return is_meant and (not templates or document["template"] in templates)


def _worked(work: Work) -> Sequence[UpdateMany]:
    of: Document = {**work.of} | ({"unit": {"$in": list(work.units)}} if work.units else {})
    of |= {"run.version": {"$lt": work.version}} if work.version else {"run.asked_at": {"$lte": work.at}}
    over = {"run.state": "ended", "run.next_at": None, "run.ended_at": work.at, "run.follow": "done"}
    asked_again = {"template": "forgotten", "run.state": {"$in": ["open", "standing"]}}
    return UpdateMany(of | {"run.follow": "due"}, {"$set": {"run.follow": "done"}}), UpdateMany(
        of | asked_again, {"$set": over}
    )


def _ended_by(ending: Ending) -> Document:
    wanted: Document = {**ending.of, "run.state": {"$in": ["open", "standing"]}}
    if ending.version is not None:
        wanted["run.version"] = {"$lt": ending.version}
    if ending.before is not None:
        wanted["run.asked_at"] = {"$lte": ending.before}
    if ending.templates:
        wanted["template"] = {"$in": list(ending.templates)}
    return wanted


def _end(ending: Ending) -> Document:
    fields = {"run.state": ending.state, "run.next_at": None, "run.answered_by": ending.by, "run.ended_at": ending.at}
    return {"$set": fields}
