"""The desk of intake on a stage: who sits at it, a chief's call and a shop, as they are sent."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from contracts.roles import ROLES

from tests.integration.intake_feedback import COUNTY
from tests.integration.intake_running import CLOSED, Running, running
from tests.integration.network_stage import someone, someone_at

SHOP = {"county": COUNTY, "kind": "shop", "name": "民雄早餐店", "township": "民雄鄉"}
CENTRE = f"{COUNTY}/welfare_centre.minxiong"
CALLED = "2026-11-24T09:10:00+08:00"
TAKEN = datetime.fromisoformat("2026-11-24T09:14:00+08:00")
PEOPLE = [
    someone("minxiong_1", "林社工", "caseworker", units=[CENTRE]),
    *(someone(role, f"{role} 陳", role) for role in ROLES),
    someone("everywhere", "全國", "supervisor", "*"),
]


def callers() -> list[dict[str, Any]]:
    elsewhere = [someone_at("tainan", "supervisor", counties=["tainan-city"])]
    return [someone_at("minxiong", "caseworker", units=[CENTRE]), *(someone_at(r, r) for r in ROLES), *elsewhere]


@asynccontextmanager
async def at_desk(env: dict[str, str]) -> AsyncIterator[Running]:
    told = {"callers": json.dumps(callers()), "officers": json.dumps(PEOPLE), "kafka_bootstrap": CLOSED}
    async with running(env, **told) as intake:
        yield intake


def call(**more: Any) -> dict[str, Any]:
    told = {"office": "village_chief", "township": "民雄鄉", "village": "東榮村", "name": "陳里長", "told_at": CALLED}
    return {
        "case_type": "consultation_adult", "county": COUNTY, "oral": True, "known_at": CALLED, "told_by": told,
        "event": {"place": {"county": COUNTY, "township": "民雄鄉"}, "narrative": "獨居長者三天未出門"},
        "people": [{"role": "subject", "name": "林小美"}], "needs": ["support_system_change"],
    } | more  # fmt: skip


async def send(intake: Running, path: str, body: Any, role: str, method: str = "POST") -> httpx.Response:
    headers = {"authorization": f"Bearer {role}", "accept-language": "en"}
    return await intake.http.request(method, path, json=body, headers=headers)
