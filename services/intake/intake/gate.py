"""Who is let in: agencies by their keys or tokens, cached for seconds, and how often each may call."""

import asyncio
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from kit.problems import Forbidden, TooMany, Unauthorized
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from web.callers import bearer, digest

from intake.agencies.store import Agencies
from intake.agencies.tokens import Tokens
from intake.domain.access import Route, route_of
from intake.domain.agency import Agency

REMEMBERED = 5.0
"""Seconds until a withdrawn key stops working."""
MOST_REMEMBERED = 10_000
ALL = "requests"
"""For every answer to whoever was admitted."""

_parsed = cache(parse)
_NAMES = {
    ALL: ("requests", "全部請求"),
    Route.REPORTS: ("reports", "通報"),
    Route.BATCHES: ("files", "批次檔案"),
    Route.READS: ("reads", "查詢"),
    Route.OTHERS: ("other requests", "其他請求"),
}


class Limits:
    """How often one agency may call this process: in all, and for each kind of request."""

    def __init__(self, rate: str, rates: Mapping[str, str]) -> None:
        self._rate = rate
        self._rates = {Route(name): rate for name, rate in rates.items()}
        for each in (rate, *self._rates.values()):
            _parsed(each)
        # A sliding counter needs constant memory however generous the limit. Not the storage for threads: it starts
        # one every 10 ms and waits for it, an eighth of a busy process's time.
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def must_have_room(self, agency: Agency, route: Route) -> None:
        """Count one request. Raises TooMany, which names the limit."""
        for name, rate in self._of(agency, route):
            if not await self._limiter.hit(rate, agency.agency_id, name):
                stats = await self._limiter.get_window_stats(rate, agency.agency_id, name)
                raise _too_many(name, rate, stats.reset_time - time.time())

    def _of(self, agency: Agency, route: Route) -> Iterator[tuple[str, RateLimitItem]]:
        if own := agency.rates.get(route) or self._rates.get(route):
            yield route, _parsed(own)
        yield ALL, _parsed(agency.rate or self._rate)


def _too_many(name: str, rate: RateLimitItem, seconds: float) -> TooMany:
    en, zh = _NAMES[name]
    again = str(max(1, math.ceil(seconds)))
    detail = (
        f"This agency's limit of {en} is {rate}: send again after the seconds in Retry-After.",
        f"此機關「{zh}」的上限為 {rate}：請於 Retry-After 秒後重送。",
    )
    entry = {"at": "", "code": f"limit_{name}", "en": detail[0], "zh": detail[1]}
    return TooMany(*detail, errors=[entry], headers={"Retry-After": again})


@dataclass(frozen=True)
class _Kept:
    until: float
    agency: "asyncio.Task[Agency | None]"


class Gate:
    """Admits requests by their key or token."""

    def __init__(self, agencies: Agencies, tokens: Tokens, limits: Limits) -> None:
        self._agencies = agencies
        self._tokens = tokens
        self._limits = limits
        self._kept: dict[str, _Kept] = {}

    async def admit(self, request: Request) -> Agency:
        """The agency that sent a request. Raises Unauthorized, Forbidden (suspended, or out of scope) or TooMany."""
        agency = await self._agency(bearer(request))
        if agency is None:
            raise Unauthorized(
                "This key is unknown: check it, or ask the county for a new one.",
                "金鑰無效：請檢查，或向縣市申請新金鑰。",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not agency.active:
            raise Forbidden("This key is suspended: ask the county.", "此金鑰已停用：請洽縣市。")
        path = request.url.path
        if not agency.opens(request.method, path, request.query_params.get("kind", "")):
            raise Forbidden("This key does not open that: ask for a wider key.", "此金鑰無此權限：請申請擴大範圍。")
        await self._limits.must_have_room(agency, route_of(request.method, path))
        return agency

    def forget(self, key_sha256: str) -> None:
        """Look a key up again at its next request."""
        self._kept.pop(key_sha256, None)

    async def _agency(self, secret: str) -> Agency | None:
        key_sha256, at = digest(secret), time.monotonic()
        kept = self._kept.get(key_sha256)
        if kept is None or kept.until < at:
            self._forget(at)
            # The task and not its result, so that requests that arrive together look the key up once.
            kept = self._kept[key_sha256] = _Kept(
                at + REMEMBERED, asyncio.create_task(self._look_up(secret, key_sha256))
            )
        agency: Agency | None = None
        try:
            agency = await asyncio.shield(kept.agency)
        finally:
            if agency is None:
                self._kept.pop(key_sha256, None)
        return agency

    async def _look_up(self, secret: str, key_sha256: str) -> Agency | None:
        if self._tokens.takes(secret):
            return await self._tokens.agency_of(secret)
        return await self._agencies.with_key(key_sha256)

    def _forget(self, at: float) -> None:
        """Drop what is outdated once there is much of it: every token is another secret."""
        if len(self._kept) > MOST_REMEMBERED:
            self._kept = {key_sha256: kept for key_sha256, kept in self._kept.items() if kept.until >= at}


def must_report_to(agency: Agency, county: str) -> None:
    """Raises Forbidden for a county that the agency's key does not cover."""
    if not agency.reports_to(county):
        raise Forbidden(
            "This key does not cover that county: report to your own, or ask for a wider key.",
            "此金鑰不含該縣市：請通報所屬縣市，或申請擴大範圍。",
        )
