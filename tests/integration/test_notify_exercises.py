"""A communication test: the audience frozen, each channel its own answer, marked as an exercise wherever it shows."""

import asyncio
import json
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from notify import commands

from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    button_of,
    code_in,
    group_of,
    happened,
    on_stage,
    press,
    settings_of,
)
from tests.integration.post_office import PERSON, Post, post_office
from tests.waiting import until

pytestmark = pytest.mark.real
USER, GROUP = "U" + "7" * 32, group_of(LEAD)
NO_KAFKA = {"kafka_bootstrap": "127.0.0.1:1"}


async def report(stage: Stage, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stage.get(f"/v1/tests/{id}")).json()
    return found


async def has(stage: Stage, id: str, what: str, number: int) -> bool:
    return sum(each[what] for each in (await report(stage, id))["channels"]) == number


async def test_each_channel_is_called_answered_and_told_apart_and_says_that_it_is_an_exercise(
    settings_env: dict[str, str],
) -> None:
    line, post = FakeLine(names={USER: "阿明", "U1": "社工甲"}), Post()
    async with post_office(settings_env, line, post, **NO_KAFKA) as stage:
        await stage.webhook(happened("follow", "", source={"type": "user", "userId": USER}, replyToken="r"))
        await until(lambda: line.replies)
        await stage.send("PUT", "/v1/line-user", PERSON, code=code_in(line.replies[-1]))
        turns = {"people": [PERSON, "nobody-reaches-me"], "since": "2026-01-01"}
        await stage.send("PUT", "/v1/rota", "supervisor", unit=LEAD, turns=turns)
        assert (await stage.send("POST", "/v1/tests", "officer", county=COUNTY)).status_code == 403
        begun = await stage.send("POST", "/v1/tests", "supervisor", county=COUNTY)
        assert begun.status_code == 201, begun.text
        id = begun.json()["test_id"]
        assert (await stage.send("POST", "/v1/tests", "supervisor", county=COUNTY)).status_code == 409
        await until(lambda: has(stage, id, "sent", 6))
        [card] = [card for to, card in line.seen if to == GROUP]
        [alone] = [card for to, card in line.seen if to == USER]
        await stage.webhook(press(button_of(card), GROUP), press(button_of(alone), "", user=USER))
        await until(lambda: has(stage, id, "answered", 2))
        assert (await stage.send("POST", f"/v1/tests/{id}/answers", PERSON)).status_code == 201
        assert (await stage.send("POST", f"/v1/tests/{id}/answers", PERSON)).status_code == 404
        done = await report(stage, id)
        asked = (await stage.get("/v1/statistics/closed-sum", "analyst")).json()["asked"]
        kept = [each async for each in stage.documents.find({"about": id})]
        [listed] = (await stage.get("/v1/tests")).json()["tests"]
        assert (await stage.get(f"/v1/tests/{id}", "far")).status_code == 404
    answered = {(each["channel"], each["called"], each["sent"], each["answered"]) for each in done["channels"]}
    assert answered == {("group", 4, 4, 1), ("line", 1, 1, 1), ("mail", 1, 1, 1), ("none", 1, 0, 0)}
    assert (done["unanswered"], done["exercise"], listed["test_id"], asked) == (4, True, id, 0)
    names = {(each["channel"], each["answered_by"]) for each in done["calls"] if each["answered_by"]}
    assert names == {("group", "社工甲"), ("line", PERSON), ("mail", PERSON)}
    mail = message_from_bytes(post.came[0].content or b"", policy=default)
    cards = [card for _, card in line.seen if id in str(card)]  # beside them the window heard of a hole in the rota
    shown = [card["altText"] for card in cards] + [str(mail["subject"]), mail.get_content()]
    shown += [json.dumps(card, ensure_ascii=False) for card in cards]
    assert len(cards) == 5 and all("【演習】" in text for text in [*shown, *line.replies[-2:]])
    assert all(each["exercise"] for each in kept)


async def test_a_test_is_begun_by_command_and_not_twice(
    settings_env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    line, settings = FakeLine(), settings_of(settings_env, **NO_KAFKA)
    order = ["--by", "李督導", "--county", COUNTY]
    async with on_stage(settings, line) as stage:
        assert await asyncio.to_thread(commands.exercise, settings, order) == 0
        [test] = (await stage.get("/v1/tests")).json()["tests"]
        await until(lambda: has(stage, test["test_id"], "sent", 4))
        assert await asyncio.to_thread(commands.exercise, settings, order) == 1
    assert (test["by"], len(line.seen)) == ("李督導", 4)
    assert "4 calls" in capsys.readouterr().out
