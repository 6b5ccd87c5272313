"""Outcomes pushed to an agency's own server: signed, without anyone's data, until it is acknowledged."""

import asyncio
import base64
import ipaddress
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from contracts.decisions import Outcome
from contracts.topics import DECISIONS
from intake.domain.status import Status, Step, Teller, steps_of
from intake.store import Reports
from intake.webhooks.delivering import WELL_AT_ONCE
from intake.webhooks.store import Webhooks, notices_of
from intake.webhooks.telling import Telling
from kit.addresses import Addresses, Unreachable, is_public
from kit.signing import signature

from tests.integration.intake_feedback import COUNTY, assessed, decided, send
from tests.integration.intake_running import CLOSED, Running, a_report, running
from tests.integration.webhook_receiver import LOCAL, Receiver, receiver, subscribe
from tests.parts import Names, Parts
from tests.waiting import until


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED, "webhook_networks": LOCAL}) as intake:
        yield intake


async def test_a_secret_that_is_rotated_twice_under_one_key_is_rotated_once(intake: Running) -> None:
    async with receiver() as agency:
        first = (await subscribe(intake, agency.url))["secret"]
        asked = {"url": agency.url, "rotate": True}
        under = {"idempotency-key": "k1"}
        answers = [(await intake.http.put("/v1/webhook", json=asked, headers=under)).json() for _ in range(2)]
        assert answers[0]["secret"] == answers[1]["secret"] != first
        known = await Webhooks(intake.database).of("police")
        assert known and len(known["secrets"]) == 2, "the one in use, and the one before it for a day"
        other = await intake.http.put("/v1/webhook", json=asked | {"rotate": False}, headers=under)
        assert other.status_code == 409


async def told(intake: Running, *ids: str, status: Status = Status.DISPATCHED, order: int = 1) -> None:
    """What became of reports, as Feedback would tell it."""
    telling = Telling(Reports(intake.database), Webhooks(intake.database))
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


async def test_that_a_case_was_not_opened_is_told_by_its_kind_alone(intake: Running) -> None:
    await subscribe(intake, "http://127.0.0.1:9/")
    id = (await intake.post()).json()["report_id"]
    await Telling(Reports(intake.database), Webhooks(intake.database)).tell(steps_of(assessed(id, opened=False)))
    [notice] = [each async for each in intake.database["notices"].find({})]
    data = notice["data"]
    assert (data["report_id"], data["status"], data["service"]) == (id, "accepted", "not_opened")
    assert set(data) == {"report_id", "serial", "status", "since", "to_unit_kind", "service"}


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


INTO_THE_HOUSE = [
    "http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.8/",
    "https://169.254.169.254/latest/meta-data", "https://192.168.1.1/", "https://0.0.0.0/", "https://2130706433/",
    "https://0x7f.1/", "https://[::ffff:127.0.0.1]/", "https://user:word@example.com/", "https://224.0.0.1/",
    "https://100.64.0.1/", "ftp://example.com/", "https://", "https://a:99999/", "https://[fe80::1]/",
    "https://1.1.1.1@10.0.0.8/", "https://1.1.1.1\\@10.0.0.8/", "https://[fe80::1%25lo]/", "https:///10.0.0.8/",
]  # fmt: skip


@pytest.mark.parametrize("url", INTO_THE_HOUSE)
async def test_no_webhook_leads_into_the_house(url: str) -> None:
    with pytest.raises(Unreachable):
        await Addresses("[]").target(url)


@pytest.mark.parametrize(
    "carrier",
    ["64:ff9b::{}", "64:ff9b:1::{}", "2002:{}::", "::{}", "::ffff:{}", "::ffff:0:{}", "2001:0:{}::", "2001:db8::{}"],
)
@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "1.1.1.1"])
def test_an_address_that_carries_another_inside_is_never_public(carrier: str, inside: str) -> None:
    inner = int(ipaddress.IPv4Address(inside))
    assert not is_public(ipaddress.ip_address(carrier.format(f"{inner >> 16:x}:{inner & 0xFFFF:x}")))


