"""Colleagues are told what concerns them alone: a swap that is offered, a hole in the rota; the month's test begins."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from notify.exercises import schedule
from notify.rota import alarms

from tests.integration.notify_messages import USER, bind, line_of
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, group_of, on_stage, settings_of
from tests.integration.post_office import PERSON, Post, post_office
from tests.waiting import until

pytestmark = pytest.mark.real
WINDOW, POLICE = f"{COUNTY}/window", f"{COUNTY}/police"
NO_KAFKA = {"kafka_bootstrap": "127.0.0.1:1", "public_notify_url": "https://notify.example"}
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (alarms, schedule):
        monkeypatch.setattr(module, "LOOK_EVERY", 0.2)


def span(days: float) -> dict[str, str]:
    start = NOW + timedelta(days=days)
    return {"start": start.isoformat(), "end": (start + timedelta(hours=12)).isoformat()}


async def rota(stage: Stage, unit: str, person: str, duty: str = "on_call", **more: Any) -> None:
    order = {"unit": unit, "duty": duty, "turns": {"people": [person], "since": "2026-01-01"}, **more}
    assert (await stage.send("PUT", "/v1/rota", "supervisor", **order)).status_code == 200


async def days_pass(stage: Stage, days: int, name: str = alarms.ROUND) -> None:
    """As if the last round of a schedule had been so long ago."""
    rounds = stage.documents.database["rounds"]
    await until(lambda: rounds.find_one({"_id": name}))
    at = (await rounds.find_one({"_id": name}) or {})["at"]
    await rounds.update_one({"_id": name}, {"$set": {"at": at - timedelta(days=days)}})


async def kept(stage: Stage, *templates: str) -> list[dict[str, Any]]:
    return [each async for each in stage.documents.find({"template": {"$in": templates}})]


async def test_a_swap_is_told_to_whom_it_is_offered_by_line_else_by_mail_and_once(settings_env: dict[str, str]) -> None:
    line, post, key = line_of(), Post(), {"Authorization": "Bearer token-of-officer", "Idempotency-Key": "k"}
    async with post_office(settings_env, line, post, **NO_KAFKA) as stage:
        shifts = [span(day) | {"person": ("officer", PERSON)[day % 2]} for day in range(1, 5)]
        await rota(stage, LEAD, PERSON, shifts=shifts)
        order = {"unit": LEAD, "to": PERSON, "given": span(2)}
        for _ in range(2):
            assert (await stage.http.post("/v1/rota/swaps", json=order, headers=key)).status_code == 201
        await until(lambda: post.came)
        await bind(stage, line)
        assert (await stage.post("/v1/rota/swaps", **order)).status_code == 201
        await until(lambda: [to for to, _ in line.seen if to == USER])
        assert (await stage.post("/v1/rota/swaps", **order | {"to": "nobody"})).status_code == 201
        told = await kept(stage, "swap_offered")
    assert sorted((each["way"], each["person"]) for each in told) == [("line", PERSON), ("mail", PERSON)]
    mail = message_from_bytes(post.came[0].content or b"", policy=default)
    assert "換班待確認" in mail.get_content() and "https://notify.example/mine" in mail.get_content()
    [(to, card)] = [each for each in line.seen if each[0] == USER]
    assert (to, "https://notify.example/mine?openExternalBrowser=1" in str(card)) == (USER, True)
    for text in (str(mail), mail.get_content(), str(card)):
        assert "officer" not in text, "who offers it is told behind the sign-in"


async def test_a_supervisor_hears_of_a_hole_that_a_change_makes_and_of_the_gravest_once_a_day(
    settings_env: dict[str, str],
) -> None:
    line, post = line_of(), Post()
    groups = {"line_groups": f'{{"{LEAD}": "{group_of(LEAD)}", "{POLICE}": "{group_of(POLICE)}"}}'}
    async with post_office(settings_env, line, post, **NO_KAFKA, **groups) as stage:
        settings = stage.settings.model_copy(update={"port": 8999})
        async with on_stage(settings, line):
            await bind(stage, line, role="supervisor")
            await rota(stage, WINDOW, "supervisor", "supervisor")
            assert line.seen == [], "nothing has changed for the worse"
            for _ in range(2):
                await rota(stage, LEAD, PERSON, overrides=[span(3)])
            await until(lambda: line.seen)
            assert [each["template"] for each in await kept(stage, "rota_hole", "rota_bare")] == ["rota_hole"]
            await days_pass(stage, 1)
            await until(lambda: len(line.seen) == 2)
            rounds = [each async for each in stage.documents.database["rounds"].find({"_id": alarms.ROUND})]
    assert rounds[0]["at"] > datetime.now(UTC) - timedelta(days=1)
    assert [to for to, _ in line.seen] == [USER, USER]
    assert "值班表有空缺" in str(line.seen[0][1]) and "無人值班" in str(line.seen[1][1])
    assert "受文單位:警政" in str(line.seen[1][1]) and "https://notify.example/rota?" in str(line.seen[1][1])


async def test_without_a_supervisor_whom_something_reaches_the_window_hears_of_a_hole(
    settings_env: dict[str, str],
) -> None:
    line = FakeLine()
    async with on_stage(settings_of(settings_env, **NO_KAFKA), line) as stage:
        await until(lambda: has_looked(stage))
        await days_pass(stage, 1)
        await until(lambda: line.seen)
        [told] = await kept(stage, "rota_hole", "rota_bare")
    assert (line.seen[0][0], told["unit"], told["template"], told["priority"]) == (
        group_of(WINDOW),
        WINDOW,
        "rota_bare",
        2,
    )


async def has_looked(stage: Stage) -> bool:
    database = stage.documents.database
    return bool(await database["rounds"].find_one({"_id": alarms.ROUND})) and (
        await database["rota_holes"].count_documents({}) == 4
    )


async def test_whoever_is_called_for_hospital_emergencies_is_in_the_dry_run(settings_env: dict[str, str]) -> None:
    unit = f"{COUNTY}/hospital_emergencies"
    async with on_stage(settings_of(settings_env, **NO_KAFKA), FakeLine()) as stage:
        group = {"_id": "C" + "4" * 32, "purpose": "hospital_emergencies", "county": COUNTY, "state": "joined"}
        await stage.documents.database["groups"].insert_one(group)

        async def whole() -> bool | None:
            """A look of the service's own that began before may still write over this one."""
            await stage.app.state.rota_office.dry_run.look_at_all()
            units = (await stage.get("/v1/rota/holes")).json()["units"]
            return next((each["whole"] for each in units if each["unit"] == unit), None)

        assert await until(whole)
        page = (await (await stage.visitor("supervisor")).get("/rota")).text
    assert "醫院緊急通報" in page and f">{unit}<" not in page


async def test_the_months_test_begins_by_itself_once_however_many_replicas_there_are(
    settings_env: dict[str, str],
) -> None:
    line, settings = FakeLine(), settings_of(settings_env, **NO_KAFKA)
    more = [settings.model_copy(update={"port": 8998 + number}) for number in range(2)]
    async with on_stage(settings, line) as stage, on_stage(more[0], line), on_stage(more[1], line):
        rounds = stage.documents.database["rounds"]
        name = f"communication_test {COUNTY}"
        await until(lambda: rounds.find_one({"_id": name}))
        assert (await stage.get("/v1/tests")).json()["tests"] == [], "what was due before the first look is past"
        await days_pass(stage, 31, name)
        await until(lambda: len(line.seen) >= 4)
        [test] = (await stage.get("/v1/tests")).json()["tests"]
        await until(lambda: is_done(stage, name))
    assert (test["by"], test["exercise"], len(line.seen)) == ("schedule", True, 4)


async def is_done(stage: Stage, name: str) -> bool:
    found = await stage.documents.database["rounds"].find_one({"_id": name})
    return bool(found and found["at"] > datetime.now(UTC) - timedelta(days=31))
