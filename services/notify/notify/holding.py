"""What LINE takes nothing for: a quota too small for a message's cost, or a channel that it lets send nothing."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from kit.telemetry import log

from notify.domain.attempts import Cause
from notify.domain.budget import is_beyond, reserve_of
from notify.domain.notices import GRAVEST
from notify.domain.quota import Shortage
from notify.line import LineApi
from notify.metrics import QUOTA_LEFT, QUOTA_USED, REFUSED

QUOTA_PAUSE = timedelta(minutes=5)
"""After so long LINE is asked again, with the most urgent that was held: its own figures are approximate."""
CHANNEL_PAUSE = timedelta(seconds=5)
SIZES_KEPT = timedelta(hours=1)
_NEVER = datetime.min.replace(tzinfo=UTC)

Release = Callable[[str], Awaitable[None]]
"""Makes due what is held for a cause."""


class GroupSizes:
    """How many people a push to a group counts for, asked when it matters and known for an hour."""

    def __init__(self, line: LineApi) -> None:
        self._line = line
        self._known: dict[str, tuple[int, datetime]] = {}

    async def of(self, group_id: str | None) -> int | None:
        """None when LINE does not say; a message to one person alone counts once."""
        if group_id is None:
            return 1
        now = datetime.now(UTC)
        size, at = self._known.get(group_id, (None, _NEVER))
        if size is None or now - at > SIZES_KEPT:
            size = await self._line.members(group_id)
            if size is not None:
                self._known[group_id] = size, now
        return size


class Quota:
    """The month's quota, as LINE refuses and tells it."""

    def __init__(self, line: LineApi, release: Release, reserve_percent: int = 0) -> None:
        self._line = line
        self._sizes = GroupSizes(line)
        self._release = release
        self._reserve_percent = reserve_percent
        self._short = Shortage()
        self._told: float | None = None
        self.left: float | None = None
        self.used = 0
        self.reserve = 0
        self.until = _NEVER

    async def forbids(self, group_id: str | None, rank: int = GRAVEST) -> bool:
        """Whether a message to this group, or to one person alone, costs more than it may.

        LINE has just refused what costs as much; or it would take what is kept for the gravest.
        """
        now = datetime.now(UTC)
        if now >= self.until:
            self._short = Shortage()
        is_kept = rank != GRAVEST and self.left not in (None, float("inf"))
        if not (self._short or is_kept):
            return False
        cost = await self._sizes.of(group_id)
        if is_kept and self.left is not None and is_beyond(cost, self.left, self.reserve, rank):
            return True
        return bool(self._short) and self._short.forbids(group_id or "", cost)

    async def spent(self, group_id: str | None) -> int | None:
        """Note that LINE took a message: its cost in people, where the month has a limit and LINE tells it."""
        if self.left is None or self.left == float("inf"):
            return None
        if (cost := await self._sizes.of(group_id)) is not None:
            self.left -= cost
        return cost

    @property
    def asked_again_at(self) -> datetime:
        """When LINE is asked again about what was held."""
        now = datetime.now(UTC)
        return self.until if self.until > now else now + QUOTA_PAUSE

    async def refused(self, group_id: str | None) -> None:
        self._short = self._short.refused(group_id or "", await self._sizes.of(group_id))
        self.until = datetime.now(UTC) + QUOTA_PAUSE

    async def look(self) -> None:
        """Read LINE's figures; when it tells more than it last told (a new month, a larger plan) nothing is held.

        Its figures come late: more than what we counted down ourselves is no sign of room.
        """
        if (told := await self._line.quota()) is None:
            return
        left, used = told
        QUOTA_LEFT.set(left)
        QUOTA_USED.set(used)
        before, self._told, self.left, self.used = self._told, left, left, used
        self.reserve = reserve_of(left + used, self._reserve_percent)
        if before is not None and left > before:
            self._short = Shortage()
            await self._release("quota")


class Gate:
    """Shut while LINE refuses the channel itself, or is silent for longer than the bounded `doubt`.

    Then one message asks for all, after each pause.
    """

    def __init__(self, release: Release, doubt: timedelta = timedelta(minutes=1)) -> None:
        self._release = release
        self._doubt = doubt
        self._silent_since: datetime | None = None
        self._probe: str | None = None
        self.cause: Cause = "channel"
        self.until = _NEVER
        self.is_shut = False

    def admits(self, most: int) -> int:
        """How many messages may be taken in hand now."""
        if not self.is_shut:
            return most
        return 1 if datetime.now(UTC) >= self.until else 0

    def ask_with(self, delivery_id: str) -> None:
        """This one asks for all; nothing else until the pause after it."""
        self._probe, self.until = delivery_id, datetime.now(UTC) + CHANNEL_PAUSE

    def stops(self, delivery_id: str) -> bool:
        return self.is_shut and delivery_id != self._probe

    def shut(self, cause: Cause) -> None:
        if not self.is_shut or self.cause != cause:
            log.error("line_refuses_the_channel" if cause == "channel" else "line_is_silent")
        self.cause = cause
        self.is_shut, self.until = True, datetime.now(UTC) + CHANNEL_PAUSE
        REFUSED.set(cause == "channel")

    def doubt(self) -> None:
        """LINE gave no answer, or a fault of its own: bounded, since an emergency has other ways to go."""
        now = datetime.now(UTC)
        self._silent_since = self._silent_since or now
        if now - self._silent_since >= self._doubt:
            self.shut("silence")

    async def heard(self) -> bool:
        """LINE is there; True when it was not before."""
        self._silent_since, was_shut = None, self.is_shut
        if was_shut:
            await self._open()
        return was_shut

    async def _open(self) -> None:
        """LINE has taken a message, or judged it: what was held leaves in its order.

        All of it is due before the first is taken in hand, else what is due by its own clock would overtake the graver.
        """
        for cause in ("channel", "silence"):
            await self._release(cause)
        self.is_shut = False
        REFUSED.set(0)
