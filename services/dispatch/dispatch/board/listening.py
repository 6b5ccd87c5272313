"""What boards are told, and who listens: a message is encoded once, and who reads too slowly is let go."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import getsizeof

from contracts.languages import Lang
from sse_starlette import ServerSentEvent

from dispatch.site.officers import Officer

MOST_WAITING = 500


@dataclass(frozen=True)
class Message:
    """Something to tell boards: of one county or, without one, of all; `mark` is where to resume after it."""

    event: str
    texts: Mapping[Lang, str]
    county: str | None = None
    mark: str | None = None
    _frames: dict[Lang, bytes] = field(default_factory=dict, compare=False, repr=False)

    def frame(self, lang: Lang) -> bytes:
        """As it goes over the wire: encoded once, however many boards listen."""
        if lang not in self._frames:
            self._frames[lang] = ServerSentEvent(self.texts[lang], event=self.event, id=self.mark).encode()
        return self._frames[lang]

    @property
    def size(self) -> int:
        """The bytes that it takes at most, with its frames."""
        return 1_000 + 2 * sum(map(getsizeof, self.texts.values()))


@dataclass(eq=False)
class Listener:
    """One board that listens: from which session, and who its officer was when it began. None in its queue ends it."""

    county: str
    session: str
    officer: Officer
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    ended: bool = False

    def wants(self, message: Message) -> bool:
        return message.county in (None, self.county) and (self.officer.reads or message.event != "rows")

    def tell(self, message: Message) -> None:
        """Queue a message; a board that reads too slowly is cut off and resumes where it was."""
        try:
            self.queue.put_nowait(message)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Let the board go, with nothing more told."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)

    async def heard(self) -> list[Message]:
        """All that it was told and has not heard yet, as soon as there is anything."""
        told = [await self.queue.get()]
        while not self.queue.empty():
            told.append(self.queue.get_nowait())
        self.ended = None in told
        return [message for message in told if message is not None]
