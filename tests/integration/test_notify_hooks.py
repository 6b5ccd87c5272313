"""A group that is a webhook: bound by its address, signed, guarded, not held up by LINE, and ended with its key."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from kit.signing import PREFIX

from tests.integration.notify_stage import COUNTY, FakeLine, Stage, on_stage, settings_of
from tests.waiting import until

pytestmark = pytest.mark.real
POLICE = f"{COUNTY}/police"
HERE = {"kafka_bootstrap": "127.0.0.1:1", "webhook_networks": '["127.0.0.0/8"]'}


@dataclass
class Receiver:
    """Remembers what came, and answers with the next of `answers`, else 200."""

    answers: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, str], str]] = field(default_factory=list)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._take)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/in"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.came.append((dict(request.headers), await request.text()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


async def raised(stage: Stage) -> str:
    by = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    order = {"purpose": "media_watch", "county": COUNTY, "subject": "x", "answer_by": by, "units": [POLICE]}
    answer = await stage.post("/v1/alerts", **order)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["alert_id"])


async def state(stage: Stage, id: str) -> str:
    found = await stage.documents.find_one({"about": id}) or {}
    return str(found.get("state"))


async def is_state(stage: Stage, id: str, wanted: str) -> bool:
    return await state(stage, id) == wanted


async def test_a_units_group_is_a_webhook_signed_and_sealed_and_line_does_not_hold_it_up(
    settings_env: dict[str, str],
) -> None:
    receiver, line = Receiver(answers=[503]), FakeLine(fault=lambda key: "403")
    async with receiver.serving() as url, on_stage(settings_of(settings_env, **HERE), line) as stage:
        order = {"purpose": "unit_work", "county": COUNTY, "unit": POLICE, "webhook": {"url": url, "style": "notice"}}
        assert (await stage.send("PUT", "/v1/groups", "caseworker", **order)).status_code == 403
        made = await stage.send("PUT", "/v1/groups", **order)
        assert made.status_code == 200, made.text
        secret, group = made.json()["secret"], made.json()["group"]
        kept = await stage.documents.database["group_webhooks"].find_one({})
        [listed] = [each for each in (await stage.get("/v1/groups")).json()["groups"] if each["unit"] == POLICE]
        id = await raised(stage)
        await until(lambda: receiver.came)
        await stage.documents.update_one({"about": id}, {"$set": {"next_attempt_at": datetime.now(UTC)}})
        await until(lambda: is_state(stage, id, "sent"))
        [(first, body), (again, _)] = receiver.came
        assert (await stage.send("DELETE", f"/v1/groups/{group}")).status_code == 204
        assert await stage.documents.database["group_webhooks"].find_one({}) is None
    assert secret.startswith(PREFIX) and url not in str(kept) and secret not in str(kept)
    assert (listed["webhook"], listed["secret"], listed["group"]) == ("notice", None, group)
    assert first["webhook-id"] == again["webhook-id"]
    signed = f"{first['webhook-id']}.{first['webhook-timestamp']}.{body}".encode()
    mac = hmac.digest(base64.b64decode(secret.removeprefix(PREFIX)), signed, hashlib.sha256)
    assert first["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert json.loads(body)["data"]["title"] == "媒體輿情" and "x" not in json.loads(body)["data"]["lines"]
    assert not any(to == group for to, _ in line.seen)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "https://10.0.0.1/x", "https://user:p@example.org/", "file:///x"]
)
async def test_a_webhook_does_not_lead_into_our_own_house(settings_env: dict[str, str], url: str) -> None:
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), FakeLine()) as stage:
        order: dict[str, Any] = {"purpose": "unit_work", "county": COUNTY, "unit": POLICE, "webhook": {"url": url}}
        assert (await stage.send("PUT", "/v1/groups", **order)).status_code == 422
        assert await stage.documents.database["groups"].count_documents({}) == 0


async def test_on_the_page_its_key_is_shown_once_and_a_refusal_is_a_failure(settings_env: dict[str, str]) -> None:
    receiver = Receiver(answers=[410])
    async with receiver.serving() as url, on_stage(settings_of(settings_env, **HERE), FakeLine()) as stage:
        officer = await stage.visitor("officer")
        order = {"purpose": "unit_work", "county": COUNTY, "unit": POLICE, "style": "teams"}
        wrong = await officer.post("/groups", url="http://10.0.0.1/", **order)
        assert (wrong.status_code, 'value="http://10.0.0.1/"' in wrong.text) == (422, True)
        made = await officer.post("/groups", url=url, **order)
        later = (await officer.get("/groups")).text
        assert (made.status_code, PREFIX in made.text, PREFIX in later, "Teams" in later) == (200, True, False, True)
        id = await raised(stage)
        await until(lambda: is_state(stage, id, "failed"))
    assert json.loads(receiver.came[0][1])["type"] == "message"
