"""Mail that a server took and sent back: the box is dead, the next one is asked; a block of ours is nobody's fault."""

import json
from typing import Any

import httpx
import pytest
from contracts.topics import CASES
from notify.domain.bounces import Bounce, bounce_of
from web.callers import digest

from tests.integration.notify_stage import COUNTY, ROLES, FakeLine, Stage, Wire, opened
from tests.integration.post_office import PERSON, Post, post_office
from tests.waiting import until

pytestmark = pytest.mark.real
ID = "0a1b2c3d-0000-5000-8000-000000000000"


def report(id: str, status: str, action: str = "failed", *, to: str = "") -> bytes:
    """A report as servers write it (RFC 3464), sent to the address that a message returns to."""
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {to or f'notices+{id}@county.example'}\nSubject: Undelivered\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; x@county.example\nAction: {action}\nStatus: {status}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{id}@county.example>\nSubject: x\n\nx\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("raw", "bounce", "meaning"),
    [
        (report(ID, "5.1.1"), Bounce(ID, "failed", "5.1.1"), "dead"),
        (report(ID, "5.7.26 (policy)"), Bounce(ID, "failed", "5.7.26"), "ours"),
        (report(ID, "4.4.7", "delayed"), Bounce(ID, "delayed", "4.4.7"), "later"),
        (report(ID, "5.1.1", to="postmaster@county.example"), Bounce(ID, "failed", "5.1.1"), "dead"),
        (report(ID, "2.0.0", "delivered"), Bounce(ID, "delivered", "2.0.0"), None),
        (report("no-id", "5.1.1"), None, None),
        (b"To: notices+" + ID.encode() + b"@county.example\nSubject: I am away\n\nBack on Monday.\n", None, None),
        (b"\xff\x00 no mail at all", None, None),
    ],
)
def test_what_a_report_says_of_the_box_and_of_us(raw: bytes, bounce: Bounce | None, meaning: str | None) -> None:
    assert bounce_of(raw) == bounce
    assert (bounce.meaning if bounce else None) == meaning


def callers() -> str:
    known = [{"name": role, "role": role} for role in ROLES] + [{"name": "gateway", "role": "administrator"}]
    return json.dumps(
        [each | {"counties": [COUNTY], "token_sha256": digest(f"token-of-{each['name']}")} for each in known]
    )


async def returned(stage: Stage, raw: bytes, name: str = "gateway") -> httpx.Response:
    headers = {"Authorization": f"Bearer token-of-{name}", "Content-Type": "message/rfc822"}
    return await stage.http.post("/v1/bounces", content=raw, headers=headers)


async def mailed(stage: Stage, wire: Wire, post: Post) -> dict[str, Any]:
    case, before = opened(), len(post.came)
    await wire.send(CASES, case)
    found: dict[str, Any] = await until(lambda: _sent(stage, case.report_id))
    past = {"$set": {"run.next_at": found["queued_at"]}}
    await stage.documents.update_one({"_id": found["_id"]}, past)
    await until(lambda: len(post.came) > before)
    step: dict[str, Any] = await until(lambda: _mail_of(stage, found["_id"]))
    return step


async def _sent(stage: Stage, report_id: str) -> dict[str, Any] | None:
    return await stage.documents.find_one({"report_id": report_id, "step_of": None, "state": "sent"})


async def _mail_of(stage: Stage, id: str) -> dict[str, Any] | None:
    return await stage.documents.find_one({"step_of": id, "way": "mail", "state": "sent"})


async def _steps(stage: Stage, id: str, number: int) -> bool:
    found = await stage.documents.find_one({"_id": id})
    return bool(found and len(found["run"]["taken"]) == number)


async def test_a_box_that_bounces_is_asked_no_more_and_the_next_one_is_asked(
    settings_env: dict[str, str], wire: Wire
) -> None:
    post = Post()
    async with post_office(settings_env, FakeLine(), post, callers=callers()) as stage:
        step = await mailed(stage, wire, post)
        assert (await returned(stage, report(step["_id"], "5.1.1"), "officer")).status_code == 403
        assert (await returned(stage, b"x" * 1_000_001)).status_code == 413
        late = await returned(stage, report(step["_id"], "4.4.7", "delayed"))
        assert late.json() == {"meaning": "later"}
        assert await _steps(stage, step["step_of"], 2)
        for _ in range(2):
            answer = await returned(stage, report(step["_id"], "5.1.1"))
            assert (answer.status_code, answer.json()) == (200, {"meaning": "dead"})
        await until(lambda: _steps(stage, step["step_of"], 4))
        assert (await stage.get("/v1/mail-address", PERSON)).json()["dead_since"]
        published = [each for each in await wire.published(stage) if each["type"] == "delivery.failed"]
    assert [(each["delivery_id"], each["reason"]) for each in published] == [(step["_id"], "refused")]


async def test_a_server_that_blocks_us_leaves_the_box_alone_and_an_old_bounce_a_new_address(
    settings_env: dict[str, str], wire: Wire
) -> None:
    post = Post()
    async with post_office(settings_env, FakeLine(), post, callers=callers()) as stage:
        blocked = await mailed(stage, wire, post)
        assert (await returned(stage, report(blocked["_id"], "5.7.1"))).json() == {"meaning": "ours"}
        await until(lambda: _steps(stage, blocked["step_of"], 4))
        assert (await stage.get("/v1/mail-address", PERSON)).json()["dead_since"] is None
        old = await mailed(stage, wire, post)
        await stage.send("PUT", "/v1/mail-address", PERSON, address="new@county.example")
        await returned(stage, report(old["_id"], "5.1.1"))
        assert (await stage.get("/v1/mail-address", PERSON)).json()["dead_since"] is None
