"""Whom a step finds now, and which ways lead to them: the same for a step that is due and for a night to come."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from notify.domain.escalation import Facts, Found, Way, Whom
from notify.domain.holes import found_of
from notify.domain.hook import is_hook
from notify.domain.notices import Notice, window_of
from notify.domain.rota import on_call
from notify.groups.purposes import Purpose
from notify.groups.store import Groups
from notify.line import LineApi
from notify.mail.store import MailAddresses
from notify.people.store import LinePeople
from notify.rota.store import Kept, Rotas
from notify.store import Delivery

ASK_SECONDS = 3.0


def near(message: Delivery, groups: Mapping[str, str]) -> Mapping[str, str]:
    """Of `groups` those of a message's unit and of its window; one for another purpose is where it went."""
    unit, window = message.notice.unit, window_of(message.notice.county)
    found = {each: groups[each] for each in (unit, window) if each in groups}
    if found and message.group_id and unit.partition("/")[2] in set(Purpose):
        return {**found, unit: message.group_id}
    return found


class GroupsOf(Protocol):
    """Where the groups of units are told."""

    async def groups_of(self, units: set[str]) -> Mapping[str, str]: ...


class Reach:
    """Resolves the people of a step. `line_takes`: whether LINE takes what we send at all."""

    def __init__(
        self,
        rotas: Rotas,
        people: LinePeople,
        line: LineApi,
        *,
        mail: MailAddresses | None,
        registry: GroupsOf,
        groups: Groups,
        line_takes: Callable[[], Awaitable[bool]],
    ) -> None:
        self._rotas = rotas
        self._people = people
        self._line = line
        self._mail = mail
        self._registry = registry
        self._groups = groups
        self._line_takes = line_takes

    async def facts(self, notice: Notice, here: Mapping[str, str], now: datetime) -> Facts:
        """Whom each step of a message finds; `here` are the groups that hear us of its unit and of its window."""
        window = window_of(notice.county)
        called, governs = await self.rota(notice, "on_call"), await self.rota(notice, "supervisor")
        standing: set[Way] = {"standing", "window"} if window in here else {"standing"}
        return {
            "on_call": await self._found(called, now, here.get(notice.unit)),
            "supervisor": await self._found(governs, now, None),
            "last_resort": Found(None, window, frozenset(standing)),
        }

    async def groups_of(self, units: set[str]) -> Mapping[str, str]:
        """The groups of these units that hear us; while LINE takes nothing those alone that are webhooks."""
        takes = await self._line_takes()
        left = await self._groups.left()
        found = await self._registry.groups_of(units)
        return {unit: group for unit, group in found.items() if is_hook(group) or (takes and group not in left)}

    async def ways(self, person: str, group: str | None) -> frozenset[Way]:
        """The ways that lead to a person; a mention only where LINE knows them to be in the group."""
        found: set[Way] = set()
        user = await self._people.line_id(person) if await self._line_takes() else None
        if user and await self._people.is_friend(person):
            found.add("line")
        if user and group and not is_hook(group) and await self._is_in(user, group):
            found.add("mention")
        if self._mail and await self._mail.reaches(person):
            found.add("mail")
        return frozenset(found)

    async def person(self, notice: Notice, whom: Whom, at: datetime) -> str | None:
        """Whom a step of a message would find at a moment, as the rotas are now, whether or not a way leads to them."""
        rota = await self.rota(notice, whom) if whom != "last_resort" else None
        return on_call(rota.rota, at).person if rota else None

    async def rota(self, notice: Notice, whom: Literal["on_call", "supervisor"]) -> Kept | None:
        """The rota of a unit; who supervises it is else whoever supervises the county's window.

        A group of another purpose that has no rota calls whoever the window calls.
        """
        own = await self._rotas.of(notice.unit, whom)
        if own or (whom == "on_call" and notice.unit.partition("/")[2] not in set(Purpose)):
            return own
        return await self._rotas.of(window_of(notice.county), whom)

    async def _found(self, rota: Kept | None, now: datetime, group: str | None) -> Found:
        if rota is None:
            return Found(None, "no rota")
        duty = on_call(rota.rota, now)
        ways = await self.ways(duty.person, group) if duty.person else frozenset[Way]()
        return found_of(f"{rota.unit} {rota.duty} v{rota.version}", duty, ways)

    async def _is_in(self, user: str, group: str) -> bool:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._line.name_of(user, group) is not None
        except TimeoutError:
            return False
