"""The registry of groups on its page: bound by typing the code, what troubles first, changed and ended by officers."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from contracts.directory import UnitDescribed
from kit.inbox import Received

from tests.integration.notify_messages import NEW, told_code
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, group_of, happened, on_stage, settings_of

pytestmark = pytest.mark.real
POLICE, PANTRY = f"{COUNTY}/police", f"{COUNTY}/provider.pantry"


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


async def test_a_partner_of_the_directory_can_be_given_a_group_and_needs_no_rota(settings_env: dict[str, str]) -> None:
    told = UnitDescribed(provider="pantry", county=COUNTY, unit=PANTRY, name="新港友善商店", version=1)
    gone = UnitDescribed(provider="gone", county=COUNTY, unit=f"{COUNTY}/provider.gone", name="停業商店", version=1,
                         withdrawn=True)  # fmt: skip
    settings = settings_of(settings_env, kafka_bootstrap="127.0.0.1:1")
    groups = settings.groups | {PANTRY: group_of(PANTRY)}
    async with on_stage(settings.model_copy(update={"line_groups": json.dumps(groups)}), FakeLine()) as stage:
        events: Any = [Received("", each, {}, cast("Any", None)) for each in (told, gone)]
        await stage.app.state.registry.windows.on_descriptions(events)
        page = (await (await stage.visitor("officer")).get("/groups")).text
        assert f'value="{PANTRY}"' in page and page.count("新港友善商店") >= 2 and "停業商店" not in page
        assert "新港友善商店" not in (await (await stage.visitor("far")).get("/groups")).text
        await stage.app.state.rota_office.dry_run.look_at_all()
        holes = (await stage.get("/v1/rota/holes")).json()
    assert LEAD in str(holes) and PANTRY not in str(holes), "who sent something to a partner follows it"


async def _leaves(stage: Stage) -> None:
    await stage.app.state.registry.groups.note(group_of(POLICE), "left", datetime.now(UTC))
