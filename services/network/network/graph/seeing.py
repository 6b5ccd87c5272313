"""One family's neighbourhood as one person may see it: read in a fixed number of steps, however many are known."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from contracts.event import BlindIndex
from kit.sealed import KeyVault

from network.access import Scope
from network.graph.domain.net import Link, links, values_of
from network.graph.rules import rules
from network.known.entry import Kind, Known, Named
from network.known.store import Whereabouts, still_known

MOST = 300
"""Entries that are read of each kind."""
FAMILIES: tuple[Kind, ...] = ("case", "household")


class Families(Protocol):
    async def names(self, cases: Collection[str]) -> Mapping[str, str]:
        """Covered names of the people of cases, by keys."""


@dataclass(frozen=True)
class Neighbourhood:
    """A case, what is known beside it, and its links; `open` are the entries that this person may see."""

    case: Known
    near: tuple[Known, ...]
    links: tuple[Link, ...]
    open: frozenset[str]
    left_out: int = 0
    holders: Mapping[BlindIndex, int] = field(default_factory=dict)

    def at(self, when: datetime) -> "Neighbourhood":
        """As it was known at a time: what began later, or was over, is not there."""
        near = tuple(each for each in self.near if each.since <= when and (each.until is None or each.until >= when))
        there = {each.id for each in near}
        kept = tuple(each for each in self.links if each.other.id in there)
        return Neighbourhood(self.case, near, kept, self.open, self.left_out, self.holders)


class Seeing:
    """Looks at the index from one case."""

    def __init__(self, known: Whereabouts, vault: KeyVault) -> None:
        self._known = known
        self._vault = vault

    async def standing(self, case: Known) -> Known:
        """A case with those alone of whom something can be read."""
        [now] = await still_known([case], self._vault)
        return now

    async def neighbourhood(self, case: Known, scope: Scope, depth: int = 1) -> Neighbourhood:
        """What shares people, houses or numbers with a case; at `depth` 2 also what those share whom one may see.

        Houses and numbers that many have are left out before anything is read by them.
        """
        holders = await self._holders(case.people)
        found = await self._beside(case.people, case.all_keys, holders, case.within)
        if depth > 1:
            more = [each for each in found if each.kind == "case" and scope.covers(each.county, each.units)]
            people = [one for each in more for one in each.people]
            holders |= await self._holders(people)
            within = {id for each in more for id in each.within}
            found += await self._beside(people, {key for one in people for key in one.keys}, holders, within)
        near = _each_once(found, case)
        shown = tuple(near[: rules().most_nodes])
        seen = frozenset(each.id for each in (case, *shown) if _is_open(each, case, scope))
        finds = links(case, near, holders, rules().most_holders)
        return Neighbourhood(case, shown, finds, seen, len(near) - len(shown), holders)

    async def _holders(self, people: Sequence[Named]) -> dict[BlindIndex, int]:
        """By how many families each house and number is held, counted no further than what explains something."""
        most = rules().most_holders
        homes, phones = await asyncio.gather(
            self._known.holders("homes", values_of(people, "homes"), most, FAMILIES),
            self._known.holders("phones", values_of(people, "phones"), most, FAMILIES),
        )
        return {**homes, **phones}

    async def _beside(
        self, people: Sequence[Named], keys: Iterable[BlindIndex], holders: Mapping[BlindIndex, int],
        within: Collection[str],
    ) -> list[Known]:  # fmt: skip
        homes, phones = (
            [each for each in values_of(people, name) if holders.get(each, 0) <= rules().most_holders]
            for name in ("homes", "phones")
        )
        found = await asyncio.gather(
            self._known.parts_of(within, MOST), self._known.of_keys(sorted(keys), MOST),
            self._known.sharing("homes", homes, MOST), self._known.sharing("phones", phones, MOST),
        )  # fmt: skip
        return await still_known([each for some in found for each in some], self._vault)


def _is_open(entry: Known, case: Known, scope: Scope) -> bool:
    """What is a part of one's own case, and whatever one may see anyhow."""
    return not set(entry.within).isdisjoint(case.within) or scope.covers(entry.county, entry.units)


def _each_once(found: Iterable[Known], case: Known) -> list[Known]:
    """Cases first, so that what is left out of a crowd is the least of it."""
    others = {each.id: each for each in found if each.id != case.id}.values()
    return sorted(others, key=lambda each: (each.kind != "case", each.kind, each.id))
