"""How network's lists are found: by an index, whatever a county has stored; read off the database's own profile."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.network_life import ahead, taken
from tests.integration.network_stage import COUNTY, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real

LISTS = (
    "/v1/tasks?unit={unit}", "/v1/tasks?person=a&due_before=2030-01-01T00:00:00Z", "/v1/tasks?state=done",
    "/v1/cases?county={county}&state=open", "/v1/cases?county={county}&state=closed", "/v1/cases?report_id=r1",
    "/v1/people/a/owns", "/v1/statistics/rates?county={county}", "/v1/statistics/needs?county={county}",
    "/v1/statistics/joint-visits?county={county}", "/v1/looks",
)  # fmt: skip


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running
        await running.database.command("profile", 0)
        await running.database.drop_collection("system.profile")


async def test_no_list_and_no_page_of_a_case_scans_a_collection(net: Stage) -> None:
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": ahead(1)}, PROTECTION)
    await net.decide(decided("r2", family=["b"]))
    await net.case_of("r2")
    await net.database.command("profile", 2)
    for path in (*LISTS, f"/v1/cases/{id}"):
        headers = {"Authorization": "Bearer supervisor"}
        answer = await net.http.get(path.format(unit=PROTECTION, county=COUNTY), headers=headers)
        assert answer.status_code == 200, path
    await net.get("/v1/tasks", PROTECTION)
    await net.database.command("profile", 0)
    kinds = {"op": {"$in": ["query", "command"]}, "ns": {"$not": {"$regex": r"system\.|sessions|families"}}}
    seen = [each async for each in net.database["system.profile"].find(kinds | {"planSummary": {"$exists": True}})]
    assert len(seen) > len(LISTS)
    assert [(each["ns"].split(".")[-1], each["command"]) for each in seen if "COLLSCAN" in each["planSummary"]] == []
