"""A running county as the people outside see it: over HTTP alone, sharing no code with the services."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import httpx
from simulator.load import pairs, post_many, post_pairs, singles
from simulator.post import Result

from tests.waiting import until

COUNTY = "chiayi-county"
SERVED = ("protection", "welfare_centre")
TAIPEI = timedelta(hours=8)
PATIENCE = 240.0
LANES = 8

Answer = TypeVar("Answer")


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
        self._http = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=LANES), trust_env=False)

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
        return await _all([partial(self._settled, id) for id in ids])

    async def _settled(self, id: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            decision = await self.get("dispatch", f"/v1/decisions/{id}")
            return decision if "status" in decision else None

        return dict(await _wait(look, f"no decision for {id}"))

    async def told(self, decided: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The deliveries of these reports, once every unit that was sent for has one and none is on its way.

        Silence alone says nothing: a service that was killed is silent too. Raises TimeoutError.
        """
        owed = {each["report_id"]: False for each in decided}
        owed |= {each["report_id"]: True for each in decided if _is_sent_for(each)}
        found = await _all([partial(self._told, id, is_owed=owed[id]) for id in sorted(owed)])
        return [delivery for deliveries in found for delivery in deliveries]

    async def _told(self, id: str, *, is_owed: bool) -> list[dict[str, Any]]:
        async def look() -> tuple[list[dict[str, Any]]] | None:
            found = (await self.get("notify", "/v1/deliveries", report_id=id)).get("deliveries", [])
            on_its_way = (is_owed and not found) or any(each["state"] == "queued" for each in found)
            return None if on_its_way else (found,)

        [found] = await _wait(look, f"nobody was told of {id}")
        return list(found)

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

        async def look() -> dict[str, Any] | None:
            ledger = await self.ledger()
            return ledger if ledger["equal"] else None

        with suppress(TimeoutError):
            return dict(await until(look, 10, every=0.2))
        return await self.ledger()


def _is_sent_for(decision: dict[str, Any]) -> bool:
    return decision["outcome"] in SERVED and decision["status"] == "decided"


async def _wait(look: Callable[[], Awaitable[Any]], otherwise: str) -> Any:
    try:
        return await until(look, PATIENCE, every=0.2)
    except TimeoutError as late:
        raise TimeoutError(otherwise) from late


async def _all(calls: Sequence[Callable[[], Awaitable[Answer]]], lanes: int = LANES) -> list[Answer]:
    free = asyncio.Semaphore(lanes)

    async def one(call: Callable[[], Awaitable[Answer]]) -> Answer:
        async with free:
            return await call()

    return await asyncio.gather(*(one(call) for call in calls))


def read_stack(run_dir: Path) -> dict[str, Any]:
    return dict(json.loads((run_dir / "stack.json").read_text("utf-8")))
