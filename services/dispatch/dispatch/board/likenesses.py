"""How alike the people of two reports are: worked out beside the pages, and remembered without saying who they are."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from contracts.event import Sealed
from contracts.people import Person
from contracts.reports import Report as Form
from kit.sealed import KeyVault, join, key_id

from dispatch.domain.people.matching import Likeness, likeness
from dispatch.domain.people.traits import Traits, of_family
from dispatch.domain.report.report import Report

REMEMBERED = 8_192
"""Pairs, some 3 MB: the pages of 130 reports with as many kin as are shown."""
_Pair = tuple[str, int, str, int]
"""Two documents, each with the version of the report that was compared."""
_Family = Sequence[tuple[int, Traits]]


class Likenesses:
    """Compares one pair at a time, whoever asks, in a thread; between pairs the work ends with its reader."""

    def __init__(self, vault: KeyVault) -> None:
        self._vault = vault
        self._known: OrderedDict[_Pair, Likeness | None] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(
        self, report: Report, people: Sequence[Person], others: Sequence[Report]
    ) -> dict[str, Likeness | None]:
        """What a report with these people is to each of the others that can be read now, by its document.

        What is remembered of a report that was erased since is told to nobody.
        """
        tokens = {each.id: Sealed(token) for each in others if (token := each.names_sealed)}
        if not (people and tokens):
            return {}
        standing = await self._vault.standing(tokens.values())
        readable = [each for each in others if each.id in tokens and key_id(tokens[each.id]) in standing]
        mine = await asyncio.to_thread(lambda: list(of_family(people)))
        return {each.id: await self._of_pair(report, mine, each) for each in readable}

    async def _of_pair(self, report: Report, mine: _Family, other: Report) -> Likeness | None:
        pair = report.id, report.version, other.id, other.version
        if pair not in self._known:
            async with self._turn:
                if pair not in self._known:  # nor compared while this reader waited for its turn
                    self._remember(pair, await self._compare(mine, other))
        self._known.move_to_end(pair)
        return self._known[pair]

    async def _compare(self, mine: _Family, other: Report) -> Likeness | None:
        [values] = await self._vault.open([Sealed(str(other.names_sealed))])
        return await asyncio.to_thread(lambda: likeness(mine, people_of(other, values)))

    def _remember(self, pair: _Pair, found: Likeness | None) -> None:
        self._known[pair] = found
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def people_of(report: Report, values: Mapping[str, Any] | None) -> tuple[Person, ...]:
    """The people of a report with what names them; nobody where that cannot be read."""
    return Form.model_validate(join(report.public, dict(values))).people if values else ()
