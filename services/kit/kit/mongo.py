"""MongoDB: the one place, with the `store.py` files, that knows the driver."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from time import monotonic
from typing import Any, TypeAlias, TypeVar

from bson import ObjectId
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import InsertOne, ReadPreference, ReplaceOne, UpdateOne, WriteConcern
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
WRITE_CONFLICT = 112
_FEW = 8
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
        more = {name: list(entries) for name, entries in arrays.items() if entries}
        push = {name: {"$each": entries} for name, entries in more.items()}
        update = UpdateOne({"_id": document["_id"]}, {"$set": fields} | ({"$push": push} if push else {}), upsert=True)
        updates.append((document | more, update))
    await insert_or_update(collection, updates, session)


async def insert_or_update(
    collection: Collection, writes: Sequence[tuple[Document, UpdateOne | ReplaceOne[Document]]], session: Session,
    *, known: set[Any] | None = None,
) -> None:  # fmt: skip
    """Each as its whole document where the transaction finds none of its `_id`, else by its upsert, in one bulk write.

    An upsert of what is new costs two to three inserts: where many are written their ids are looked up first, if the
    transaction has not found yet which are `known`. Those are written before what is new, so that they have let go of
    what a new one takes over; else in the order given.
    """
    if not writes:
        return
    if known is None:
        known = {document["_id"] for document, _ in writes}
        if len(writes) > _FEW:
            found = collection.find({"_id": {"$in": list(known)}}, {"_id": 1}, session=session)
            known = {each["_id"] async for each in found}
    new: dict[Any, InsertOne[Document]] = {}
    updates, again = list[UpdateOne | ReplaceOne[Document]](), list[UpdateOne | ReplaceOne[Document]]()
    for document, update in writes:
        if (id := document["_id"]) in known:
            updates.append(update)
        elif id in new:
            again.append(update)
        else:
            new[id] = InsertOne(document)
    with lost_races():
        await collection.bulk_write([*updates, *new.values(), *again], session=session)


@contextmanager
def lost_races() -> Iterator[None]:
    """A document that another writer made since a transaction's snapshot is a lost race like any other: begin again.

    By its `_id`: another unique key may be taken for good, by what the transaction itself has written say.
    """
    try:
        yield
    except BulkWriteError as error:
        failures = (error.details or {}).get("writeErrors", ())
        if failures and all(map(_is_lost_race, failures)):
            labelled = {"errorLabels": ["TransientTransactionError"]}
            raise OperationFailure("another writer came first", WRITE_CONFLICT, labelled) from error
        raise


def _is_lost_race(failure: Mapping[str, Any]) -> bool:
    is_taken = failure["code"] == DUPLICATE_KEY and set(failure.get("keyPattern", ())) <= {"_id"}
    return is_taken or failure["code"] == WRITE_CONFLICT


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
