"""One read of the changes for all boards: a fragment is rendered once, however many look, and never if nobody does."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import datetime, timedelta

from contracts.languages import LANGUAGES
from kit.kafka import KafkaState
from kit.repeating import repeating
from kit.telemetry import log

from dispatch.board.fragments import Fragments
from dispatch.board.listening import MOST_WAITING, Listener, Message
from dispatch.board.store import Rows
from dispatch.domain.report.report import Report
from dispatch.figures.edge import Edge, edge_of
from dispatch.figures.ledger import Counters, counters_of
from dispatch.figures.store import Figures
from dispatch.site.officers import Officer
from dispatch.window.store import MarkLost, Reports

BEAT = timedelta(seconds=2)
COUNT_AGAIN = timedelta(seconds=5)
COUNT_AT_MOST_EVERY = timedelta(milliseconds=400)
PAUSE = 5
"""A county rests this many times as long as its last count took: a great day must not hold up the others."""
REMEMBERED_BYTES = 16 * 2**20
"""Of what boards that come back are told: a row takes some 10 kB, in two languages."""
RESTS_AFTER = timedelta(minutes=2)
"""For so long after its last board a county is still followed: who reloads or changes networks misses nothing."""
MOST_BOARDS = 1_500
"""Of one process, which takes 2,048 connections in all: one person's boards leave room for everybody's."""
AGAIN_AFTER = 1.0
BEGINS_WITHIN = 0.5
LOOK_EVERY = 0.1
PAUSE_FOR_EACH = 0.000_4
"""Seconds for which a board gathers what it is told, for each board that listens: what boards cost stays bounded.

