"""Dispatch after an outage: from one pod to four and back while it catches up, and how long its group stood still."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from contracts.topics import REPORTS
from simulator.post import Result

from tests.e2e.county import County
from tests.k8s import watch
from tests.k8s.cluster import Cluster
from tests.k8s.counting import is_whole, posted, shown
from tests.k8s.install import Release

MOST_PODS = 4
BACKLOG = 1000
PATIENCE = 300
_SCALED = "scaledobject/safetynet-dispatch"
_PAUSED = "autoscaling.keda.sh/paused-replicas"


class Scaling:
    """The pods of dispatch: by KEDA on its lag, or told by us on a cluster that has no KEDA."""

    def __init__(self, cluster: Cluster, *, keda: bool) -> None:
        self._cluster = cluster
        self._keda = keda
        self._began = time.monotonic()
        self._ready: list[tuple[float, int]] = []

    async def run(self, county: County, release: Release) -> dict[str, Any]:
        """The figures; every report posted meanwhile is accounted for."""
        # An eighth of a core makes one pod too slow for what waits, as a county's worst day would.
        await asyncio.to_thread(release.upgrade, "services.dispatch.resources.limits.cpu=125m")
        results = await self._after_an_outage(county)
        async with watch.group(county.stack["kafka"], "dispatch", REPORTS) as seen:
            results += await self._rise(county)
            await self._to(1, by_hand=not self._keda)
            await self._until(lambda ready: ready == 1)
            account = await county.account(results)
        return {
            "whole": is_whole(account, len(results)),
            "by": "KEDA, on lag" if self._keda else "kubectl scale: the cluster has no KEDA",
            "posted": len(results),
            "most_lag": seen.most,
            "pods_ready": self._ready,
            "longest_stop_seconds": round(seen.stop, 1),
            "stops_over_2_seconds": seen.stops,
        } | shown(account)

    async def _after_an_outage(self, county: County) -> list[Result]:
        async with self._stopped():
            results = await posted(county.stack, BACKLOG)
        await self._until(lambda ready: ready >= 1)
        return results

    @asynccontextmanager
    async def _stopped(self) -> AsyncIterator[None]:
        """Dispatch away for the length of a `with`; it comes back with one pod."""
        await (self._ctl("annotate", "--overwrite", _SCALED, f"{_PAUSED}=0") if self._keda else self._to(0))
        await self._until(lambda ready: ready == 0)
        yield
        await (self._ctl("annotate", _SCALED, f"{_PAUSED}-") if self._keda else self._to(1))

    async def _rise(self, county: County) -> list[Result]:
        """Wait for all pods, posting all the while."""
        await self._to(MOST_PODS, by_hand=not self._keda)
        rising, results = asyncio.create_task(self._until(lambda ready: ready >= MOST_PODS)), []
        while not rising.done():
            results += await posted(county.stack, 20)
        await rising
        return results

    async def _to(self, count: int, *, by_hand: bool = True) -> None:
        if by_hand:
            await self._ctl("scale", "deployment/safetynet-dispatch", f"--replicas={count}")

    async def _ctl(self, *argv: str) -> None:
        await asyncio.to_thread(self._cluster.ctl, *argv)

    async def _until(self, holds: Callable[[int], bool]) -> None:
        """Wait until so many pods are ready, and note each change on the way."""
        async with asyncio.timeout(PATIENCE):
            while True:
                ready = sum(map(_is_ready, await asyncio.to_thread(self._cluster.pods, "dispatch")))
                if not self._ready or self._ready[-1][1] != ready:
                    self._ready.append((round(time.monotonic() - self._began, 1), ready))
                if holds(ready):
                    return
                await asyncio.sleep(1)


def _is_ready(pod: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ()))
