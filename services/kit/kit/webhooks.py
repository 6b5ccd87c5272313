"""Signed notices to an address that somebody gave us, as Standard Webhooks specifies them."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

import httpx

from kit.addresses import Addresses, Target, Unreachable
from kit.signing import signature
from kit.tls import authorities

SECONDS = 10.0
"""What one delivery may take from the look-up of its name to the answer, however its bytes trickle."""
AWAY = ("timeout", "connection", "not_reachable")
"""Why nothing was answered."""


def client() -> httpx.AsyncClient:
    """A client for `post`.

    No proxy of the environment: the address was checked, not the proxy's idea of it. No connection is kept: one that
    was proven to be one receiver's would be taken for another's at the same address.
    """
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(
        timeout=SECONDS, follow_redirects=False, trust_env=False, limits=limits, verify=authorities()
    )


def headers(id: str, at: datetime, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """The headers of a notice, signed with each key."""
    seconds = int(at.timestamp())
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(id, seconds, body, keys),
    }


async def post(
    http: httpx.AsyncClient, addresses: Addresses, url: str, body: bytes, headers: Mapping[str, str]
) -> str | None:
    """None once the receiver has acknowledged; otherwise why not: one of `AWAY`, or `status_` and its number."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _sent(http, await addresses.target(url), body, headers)
    except Unreachable:
        return "not_reachable"
    except (httpx.TimeoutException, TimeoutError):
        return "timeout"
    except httpx.HTTPError:
        return "connection"


async def _sent(http: httpx.AsyncClient, target: Target, body: bytes, headers: Mapping[str, str]) -> str | None:
    """What the receiver answers is read no further than its status."""
    async with http.stream("POST", target.pinned, content=body, headers={"host": target.host, **headers},
                           extensions={"sni_hostname": target.name}) as answer:  # fmt: skip
        return None if answer.is_success else f"status_{answer.status_code}"
