"""How network's lists are found: by an index, whatever a county has stored; read off the database's own profile."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ahead, taken
from tests.integration.network_stage import COUNTY, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real

PAGES = (
    "/today", "/today/owed", "/friday", "/cases", f"/caseloads?unit={PROTECTION}&person=a",
    "/friday/unseen", "/friday/to_close", "/friday/waiting_for_a_worker?after={id}",
)  # fmt: skip
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


async def test_no_list_and_no_page_scans_a_collection(net: Stage) -> None:
    id = await taken(net)
    await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": ahead(1)}, PROTECTION)
    await net.decide(decided("r2", family=["b"]))
    await net.case_of("r2")
    async with at_desk(net, "supervisor") as head, at_desk(net, PROTECTION) as worker:
        await net.database.command("profile", 2)
        for page in PAGES:
            assert (await head.opens(page.format(id=id))).status == 200, page
        await head.does("/cases", "/cases/search", national_id="A128394702")
        for page in PAGES[:2]:
            assert (await worker.opens(page)).status == 200, page
    for path in (*LISTS, f"/v1/cases/{id}", f"/v1/cases/{id}/timeline"):
        headers = {"Authorization": "Bearer supervisor"}
        answer = await net.http.get(path.format(unit=PROTECTION, county=COUNTY), headers=headers)
        assert answer.status_code == 200, path
    await net.get("/v1/tasks", PROTECTION)
    await net.app.state.parts.tasks.pressing(datetime.now(UTC), 200)
    await net.database.command("profile", 0)
    kinds = {"op": {"$in": ["query", "command"]}, "ns": {"$not": {"$regex": r"system\.|sessions|families"}}}
    seen = [each async for each in net.database["system.profile"].find(kinds | {"planSummary": {"$exists": True}})]
    assert len(seen) > len(LISTS)
    assert [(each["ns"].split(".")[-1], each["command"]) for each in seen if "COLLSCAN" in each["planSummary"]] == []


async def test_the_numbers_of_a_week_are_read_from_indexes_and_no_further_than_a_page_says(net: Stage) -> None:
    id = await taken(net)
    owed = {"unit": PROTECTION, "what": "visit", "due_at": ahead(1), "person": "陳社工"}
    await net.did(f"/v1/cases/{id}/tasks", owed, PROTECTION)
    for n in range(3):
        await net.decide(decided(f"w{n}", family=[f"f{n}"]))
        await net.case_of(f"w{n}")
    async with at_desk(net, "supervisor") as head:
        await net.database.command("profile", 2)
        await head.opens("/friday")
        await net.database.command("profile", 0)
    counted = {"command.aggregate": {"$in": ["cases", "tasks"]}}
    seen = [each async for each in net.database["system.profile"].find(counted)]
    assert len(seen) >= 10
    assert [(each["command"]["pipeline"], each["docsExamined"]) for each in seen if each["docsExamined"]] == []
