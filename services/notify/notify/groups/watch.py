"""Counts who is in our groups, and notices one that removed us, has nobody left, or answers nothing any more."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from kit.mongo import Document
from kit.repeating import repeating

from notify.domain.hook import is_hook
from notify.groups.store import Groups
from notify.line import LineApi
from notify.metrics import GROUPS
from notify.store import Deliveries

COUNT_EVERY = 3_600.0
LOOK_EVERY = 60.0
SILENT_AFTER = timedelta(days=7)
LEAST_ASKED = 3
"""A group that was asked less often within that time may have answered on the pages."""

Trouble: TypeAlias = Literal["left", "empty", "silent"]
TROUBLES: tuple[Trouble, ...] = ("left", "empty", "silent")


def trouble_of(facts: Document, silent: Collection[str]) -> Trouble | None:
    """Why nobody in a group hears us, if nobody does. `silent`: groups that were asked and never answered."""
    if facts.get("state") == "left":
        return "left"
    if facts.get("members") == 0:
        return "empty"
    return "silent" if facts["_id"] in silent else None


class GroupWatch:
    """Watches the groups that notices go to: those bound by people, and those that the settings name."""

    def __init__(self, groups: Groups, deliveries: Deliveries, line: LineApi, settled: Mapping[str, str]) -> None:
        self._groups = groups
        self._deliveries = deliveries
        self._line = line
        self._settled = settled

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with (
            repeating(self.count_all, name="group_members", every=COUNT_EVERY),
            repeating(self.look, name="groups", every=LOOK_EVERY),
        ):
            yield

    async def count_all(self) -> None:
        for group_id in await self._ours():
            await self.count(group_id)

    async def count(self, group_id: str) -> None:
        """Ask LINE how many people a group has; nothing changes when LINE does not say, or it is a webhook."""
        members = None if is_hook(group_id) else await self._line.members(group_id)
        if members is not None:
            await self._groups.count(group_id, members, datetime.now(UTC))

    async def look(self) -> None:
        ours = await self._ours()
        facts, silent = await self._groups.facts(ours), await self.silent(ours)
        found = [trouble_of(facts.get(each, {"_id": each}), silent) for each in ours]
        for trouble in TROUBLES:
            GROUPS.labels(trouble).set(found.count(trouble))

    async def silent(self, groups: Collection[str]) -> frozenset[str]:
        """Those of these groups where nobody took on anything of what asked them for it lately."""
        return await self._deliveries.unanswered(groups, datetime.now(UTC) - SILENT_AFTER, LEAST_ASKED)

    async def _ours(self) -> list[str]:
        return sorted({*self._settled.values(), *await self._groups.bound()})
