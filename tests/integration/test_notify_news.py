"""A case is in the news: each bureau owes an answer by a time, and who is silent is named; LINE reads a code."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from notify.alerts import desk

from tests.integration.notify_clock import time_passes
from tests.integration.notify_stage import COUNTY, FakeLine, Stage, code_in, group_of, happened, on_stage, settings_of
from tests.waiting import until

pytestmark = pytest.mark.real
NEWS, WINDOW, POLICE = "C" + "9" * 32, group_of(f"{COUNTY}/window"), f"{COUNTY}/police"
BUREAUS = [f"{COUNTY}/{kind}" for kind in ("protection", "police", "education", "health")]
SUBJECT = "林小美家的事上了新聞"
NO_KAFKA = {"kafka_bootstrap": "127.0.0.1:1"}


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "LOOK_EVERY", 0.2)


async def raised(stage: Stage, role: str = "officer", **more: Any) -> Any:
    by = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    order = {"purpose": "media_watch", "county": COUNTY, "subject": SUBJECT, "link": "https://news.example/x"}
    return await stage.send("POST", "/v1/alerts", role, **{**order, "answer_by": by, **more})


async def moved(stage: Stage, minutes: int) -> None:
    await time_passes(stage.documents.database["alerts"], timedelta(minutes=minutes))


async def templates(stage: Stage, id: str, *wanted: str) -> bool:
    found = (await stage.get(f"/v1/alerts/{id}")).json()["messages"]
    return sorted(each["template"] for each in found if each["state"] in ("sent", "failed")) == sorted(wanted)


async def test_four_bureaus_owe_an_answer_three_give_it_and_one_is_named(settings_env: dict[str, str]) -> None:
    line = FakeLine()
    settings = settings_of(settings_env, **NO_KAFKA)
    async with on_stage(settings, line) as stage, on_stage(settings.model_copy(update={"port": 8999}), line):
        await stage.webhook(happened("join", NEWS, replyToken="r"))
        await until(lambda: line.replies)
        order = {"code": code_in(line.replies[-1]), "purpose": "media_watch", "county": COUNTY}
        assert (await stage.send("PUT", "/v1/groups", **order)).status_code == 200
        answer = await raised(stage)
        assert answer.status_code == 201, answer.text
        alert = answer.json()
        path = f"/v1/alerts/{alert['alert_id']}"
        assert [(each["unit"], each["state"]) for each in alert["owes"]] == [(unit, "owed") for unit in BUREAUS]
        await until(lambda: templates(stage, alert["alert_id"], "media_watch"))
        for unit, role in ((BUREAUS[0], "caseworker"), (POLICE, "police"), (BUREAUS[2], "caseworker")):
            said = (
                {"ours": True, "says": f"{unit} 說明", "by": alert["answer_by"]} if unit == POLICE else {"ours": False}
            )
            given = await stage.send("POST", f"{path}/answers", role, unit=unit, **said)
            assert given.status_code == 201, given.text
        assert (await stage.send("POST", f"{path}/answers", "police", unit=POLICE, ours=False)).status_code == 409
        await moved(stage, 31)
        await until(lambda: templates(stage, alert["alert_id"], "media_watch", "media_reminder"))
        await moved(stage, 30)
        done = ("media_watch", "media_reminder", "media_late")
        await until(lambda: templates(stage, alert["alert_id"], *done))
        [late] = (await stage.get("/v1/alerts", state="late")).json()["alerts"]
        kept = [each async for each in stage.documents.database["alerts"].find({})]
        await stage.send("POST", f"{path}/answers", "caseworker", unit=BUREAUS[3], ours=False)
        assert (await stage.get("/v1/alerts", state="open")).json()["alerts"] == []
        await moved(stage, 600)
    assert (late["late"], late["subject"]) == ([BUREAUS[3]], SUBJECT)
    [police] = [each for each in late["owes"] if each["unit"] == POLICE]
    assert (police["answered_by"], police["ours"], police["says"]) == ("police", True, f"{POLICE} 說明")
    # The bureau that is silent has no group, so its reminder fails visibly; the window is told whom to telephone.
    assert [to for to, _ in line.seen] == [NEWS, WINDOW]
    assert "須回應單位:衛政" in str(line.seen[1][1])
    for secret in (SUBJECT, "news.example", "說明"):
        assert secret not in str(kept)
        assert not any(secret in body.decode() for body in line.bodies)


async def test_without_a_group_for_the_news_each_bureau_hears_of_it_and_one_key_is_one_alert(
    settings_env: dict[str, str],
) -> None:
    line, key = FakeLine(), {"Authorization": "Bearer token-of-officer", "Idempotency-Key": "k1"}
    by = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    order = {"purpose": "media_watch", "county": COUNTY, "subject": "x", "answer_by": by, "units": [POLICE]}
    async with on_stage(settings_of(settings_env, **NO_KAFKA), line) as stage:
        twice = [(await stage.http.post("/v1/alerts", json=order, headers=key)).json() for _ in range(2)]
        await until(lambda: line.seen)
        assert twice[0]["alert_id"] == twice[1]["alert_id"]
        assert len((await stage.get("/v1/alerts")).json()["alerts"]) == 1
    assert [to for to, _ in line.seen] == [group_of(POLICE)]


@pytest.mark.parametrize(
    ("role", "more", "status"),
    [
        ("caseworker", {}, 403),
        ("far", {}, 403),
        ("officer", {"answer_by": "2020-01-01T00:00:00Z"}, 422),
        ("officer", {"units": ["yunlin-county/police"]}, 422),
        ("officer", {"link": "javascript:alert(1)"}, 422),
        ("officer", {"purpose": "gossip"}, 422),
    ],
)
async def test_who_may_raise_what(settings_env: dict[str, str], role: str, more: dict[str, Any], status: int) -> None:
    async with on_stage(settings_of(settings_env, **NO_KAFKA), FakeLine()) as stage:
        assert (await raised(stage, role, **more)).status_code == status


async def test_a_bureau_answers_for_itself_and_says_what_is_said_when_it_is_theirs(
    settings_env: dict[str, str],
) -> None:
    async with on_stage(settings_of(settings_env, **NO_KAFKA), FakeLine()) as stage:
        path = f"/v1/alerts/{(await raised(stage)).json()['alert_id']}/answers"
        wrong = [
            await stage.send("POST", path, "police", unit=BUREAUS[0], ours=False),
            await stage.send("POST", path, "caseworker", unit=f"{COUNTY}/labour", ours=False),
            await stage.send("POST", path, "police", unit=POLICE, ours=True),
            await stage.send("POST", path, "far", unit=POLICE, ours=False),
        ]
    assert [each.status_code for each in wrong] == [403, 404, 422, 404]
