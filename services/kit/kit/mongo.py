"""MongoDB: the one place, with the `store.py` files, that knows the driver."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeAlias, TypeVar

from bson import ObjectId
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import ReadPreference, UpdateOne, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern

Document: TypeAlias = dict[str, Any]
Client: TypeAlias = "AsyncIOMotorClient[Document]"
Database: TypeAlias = "AsyncIOMotorDatabase[Document]"
Collection: TypeAlias = "AsyncIOMotorCollection[Document]"
Session: TypeAlias = AsyncIOMotorClientSession

Result = TypeVar("Result")

UNAVAILABLE = (ConnectionFailure, ExecutionTimeout)
"""Errors that say the database is away, not that the work is wrong: wait and do the same again."""

AGAIN_FOR = 120.0
"""For how many seconds a transaction is tried again, as drivers do."""
DUPLICATE_KEY = 11000
_NO_SNAPSHOT = 246
_NOT_THERE = (26, 27)
"""No such collection, no such index."""
Duplicate = DuplicateKeyError
DatabaseError = PyMongoError


def connect(url: str) -> Client:
    """A client whose writes are durable (majority, journalled) and whose times are aware."""
    return AsyncIOMotorClient(
        url, tz_aware=True, w="majority", journal=True, retryWrites=True, serverSelectionTimeoutMS=5_000, maxPoolSize=50
    )


def database(client: Client, name: str) -> Database:
    """Database `name`, read with majority concern, so that what was read can never be rolled back."""
    return client.get_database(
        name,
        read_concern=ReadConcern("majority"),
        write_concern=WriteConcern(w="majority", j=True),
        read_preference=ReadPreference.PRIMARY,
    )


async def insert_new(collection: Collection, documents: Sequence[Document]) -> set[int]:
    """Insert documents in one bulk write; the positions of those whose unique keys were already taken.

    A taken `_id` means that the effect exists: the write is its own inbox. Any other error is raised.
    """
    if not documents:
        return set()
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        failures = details.get("writeErrors", [])
        if details.get("writeConcernErrors") or any(failure["code"] != DUPLICATE_KEY for failure in failures):
            raise
        return {failure["index"] for failure in failures}
    return set()


A_TEXT: Mapping[str, str] = {"$gt": ""}
"""In a partial index: that a field says something. MongoDB sees that a comparison with a text implies this one, and
would read the whole collection where the index says `{"$type": "string"}`."""


async def drop_index(collection: Collection, name: str) -> None:
    """Drop an index that an earlier release has made, if it is there."""
    try:
        await collection.drop_index(name)
    except OperationFailure as error:
        if error.code not in _NOT_THERE:
            raise


def object_id(text: str) -> ObjectId | None:
    """An id that MongoDB gave by itself, as an address says it; None for what is none."""
    return ObjectId(text) if ObjectId.is_valid(text) else None


async def latest(
    collection: Collection, query: Document, by: str, most: int, *, after: Any = None, fields: Document | None = None
) -> tuple[list[Document], Any]:
    """The latest `most` documents by a time, from beyond the one whose `_id` is `after`.

    And where the following ones begin: the last one's `_id`, None where there are no more. `query` must say only what
    never changes of a document: one that has left it is not found, and its page begins at the start.
    """
    wanted = query
    if after and (last := await collection.find_one({"$and": [query, {"_id": after}]}, {by: 1})):
        older = [{by: {"$lt": last[by]}}, {by: last[by], "_id": {"$lt": last["_id"]}}]
        wanted = {"$and": [query, {"$or": older}]}
    found = collection.find(wanted, fields).sort([(by, -1), ("_id", -1)]).limit(most + 1)
    page = await found.to_list(most + 1)
    return page[:most], page[most - 1]["_id"] if len(page) > most else None


async def pull(collection: Collection, array: str, ids: Mapping[Any, Sequence[str]]) -> None:
    """Take entries out of the documents' `array` by their ids, in one statement: an id means one entry everywhere."""
    out = [id for listed in ids.values() for id in listed]
    await collection.update_many({"_id": {"$in": list(ids)}}, {"$pull": {array: {"id": {"$in": out}}}})


async def upsert(
    collection: Collection, writes: Sequence[tuple[Document, Mapping[str, Sequence[Document]]]], session: Session
) -> None:
    """Set the fields of documents by their `_id`, new or known, and append to their arrays, in one bulk write."""
    updates = []
    for document, arrays in writes:
        fields = {name: value for name, value in document.items() if name != "_id"}
        push = {name: {"$each": list(more)} for name, more in arrays.items() if more}
        updates.append(
            UpdateOne({"_id": document["_id"]}, {"$set": fields} | ({"$push": push} if push else {}), upsert=True)
        )
    if updates:
        await collection.bulk_write(updates, session=session)


async def transact(client: Client, work: Callable[[Session], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work` in a transaction, again from the start after a conflict with another writer; it must be repeatable.

    Motor's own `with_transaction` commits as its context ends, outside of what it tries again: a conflict at the commit
    would come out.
    """
    until = monotonic() + AGAIN_FOR
    async with await client.start_session() as session:
        while True:
            try:
                return await _once(session, work, until)
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError") or monotonic() > until:
                    raise


async def _once(session: Session, work: Callable[[Session], Coroutine[Any, Any, Result]], until: float) -> Result:
    session.start_transaction(ReadConcern("snapshot"), WriteConcern(w="majority", j=True), ReadPreference.PRIMARY)
    try:
        result = await work(session)
    except BaseException:
        await session.abort_transaction()
        raise
    await _commit(session, until)
    return result


async def _commit(session: Session, until: float) -> None:
    """Commit, again while nobody can say whether it was: the server commits it once."""
    while True:
        try:
            return await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult") or monotonic() > until:
                raise


@asynccontextmanager
async def at_one_moment(client: Client) -> AsyncIterator[Session]:
    """A session whose reads all see one moment: what moves from one list to another stands in one of them.

    While another release makes an index MongoDB refuses to read as of before it: that is told as a database that is
    away for a moment, to be asked again, and not as work that is wrong.
    """
    async with await client.start_session(snapshot=True) as session:
        try:
            yield session
        except OperationFailure as error:
            if error.code == _NO_SNAPSHOT:
                raise ConnectionFailure(str(error)) from error
            raise


async def ping(client: Client) -> bool:
    """True, as a check of readiness. Raises when no primary answers."""
    await client.admin.command("ping")
    return True
