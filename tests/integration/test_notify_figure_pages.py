"""News, communication tests and figures on pages: raised, answered, begun; loud when the sum does not close."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.notify_messages import asked
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, button_of, on_stage, press, settings_of
from tests.waiting import until

pytestmark = pytest.mark.real
POLICE = f"{COUNTY}/police"
NO_KAFKA = {"kafka_bootstrap": "127.0.0.1:1", "public_notify_url": "https://notify.example"}


def clock(hours: float = 1) -> str:
    """As a browser's field writes a time in Taiwan."""
    return f"{datetime.now(UTC) + timedelta(hours=8 + hours):%Y-%m-%dT%H:%M}"


async def test_news_is_raised_answered_and_late_on_its_pages_and_its_card_leads_there(
    settings_env: dict[str, str],
) -> None:
    line = FakeLine()
    async with on_stage(settings_of(settings_env, **NO_KAFKA), line) as stage:
        officer, police, far = [await stage.visitor(each) for each in ("officer", "police", "far")]
        order = {"county": COUNTY, "subject": "某校事件", "link": "https://news.example/x", "answer_by": clock()}
        wrong = await officer.post("/alerts", **order | {"answer_by": clock(-1)})
        assert (wrong.status_code, "三十天內" in wrong.text, 'value="某校事件"' in wrong.text) == (422, True, True)
        assert (await officer.post("/alerts", **order, units="yunlin-county/police")).status_code == 422
        assert (await far.post("/alerts", **order)).status_code == 403
        twice = [await officer.post("/alerts", **order, key="k") for _ in range(2)]
        assert {each.headers["location"] for each in twice} == {twice[0].headers["location"]}
        path = twice[0].headers["location"]
        await until(lambda: line.seen)
        assert f"https://notify.example{path}?openExternalBrowser=1" in str(line.seen)
        assert (await far.get(path)).status_code == 404
        page = (await police.get(path)).text
        assert ("某校事件" in page, page.count(f'action="{path}/answers"')) == (True, 1)
        half = await police.post(f"{path}/answers", unit=POLICE, ours="true", says="調查中")
        assert (half.status_code, "何時前提出" in half.text, ">調查中</textarea>" in half.text) == (422, True, True)
        other = await police.post(f"{path}/answers", unit=f"{COUNTY}/health", ours="false")
        assert other.status_code == 403
        said = await police.post(f"{path}/answers", unit=POLICE, ours="true", says="調查中", by=clock(2))
        assert said.status_code == 303
        assert "✓ police" in (await officer.get(path)).text
        await stage.documents.database["alerts"].update_many({}, {"$set": {"answer_by": datetime.now(UTC)}})
        late = (await officer.get("/alerts")).text
    assert late.count('<li class="over">') == 3 and "某校事件" in late


async def test_a_test_is_begun_on_its_page_and_says_who_never_answered(settings_env: dict[str, str]) -> None:
    line = FakeLine(names={"U1": "社工甲"})
    async with on_stage(settings_of(settings_env, **NO_KAFKA), line) as stage:
        turns = {"people": ["nobody-reaches-me"], "since": "2026-01-01"}
        await stage.send("PUT", "/v1/rota", "supervisor", unit=LEAD, turns=turns)
        supervisor, far = await stage.visitor("supervisor"), await stage.visitor("far")
        path = (await supervisor.post("/tests", county=COUNTY)).headers["location"]
        again = await supervisor.post("/tests", county=COUNTY)
        assert (again.status_code, "未滿 48 小時" in again.text) == (409, True)
        await until(lambda: len(line.seen) == 4)
        assert f"https://notify.example{path}?openExternalBrowser=1" in str(line.seen[0])
        await stage.webhook(press(button_of(line.seen[0][1]), line.seen[0][0]))
        await until(lambda: line.replies)
        page = (await supervisor.get(path)).text
        assert (await far.get(path)).status_code == 404
        assert "【演習】" in (await supervisor.get("/tests")).text
    answered, silent = page.index('id="answered"'), page.index('id="silent"')
    assert "社工甲" in page[answered:] and "沒有任何管道可聯繫" in page[silent:answered]
    assert page.count("【演習】") >= 3


async def test_the_figures_are_loud_when_the_sum_does_not_close_and_name_what_the_quota_holds(
    settings_env: dict[str, str],
) -> None:
    line = FakeLine(left=100)
    async with on_stage(settings_of(settings_env, **NO_KAFKA), line) as stage:
        officer, far = await stage.visitor("officer"), await stage.visitor("far")
        quiet = (await officer.get("/figures")).text
        lost, held = asked("11111111"), asked("22222222")
        lost["run"] |= {"state": "answered", "next_at": None, "answered_by": None}
        later = datetime.now(UTC) + timedelta(hours=1)
        held |= {"run": None, "state": "queued", "reason": "quota", "next_attempt_at": later, "sent_at": None}
        held["acknowledged_at"] = None
        for each in (lost, held):
            each["queued_at"] = datetime.now(UTC) - timedelta(minutes=5)
        await stage.documents.insert_many([lost, held])
        loud, now = (await officer.get("/figures")).text, (await officer.get("/figures/now")).json()
        elsewhere = (await far.get("/figures")).text
        assert (await officer.get("/figures", **{"from": "2026-02-02", "to": "2026-01-01"})).status_code == 422
    assert 'id="broken" role="alert" hidden' in quiet and 'id="held"' not in quiet
    assert 'id="broken" role="alert">' in loud and 'class="sheet sum broken"' in loud and 'id="held"' in loud
    assert "有人接手，但沒有姓名" in loud and ">20</b>" in loud
    assert (now["lost"], now["closes"]) == (1, False)
    assert 'id="held"' not in elsewhere and 'id="lost"' not in elsewhere
