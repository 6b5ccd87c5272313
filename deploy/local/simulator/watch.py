"""Watches the four services until a day is settled, through nothing but their public statistics."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx

COUNTY = "chiayi-county"
TAIPEI = timezone(timedelta(hours=8))

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Silence:
    """A service that did not answer what it was asked, and why."""

    asked: str
    why: str


@dataclass(frozen=True, slots=True)
class Stack:
    """The running stack, as `.run/stack.json` describes it."""

    services: Mapping[str, str]
    keys: Mapping[str, str]
    tokens: Mapping[str, str]
    officers: Mapping[str, Mapping[str, str]]
    units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """What the services say of one day; equal pictures mean that nothing moved."""

    ledger: Answer | Silence
    outcomes: Answer | Silence
    sources: Answer | Silence
    cases: Answer | Silence
    deliveries: Answer | Silence

    def received(self) -> int:
        return 0 if isinstance(self.ledger, Silence) else int(self.ledger["received"])

    def open(self) -> int:
        return 0 if isinstance(self.ledger, Silence) else int(self.ledger["open"])

    def queued(self) -> int:
        return 0 if isinstance(self.deliveries, Silence) else int(self.deliveries["states"].get("queued", 0))


def read_stack(path: Path) -> Stack:
    """Raises OSError when there is no such file, KeyError when it is not a stack's."""
    told = json.loads(path.read_text("utf-8"))
    pages = ("intake", "dispatch", "network", "notify", "line", "mail")
    services = {name: told[name] for name in pages if name in told}
    keys = {source: agency["key"] for source, agency in told["agencies"].items()}
    return Stack(services, keys, told["tokens"], told.get("officers", {}), told.get("units", {}))


def today() -> str:
    return f"{datetime.now(TAIPEI):%Y-%m-%d}"


async def look(client: httpx.AsyncClient, stack: Stack, day: str) -> Picture:
    """One picture of a day (`YYYY-MM-DD`); a service that is away leaves a `Silence` in it."""
    span = {"county": COUNTY, "from": day, "to": day}
    return Picture(
        *await asyncio.gather(
            _ask(client, stack, "dispatch", "/v1/ledger", {"county": COUNTY, "day": day}),
            _ask(client, stack, "dispatch", "/v1/statistics/outcomes", span),
            _ask(client, stack, "dispatch", "/v1/statistics/sources", span),
            _ask(client, stack, "network", "/v1/statistics/cases", {"county": COUNTY}),
            _ask(client, stack, "notify", "/v1/statistics/deliveries", {"from": day, "to": day}),
        )
    )


async def until_settled(
    client: httpx.AsyncClient, stack: Stack, day: str, expected: int, *, patience: float = 60, quiet: float = 3
) -> Picture:
    """Looks until `expected` reports have arrived, no message is queued, and nothing moves any more.

    What waits for a person may stay open indefinitely, so a picture is settled when it has not changed for `quiet`
    seconds, and for twice that while something is open. Gives up after `patience` seconds without a change, and
    returns the last picture.
    """
    picture, changed = await look(client, stack, day), time.monotonic()
    while not _is_settled(picture, expected, still := time.monotonic() - changed, quiet) and still < patience:
        await asyncio.sleep(0.5)
        before, picture = picture, await look(client, stack, day)
        changed = changed if picture == before else time.monotonic()
    return picture


def _is_settled(picture: Picture, expected: int, still: float, quiet: float) -> bool:
    enough = quiet if picture.open() == 0 else 2 * quiet
    return picture.received() >= expected and picture.queued() == 0 and still >= enough


async def _ask(
    client: httpx.AsyncClient, stack: Stack, service: str, path: str, params: Mapping[str, str]
) -> Answer | Silence:
    headers = {"Authorization": f"Bearer {_token(stack)}"}
    try:
        answer = await client.get(stack.services[service] + path, params=dict(params), headers=headers)
    except httpx.TransportError as absent:
        return Silence(f"{service} {path}", f"{type(absent).__name__}: {absent}")
    if answer.status_code != httpx.codes.OK:
        return Silence(f"{service} {path}", f"{answer.status_code} {answer.text[:200]}")
    told: Answer = answer.json()
    return told


def _token(stack: Stack) -> str:
    """The first of the roles that may read a county's figures for which the stack has a token."""
    preferred: Sequence[str] = ("supervisor", "analyst", "officer", "caseworker")
    return next(stack.tokens[role] for role in preferred if role in stack.tokens)
