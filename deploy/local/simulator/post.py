"""Posts planned reports to intake at a chosen pace, and keeps trying each with the same key until it has a receipt."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import uniform
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from simulator.day import PlannedReport
from simulator.writing import Body

PATIENCE = 120.0
"""Seconds for which one report is tried before it is given up."""

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one report: `receipt` is intake's, or None and `problem` says why.

    `posted_at` is seconds since the epoch, `seconds` from the first try to the answer.
    """

    source: str
    key: str
    body: Body
    posted_at: float
    seconds: float
    attempts: int
    status: int | None
    receipt: Mapping[str, Any] | None
    problem: str = ""


@dataclass(slots=True)
class Postbox:
    """Intake, as agencies reach it; at most `lanes` reports are under way at a time."""

    client: httpx.AsyncClient
    keys: Mapping[str, str]
    lanes: int = 32
    patience: float = PATIENCE
    _free: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.lanes)

    async def post(self, source: str, body: Body) -> Result:
        """One report; repeated while intake is away, busy or failing, always with the same idempotency key."""
        async with self._free:
            return await self._until_answered(source, body, key_of(source, body))

    async def _until_answered(self, source: str, body: Body, key: str) -> Result:
        posted_at, began, attempts = time.time(), time.monotonic(), 0
        while True:
            attempts += 1
            answer = await self._try(source, body, key)
            seconds = time.monotonic() - began
            if not _is_passing(answer) or seconds > self.patience:
                return Result(source, key, body, posted_at, seconds, attempts, *_read(answer))
            await asyncio.sleep(_wait(answer, attempts))

    async def _try(self, source: str, body: Body, key: str) -> httpx.Response | httpx.TransportError:
        headers = {"Authorization": f"Bearer {self.keys[source]}", "Idempotency-Key": key}
        try:
            return await self.client.post("/v1/reports", json=body, headers=headers)
        except httpx.TransportError as absent:
            return absent


def open_postbox(
    url: str, keys: Mapping[str, str], lanes: int, transport: httpx.AsyncBaseTransport | None = None
) -> Postbox:
    """A postbox at intake's address; its client is to be closed by the caller."""
    limits = httpx.Limits(max_connections=lanes, max_keepalive_connections=lanes)
    return Postbox(httpx.AsyncClient(base_url=url, timeout=10, limits=limits, transport=transport), keys, lanes)


async def post_day(
    postbox: Postbox, plan: Sequence[PlannedReport], duration: float, on_result: Callable[[Result], None]
) -> list[Result]:
    """Posts the plan with the day shrunk to `duration` seconds; results stand in the plan's order."""
    start, first = time.monotonic(), min(report.minute for report in plan)
    span = max(report.minute for report in plan) - first or 1.0

    async def in_time(report: PlannedReport) -> Result:
        due = start + (report.minute - first) / span * duration
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        result = await postbox.post(report.source, report.body)
        on_result(result)
        return result

    return await asyncio.gather(*(in_time(report) for report in plan))


def key_of(source: str, body: Body) -> str:
    """The idempotency key of a report: the same whenever the same agency sends the same reference."""
    return str(uuid5(NAMESPACE_URL, f"{source}/{body['sender_ref']}"))


def _is_passing(answer: httpx.Response | httpx.TransportError) -> bool:
    return isinstance(answer, httpx.TransportError) or answer.status_code == 429 or answer.status_code >= 500


def _wait(answer: httpx.Response | httpx.TransportError, attempts: int) -> float:
    asked = answer.headers.get("Retry-After", "") if isinstance(answer, httpx.Response) else ""
    if asked.isdigit():
        return min(float(asked), _LONGEST_WAIT) + uniform(0, 0.1)
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(attempts, 8)) * uniform(0.5, 1)


def _read(answer: httpx.Response | httpx.TransportError) -> tuple[int | None, Mapping[str, Any] | None, str]:
    """The status, the receipt and the problem of an answer."""
    if isinstance(answer, httpx.TransportError):
        return None, None, f"{type(answer).__name__}: {answer}"
    if answer.status_code != httpx.codes.ACCEPTED:
        return answer.status_code, None, answer.text[:500]
    return answer.status_code, answer.json(), ""
