"""A running county as the people outside see it: over HTTP alone, sharing no code with the services."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from simulator.load import pairs, post_many, post_pairs, singles
from simulator.post import Result

COUNTY = "chiayi-county"
SERVED = ("protection", "welfare_centre")
TAIPEI = timedelta(hours=8)
PATIENCE = 240.0


@dataclass(frozen=True)
class Account:
    """What went in and what came out, for a set of reports."""

    receipts: int
    decisions: int
    outcomes: dict[str, int]
    twice: list[str]
    unsent: list[str]
    ledger: dict[str, Any]


class County:
    """Posts reports to a stack and reads what became of them."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self.stack = stack
        self._http = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=40), trust_env=False)

    async def __aenter__(self) -> "County":
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def post(self, count: int, *, clients: int = 50) -> list[Result]:
        drafts = singles(count, datetime.now(UTC))
        return await post_many(self.stack["intake"], self._keys(), count, clients, drafts.__getitem__)

    async def post_pairs(self, count: int) -> list[tuple[Result, Result]]:
        return await post_pairs(self.stack["intake"], self._keys(), pairs(count, datetime.now(UTC)))

    def _keys(self) -> dict[str, str]:
        return {name: entry["key"] for name, entry in self.stack["agencies"].items()}

    async def get(self, service: str, path: str, *, role: str = "supervisor", **query: str) -> dict[str, Any]:
        """GET as a machine caller; tried again while the service is away."""
        headers = {"Authorization": f"Bearer {self.stack['tokens'][role]}"}
        ends = time.monotonic() + PATIENCE
        while True:
            try:
                answer = await self._http.get(self.stack[service] + path, params=query, headers=headers)
                if answer.status_code == 404:
                    return {}
                if answer.status_code < 500:
                    answer.raise_for_status()
                    return dict(answer.json())
            except httpx.TransportError:
                pass
            if time.monotonic() > ends:
                raise TimeoutError(f"{service} {path} does not answer")
            await asyncio.sleep(0.2)

    async def decisions(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        return await _all([partial(self.get, "dispatch", f"/v1/decisions/{id}") for id in ids])

    async def deliveries(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        found = await _all([partial(self.get, "notify", "/v1/deliveries", report_id=id) for id in ids])
        return [delivery for answer in found for delivery in answer.get("deliveries", [])]

    async def cases_of(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        found = await _all([partial(self.get, "network", "/v1/cases", report_id=id) for id in ids])
        return [case for answer in found for case in answer.get("cases", [])]

    async def ledger(self) -> dict[str, Any]:
        day = (datetime.now(UTC) + TAIPEI).date().isoformat()
        return await self.get("dispatch", "/v1/ledger", county=COUNTY, day=day)

    async def shown(self) -> list[dict[str, Any]]:
        """Every message that a LINE group really sees."""
        answer = await self._http.get(self.stack["line"] + "/_standin/messages")
        return list(answer.json()["messages"])

    async def settled(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """What dispatch says of each report, once it does: decided, or pending for a person. Raises TimeoutError."""
        ends = time.monotonic() + PATIENCE
        waiting = list(ids)
        while waiting:
            found = await self.decisions(waiting)
            waiting = [id for id, decision in zip(waiting, found, strict=True) if "status" not in decision]
            if waiting and time.monotonic() > ends:
                raise TimeoutError(f"no decision for {len(waiting)} of {len(ids)} reports, such as {waiting[:5]}")
            await asyncio.sleep(0.3 if waiting else 0)
        return await self.decisions(ids)

    async def told(self, decided: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The deliveries of these reports, once every unit that was sent for has one and none is on its way.

        Silence alone says nothing: a service that was killed is silent too. Raises TimeoutError.
        """
        ends = time.monotonic() + PATIENCE
        owed = {each["report_id"] for each in decided if each["outcome"] in SERVED and each["status"] == "decided"}
        found: dict[str, list[dict[str, Any]]] = {}
        waiting = sorted({each["report_id"] for each in decided})
        while waiting:
            for delivery in await self.deliveries(waiting):
                found.setdefault(delivery["report_id"], []).append(delivery)
            waiting = [
                id
                for id in waiting
                if (id in owed and id not in found) or any(each["state"] == "queued" for each in found.get(id, []))
            ]
            if waiting and time.monotonic() > ends:
                raise TimeoutError(f"nobody was told of {len(waiting)} reports, such as {waiting[:5]}")
            for id in waiting:
                found.pop(id, None)
            await asyncio.sleep(1 if waiting else 0)
        return [delivery for each in found.values() for delivery in each]

    async def quiet(self) -> None:
        """Wait until no message is on its way any more."""
        ends, last = time.monotonic() + PATIENCE, -1
        while time.monotonic() < ends:
            shown = len(await self.shown())
            states = (await self.get("notify", "/v1/statistics/deliveries"))["states"]
            if shown == last and not states.get("queued"):
                return
            last = shown
            await asyncio.sleep(1)
        raise TimeoutError("messages are still on their way")

    async def account(self, results: Sequence[Result]) -> Account:
        """Settle these reports and count what went in and what came out."""
        ids = [str(result.receipt["report_id"]) for result in results if result.receipt]
        decided = await self.settled(ids)
        deliveries = await self.told(decided)
        kinds = Counter(f"{d['report_id']} {d['unit']} {d['template']}" for d in deliveries)
        keys = Counter(str(message["retry_key"]) for message in await self.shown())
        return Account(
            receipts=len(set(ids)),
            decisions=len({decision["report_id"] for decision in decided}),
            outcomes=dict(Counter(str(decision["outcome"]) for decision in decided)),
            twice=[key for counted in (kinds, keys) for key, times in counted.items() if times > 1],
            unsent=[d["delivery_id"] for d in deliveries if d["state"] not in ("sent", "acknowledged")],
            ledger=await self._balanced(),
        )

    async def _balanced(self) -> dict[str, Any]:
        """The ledger once intake's count has caught up; as it is after ten seconds."""
        for _ in range(20):
            ledger = await self.ledger()
            if ledger["equal"]:
                break
            await asyncio.sleep(0.5)
        return ledger


async def _all(calls: Sequence[Callable[[], Awaitable[dict[str, Any]]]], lanes: int = 20) -> list[dict[str, Any]]:
    free = asyncio.Semaphore(lanes)

    async def one(call: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        async with free:
            return await call()

    return await asyncio.gather(*(one(call) for call in calls))


def read_stack(run_dir: Path) -> dict[str, Any]:
    return dict(json.loads((run_dir / "stack.json").read_text("utf-8")))
