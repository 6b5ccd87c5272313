"""What the sender is told of its report, and what dispatch is told of the counts, on real Kafka and MongoDB."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from contracts.decisions import Outcome
from contracts.reports import ReportsCounted
from contracts.topics import CASES, COUNTS, DECISIONS
from intake import store
from intake.counting import Counts
from intake.handlers import Feedback
from intake.settings import Settings
from intake.store import Reports, steps_in
from kit import mongo
from kit.outbox import Outgoing

from tests.integration.intake_feedback import COUNTY, accepted, assessed, decided, received, reviewed, send
from tests.integration.intake_process import command
from tests.integration.intake_running import CLOSED, Running, a_report, running, tells_nobody
from tests.parts import Names, Parts
from tests.waiting import until


async def test_the_sender_follows_its_report_to_acceptance(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    async with running(settings_env) as intake:
        id = (await intake.post()).json()["report_id"]

        async def status_is(*wanted: Any) -> bool:
            told = (await intake.http.get(f"/v1/reports/{id}")).json()
            return (told["status"], told["to_unit_kind"], told["outcome"]) == wanted

        async def service_is(wanted: str) -> bool:
            return bool((await intake.http.get(f"/v1/reports/{id}")).json()["service"] == wanted)

        assert await status_is("received", None, None)
        await until(lambda: ready(intake))
        await send(parts, names, DECISIONS, reviewed(id))
        await until(lambda: status_is("under_review", None, None))
        await send(parts, names, DECISIONS, decided(id, Outcome.PROTECTION, 1, f"{COUNTY}/protection"))
        await until(lambda: status_is("dispatched", "protection", None))
        await send(parts, names, CASES, accepted(id))
        await until(lambda: status_is("accepted", "protection", None))
        await send(parts, names, CASES, assessed("of-another-sender", id))
        await until(lambda: service_is("opened"))
        assert await status_is("accepted", "protection", None)


async def ready(intake: Running) -> bool:
    return not any(document["outbox"] for document in await intake.stored())


@asynccontextmanager
async def one_report(env: dict[str, str]) -> AsyncIterator[tuple[Running, Reports, str]]:
    async with running(env | {"kafka_bootstrap": CLOSED}) as intake:
        id = (await intake.post()).json()["report_id"]
        yield intake, Reports(intake.database), id


async def test_a_late_older_decision_never_overwrites(settings_env: dict[str, str]) -> None:
    async with one_report(settings_env) as (intake, reports, id):
        feedback = Feedback(reports, lambda _: None, tells_nobody)
        second = decided(id, Outcome.PROTECTION, 2, f"{COUNTY}/protection")
        for batch in ([second, decided(id, Outcome.DUPLICATE, 1)], [decided(id, Outcome.TRANSFERRED, 1)], [second]):
            await feedback.on_events(received(*batch))
        (document,) = await intake.stored()
        assert [(step.order, step.to_unit_kind) for step in steps_in(document)] == [(2, "protection")]


async def test_feedback_about_an_unknown_report_changes_nothing(settings_env: dict[str, str]) -> None:
    async with one_report(settings_env) as (intake, reports, _):
        await Feedback(reports, lambda _: None, tells_nobody).on_events(received(decided("other", Outcome.DUPLICATE)))
        (document,) = await intake.stored()
        assert "feedback" not in document


class Told:
    """Takes counts as Kafka would; may be away."""

    def __init__(self) -> None:
        self.counts: list[ReportsCounted] = []
        self.away = False

    async def __call__(self, event: Outgoing) -> None:
        if self.away:
            raise ConnectionError
        self.counts.append(ReportsCounted.model_validate_json(event.data))

    def take(self) -> list[tuple[str, int, tuple[str, ...]]]:
        taken, self.counts = self.counts, []
        return [(count.county, count.received, tuple(count.unanswered)) for count in taken]


async def test_one_countys_thousands_hide_nobody_elses_late_reports(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_LATE", 2)
    async with one_report(settings_env) as (intake, reports, _):
        day = (await intake.stored())[0]["day"]
        await intake.database["reports"].delete_many({})
        at = datetime.now(UTC) - timedelta(hours=1)
        many = [("tainan-city", f"t{number}") for number in range(5)] + [(COUNTY, "ours")]
        for seconds, (county, id) in enumerate(many):
            came = {"received_at": at + timedelta(seconds=seconds), "answered": False}
            await intake.database["reports"].insert_one({"_id": id, "county": county, "day": day, **came})
        late = await reports.unanswered([day], datetime.now(UTC))
        assert late == {("tainan-city", day): ("t0", "t1"), (COUNTY, day): ("ours",)}


async def test_a_count_is_told_when_it_changed_and_names_who_waits_too_long(settings_env: dict[str, str]) -> None:
    async with one_report(settings_env) as (intake, reports, id):
        told = Told()
        counts = Counts(reports, told, every=1, late_after=60)
        now = datetime.now(UTC)
        counts.touch((COUNTY, (await intake.stored())[0]["day"]))
        await counts.publish_changed(now)
        assert told.take() == [(COUNTY, 1, ())]
        await counts.publish_changed(now)
        assert told.take() == []
        await counts.publish_changed(now + timedelta(seconds=61))
        assert told.take() == [(COUNTY, 1, (id,))]
        await Feedback(reports, counts.touch, tells_nobody).on_events(received(reviewed(id)))
        await counts.publish_changed(now + timedelta(seconds=63))
        assert told.take() == [(COUNTY, 1, ())]


async def test_a_count_that_kafka_did_not_take_is_told_later(settings_env: dict[str, str]) -> None:
    async with one_report(settings_env) as (intake, reports, _):
        told = Told()
        counts = Counts(reports, told, every=1, late_after=60)
        counts.touch((COUNTY, (await intake.stored())[0]["day"]))
        told.away = True
        for _ in range(2):
            (failed,) = await asyncio.gather(counts.publish_changed(datetime.now(UTC)), return_exceptions=True)
            assert isinstance(failed, ConnectionError)
        told.away = False
        await counts.publish_changed(datetime.now(UTC))
        assert told.take() == [(COUNTY, 1, ())]


async def test_yesterday_is_counted_and_older_days_are_left_alone(settings_env: dict[str, str]) -> None:
    async with one_report(settings_env) as (intake, reports, id):
        told = Told()
        counts = Counts(reports, told, every=1, late_after=60)
        day = (await intake.stored())[0]["day"]
        for days, expected in ((1, [(COUNTY, 1, (id,))]), (2, [])):
            counts.touch((COUNTY, day))
            await counts.publish_changed(datetime.now(UTC) + timedelta(days=days))
            assert told.take() == expected


async def test_counts_reach_kafka(settings_env: dict[str, str], parts: Parts, names: Names) -> None:
    async with running(settings_env, count_seconds=0.1) as intake:
        await asyncio.gather(*(intake.post(a_report(county=county)) for county in (COUNTY, COUNTY, "tainan-city")))
        consumer = AIOKafkaConsumer(bootstrap_servers=parts.kafka, auto_offset_reset="earliest", group_id=str(uuid4()))
        await until(lambda: ready(intake))
        consumer.subscribe([names.topics + COUNTS.name])
        await consumer.start()
        latest: dict[str, int] = {}
        try:
            async with asyncio.timeout(20):
                while latest != {COUNTY: 2, "tainan-city": 1}:
                    record = await consumer.getone()
                    count = ReportsCounted.model_validate_json(record.value)
                    assert record.key.decode() == count.county
                    latest[count.county] = count.received
        finally:
            await consumer.stop()


async def test_an_agency_is_registered_listed_and_may_post_at_once(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    adding = ("agencies", "add", "--id", "clinic", "--unit", "medical", "--county", COUNTY)
    code, shown = await command(env, *adding)
    assert code == 0
    key = shown.split("shown this once: ")[1].strip()
    assert (await command(env, *adding, "--key", "clinic-key"))[0] == 0
    assert await command(env, "agencies", "list") == (0, f"clinic\tmedical\t{COUNTY}\n")
    async with running(env) as intake:
        assert (await intake.post(agency="clinic")).status_code == 202
        assert (await intake.post(authorization=f"Bearer {key}")).status_code == 401
        agencies = [entry async for entry in intake.database["agencies"].find({"_id": "clinic"})]
        assert "clinic-key" not in str(agencies)


async def test_the_erasure_command_destroys_the_keys_of_one_report(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    async with running(env) as intake:
        ids = [(await intake.post()).json()["report_id"] for _ in range(2)]
        assert await command(env, "erase", "--report", ids[0], "--reason", "retention") == (
            0,
            "2 data keys destroyed\n",
        )
        assert await intake.keys.distinct("owner") == [ids[1]]
        assert (await command(env, "erase", "--report", "none", "--reason", "retention"))[0] != 0
        assert await intake.database["erasures"].distinct("_id") == [ids[0]]


async def test_a_withdrawn_agency_is_out_within_seconds(settings_env: dict[str, str], monkeypatch: Any) -> None:
    monkeypatch.setattr("intake.gate.REMEMBERED", 0.2)
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        assert (await intake.post()).status_code == 202
        await intake.database["agencies"].update_one({"_id": "police"}, {"$set": {"active": False}})

        async def is_out() -> bool:
            return (await intake.post()).status_code == 403

        await until(is_out)


async def test_the_indexes_serve_every_question(settings_env: dict[str, str]) -> None:
    settings = Settings.model_validate(settings_env)
    client = mongo.connect(settings.mongo_url)
    database = mongo.database(client, settings.database_prefix + "intake")
    await Reports(database).prepare()
    questions = [
        {"claims": {"$in": ["police ref A"]}},
        {"day": "2026-11-22", "county": COUNTY},
        {"day": {"$in": ["2026-11-22"]}, "received_at": {"$lt": datetime.now(UTC)}, "answered": False},
        {"outbox.at": {"$lt": datetime.now(UTC)}},
    ]
    for question in questions:
        plan = await database.command("explain", {"find": "reports", "filter": question}, verbosity="queryPlanner")
        assert "COLLSCAN" not in json.dumps(plan["queryPlanner"], default=str), question
    client.close()
