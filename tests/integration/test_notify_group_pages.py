"""The registry of groups on its page: bound by typing the code, what troubles first, changed and ended by officers."""

from datetime import UTC, datetime

import pytest

from tests.integration.notify_messages import NEW, told_code
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, group_of, happened, on_stage, settings_of

pytestmark = pytest.mark.real
POLICE = f"{COUNTY}/police"


async def test_a_group_is_bound_changed_and_ended_on_the_page(settings_env: dict[str, str]) -> None:
    line = FakeLine(sizes={NEW: 7})
    order = {"purpose": "unit_work", "county": COUNTY, "unit": LEAD}
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), line) as stage:
        code = await told_code(stage, line, happened("join", NEW, replyToken="r"))
        officer, worker, far = [await stage.visitor(each) for each in ("officer", "caseworker", "far")]
        assert (await worker.post("/groups", code=code, **order)).status_code == 403
        assert (await far.post("/groups", code=code, **order)).status_code == 403
        wrong = await officer.post("/groups", code="WRONG234", **order)
        assert (wrong.status_code, "驗證碼無效" in wrong.text, 'value="WRONG234"' in wrong.text) == (404, True, True)
        nowhere = await officer.post("/groups", code=code, purpose="unit_work", county=COUNTY)
        assert nowhere.status_code == 422
        assert (await officer.post("/groups", code=code.lower(), **order)).status_code == 303
        shown = (await officer.get("/groups")).text
        assert f"…{NEW[-6:]}" in shown and "officer" in shown and f"/groups/{NEW}/end" in shown
        assert f"/groups/{NEW}/end" not in (await worker.get("/groups")).text
        assert NEW[-6:] not in (await far.get("/groups")).text
        assert (await far.post(f"/groups/{NEW}/end")).status_code == 404
        moved = await officer.post("/groups", group=NEW, purpose="media_watch", county=COUNTY)
        assert moved.status_code == 303
        assert "媒體輿情" in (await officer.get("/groups")).text
        assert (await stage.get("/v1/groups")).json()["groups"][0]["purpose"] == "media_watch"
        assert (await stage.send("DELETE", f"/v1/groups/{NEW}")).status_code == 204
        assert NEW[-6:] not in (await officer.get("/groups")).text
        await _leaves(stage)
        troubled = (await officer.get("/groups")).text
    assert troubled.index("官方帳號已被移出") < troubled.index(f"…{group_of(LEAD)[-6:]}")


async def _leaves(stage: Stage) -> None:
    await stage.app.state.registry.groups.note(group_of(POLICE), "left", datetime.now(UTC))
