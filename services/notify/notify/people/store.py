"""LINE users by a key of their id: friends of the account or not, and which colleague they are."""

from datetime import datetime, timedelta

from contracts.event import Personal, Sealed
from kit.mongo import A_TEXT, Database, Document, Duplicate, drop_index
from kit.sealed import KeyVault

CODES_LAST = timedelta(minutes=30)
_ID = "line_id"


class Taken(Exception):
    """The LINE user is bound to somebody else, or the colleague to another LINE user."""


class LinePeople:
    """One document a LINE user: `following` (LINE reaches them), and `name`, the colleague's account, once bound.

    `sealed` is LINE's id of them, under a key of their own that is destroyed when they are released.
    """

    def __init__(self, database: Database, vault: KeyVault) -> None:
        self._vault = vault
        self._people = database["line_people"]
        self._codes = database["person_codes"]

    async def prepare(self) -> None:
        await self._codes.create_index("expires_at", expireAfterSeconds=0)
        await self._people.create_index("name", unique=True, partialFilterExpression={"name": A_TEXT}, name="names")
        await drop_index(self._people, "name_1")

    async def note(self, key: str, *, following: bool, at: datetime) -> None:
        """Note a follow or an unfollow; one older than the last changes nothing."""
        older = {"_id": key, "at": {"$not": {"$gte": at}}}
        try:
            await self._people.update_one(older, {"$set": {"following": following, "at": at}}, upsert=True)
        except Duplicate:
            return

    async def keep_code(self, code_key: str, key: str, at: datetime) -> None:
        """Keep the key of a code that was told to a person, until it ends."""
        await self._codes.insert_one({"_id": code_key, "person": key, "expires_at": at + CODES_LAST})

    async def person_of_code(self, code_key: str, now: datetime) -> str | None:
        found = await self._codes.find_one({"_id": code_key, "expires_at": {"$gt": now}})
        return str(found["person"]) if found else None

    async def bind(self, key: str, name: str, at: datetime) -> None:
        """Bind a LINE user to an account, once. Raises Taken when either is bound otherwise."""
        free = {"_id": key, "name": {"$in": [None, name]}}
        try:
            bound = await self._people.update_one(free, {"$set": {"name": name, "bound_at": at}})
        except Duplicate:
            raise Taken from None
        if not bound.matched_count:
            raise Taken
        await self._codes.delete_many({"person": key})

    async def release(self, name: str) -> bool:
        """Unbind an account's LINE user, and forget LINE's id of them; False when there is none."""
        unset = {"$unset": {"name": "", "bound_at": "", "sealed": ""}}
        if (freed := await self._people.find_one_and_update({"name": name}, unset)) is None:
            return False
        await self._vault.destroy(freed["_id"])
        return True

    async def keep_id(self, key: str, user_id: str) -> None:
        """Keep LINE's id of a person sealed, unless it is kept: who is asked one-to-one is written to by it."""
        if await self._people.find_one({"_id": key, "sealed": None}) is None:
            return
        seal = self._vault.new_key(key, Personal.scope)
        await self._vault.keep([seal])
        await self._people.update_one({"_id": key, "sealed": None}, {"$set": {"sealed": seal.seal({_ID: user_id})}})

    async def line_id(self, name: str) -> str | None:
        """LINE's id of a colleague; None for one who is not bound, or whose id is not known here."""
        found = await self._people.find_one({"name": name, "sealed": {"$type": "string"}})
        [values] = await self._vault.open([Sealed(found["sealed"])]) if found else [None]
        return str(values[_ID]) if values else None

    async def is_friend(self, name: str) -> bool:
        """Whether LINE reaches a colleague one-to-one: they have added the account, and not blocked it."""
        return await self._people.find_one({"name": name, "following": True}) is not None

    async def name_of(self, key: str) -> str | None:
        """The account a LINE user is bound to."""
        found = await self._people.find_one({"_id": key, "name": {"$type": "string"}})
        return str(found["name"]) if found else None

    async def of(self, name: str) -> Document | None:
        return await self._people.find_one({"name": name})
