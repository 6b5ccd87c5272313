"""Which reports are registered under each key of a person: where batches about one person meet."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from kit.mongo import Database, Document, Session, insert_or_update
from pymongo import UpdateOne

REMEMBERED = 50
"""How many of the latest reports a key remembers."""


class Keys:
    """A document for each blind index, with the ids of the latest reports that have it."""

    def __init__(self, database: Database) -> None:
        self._keys = database["keys"]

    async def prepare(self) -> None:
        await self._keys.create_index("at")  # a transaction cannot wait for a collection to be made

    async def touch(self, keys: Iterable[str], session: Session) -> None:
        """Write to keys before they are read: whoever else writes them now conflicts at once."""
        if touches := [_touch(key) for key in sorted(keys)]:
            await self._keys.bulk_write(touches, session=session)

    async def under(self, keys: Sequence[str], session: Session | None = None) -> dict[str, list[str]]:
        """The ids registered under each of these keys that is known."""
        found = self._keys.find({"_id": {"$in": list(keys)}}, {"reports": 1}, session=session)
        return {each["_id"]: list(each.get("reports", ())) async for each in found}

    async def register(
        self, keys: Iterable[str], new: Mapping[str, Sequence[str]], unknown: Collection[str], session: Session
    ) -> None:
        """Add ids to keys, and touch the others that were read: of two batches that share one only one goes on.

        Those that this transaction found `unknown` are inserted: most are. In one order for all, so that two batches
        meet at their first common key and not at their last.
        """
        written = sorted({*keys, *new})
        writes = [
            (_document(key, new.get(key, ())), _push(key, new[key]) if key in new else _touch(key)) for key in written
        ]
        await insert_or_update(self._keys, writes, session, known={*written}.difference(unknown))


def _document(key: str, ids: Sequence[str]) -> Document:
    return {"_id": key, "reports": list(ids[-REMEMBERED:])} if ids else {"_id": key, "touched": 1}


def _push(key: str, ids: Sequence[str]) -> UpdateOne:
    push = {"$push": {"reports": {"$each": list(ids), "$slice": -REMEMBERED}}}
    return UpdateOne({"_id": key}, push, upsert=True)


def _touch(key: str) -> UpdateOne:
    return UpdateOne({"_id": key}, {"$inc": {"touched": 1}}, upsert=True)
