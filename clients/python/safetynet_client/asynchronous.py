"""The client for asyncio, otherwise the same as in `client`."""

from asyncio import sleep, to_thread
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from contracts.reports import Submission
from contracts.rosters import Roster

from safetynet_client import calls
from safetynet_client.answers import Batch, Receipt, Reconciled, ReportStatus, Row
from safetynet_client.calls import PIECE, Answer, Call, Patience
from safetynet_client.client import told_of
from safetynet_client.problems import NoAnswer


class AsyncSafetyNet:
    """Like SafetyNet, to be awaited."""

    def __init__(
        self,
        url: str,
        auth: str | httpx.Auth,
        *,
        language: str = "zh-TW",
        patience: Patience | None = None,
        timeout: float = 30,
    ) -> None:
        self._patience = patience or Patience()
        self._http = httpx.AsyncClient(**told_of(url, auth, language, timeout))

    async def submit(self, report: Submission | Mapping[str, Any], *, idempotency_key: str | None = None) -> Receipt:
        """Post a report; durable once this returns. Without a key a fresh one is used, the same for each attempt."""
        return await self._send(calls.submit(report, idempotency_key))

    async def amend(self, report_id: str, *, reason: str, **changes: Any) -> ReportStatus:
        """Amend a report: fields as in a report, merged by RFC 7396."""
        return await self._send(calls.amend(report_id, reason, changes))

    async def status(self, report_id: str) -> ReportStatus:
        """What became of a report."""
        return await self._send(calls.status(report_id))

    async def reconcile(
        self, day: date, *, sender_refs: Sequence[str] | None = None, sequence: tuple[int, int] | None = None
    ) -> Reconciled:
        """A day's list against what was received: references, or the first and last of the day's numbers."""
        return await self._send(calls.reconcile(day, sender_refs, sequence))

    async def batch(self, file: Path | bytes, *, type: str | None = None, roster: Roster | None = None) -> Batch:
        """Send a file of reports, or a roster; the same file again gives the same batch."""
        return await self._send(calls.send_file(file, type, roster))

    async def progress(self, batch_id: str) -> Batch:
        """The progress of a file."""
        return await self._send(calls.batch(batch_id))

    async def follow(self, batch_id: str, *, every: float = 0.5) -> AsyncIterator[Batch]:
        """The progress of a file, repeatedly until it is done."""
        while not (shown := await self.progress(batch_id)).is_done:
            yield shown
            await sleep(every)
        yield shown

    async def rows(self, batch_id: str, *, state: str | None = None) -> AsyncIterator[Row]:
        """The answer to each row: all, or those `accepted`, `refused` or `repeated`."""
        after: int | None = 0
        while after is not None:
            page = await self._send(calls.rows(batch_id, state, after))
            for row in page.rows:
                yield row
            after = page.next

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, call: Call[Answer]) -> Answer:
        attempt = 0
        while True:
            attempt += 1
            told, broken = None, None
            try:
                told = await self._http.request(
                    call.method, call.path, content=_content(call), headers=call.headers, params=call.params
                )
            except httpx.TransportError as error:
                broken = error
            wait = self._patience.after(attempt, told, call)
            if wait is not None:
                await sleep(wait)
            elif told is not None:
                return call.read(told)
            else:
                raise NoAnswer(f"no answer after {attempt} attempts") from broken


def _content(call: Call[Any]) -> bytes | AsyncIterator[bytes]:
    return call.content if isinstance(call.content, bytes) else _pieces(call.content)


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with await to_thread(file.open, "rb") as content:
        while piece := await to_thread(content.read, PIECE):
            yield piece
