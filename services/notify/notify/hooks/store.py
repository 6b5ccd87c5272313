"""Where a webhook leads, and what signs what is sent there: both sealed, since some addresses are secrets."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from contracts.event import Sealed
from kit.mongo import Database
from kit.sealed import KeyVault

from notify.domain.hook import PREFIX, Style

SCOPE = "webhook"
KEY_BYTES = 32


@dataclass(frozen=True)
class Hook:
    """A receiver: its address, how bodies for it read, and the key that signs them."""

    url: str
    style: Style
    key: bytes


class Hooks:
    """One document a webhook, under the id of its group, with a data key of its own that ends with it."""

    def __init__(self, database: Database, vault: KeyVault) -> None:
        self._hooks = database["group_webhooks"]
        self._vault = vault

    async def add(self, url: str, style: Style, at: datetime) -> tuple[str, Hook]:
        """A new one, and the id of its group."""
        id, hook = PREFIX + secrets.token_hex(8), Hook(url, style, secrets.token_bytes(KEY_BYTES))
        data_key = self._vault.new_key(_owner(id), SCOPE)
        await self._vault.keep([data_key])
        sealed = data_key.seal({"url": url, "key": base64.b64encode(hook.key).decode()})
        await self._hooks.insert_one({"_id": id, "style": style, "sealed": sealed, "at": at})
        return id, hook

    async def of(self, id: str) -> Hook | None:
        found = await self._hooks.find_one({"_id": id})
        values = (await self._vault.open([Sealed(found["sealed"])], SCOPE))[0] if found else None
        if found is None or values is None:
            return None
        return Hook(str(values["url"]), cast("Style", found["style"]), base64.b64decode(str(values["key"])))

    async def styles(self) -> dict[str, Style]:
        """How bodies read, by group."""
        return {each["_id"]: each["style"] async for each in self._hooks.find({}, {"style": 1})}

    async def remove(self, id: str) -> None:
        await self._hooks.delete_one({"_id": id})
        await self._vault.destroy(_owner(id))


def _owner(id: str) -> str:
    return f"webhook:{id}"
