"""Outcomes pushed to an agency's own server: signed, without anyone's data, until it is acknowledged."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from contracts.decisions import Outcome
from contracts.topics import DECISIONS
from intake.domain.signing import signature
from intake.domain.status import Status, Step, Teller
from intake.store import Reports
from intake.webhooks.addresses import Addresses, Unreachable
from intake.webhooks.store import Webhooks
from intake.webhooks.telling import Telling

from tests.integration.intake_feedback import COUNTY, decided, send
from tests.integration.intake_running import CLOSED, Running, a_report, nowhere, running
from tests.integration.webhook_receiver import LOCAL, Receiver, receiver, subscribe
from tests.parts import Names, Parts
from tests.waiting import until


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED, "webhook_networks": LOCAL}) as intake:
        yield intake


async def told(intake: Running, *ids: str, status: Status = Status.DISPATCHED, order: int = 1) -> None:
    """What became of reports, as Feedback would tell it."""
    telling = Telling(Reports(intake.database, nowhere), Webhooks(intake.database))
    at = datetime.now(UTC)
    await telling.tell([Step(id, Teller.DECISION, order, at, status, "welfare_centre") for id in ids])


def key_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix("whsec_"))


def must_be_signed(headers: dict[str, str], body: bytes, *secrets: str) -> None:
    id, at = headers["webhook-id"], int(headers["webhook-timestamp"])
    assert abs(datetime.now(UTC).timestamp() - at) < 60
    assert headers["webhook-signature"] == signature(id, at, body, [key_of(secret) for secret in secrets])


async def test_an_outcome_travels_from_kafka_to_the_agency(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    async with running(settings_env | {"webhook_networks": LOCAL}) as intake, receiver() as agency:
        secret = (await subscribe(intake, agency.url))["secret"]
        report = (await intake.post()).json()
        other = (await intake.post(agency="hospital")).json()
        await asyncio.sleep(2.1)
        id = report["report_id"]
        await send(parts, names, DECISIONS, decided(id, Outcome.WELFARE_CENTRE, unit=f"{COUNTY}/welfare_centre.puzi"),
                   decided(other["report_id"], Outcome.DUPLICATE))  # fmt: skip
        await until(lambda: _have(agency, 1))
        headers, body = agency.got[0]
        must_be_signed(headers, body, secret)
        data = json.loads(body)["data"]
        assert (data["report_id"], data["serial"], data["status"]) == (id, report["serial"], "dispatched")
        assert data["to_unit_kind"] == "welfare_centre"
        assert set(data) <= {"report_id", "serial", "status", "since", "to_unit_kind", "outcome"}
        await asyncio.sleep(1)
        assert len(agency.got) == 1
        assert (await intake.http.get("/v1/webhook")).json()["waiting"] == 0


async def _have(agency: Receiver, count: int) -> bool:
    return len(agency.got) >= count


async def test_it_is_sent_again_under_the_same_id_until_it_is_acknowledged(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.webhooks.delivering.pause", lambda attempts: timedelta(milliseconds=10 * attempts))
    async with receiver(500, 302, 429) as agency:
        await subscribe(intake, agency.url)
        await told(intake, (await intake.post()).json()["report_id"])
        await until(lambda: _have(agency, 4))
        assert len({headers["webhook-id"] for headers, _ in agency.got}) == 1
        await asyncio.sleep(0.7)
        assert len(agency.got) == 4


async def test_what_is_not_acknowledged_waits_and_says_why(intake: Running) -> None:
    async with receiver(500) as agency:
        await subscribe(intake, agency.url)
        await told(intake, (await intake.post()).json()["report_id"])

        async def failed() -> bool:
            shown = (await intake.http.get("/v1/webhook")).json()
            return (shown["waiting"], shown["last_failure"]) == (1, "status_500")

        await until(failed)


async def test_the_same_step_again_is_one_notice(intake: Running) -> None:
    await subscribe(intake, "http://127.0.0.1:9/")
    id = (await intake.post()).json()["report_id"]
    await told(intake, id, id)
    await told(intake, id)
    assert await intake.database["notices"].count_documents({}) == 1


async def test_a_secret_is_shown_once_and_the_former_signs_beside_the_new_one(intake: Running) -> None:
    async with receiver() as agency:
        first = (await subscribe(intake, agency.url))["secret"]
        assert (await subscribe(intake, agency.url))["secret"] is None
        assert (await intake.http.get("/v1/webhook")).json()["secret"] is None
        rotated = await subscribe(intake, agency.url, rotate=True)
        assert rotated["former_until"]
        await told(intake, (await intake.post()).json()["report_id"])
        await until(lambda: _have(agency, 1))
        must_be_signed(*agency.got[0], rotated["secret"], first)
        kept = str([each async for each in intake.database["webhooks"].find()])
        assert first not in kept
        assert rotated["secret"] not in kept


async def test_nothing_is_pushed_any_more_once_it_is_taken_off(intake: Running) -> None:
    async with receiver() as agency:
        await subscribe(intake, agency.url)
        assert (await intake.http.delete("/v1/webhook")).status_code == 204
        await told(intake, (await intake.post()).json()["report_id"])
        assert (await intake.http.get("/v1/webhook")).status_code == 404
        assert agency.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data", "https://192.168.1.1/", "https://0.0.0.0/", "https://2130706433/",
        "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "https://user:word@example.com/", "https://224.0.0.1/",
        "https://100.64.0.1/", "ftp://example.com/", "https://", "https://a:99999/", "https://[fe80::1]/",
    ],
)  # fmt: skip
async def test_no_webhook_leads_into_the_house(url: str) -> None:
    with pytest.raises(Unreachable):
        await Addresses("[]").target(url)


async def test_the_open_internet_is_reachable_by_https_only() -> None:
    assert (await Addresses("[]").target("https://1.1.1.1:8443/x")).ip == "1.1.1.1"
    with pytest.raises(Unreachable):
        await Addresses("[]").target("http://1.1.1.1/x")


async def test_a_name_that_moved_into_the_house_is_not_followed(intake: Running) -> None:
    async with receiver() as agency:
        await subscribe(intake, agency.url)
        await intake.database["webhooks"].update_one({}, {"$set": {"url": "https://192.168.7.7/"}})
        await told(intake, (await intake.post()).json()["report_id"])

        async def refused() -> bool:
            return (await intake.http.get("/v1/webhook")).json()["last_failure"] == "not_reachable"

        await until(refused)


async def test_an_address_that_may_not_be_reached_is_a_problem(intake: Running) -> None:
    answer: httpx.Response = await intake.http.put("/v1/webhook", json={"url": "https://192.168.1.1/"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/url"
    assert a_report()
