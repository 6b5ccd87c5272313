"""Many rows at once, from a list on a page, a file or another system: what is wrong with one stops no other."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.roles import Caller
from kit.problems import Problem
from web.frame import body_of

from network.once import Key, Prints
from network.programmes.acts import Acts
from network.programmes.bodies import EntryBody
from network.programmes.domain.enrolment import Enrolment

AT_ONCE = 8
"""So many people of a list are written at a time; the rows of one of them come one after the other."""


@dataclass(frozen=True)
class Row:
    """What became of one row: the enrolment as it is, or why nothing of it was taken; `known` where it was before."""

    number: int
    it: Enrolment | None = None
    problem: Problem | None = None
    known: bool = False


async def taken(
    rows: Sequence[Mapping[str, Any]], caller: Caller, acts: Acts, key: Key | None, prints: Prints
) -> list[Row]:
    """Every row, in its order; sent again under the same key, one that was taken changes nothing.

    Another row under a key that was used is refused by name, and not taken for the one that it was.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    by_enrolment: dict[str, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for number, row in enumerate(rows):
        by_enrolment[str(row.get("enrolment_id") or f"new {number}")].append((number, row))

    async def one_after_the_other(mine: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Row]:
        async with gate:
            return [await _taken(number, row, caller, acts, _key(row, number, key, prints)) for number, row in mine]

    found = await asyncio.gather(*map(one_after_the_other, by_enrolment.values()))
    return sorted((row for each in found for row in each), key=lambda row: row.number)


async def _taken(number: int, row: Mapping[str, Any], caller: Caller, acts: Acts, key: Key | None) -> Row:
    try:
        entry = body_of(EntryBody, row)
        it, fresh = await acts.enter(entry, caller, key)
        return Row(number, it, known=not fresh)
    except Problem as problem:
        return Row(number, problem=problem)


def _key(row: Mapping[str, Any], number: int, key: Key | None, prints: Prints) -> Key | None:
    """A row's own key counts wherever the row stands; without one, its place in what was sent."""
    sent = prints.of(json.dumps(row, sort_keys=True, default=str))
    if own := row.get("key"):
        return Key(f"entry:{own}", sent)
    return Key(f"{key.id}:{number}", sent) if key else None
