"""Bounded load for tests: many reports from concurrent clients, and events that two agencies report at one instant."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

import httpx

from simulator.figures import mix
from simulator.incidents import Fate
from simulator.people import Population
from simulator.post import Result, open_postbox
from simulator.writing import Body, Desks

Draft = tuple[str, Body]
"""A source unit and the report that it sends."""

_PAIR_TYPES = ("adult_protection", "child_protection", "sexual_assault_adult")


async def post_many(
    url: str,
    keys: Mapping[str, str],
    n: int,
    concurrency: int,
    make_body: Callable[[int], Draft],
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> list[Result]:
    """Posts `make_body(0..n-1)` by `concurrency` clients, each trying until it has a receipt; results in that order."""
    postbox = open_postbox(url, keys, concurrency, transport)
    async with postbox.client:
        return await asyncio.gather(*(postbox.post(*make_body(i)) for i in range(n)))


async def post_pairs(
    url: str,
    keys: Mapping[str, str],
    drafts: list[tuple[Draft, Draft]],
    concurrency: int = 50,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> list[tuple[Result, Result]]:
    """Posts both reports of each pair at the same instant; `concurrency` counts reports, so half as many pairs."""
    postbox = open_postbox(url, keys, concurrency, transport)
    lanes = asyncio.Semaphore(max(1, concurrency // 2))

    async def both(one: Draft, other: Draft) -> tuple[Result, Result]:
        async with lanes:
            first, second = await asyncio.gather(postbox.post(*one), postbox.post(*other))
            return first, second

    async with postbox.client:
        return await asyncio.gather(*(both(*pair) for pair in drafts))


def singles(n: int, now: datetime, seed: int = 1) -> list[Draft]:
    """`n` reports of `n` events in `n` families, by all kinds of agency in the published mix."""
    rng, fate, desks = _chance(f"singles {seed}", now)
    cells = mix()
    drawn = rng.choices(list(cells), list(cells.values()), k=n)
    return [(source, desks.report(fate.strikes(case_type), source)) for case_type, source in drawn]


def pairs(n: int, now: datetime, seed: int = 1) -> list[tuple[Draft, Draft]]:
    """`n` events in `n` families, each as the police and as a hospital write it.

    References, times and narratives differ. In every third pair one of the two lacks the national id, and
    knows the phone, the name and the birth date instead.
    """
    rng, fate, desks = _chance(f"pairs {seed}", now)
    written = []
    for i in range(n):
        incident = fate.strikes(rng.choice(_PAIR_TYPES))
        police, medical = (desks.report(incident, source, identifies=True) for source in ("police", "medical"))
        for body in (police, medical):
            body["people"][0] |= {"national_id": incident.subject.national_id, "phones": [incident.subject.phone]}
        if i % 3 == 0:
            del rng.choice((police, medical))["people"][0]["national_id"]
        written.append((("police", police), ("medical", medical)))
    return written


def _chance(what: str, now: datetime) -> tuple[Random, Fate, Desks]:
    """People and references of its own for each kind of load, seed and `now`."""
    rng = Random(f"{what} {now}")
    population = Population(rng, now.date())
    return rng, Fate(rng, population, now), Desks(rng, population, now)