@pytest.mark.parametrize(
    "ip",
    ["fec0::1", "fc00::1", "fd12::1", "fe80::1", "ff0e::1", "::", "::1", "100::1", "5f00::1", "3ffe::1", "3fff::1",
     "2001:2::1", "2001:20::1", "4000::1", "0.1.2.3", "192.0.0.170", "192.88.99.1", "198.18.0.1", "198.51.100.1",
     "203.0.113.9", "172.31.255.255", "239.1.2.3", "240.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_what_is_kept_for_something_else_is_not_public(ip: str) -> None:
    assert not is_public(ipaddress.ip_address(ip))


@pytest.mark.parametrize("ip", ["1.1.1.1", "168.95.1.1", "172.32.0.1", "223.255.255.255", "2001:b000:168::1",
                                "2606:4700:4700::1111", "2a00:1450::1"])  # fmt: skip
def test_somebody_s_own_address_is_public(ip: str) -> None:
    assert is_public(ipaddress.ip_address(ip))


async def test_the_open_internet_is_reachable_by_https_at_named_ports_only() -> None:
    assert (await Addresses("[]").target("https://1.1.1.1/x")).ip == "1.1.1.1"
    assert (await Addresses("[]", "[443, 8443]").target("https://1.1.1.1:8443/x")).ip == "1.1.1.1"
    for url in ("http://1.1.1.1/x", "http://1.1.1.1:443/", "https://1.1.1.1:8443/", "https://1.1.1.1:22/",
                "https://1.1.1.1:6379/", "https://1.1.1.1:27017/", "https://1.1.1.1:80/"):  # fmt: skip
        with pytest.raises(Unreachable):
            await Addresses("[]").target(url)


async def test_a_name_is_looked_up_once_and_what_was_checked_is_what_is_reached(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.1"], ["10.0.0.8"], ["127.0.0.1", "10.0.0.8"]])
    looked_up: list[str] = []

    def names(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return next(answers, ["10.0.0.8"])

    monkeypatch.setattr("kit.addresses._names", names)
    async with receiver() as agency:
        await subscribe(intake, agency.url.replace("localhost", "agency.example"))
        await told(intake, (await intake.post()).json()["report_id"])
        await until(lambda: _have(agency, 1))
        assert agency.got[0][0]["host"] == agency.url.split("/")[2].replace("localhost", "agency.example")
        assert looked_up == ["agency.example"] * 2, "once when it was told, once to send: never again to connect"
        await told(intake, (await intake.post()).json()["report_id"])

        async def rebound() -> bool:
            return (await intake.http.get("/v1/webhook")).json()["last_failure"] == "not_reachable"

        await until(rebound)
        assert len(agency.got) == 1


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


# --- receivers that are slow, or much told -------------------------------------------------------------------------


@asynccontextmanager
async def trickling() -> AsyncIterator[str]:
    """A receiver that answers a byte at a time and never ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\nx: ")
        with suppress(ConnectionError):
            while True:
                writer.write(b"a")
                await writer.drain()
                await asyncio.sleep(0.05)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


async def queued(intake: Running, counts: dict[str, int], *, ago: timedelta = timedelta(0)) -> None:
    """So many notices for each agency, all at once."""
    told = [
        {"_id": f"{agency}-{number}", "agency_id": agency, "data": {"number": number}}
        for agency, count in counts.items()
        for number in range(count)
    ]
    at = datetime.now(UTC) - ago
    await Webhooks(intake.database).queue(notices_of(told, at), at)


async def receives_at(intake: Running, agency: str, url: str) -> None:
    await Webhooks(intake.database).put(agency, {"url": url, "secrets": []}, datetime.now(UTC))


async def test_receivers_that_trickle_slow_themselves_alone_and_their_status_says_so(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.webhooks.SECONDS", 0.3)
    async with trickling() as never, receiver() as well:
        await subscribe(intake, never)
        slow = [f"slow-{number}" for number in range(3 * WELL_AT_ONCE)]
        for agency in slow:
            await receives_at(intake, agency, never)
        await receives_at(intake, "well", well.url)
        await queued(intake, dict.fromkeys(["police", *slow], 5) | {"well": 30})
        await until(lambda: _have(well, 30))

        async def says_so() -> bool:
            shown = (await intake.http.get("/v1/webhook")).json()
            return (shown["waiting"], shown["last_failure"], shown["slow"]) == (5, "timeout", True)

        await until(says_so)
        tried = await intake.database["notices"].distinct("attempts", {"agency_id": {"$in": slow}})
        assert max(tried) <= 2, "one by one and with rests, not each notice of theirs by itself"
        assert (await intake.http.get("/v1/webhook")).json()["rests_until"]
        await queued(intake, {"well": 31})
        await until(lambda: _have(well, 31))


async def test_one_that_answers_late_is_told_after_others_until_it_is_quick_again(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def shown_slow(slow: bool) -> None:
        async def is_so() -> bool:
            shown = (await intake.http.get("/v1/webhook")).json()
            return (shown["waiting"], shown["slow"]) == (0, slow)

        await until(is_so)

    async with receiver() as agency:
        await subscribe(intake, agency.url)
        for seconds, slow in ((0.0, True), (5.0, False)):
            monkeypatch.setattr("intake.webhooks.delivering.SLOW_SECONDS", seconds)
            await told(intake, (await intake.post()).json()["report_id"])
            await shown_slow(slow)
        assert len(agency.got) == 2


async def test_much_for_one_receiver_holds_up_no_other(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.webhooks.delivering.WELL_AT_ONCE", 1)
    monkeypatch.setattr("intake.webhooks.delivering.MOST_A_TURN", 5)
    async with (
        running(settings_env | {"kafka_bootstrap": CLOSED, "webhook_networks": LOCAL}) as intake,
        receiver() as much,
        receiver() as little,
    ):
        await receives_at(intake, "much", much.url)
        await receives_at(intake, "little", little.url)
        await queued(intake, {"much": 60}, ago=timedelta(minutes=1))
        await queued(intake, {"little": 1})
        await until(lambda: _have(little, 1))
        assert len(much.got) <= 20
        await until(lambda: _have(much, 60))


async def test_a_refusal_of_one_notice_holds_up_no_other(intake: Running) -> None:
    async with receiver(422) as agency:
        await receives_at(intake, "police", agency.url)
        await queued(intake, {"police": 10})
        await until(lambda: _have(agency, 10))
        shown = (await intake.http.get("/v1/webhook")).json()
        assert (shown["last_failure"], shown["rests_until"]) == ("status_422", None)


async def test_a_new_address_is_told_at_once_what_the_old_one_never_took(intake: Running) -> None:
    await subscribe(intake, "http://127.0.0.1:9/")
    await told(intake, (await intake.post()).json()["report_id"])

    async def rests() -> bool:
        return (await intake.http.get("/v1/webhook")).json()["rests_until"] is not None

    await until(rests)
    async with receiver() as agency:
        await subscribe(intake, agency.url)
        await until(lambda: _have(agency, 1))
