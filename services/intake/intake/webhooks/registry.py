"""Which address each agency has registered for its outcomes, and the secrets that sign what is sent there."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.addresses import Addresses
from kit.mongo import Document
from kit.sealed import KeyVault
from kit.signing import secret_of

from intake.clock import now
from intake.minting import Minting, Once, remembered
from intake.webhooks.delivering import SCOPE
from intake.webhooks.store import Webhooks

OVERLAP = timedelta(hours=24)
"""How long the former secret signs too."""


@dataclass(frozen=True)
class Registered:
    """A webhook as its agency may see it, without its secret."""

    url: str
    former_until: datetime | None
    waiting: int
    last_failure: str | None
    slow: bool
    rests_until: datetime | None


class Registry:
    """The webhooks of agencies."""

    def __init__(self, webhooks: Webhooks, vault: KeyVault, addresses: Addresses, minting: Minting) -> None:
        self._webhooks = webhooks
        self._vault = vault
        self._addresses = addresses
        self._minting = minting

    async def register(self, agency_id: str, url: str, *, rotate: bool, once: Once | None = None) -> str | None:
        """Push to this address from now on; the new secret, if one was made. Raises Unprocessable for the address.

        What was asked `once` before makes no other secret, and is told the same.
        """
        await self._addresses.must_be_reachable(url)
        known = await self._webhooks.of(agency_id)
        if once and any(once.asks_the_same(each) for each in (known or {}).get("used", ())):
            return secret_of(self._minting.secret(once))
        secret = None
        changes: Document = {"url": url, "used": remembered((known or {}).get("used", []), once)}
        if known is None:
            # What was queued while the former webhook was removed is forgotten too.
            await self._webhooks.remove(agency_id)
        if known is None or rotate:
            secret, entry = await self._new_secret(agency_id, once)
            changes["secrets"] = [entry, *_ending(known)]
        await self._webhooks.put(agency_id, changes, now())
        return secret

    async def of(self, agency_id: str) -> Registered | None:
        webhook = await self._webhooks.of(agency_id)
        if webhook is None:
            return None
        waiting, failure = await self._webhooks.waiting(agency_id)
        ends = [secret["until"] for secret in webhook["secrets"] if secret.get("until", now()) > now()]
        return Registered(
            url=webhook["url"],
            former_until=max(ends, default=None),
            waiting=waiting,
            last_failure=failure,
            slow=webhook.get("slow", False),
            rests_until=webhook.get("busy_until") if webhook.get("failures") else None,
        )

    async def remove(self, agency_id: str) -> None:
        """Push no more, and forget what was not acknowledged."""
        await self._webhooks.remove(agency_id)
        await self._vault.destroy(_owner(agency_id))

    async def _new_secret(self, agency_id: str, once: Once | None) -> tuple[str, Document]:
        """A secret as it is shown, and as it is kept."""
        data_key, key = self._vault.new_key(_owner(agency_id), SCOPE), self._minting.secret(once)
        await self._vault.keep([data_key])
        return secret_of(key), {"sealed": data_key.seal({"key": base64.b64encode(key).decode()})}


def _ending(known: Document | None) -> list[Document]:
    """The secret in use until now, for a while longer; older ones are dropped."""
    current = [secret for secret in (known or {}).get("secrets", []) if "until" not in secret]
    return [secret | {"until": now() + OVERLAP} for secret in current]


def _owner(agency_id: str) -> str:
    return f"webhook:{agency_id}"
