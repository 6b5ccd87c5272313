"""Where colleagues are written to: addresses sealed under a key of their own, with what is known of them."""

from datetime import datetime
from uuid import uuid4

from contracts.event import Personal, Sealed
from kit.mongo import Database, Document
from kit.sealed import KeyVault

_ADDRESS = "mail_address"


class MailAddresses:
    """One document a colleague, by their account's name; `dead_since` when a server said that there is no such box."""

    def __init__(self, database: Database, vault: KeyVault) -> None:
        self._addresses = database["mail_addresses"]
        self._vault = vault

    async def put(self, name: str, address: str, at: datetime) -> None:
        """Keep a colleague's address in the place of the one before, whose key is destroyed once this one stands.

        A crash in between leaves a key that opens nothing, never a colleague whom no mail reaches.
        """
        owner = f"{_owner(name)}:{uuid4().hex}"
        seal = self._vault.new_key(owner, Personal.scope)
        await self._vault.keep([seal])
        fields = {"sealed": seal.seal({_ADDRESS: address}), "owner": owner, "written_at": at, "dead_since": None}
        before = await self._addresses.find_one_and_update({"_id": name}, {"$set": fields}, upsert=True)
        if before:
            await self._vault.destroy(before.get("owner", _owner(name)))

    async def of(self, name: str) -> str | None:
        """A colleague's address, unless it is dead."""
        found = await self._addresses.find_one({"_id": name, "dead_since": None})
        [values] = await self._vault.open([Sealed(found["sealed"])]) if found else [None]
        return str(values[_ADDRESS]) if values else None

    async def reaches(self, name: str) -> bool:
        return await self._addresses.find_one({"_id": name, "dead_since": None}, {"_id": 1}) is not None

    async def told(self, name: str) -> Document | None:
        return await self._addresses.find_one({"_id": name}, {"sealed": 0})

    async def is_dead(self, name: str, at: datetime, *, since: datetime | None = None) -> None:
        """A server said that there is no such box: nobody is asked there until another address is written.

        `since`: when it was written to; an address that was written down later is another one.
        """
        written = {"written_at": {"$lte": since}} if since else {}
        await self._addresses.update_one({"_id": name, **written}, {"$set": {"dead_since": at}})

    async def forget(self, name: str) -> bool:
        if (before := await self._addresses.find_one_and_delete({"_id": name})) is None:
            return False
        await self._vault.destroy(before.get("owner", _owner(name)))
        return True


def _owner(name: str) -> str:
    return f"mail:{name}"
