"""Silent senders, from reports on the real database."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from contracts.reports import SendersHeard
from contracts.topics import COUNTS
from intake.agencies.store import Agencies
from intake.domain.rhythm import CountySenders
from intake.hearing import Heard
from intake.silence import SILENT, Listening
from intake.store import Reports
from kit.mongo import Document
from kit.outbox import Outgoing
from web.callers import digest

from tests.integration.intake_running import CLOSED, running
from tests.parts import Names, Parts
from tests.waiting import until

CALLERS = [{"name": "w", "role": "officer", "counties": ["*"], "token_sha256": digest("officer-token")}]
NOW = datetime.now(UTC)


def received(agency: str, at: datetime, **more: Any) -> Document:
    day = (at + timedelta(hours=8)).date().isoformat()
    return {"agency_id": agency, "received_at": at, "day": day, "county": "chiayi-county", "answered": True,
            "source_unit": "medical"} | more  # fmt: skip


def hourly(agency: str, until: datetime, **more: Any) -> list[Document]:
    """Two reports in every hour of three weeks."""
    return [received(agency, until - timedelta(minutes=30 * number), **more) for number in range(2 * 24 * 21)]


async def test_only_who_is_silent_longer_than_its_rhythm_is_named(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED, "callers": json.dumps(CALLERS)}
    async with running(env, listen_seconds=0.2) as intake:
        documents = [
            *hourly("silent", NOW - timedelta(hours=6)),
            *hourly("well", NOW - timedelta(minutes=40)),
            *hourly("trial", NOW - timedelta(hours=6), county="sandbox"),
            received("new", NOW - timedelta(days=3)),
        ]
        await intake.database["reports"].insert_many(documents)
        listening = Listening(Reports(intake.database), nobody, tells_no_county, every=60)
        (found,) = await listening.listen(NOW)
        assert found.agency_id == "silent"
        assert 9 < found.expected < 15
        assert abs(found.last_at - (NOW - timedelta(hours=6))) < timedelta(seconds=1)
        await intake.database["reports"].insert_one(received("silent", NOW))
        assert await listening.listen(NOW + timedelta(minutes=1)) == []


async def test_the_first_sender_of_a_new_platform_is_known_at_the_next_look(settings_env: dict[str, str]) -> None:
    told: list[set[str]] = []

    async def tell(standing: Mapping[str, CountySenders], _: datetime) -> None:
        told.append(set(standing))

    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        listening = Listening(Reports(intake.database), nobody, tell, every=60)
        for minutes in (0, 1):
            await listening.listen(NOW + timedelta(minutes=minutes))
            await listening.tell(NOW)
            await intake.database["reports"].insert_one(received("new", NOW))
    assert told == [set(), {"chiayi-county"}]


async def nobody() -> set[str]:
    """No agency is suspended."""
    return set()


async def tells_no_county(counties: Mapping[str, CountySenders], now: datetime) -> None:
    """Who is silent stays here."""


async def test_the_silence_of_a_suspended_agency_is_no_alarm(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    async with running(env) as intake:
        await intake.database["reports"].insert_many(hourly("gone", NOW - timedelta(hours=6)))
        reports, agencies = Reports(intake.database), Agencies(intake.database)
        assert await Listening(reports, agencies.suspended, tells_no_county, every=60).listen(NOW) == []
        assert len(await Listening(reports, nobody, tells_no_county, every=60).listen(NOW)) == 1


class Told:
    """Takes what counties are told, as Kafka would; may be away."""

    def __init__(self) -> None:
        self.events: list[SendersHeard] = []
        self.away = False

    async def __call__(self, event: Outgoing) -> None:
        if self.away:
            raise ConnectionError
        assert event.topic == COUNTS.name
        self.events.append(SendersHeard.model_validate_json(event.data))

    def take(self) -> list[tuple[str, list[str], int]]:
        taken, self.events = self.events, []
        return [(each.county, [one.agency_id for one in each.silent], each.heard) for each in taken]


async def test_each_county_is_told_of_its_own_senders_when_that_changes(settings_env: dict[str, str]) -> None:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        await intake.database["reports"].insert_many(
            [
                *hourly("clinic", NOW - timedelta(hours=6)),
                *hourly("ward", NOW - timedelta(minutes=40)),
                *hourly("ward", NOW - timedelta(minutes=40), county="tainan-city"),
            ]
        )
        told = Told()
        heard = Heard(told, every=180)
        listening = Listening(Reports(intake.database), nobody, heard.tell, every=60)
        for seconds, expected in (
            (0, [("chiayi-county", ["clinic"], 1), ("tainan-city", [], 1)]),
            (60, []),
            (190, [("chiayi-county", ["clinic"], 1), ("tainan-city", [], 1)]),
        ):
            at = NOW + timedelta(seconds=seconds)
            await listening.listen(at)
            await listening.tell(at)
            assert told.take() == expected
        await intake.database["reports"].insert_one(received("clinic", NOW))
        at = NOW + timedelta(seconds=200)
        await listening.listen(at)
        told.away = True
        with pytest.raises(ConnectionError):
            await listening.tell(at)
        told.away = False
        await listening.tell(at)
        assert told.take() == [("chiayi-county", [], 2)]


async def test_the_snapshot_reaches_kafka(settings_env: dict[str, str], parts: Parts, names: Names) -> None:
    async with running(settings_env) as intake:
        await intake.database["reports"].insert_many(hourly("clinic", NOW - timedelta(hours=6)))
    async with running(settings_env, listen_seconds=0.2):
        consumer = AIOKafkaConsumer(bootstrap_servers=parts.kafka, auto_offset_reset="earliest", group_id=str(uuid4()))
        consumer.subscribe([names.topics + COUNTS.name])
        await consumer.start()
        try:
            async with asyncio.timeout(30):
                while True:
                    record = await consumer.getone()
                    if dict(record.headers)["ce_type"] == b"senders.heard":
                        break
        finally:
            await consumer.stop()
        told = SendersHeard.model_validate_json(record.value)
        assert (record.key.decode(), told.county) == ("chiayi-county", "chiayi-county")
        assert [(each.agency_id, each.source_unit) for each in told.silent] == [("clinic", "medical")]


async def test_an_officer_sees_them_and_an_agency_does_not(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED, "callers": json.dumps(CALLERS)}
    async with running(env) as intake:
        await intake.database["reports"].insert_many(hourly("silent", NOW - timedelta(hours=6)))
    async with running(env) as intake:
        headers = {"authorization": "Bearer officer-token"}

        async def named() -> list[Any]:
            answer = await intake.http.get("/v1/agencies/silent", headers=headers)
            return [each["agency_id"] for each in answer.json()["agencies"]]

        await until(named)
        assert await named() == ["silent"]
        assert (await intake.http.get("/v1/agencies/silent")).status_code == 401
        assert SILENT._value.get() == 1
