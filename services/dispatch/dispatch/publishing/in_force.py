"""What is in force on every replica: the tables packaged and those published above them, and the counties' days."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from contracts.calendar import DayTold
from kit.inbox import NotYet
from rules.calendars import calendars
from rules.cells import TableError

from dispatch.domain.tables.table import DecisionTable
from dispatch.policy import Policies
from dispatch.publishing.draft_text import table_of
from dispatch.publishing.drafts import Version
from dispatch.publishing.store import Tables
from dispatch.window.days.store import Calendars

FRESH = 5.0
"""Seconds for which the tables that were read are held to be all there are.

A table is published a minute or more before it takes effect (`draft_text.AHEAD`), and nothing is decided by tables that
were read longer ago than this: so every replica decides by it from its first instant on, and none before.
"""


class TablesInForce:
    """Reads what was published, or said of days, since it last looked; while it cannot, it raises and decides nothing.

    Raises NotYet for a table that this release cannot read.
    """

    def __init__(
        self, tables: Tables, packaged: Policies, tick: Callable[[], float] = monotonic, days: Calendars | None = None
    ) -> None:
        self._tables = tables
        self._days = days
        self._told: dict[str, tuple[str, DayTold]] = {}
        self._tick = tick
        self._known: dict[str, DecisionTable] = {}
        self._packaged = self._policies = packaged
        self._read_at = float("-inf")

    async def current(self) -> Policies:
        """The policies with every table published FRESH seconds ago or earlier."""
        if self._tick() - self._read_at > FRESH:
            await self.read()
        return self._policies

    async def read(self) -> Policies:
        """The policies with every table published until now."""
        began = self._tick()
        new = _read(await self._tables.versions_but(list(self._known)))
        if new:
            self._known |= new
            self._policies = replace(above(self._packaged, self._known), days=self._policies.days)
        await self._read_days()
        self._read_at = began
        return self._policies

    async def _read_days(self) -> None:
        if self._days and (new := await self._days.told_but(list(self._told))):
            self._told |= {day.id: (county, day) for county, day in new}
            self._policies = replace(self._policies, days=calendars(self._told.values()))


def _read(versions: Iterable[Version]) -> dict[Any, DecisionTable]:
    try:
        return {each["_id"]: table_of(each["text"]) for each in versions}
    except TableError as error:
        # Published by a newer release: this one decides nothing that the newer one would decide otherwise.
        raise NotYet("a published table is newer than this release") from error


def above(packaged: Policies, published: Mapping[Any, DecisionTable]) -> Policies:
    """Policies in which the published tables of each county follow those it had."""
    tables = dict(packaged.tables)
    for table in sorted(published.values(), key=lambda each: each.in_force_from):
        tables[table.county] = (*tables.get(table.county, packaged.sample_tables), table)
    return replace(packaged, tables={county: _in_order(all_) for county, all_ in tables.items()})


def _in_order(tables: tuple[DecisionTable, ...]) -> tuple[DecisionTable, ...]:
    return tuple(sorted(tables, key=lambda each: each.in_force_from))
