"""The rota on its page: who is on call, holes first, and what two people wrote at once."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pytest_asyncio import fixture

from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, on_stage, settings_of

pytestmark = pytest.mark.real
POLICE = f"{COUNTY}/police"
TURNS = {"unit": LEAD, "duty": "on_call", "people": "王值班\n陳社工", "since": "2020-01-01", "days": "1", "at": "08:00"}


@fixture
async def stage(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), FakeLine()) as running:
        yield running


async def test_a_rota_is_written_on_the_page_and_not_over_anothers(stage: Stage) -> None:
    mine, other = await stage.visitor("supervisor"), await stage.visitor("supervisor")
    form = TURNS | {"version": "0"}
    assert (await mine.post("/rota/edit", **form)).status_code == 303
    late = await other.post("/rota/edit", **form | {"people": "別人"})
    assert (late.status_code, "已有人更新" in late.text, "別人" in late.text) == (409, True, True)
    shown = (await mine.get("/rota/edit", unit=LEAD)).text
    assert 'name="version" value="1"' in shown and "王值班\n陳社工" in shown
    at = datetime.now(UTC) + timedelta(days=1)
    line = {"override_start": f"{at:%Y-%m-%dT%H:%M}", "override_end": f"{at + timedelta(hours=3):%Y-%m-%dT%H:%M}"}
    line |= {"override_person": "", "override_swap": ""}
    assert (await mine.post("/rota/edit", **form | {"version": "1"} | line)).status_code == 303
    [kept] = (await stage.get("/v1/rota")).json()["rotas"]
    assert (kept["version"], len(kept["overrides"]), kept["overrides"][0]["person"]) == (2, 1, None)
    wrong = await mine.post("/rota/edit", **form | line | {"version": "2", "override_start": "soon"})
    assert (wrong.status_code, 'value="soon"' in wrong.text) == (422, True)
    page = (await mine.get("/rota")).text
    assert "王值班" in page and "陳社工" in page and '<td class="hole">' in page


async def test_holes_stand_first_and_say_whom_they_concern(stage: Stage) -> None:
    supervisor = await stage.visitor("supervisor")
    window = TURNS | {"unit": f"{COUNTY}/window", "duty": "supervisor", "people": "李督導", "version": "0"}
    assert (await supervisor.post("/rota/edit", **window)).status_code == 303
    await stage.app.state.rota_office.dry_run.look_at_all()
    page = (await supervisor.get("/rota")).text
    holes = page[page.index('id="holes"') : page.index('id="tonight"')]
    assert "全無人值班" in holes and holes.count("李督導") == len(re.findall('<li class="over">', holes)) > 1
    worker, police, far = [await stage.visitor(each) for each in ("caseworker", "police", "far")]
    assert "/rota/edit" not in (await worker.get("/rota")).text
    assert (await worker.post("/rota/edit", **TURNS)).status_code == 403
    assert "民雄" not in (await police.get("/rota")).text
    assert "李督導" not in (await far.get("/rota")).text
    assert (await far.get("/rota/edit", unit=POLICE)).status_code == 404
    assert (await far.post("/rota/edit", **TURNS)).status_code == 403
