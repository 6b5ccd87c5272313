"""A name that changes its mind: between look-ups, among its answers, or over a connection of another name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from intake.domain.status import Status, Step, Teller
from intake.store import Reports
from intake.webhooks.store import Webhooks
from intake.webhooks.telling import Telling
from kit.addresses import Addresses, Unreachable

from tests.integration.intake_running import CLOSED, Running, running
from tests.integration.webhook_receiver import LOCAL, subscribe
from tests.waiting import until

pytestmark = pytest.mark.real
PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "answers",
    [
        [PUBLIC, "10.0.0.8"], ["10.0.0.8", PUBLIC], [PUBLIC] * 60 + ["169.254.169.254"], [PUBLIC, "::1"],
        [PUBLIC, "::ffff:10.0.0.8"], [PUBLIC, "fe80::1%eth0"], ["0.0.0.0"], ["::"], ["64:ff9b::a00:8"], [],
    ],
    ids=lambda each: " ".join(each[-2:]) or "none",
)  # fmt: skip
async def test_one_private_answer_among_many_closes_the_way(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    monkeypatch.setattr("kit.addresses._names", lambda host, port: answers)
    with pytest.raises(Unreachable):
        await Addresses("[]").target("https://agency.example/")


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost.", "127.0.0.1.", "[::ffff:127.0.0.1]", "①②⑦.⓪.⓪.①"],
)
async def test_another_way_to_write_this_machine_is_this_machine(host: str) -> None:
    with pytest.raises(Unreachable):
        await Addresses("[]").target(f"https://{host}/")


async def test_a_name_that_was_public_when_it_was_told_is_judged_again_at_every_delivery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], [PUBLIC], ["10.0.0.1"]])
    monkeypatch.setattr("kit.addresses._names", lambda host, port: next(answers))
    addresses = Addresses("[]")
    for public in (True, False) * 2:
        if public:
            assert (await addresses.target("https://agency.example/")).pinned.host == PUBLIC
        else:
            with pytest.raises(Unreachable):
                await addresses.target("https://agency.example/")


@asynccontextmanager
async def patient(seen: list[list[str]]) -> AsyncIterator[int]:
    """A receiver that keeps its connections open; whom each of them was asked for. Its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(mine := [])
        while head := (await reader.readuntil(b"\r\n\r\n")).decode().lower():
            headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
            mine.append(headers["host"])
            await reader.readexactly(int(headers["content-length"]))
            writer.write(b"HTTP/1.1 204 x\r\nConnection: keep-alive\r\n\r\n")

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_what_was_proved_for_one_name_carries_nothing_for_another(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One address, two names: a certificate that was right for the first says nothing of the second."""
    monkeypatch.setattr("kit.addresses._names", lambda host, port: ["127.0.0.1"])
    seen: list[list[str]] = []
    env = settings_env | {"kafka_bootstrap": CLOSED, "webhook_networks": LOCAL}
    async with patient(seen) as port, running(env) as intake:
        for number, name in enumerate(("first.example", "second.example", "first.example"), 1):
            await subscribe(intake, f"http://{name}:{port}/")
            await _told(intake, (await intake.post()).json()["report_id"])
            await until(lambda number=number: _asked(seen, number))
    assert [len(each) for each in seen] == [1, 1, 1]


async def _asked(seen: list[list[str]], times: int) -> bool:
    return sum(map(len, seen)) == times


async def _told(intake: Running, id: str) -> None:
    """What became of a report, as Feedback would tell it."""
    telling = Telling(Reports(intake.database), Webhooks(intake.database))
    await telling.tell([Step(id, Teller.DECISION, 1, datetime.now(UTC), Status.DISPATCHED, "welfare_centre")])
