"""Who pressed a button, by which name, and what they read of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.telemetry import log

from notify.codes import Codes
from notify.happenings.store import Happening
from notify.line import LineApi
from notify.people.store import LinePeople

NAME_SECONDS = 3.0


@dataclass(frozen=True)
class Presser:
    """Who pressed: a colleague if `bound`, else the name that this LINE user has given themselves."""

    name: str
    bound: bool


@dataclass(frozen=True)
class Pressers:
    """`someone` stands for a name that LINE does not tell.

    `unbound_count`: whether a press by somebody who is no colleague's LINE user counts, under the name that LINE shows.
    """

    people: LinePeople
    line: LineApi
    codes: Codes
    someone: str
    unbound_count: bool

    async def of(self, press: Happening) -> Presser:
        """A colleague, else the name that LINE has; a press holds even when LINE does not answer."""
        if not press.user_id:
            return Presser(self.someone, bound=False)
        key = self.codes.of_person(press.user_id)
        if name := await self.people.name_of(key):
            await self.people.keep_id(key, press.user_id)
            return Presser(name, bound=True)
        return Presser(await self.shown_name(press.user_id, press.group_id) or self.someone, bound=False)

    def counts(self, presser: Presser) -> bool:
        return presser.bound or self.unbound_count

    async def colleague(self, user_id: str) -> str | None:
        """The name of the colleague whose LINE user this is."""
        return await self.people.name_of(self.codes.of_person(user_id))

    async def shown_name(self, user_id: str, group_id: str | None) -> str | None:
        """The name that LINE has of somebody in a group."""
        try:
            async with asyncio.timeout(NAME_SECONDS):
                return await self.line.name_of(user_id, group_id)
        except TimeoutError:
            return None

    async def reply(self, press: Happening, message: str | Mapping[str, Any]) -> None:
        """Answer in the chat where it was pressed."""
        if press.reply_token:
            answer = await self.line.reply(press.reply_token, message)
            log.info("replied", event_id=press.id, status=answer.status)