Five boards hear at once, 500 every 200 ms. Measured with 500 boards at 20 reports a second, against no pause: half the
CPU a board, and because of that 0.4 of the lag (p99).
"""

Still = Callable[[Collection[str]], Awaitable[Mapping[str, Officer]]]
"""Who of these sessions is still in, by session."""


class Hub:
    """Follows the reports' changes and tells them to every board of this process."""

    def __init__(
        self,
        reports: Reports,
        figures: Figures,
        fragments: Fragments,
        now: Callable[[], datetime],
        still: Still,
        *,
        kafka: Callable[[], KafkaState] = KafkaState,
    ) -> None:
        self._reports = reports
        self._rows = Rows(reports)
        self._figures = figures
        self._still = still
        self._kafka = kafka
        self._fragments = fragments
        self._now = now
        self._listeners: dict[Listener, None] = {}
        self._told: deque[Message] = deque()
        self._told_bytes = 0
        self._left_at: dict[str, datetime] = {}
        self._untold: dict[str, str] = {}
        self._since = self.mark = ""
        self._beat_at = self._looked_at = now()
        self._counted_at: dict[str, datetime] = {}
        self._took: dict[str, timedelta] = {}
        self._unequal_since: dict[str, datetime] = {}
        self._changed: set[str] = set()
        self._follows = asyncio.Event()
        self._wanted = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the changes until leaving; then every board is let go."""
        try:
            async with (
                repeating(self._follow, name="board_changes", every=AGAIN_AFTER),
                repeating(self._count_and_look, name="board_counts", every=AGAIN_AFTER),
                repeating(self._let_go, name="board_sessions", every=BEAT.total_seconds()),
            ):
                yield
        finally:
            for listener in self._listeners:
                listener.end()

    async def begun(self, county: str) -> str:
        """The mark from which a page that is about to be drawn will listen: its board then needs no `reset` at once.

        Waits until the changes are followed, a moment at most: what is away must not hold the page up.
        """
        self._attend(county)
        with suppress(TimeoutError):
            async with asyncio.timeout(BEGINS_WITHIN):
                await self._follows.wait()
        return self.mark

    def _attend(self, county: str) -> None:
        self._left_at[county] = self._now()
        self._wanted.set()

    async def listen(self, county: str, after: str, session: str, officer: Officer) -> AsyncIterator[list[Message]]:
        """What happens in a county from the mark `after` on; `reset` first where that is not known here.

        Begins once the changes are followed: what a board reads after its `reset` can then miss nothing. Ends with its
        session, or when its officer is no longer who they were: whoever asks again is told what they may see then.
        """
        self._attend(county)
        await self._follows.wait()
        listener = Listener(county, session, officer)
        told = [message for message in self._missed(after, county) if listener.wants(message)]
        self._make_room()
        self._listeners[listener] = None
        try:
            while not listener.ended:
                if told:
                    yield told
                    await asyncio.sleep(PAUSE_FOR_EACH * len(self._listeners))
                told = await listener.heard()
        finally:
            self._listeners.pop(listener, None)
            self._left_at[county] = self._now()

    def _make_room(self) -> None:
        """Let the oldest board of the session that has most of them go; it comes back and is told what it missed."""
        if len(self._listeners) >= MOST_BOARDS:
            ((session, _),) = Counter(each.session for each in self._listeners).most_common(1)
            oldest = next(each for each in self._listeners if each.session == session)
            del self._listeners[oldest]
            oldest.end()

    def _missed(self, after: str, county: str) -> list[Message]:
        if not after or not self._since or after < max(self._since, self._untold.get(county, "")):
            return [Message("reset", dict.fromkeys(LANGUAGES, ""), mark=self.mark or None)]
        return [message for message in self._told if message.mark and message.mark > after]

    async def _follow(self) -> bool:
        """Follow the changes while boards listen, and a while longer; True when nobody does any more."""
        await self._wanted.wait()
        try:
            async with aclosing(self._reports.changes(self.mark or None)) as changes:
                async for mark, reports in changes:
                    self._take(mark, reports)
                    if not self._attended():
                        break
        except MarkLost as error:
            log.error("board_starts_again", error=error)
            self._forget()
            return False
        if is_over := not self._attended():
            self._wanted.clear()
            self._forget()
        return is_over

    def _attended(self) -> set[str]:
        """The counties of boards that listen, or did so a moment ago."""
        now = self._now()
        self._left_at = {county: at for county, at in self._left_at.items() if now - at < RESTS_AFTER}
        return {listener.county for listener in self._listeners} | self._left_at.keys()

    def _forget(self) -> None:
        """There is no mark to resume from: every board must look anew."""
        self.mark = self._since = ""
        self._follows.clear()
        self._told.clear()
        self._told_bytes = 0
        self._untold.clear()
        self._tell(Message("reset", dict.fromkeys(LANGUAGES, "")))

    def _take(self, mark: str, reports: Sequence[Report]) -> None:
        self._since = self._since or mark
        self.mark = mark or self.mark
        self._follows.set()
        self._tell_rows(reports, mark)
        self._changed |= {report.county for report in reports}
        if (now := self._now()) - self._beat_at >= BEAT:
            self._beat_at = now
            self._tell(Message("beat", dict.fromkeys(LANGUAGES, now.isoformat())))

    async def _count_and_look(self) -> None:
        """What is counted and what time alone changes: beside the rows, which must not wait for it."""
        while True:
            now = self._now()
            if now - self._looked_at >= COUNT_AGAIN:
                self._tell_rows(await self._ended(self._looked_at, now), None)
                self._looked_at = now
            for county in {listener.county for listener in self._listeners}:
                await self._count(county, now)
            await asyncio.sleep(LOOK_EVERY)

    async def _let_go(self) -> None:
        """End the boards of sessions that are over or changed: one question for all of them, at every beat."""
        asked = list(self._listeners)
        there = await self._still({listener.session for listener in asked}) if asked else {}
        for listener in asked:
            if there.get(listener.session) != listener.officer:
                listener.end()

    async def _ended(self, since: datetime, now: datetime) -> list[Report]:
        """Reports whose clock or claim ran out since the last look: nothing changed in them but the time."""
        counties = {listener.county for listener in self._listeners}
        return await self._rows.ended(counties, since, now, MOST_WAITING) if counties else []

    def _tell_rows(self, reports: Sequence[Report], mark: str | None) -> None:
        of: defaultdict[str, list[Report]] = defaultdict(list)
        attended = self._attended()
        for report in reports:
            if report.county in attended:
                of[report.county].append(report)
            elif mark:
                self._untold[report.county] = mark
        for county, changed in of.items():
            texts = {lang: self._fragments.rows(changed, lang) for lang in LANGUAGES}
            message = Message("rows", texts, county, mark)
            if mark:
                self._remember(message)
            self._tell(message)

    def _remember(self, message: Message) -> None:
        self._told.append(message)
        self._told_bytes += message.size
        while self._told_bytes > REMEMBERED_BYTES:
            oldest = self._told.popleft()
            self._told_bytes -= oldest.size
            self._since = oldest.mark or self._since

    def _tell(self, message: Message) -> None:
        for listener in self._listeners:
            if listener.wants(message):
                listener.tell(message)

    async def _count(self, county: str, now: datetime) -> None:
        counted = self._counted_at.get(county)
        age = now - counted if counted else COUNT_AGAIN
        pace = max(COUNT_AT_MOST_EVERY, PAUSE * self._took.get(county, timedelta()))
        if age >= COUNT_AGAIN or (county in self._changed and age >= pace):
            self._counted_at[county] = now
            self._changed.discard(county)
            began = self._now()
            counters = await self.counters(county)
            edge = await self.edge(county)
            self._took[county] = self._now() - began
            texts = {lang: self._fragments.counters(counters, edge, lang) for lang in LANGUAGES}
            self._tell(Message("counters", texts, county))

    async def edge(self, county: str) -> Edge:
        """What else the edge of a county's board says."""
        return await edge_of(self._reports, self._figures, county, self._now(), self._kafka())

    async def counters(self, county: str) -> Counters:
        """The counters of a county, with how long its equation has not held."""
        now = self._now()
        since = self._unequal_since.get(county)
        counters = await counters_of(self._reports, self._figures, county, now, unequal_since=since)
        if counters.today.equal:
            self._unequal_since.pop(county, None)
        else:
            self._unequal_since.setdefault(county, now)
        return counters
