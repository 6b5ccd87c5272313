"""Who comes and goes: the account in groups, people in groups, and people who add the account or block it."""

from collections.abc import Callable

from kit.telemetry import log

from notify.codes import Codes
from notify.domain.message import Wording
from notify.groups.store import Groups
from notify.groups.watch import GroupWatch
from notify.happenings.store import Happening
from notify.line import LineApi
from notify.metrics import LEFT_GROUPS
from notify.people.store import LinePeople


class Membership:
    """Keeps it as facts, and answers those who come with a code that a signed-in colleague types."""

    def __init__(
        self,
        groups: Groups,
        watch: GroupWatch,
        people: LinePeople,
        line: LineApi,
        *,
        codes: Codes,
        wording: Wording,
        reach_changed: Callable[[], None],
    ) -> None:
        self._reach_changed = reach_changed
        self._groups = groups
        self._watch = watch
        self._people = people
        self._line = line
        self._codes = codes
        self._replies = wording.replies

    async def on_group(self, happening: Happening, group_id: str) -> None:
        if happening.type == "leave":
            await self._on_leave(happening, group_id)
        elif happening.type == "join":
            await self._on_join(happening, group_id)
        elif happening.type in ("memberJoined", "memberLeft"):
            await self._watch.count(group_id)

    async def on_person(self, happening: Happening, user_id: str) -> None:
        """A friend is told a code; one who blocks the account, or removes it, is out of LINE's reach from then on."""
        if happening.type not in ("follow", "unfollow"):
            return
        key = self._codes.of_person(user_id)
        await self._people.note(key, following=happening.type == "follow", at=happening.at)
        if happening.type == "follow":
            await self._people.keep_id(key, user_id)
        self._reach_changed()
        if happening.type == "follow" and happening.reply_token and not await self._people.name_of(key):
            code = self._codes.new()
            await self._people.keep_code(self._codes.key(code), key, happening.received_at)
            await self._line.reply(happening.reply_token, self._replies.bind_person.format(code=code))

    async def _on_leave(self, happening: Happening, group_id: str) -> None:
        if await self._groups.note(group_id, "left", happening.at):
            log.warning("group_changed", group=group_id, state="left")
            LEFT_GROUPS.inc()

    async def _on_join(self, happening: Happening, group_id: str) -> None:
        await self._groups.note(group_id, "joined", happening.at)
        log.warning("group_changed", group=group_id, state="joined")
        if happening.reply_token:
            code = self._codes.new()
            await self._groups.keep_code(self._codes.key(code), group_id, happening.received_at)
            await self._line.reply(happening.reply_token, self._replies.bind_group.format(code=code))
        await self._watch.count(group_id)
