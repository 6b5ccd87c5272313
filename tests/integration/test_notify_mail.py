"""The second channel: one person a message, nothing personal in it, nothing after an answer, a dead box never again."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from contracts.topics import CASES
from notify.domain.notices import Notice
from notify.mail.server import judged

from tests.integration.notify_messages import bind, line_of
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, Wire, group_of, opened, press
from tests.integration.post_office import ADDRESS, PERSON, Post, post_office
from tests.waiting import until

pytestmark = pytest.mark.real


async def asked(stage: Stage, wire: Wire) -> dict[str, Any]:
    """A message that LINE has taken and nobody answers."""
    case = opened()
    await wire.send(CASES, case)
    message: dict[str, Any] = await until(lambda: root(stage, case.report_id, "sent"))
    past = {"$set": {"run.next_at": datetime(2026, 1, 1, tzinfo=UTC)}}
    await stage.documents.update_one({"_id": message["delivery_id"]}, past)
    return message


async def root(stage: Stage, report_id: str, state: str, steps: int = 0) -> dict[str, Any] | None:
    listed = await stage.deliveries(report_id=report_id)
    found = [each for each in listed if each["step_of"] is None and each["state"] == state]
    return next((each for each in found if len(each["steps"]) >= steps), None)


async def test_mail_reaches_one_person_and_tells_a_code_and_a_link(settings_env: dict[str, str], wire: Wire) -> None:
    post = Post()
    async with post_office(settings_env, FakeLine(), post) as stage:
        message = await asked(stage, wire)
        [envelope] = await until(lambda: post.came)
        kept = str([each async for each in stage.documents.database["mail_addresses"].find({})])
        told = (await stage.get("/v1/mail-address", PERSON)).json()
    mail = message_from_bytes(envelope.content or b"", policy=default)
    text = mail.get_content()
    [step] = (envelope.mail_from or "").partition("@")[0].split("+")[1:]
    code = message["case_id"].replace("-", "")[:8].upper()
    assert envelope.rcpt_tos == [ADDRESS]
    assert envelope.mail_from == f"notices+{step}@county.example"
    assert (mail["subject"], mail["from"]) == (f"新任務 {code}", "notices@county.example")
    assert f"https://network.example/cases/{message['case_id']}" in text
    for personal in (PERSON, "lin.hsiaomei", "minxiong"):
        assert personal not in text + str(mail["subject"]) + str(mail["message-id"]) + str(envelope.mail_from)
    assert ADDRESS not in kept and "address" not in told


async def test_what_line_refuses_for_one_colleague_reaches_them_by_mail(settings_env: dict[str, str]) -> None:
    post, line = Post(), line_of(fault=lambda _: "400")
    async with post_office(settings_env, line, post) as stage:
        await bind(stage, line, role=PERSON)
        notice = Notice(LEAD, "swap_offered", COUNTY, about="s1")
        for _ in range(2):
            assert await stage.app.state.telling.tell(PERSON, notice, "offered", "a colleague offers a swap")
        message = await until(lambda: stage.documents.find_one({"state": "sent"}))
    assert len(post.came) == 1 == len(line.asked)
    assert (message["way"], message["attempts"], message["reason"]) == ("mail", 1, None)
    assert [each["what"] for each in message["history"]] == ["queued", "by mail after refused", "sent"]


async def test_a_box_that_is_dead_is_noted_and_the_next_one_is_asked(settings_env: dict[str, str], wire: Wire) -> None:
    post = Post("550 5.1.1 no such user")
    async with post_office(settings_env, FakeLine(), post) as stage:
        message = await asked(stage, wire)
        escalated = await until(lambda: root(stage, message["report_id"], "escalated", 4))
        assert (await stage.get("/v1/mail-address", PERSON)).json()["dead_since"]
        again = await asked(stage, wire)
        second = await until(lambda: root(stage, again["report_id"], "escalated", 4))
    assert [each["by"] for each in escalated["steps"]] == [[], ["mail"], [], ["window", "standing"]]
    assert [each["by"] for each in second["steps"]] == [[], [], [], ["window", "standing"]]


async def test_mail_that_waits_when_somebody_accepts_never_leaves(settings_env: dict[str, str], wire: Wire) -> None:
    line, post = FakeLine(names={"U1": "社工甲"}), Post("451 try later")
    async with post_office(settings_env, line, post) as stage:
        message = await asked(stage, wire)
        waiting = {"step_of": message["delivery_id"], "history.what": "again after smtp_451"}
        await until(lambda: stage.documents.count_documents(waiting))
        button = line.seen[0][1]["contents"]["footer"]["contents"][0]["action"]["data"]
        await stage.webhook(press(button, group_of(LEAD)))
        await until(lambda: root(stage, message["report_id"], "acknowledged"))
        post.answer = "250 OK"
        due = {"$set": {"next_attempt_at": datetime(2026, 1, 1, tzinfo=UTC)}}
        await stage.documents.update_one({"step_of": message["delivery_id"]}, due)
        answered = {"step_of": message["delivery_id"], "reason": "answered", "acknowledged_by": "社工甲"}
        await until(lambda: stage.documents.count_documents(answered))
    assert post.came == []


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [(550, "5.1.1 no such user", "Failed"), (550, "5.7.1 blocked", "Later"), (451, "4.3.0 later", "Later")],
)
def test_what_a_server_says_of_the_box_and_of_us(code: int, text: str, kind: str) -> None:
    assert type(judged(code, text)).__name__ == kind
