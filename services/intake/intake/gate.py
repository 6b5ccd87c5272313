"""Who may come in: agency keys, remembered for seconds, and how often each agency may knock."""

import asyncio
import math
import time
from dataclasses import dataclass
from functools import cache

from kit.auth import bearer, digest
from kit.problems import Forbidden, TooMany, Unauthorized
from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request

from intake.agencies.store import Agencies
from intake.domain.agency import Agency

REMEMBERED = 5.0
"""Seconds after which a withdrawn key no longer opens anything."""


_parsed = cache(parse)


@dataclass(frozen=True)
class _Kept:
    until: float
    agency: "asyncio.Task[Agency | None]"


class Gate:
    """Admits requests by their key."""

    def __init__(self, agencies: Agencies, rate: str) -> None:
        self._agencies = agencies
        self._rate = parse(rate)
        # A counter that slides needs constant memory however generous the limit. Not the storage for threads: it starts
        # one every 10 ms and waits for it, an eighth of a busy process's time.
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._kept: dict[str, _Kept] = {}

    async def admit(self, request: Request) -> Agency:
        """The agency that sent a request. Raises Unauthorized, Forbidden (suspended, or out of scope) or TooMany."""
        agency = await self._agency(digest(bearer(request)))
        if agency is None:
            raise Unauthorized(
                "This key is not known: check it, or ask the county for a new one.",
                "金鑰無效：請檢查，或向縣市申請新金鑰。",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not agency.active:
            raise Forbidden("This key is suspended: ask the county.", "此金鑰已停用：請洽縣市。")
        if not agency.opens(request.url.path):
            raise Forbidden("This key does not open that: ask for a wider key.", "此金鑰無此權限：請申請擴大範圍。")
        await self._must_have_room(agency)
        return agency

    async def _agency(self, key_sha256: str) -> Agency | None:
        kept = self._kept.get(key_sha256)
        if kept is None or kept.until < time.monotonic():
            # A task and not its result, so that requests that arrive together look the key up once.
            task = asyncio.create_task(self._agencies.with_key(key_sha256))
            kept = self._kept[key_sha256] = _Kept(time.monotonic() + REMEMBERED, task)
        found: Agency | None = None
        try:
            found = await asyncio.shield(kept.agency)
        finally:
            if found is None:
                self._kept.pop(key_sha256, None)
        return found

    async def _must_have_room(self, agency: Agency) -> None:
        rate = _parsed(agency.rate) if agency.rate else self._rate
        if await self._limiter.hit(rate, agency.agency_id):
            return
        again = (await self._limiter.get_window_stats(rate, agency.agency_id)).reset_time - time.time()
        raise TooMany(
            f"This agency's limit is {rate}: send again after the seconds in Retry-After.",
            f"此機關的上限為 {rate}：請於 Retry-After 秒後重送。",
            headers={"Retry-After": str(max(1, math.ceil(again)))},
        )


def must_report_to(agency: Agency, county: str) -> None:
    """Raises Forbidden for a county that the agency's key does not cover."""
    if not agency.reports_to(county):
        raise Forbidden(
            "This key does not cover that county: report to your own, or ask for a wider key.",
            "此金鑰不含該縣市：請通報所屬縣市，或申請擴大範圍。",
        )
