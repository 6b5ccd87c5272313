"""The ledger of messages: failures first with what to do, by group and person, and how soon somebody answered."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
from kit.mongo import Document
from notify.domain.escalation import Taken
from notify.ledger import pages
from notify.ledger.store import Ledger
from pytest_asyncio import fixture

from tests.integration.notify_messages import NOW, POLICE, answered, failed, message
from tests.integration.notify_stage import LEAD, FakeLine, Stage, on_stage, settings_of

pytestmark = pytest.mark.real


@fixture
async def stage(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), FakeLine()) as running:
        yield running


async def test_failures_stand_first_with_what_to_do_and_a_supervisor_sends_again(stage: Stage) -> None:
    await stage.documents.insert_many([message("newer1", minutes=1), failed("older11"), answered("done111", 90)])
    officer, supervisor = await stage.visitor("officer"), await stage.visitor("supervisor")
    shown = (await officer.get("/deliveries")).text
    assert shown.index("CASE-OLD") < shown.index("CASE-NEW")
    assert "此單位沒有群組" in shown and "再重送" in shown
    assert "/resend" not in shown, "whoever may not send again is offered no button"
    assert 'action="/deliveries/older11/resend"' in (await supervisor.get("/deliveries")).text
    assert (await officer.post("/deliveries/older11/resend")).status_code == 403
    sent = await supervisor.post("/deliveries/older11/resend")
    assert sent.status_code == 303, sent.text
    told = (await supervisor.get(sent.headers["location"])).text
    assert "supervisor 要求重送" in told
    assert "/deliveries/older11/resend" not in (await supervisor.get("/deliveries")).text
    assert (await supervisor.post("/deliveries/newer1/resend")).status_code == 409


async def test_a_message_that_fails_while_a_page_is_read_stands_on_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.documents.insert_one(message("queued1") | {"state": "queued"})
    read = Ledger._failures

    async def fails_meanwhile(self: Ledger, *given: Any) -> list[Document]:
        found = await read(self, *given)
        await stage.documents.update_one({}, {"$set": {"state": "failed", "reason": "refused"}})
        return found

    monkeypatch.setattr(Ledger, "_failures", fails_meanwhile)
    assert "CASE-QUE" in (await (await stage.visitor("officer")).get("/deliveries")).text


async def test_a_message_that_fails_after_the_first_page_stands_on_the_following(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 1)
    await stage.documents.insert_many([message("newer11", minutes=1), message("older11", minutes=5)])
    visitor = await stage.visitor("officer")
    first = await visitor.get("/deliveries")
    [following] = set(re.findall(r'href="(/deliveries\?[^"]*after=[^"]+)"', first.text))
    await stage.documents.update_one({"_id": "older11"}, {"$set": {"state": "failed", "reason": "refused"}})
    assert "CASE-OLD" not in first.text and "CASE-OLD" in (await visitor.get(unescape(following))).text


async def test_nobody_sees_messages_of_another_county_or_unit(stage: Stage) -> None:
    await stage.documents.insert_many([failed("leads11"), failed("polices", unit=POLICE), answered("also111", 5)])
    far, police = await stage.visitor("far"), await stage.visitor("police")
    assert "沒有符合條件的訊息" in (await far.get("/deliveries")).text
    assert "沒有符合條件的訊息" in (await far.get("/deliveries/by/group")).text
    assert (await far.post("/deliveries/leads11/resend")).status_code == 404
    for path in ("/deliveries", "/deliveries/by/group"):
        shown = (await police.get(path)).text
        assert LEAD not in shown and "CASE-LEA" not in shown, path
    assert "CASE-POL" in (await police.get("/deliveries")).text
    assert "沒有符合條件的訊息" in (await police.get("/deliveries", unit=LEAD)).text


async def test_how_soon_somebody_answered_is_told_of_a_period_a_group_and_a_person(stage: Stage) -> None:
    took = [answered(f"fast{n:03}", n + 1) for n in range(40)]
    slow = answered("slow111", 3_600, unit=POLICE, minutes=90)
    step = message("step111") | {"step_of": "slow111", "person": "王值班", "way": "line", "run": None}
    await stage.documents.insert_many([*took, slow, step, answered("old1111", 9_999, minutes=60 * 24 * 30)])
    visitor = await stage.visitor("officer")
    shown = (await visitor.get("/deliveries")).text
    assert "半數於 <b" in shown and ">21 秒</b>" in shown and ">39 秒</b>" in shown and "依 41 次回應" in shown
    groups = (await visitor.get("/deliveries/by/group")).text
    assert ">20 秒<" in groups and ">60 分鐘<" in groups
    assert "王值班" in (await visitor.get("/deliveries/by/person")).text
    assert "CASE-STE" in (await visitor.get("/deliveries", person="王值班")).text
    assert "CASE-FAS" not in (await visitor.get("/deliveries", person="王值班")).text


async def test_a_long_list_goes_on_page_by_page_and_says_where_it_ends(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST", 3)
    same = [message(f"m{n:07}", minutes=5, **{"case_id": f"{n:08}"}) for n in range(8)]
    for each in same:
        each["queued_at"] = same[0]["queued_at"]
    await stage.documents.insert_many([*same, *(failed(f"f{n:07}") for n in range(5))])
    visitor, seen, address, ends = await stage.visitor("officer"), [], "/deliveries", 0
    for _ in range(9):
        shown = (await visitor.get(address)).text
        seen += [n for n in range(8) if f">{n:08}<" in shown.replace("\n", "")]
        ends += "以上為全部" in shown
        if address == "/deliveries":
            assert "共 5 則失敗" in shown
        more = shown.partition('class="more" href="')[2].partition('"')[0].replace("&amp;", "&")
        if not (address := more):
            break
    assert (sorted(seen), ends) == (list(range(8)), 1)


async def test_a_period_that_ends_before_it_begins_is_told_on_a_page(stage: Stage) -> None:
    visitor = await stage.visitor("officer")
    wrong = await visitor.get("/deliveries", **{"from": "2026-11-02", "to": "2026-11-01"})
    assert (wrong.status_code, "起日不得晚於迄日" in wrong.text) == (422, True)
    escalated = message("esc1111")
    taken = Taken("on_call", NOW, "王值班", "rota v1: turn", ("line",))
    escalated["run"] |= {"taken": [{**vars(taken), "by": ["line"]}]}
    await stage.documents.insert_one(escalated)
    shown = (await visitor.get("/deliveries", state="escalated")).text
    assert "CASE-ESC" in shown and "王值班" in shown
    assert "CASE-ESC" not in (await visitor.get("/deliveries", state="sent")).text
