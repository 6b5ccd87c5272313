"""Taking reports in on the real database: once, durable, sealed, and without Kafka if it must be."""

import asyncio
import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import bson
import pytest
from aiokafka import AIOKafkaConsumer
from contracts.reports import ReportId, ReportReceived, SourceUnit, Submission
from contracts.topics import REPORTS
from intake.app import create_app
from intake.arrivals import Sealing, arrival
from intake.domain.agency import Agency
from intake.handlers import Accepted, Reception
from intake.ledger.numbers import Following
from intake.ledger.store import Ledger
from intake.openapi import example
from intake.settings import Settings
from intake.store import Reports
from kit import mongo
from kit.kafka import PUBLISH_SECONDS
from kit.mongo import Document
from kit.problems import Conflict, Unavailable
from kit.sealed import KeyVault, join
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.integration.intake_running import CANARIES, CLOSED, Running, a_report, running
from tests.parts import Names, Parts
from tests.waiting import until


@pytest.fixture
def without_kafka(settings_env: dict[str, str]) -> dict[str, str]:
    return settings_env | {"kafka_bootstrap": CLOSED}


async def test_a_receipt_says_serial_duty_and_where_to_ask(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        answer = await intake.post(a_report(known_at=datetime.now(UTC).isoformat()))
        assert answer.status_code == 202
        receipt = answer.json()
        assert answer.headers["location"] == f"/v1/reports/{receipt['report_id']}"
        assert set(receipt) == {"report_id", "serial", "received_at", "status", "duty", "flags"}
        assert re.fullmatch(r"CYI-1\d{6}-0001", receipt["serial"])
        assert receipt["duty"]["law"] == "D0050071 s50"
        assert receipt["duty"]["met"] is True
        told = (await intake.http.get(answer.headers["location"])).json()
        assert {name: told[name] for name in ("report_id", "serial", "status")} == {
            name: receipt[name] for name in ("report_id", "serial", "status")
        }


async def test_twenty_clients_with_one_key_make_one_report(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        answers = await asyncio.gather(*(intake.post(key="one") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.content for answer in answers}) == 1
        assert Counter(answer.headers.get("idempotent-replayed") for answer in answers) == {None: 1, "true": 19}
        assert len(await intake.stored()) == 1
        assert await intake.keys.count_documents({}) == 2


async def test_the_same_key_with_another_body_is_a_conflict_and_stores_nothing(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        first = await intake.post(key="one")
        answer = await intake.post(a_report(needs=[]), key="one")
        assert answer.status_code == 409
        assert [each["_id"] for each in await intake.stored()] == [first.json()["report_id"]]
        assert await intake.keys.count_documents({"owner": {"$ne": first.json()["report_id"]}}) == 0
        assert (await intake.post(key="one")).json() == first.json()


async def test_the_same_key_with_another_reference_is_a_conflict(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        assert (await intake.post(a_report(sender_ref="A"), key="one")).status_code == 202
        assert (await intake.post(a_report(sender_ref="B"), key="one")).status_code == 409
        assert (await intake.post(a_report(sender_ref="A", needs=[]), key="two")).status_code == 409
        assert len(await intake.stored()) == 1


async def test_a_reference_is_enough_to_know_a_repeat_and_binds_the_new_key_too(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        first = await intake.post(a_report(sender_ref="A"), key="one")
        for key in (None, "two", "two"):
            again = await intake.post(a_report(sender_ref="A"), key=key)
            assert (again.status_code, again.json()) == (202, first.json())
            assert again.headers["idempotent-replayed"] == "true"
        assert (await intake.post(a_report(sender_ref="B"), key="two")).status_code == 409
        assert len(await intake.stored()) == 1


async def test_a_key_and_a_reference_of_two_reports_are_a_conflict(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        await intake.post(a_report(sender_ref="A"))
        await intake.post(key="one")
        assert (await intake.post(a_report(sender_ref="A"), key="one")).status_code == 409


async def test_agencies_do_not_share_keys_or_references(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        answers = [await intake.post(a_report(sender_ref="A"), key="one", agency=who) for who in ("police", "hospital")]
        assert [answer.status_code for answer in answers] == [202, 202]
        assert len({answer.json()["report_id"] for answer in answers}) == 2


async def test_the_same_report_written_otherwise_is_a_repeat(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        first = await intake.post(key="one")
        other = json.loads(json.dumps(a_report()))
        other["people"][0]["birth_date"] = "0790312"
        again = await intake.post(json.dumps(dict(reversed(other.items())), indent=3).encode(), key="one")
        assert (again.status_code, again.json()) == (202, first.json())


async def test_every_report_of_a_crowd_has_a_serial_of_its_own(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        answers = await asyncio.gather(
            *(intake.post(a_report(county=county)) for county in ("chiayi-county", "tainan-city") * 100)
        )
        serials = {answer.json()["serial"] for answer in answers}
        assert len(serials) == 200
        assert {serial[:4] for serial in serials} == {"CYI-", "TNN-"}


async def test_another_agency_finds_no_report(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        where = (await intake.post()).headers["location"]
        for path, key in ((where, "hospital-key"), ("/v1/reports/none", "police-key")):
            answer = await intake.http.get(path, headers={"authorization": f"Bearer {key}"})
            assert answer.status_code == 404
            assert "report_id" not in answer.text


async def test_a_key_is_told_who_it_is(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka) as intake:
        answer = await intake.http.get("/v1/agencies/me", headers={"authorization": "Bearer school-key"})
        assert answer.json() == {
            "agency_id": "school",
            "source_unit": "education",
            "counties": ["chiayi-county"],
            "sandbox": False,
        }


async def test_without_kafka_a_report_is_accepted_at_once_and_published_when_it_returns(
    without_kafka: dict[str, str], parts: Parts, names: Names
) -> None:
    async with running(without_kafka) as intake:
        async with asyncio.timeout(PUBLISH_SECONDS / 3):
            answer = await intake.post()
        assert answer.status_code == 202
        assert (await intake.http.get("/readyz")).status_code == 200
        assert len((await intake.stored())[0]["outbox"]) == 1
    async with running(without_kafka | {"kafka_bootstrap": parts.kafka}) as intake:
        await until(lambda: no_outbox(intake))
    ((key, event),) = await published(parts, names, 1)
    assert event.report_id == answer.json()["report_id"] == key


async def test_a_crash_between_commit_and_publish_loses_nothing(
    settings_env: dict[str, str], parts: Parts, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings_env) as intake:
        with monkeypatch.context() as crash:
            crash.setattr("kit.outbox.Outbox.send", lambda *_: None)
            answer = await intake.post()
            assert (await intake.stored())[0]["outbox"]
        await until(lambda: no_outbox(intake))
    ((_, event),) = await published(parts, names, 1)
    assert event.report_id == answer.json()["report_id"]


async def test_no_personal_value_is_in_the_document_or_the_event_in_clear(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    async with running(settings_env) as intake:
        await intake.post(key="Q222222220")
        document = (await intake.stored())[0]
        await until(lambda: no_outbox(intake))
        vault = KeyVault(intake.keys, Settings.model_validate(settings_env).key_bytes("master_key"))
        ((_, event),) = await published(parts, names, 1)
        raw = bson.encode(document) + event.model_dump_json().encode()
        for canary in CANARIES:
            assert canary.encode() not in raw
            assert json.dumps(canary)[1:-1].encode() not in raw
        whole = event.report.model_dump(mode="json", exclude_defaults=True)
        for scope, token in event.sealed.items():
            (values,) = await vault.open([token], scope)
            assert values
            whole = join(whole, values)
        posted = Submission.model_validate(a_report()).model_dump(mode="json", exclude_defaults=True)
        assert whole == posted


async def test_the_event_is_what_its_contract_says(settings_env: dict[str, str], parts: Parts, names: Names) -> None:
    async with running(settings_env) as intake:
        receipt = (await intake.post(a_report(sender_ref="A-1", known_at=datetime.now(UTC).isoformat()))).json()
        await until(lambda: no_outbox(intake))
    ((_, event),) = await published(parts, names, 1)
    assert (event.serial, event.agency_id, event.source_unit) == (receipt["serial"], "police", SourceUnit.POLICE)
    assert event.received_at == datetime.fromisoformat(receipt["received_at"])
    assert event.report.sender_ref is None
    assert set(event.sealed) == {"report", "reporter", "sender"}
    assert event.duty is not None
    assert event.duty.model_dump(mode="json") == receipt["duty"]
    assert event.model_fields_set == set(ReportReceived.model_fields)


async def test_the_trace_of_a_post_goes_on_in_its_event(
    settings_env: dict[str, str], parts: Parts, names: Names, spans: InMemorySpanExporter
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    async with running(settings_env) as intake:
        await intake.post(traceparent=f"00-{trace}-b7ad6b7169203331-01")
        outbox = (await intake.stored())[0]["outbox"]
        await until(lambda: no_outbox(intake))
    served = [span for span in spans.get_finished_spans() if span.name == "POST /v1/reports"]
    assert [f"{span.context.trace_id:032x}" for span in served] == [trace], [s.to_json() for s in served]
    assert outbox[0]["headers"]["traceparent"].split("-")[1] == trace


async def test_when_too_much_waits_the_answer_is_to_come_again(without_kafka: dict[str, str]) -> None:
    async with running(without_kafka, most_waiting=1) as intake:
        answers = await asyncio.gather(*(intake.post() for _ in range(40)))
        refused = [answer for answer in answers if answer.status_code == 503]
        assert refused
        assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
        assert len(await intake.stored()) == 40 - len(refused)


async def test_when_the_database_is_away_nothing_is_promised(
    without_kafka: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> set[int]:
        raise mongo.UNAVAILABLE[0]("away")

    async with running(without_kafka) as intake:
        with monkeypatch.context() as outage:
            outage.setattr("intake.store.Reports.add", away)
            answer = await intake.post(key="one")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await intake.post(key="one")).status_code == 202


class NotYetDurable(Reports):
    """Reports whose first copy the majority does not have for some looks."""

    looks = 3

    async def holders(self, claims: Any) -> dict[str, Document]:
        self.looks -= 1
        return {} if self.looks >= 0 else await super().holders(claims)


@pytest.mark.parametrize(("looks", "kind"), [(3, Accepted), (99, Unavailable)])
async def test_a_repeat_is_answered_only_once_its_first_copy_is_durable(
    settings_env: dict[str, str], looks: int, kind: type
) -> None:
    settings = Settings.model_validate(settings_env)
    client = mongo.connect(settings.mongo_url)
    reports = NotYetDurable(mongo.database(client, settings.database_prefix + "intake"))
    vault = KeyVault(client[settings.database_prefix + "keyvault"]["keys"], settings.key_bytes("master_key"))
    await reports.prepare()
    reports.looks = looks
    following = Following(Ledger(mongo.database(client, settings.database_prefix + "intake")))
    reception = Reception(reports, vault, following, lambda _: None, most_waiting=9)
    agency = Agency("police", SourceUnit.POLICE, frozenset("*"))
    sealing, submission = Sealing(vault, settings.key_bytes("blind_index_key")), Submission.model_validate(example())
    first = await reception.accept(arrival(sealing, agency, submission, "one", datetime.now(UTC)))
    repeat = arrival(sealing, agency, submission, "one", datetime.now(UTC))
    answer = (await asyncio.gather(reception.accept(repeat), return_exceptions=True))[0]
    assert isinstance(answer, kind)
    assert not isinstance(answer, Accepted) or answer.receipt == first.receipt
    client.close()


async def test_an_erased_report_cannot_be_confirmed_by_sending_it_again(settings_env: dict[str, str]) -> None:
    settings = Settings.model_validate(settings_env | {"kafka_bootstrap": CLOSED})
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        id = (await intake.post(key="one")).json()["report_id"]
        reports = Reports(intake.database)
        assert await reports.erase(id, "court_order", datetime.now(UTC))
        vault = KeyVault(intake.keys, settings.key_bytes("master_key"))
        await reports.erased(id, await vault.destroy(id), datetime.now(UTC))
        document = (await intake.stored())[0]
        assert await vault.open(list(document["sealed"].values())) == [None, None]
        note = await intake.database["erasures"].find_one({"_id": id})
        assert note is not None
        assert (note["reason"], note["keys"]) == ("court_order", 2)
        assert (await intake.post(key="one")).status_code == Conflict.status
        assert (await intake.http.get(f"/v1/reports/{id}")).status_code == 200


def test_the_service_is_described_without_any_part_running(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED, "mongo_url": "mongodb://127.0.0.1:9/"}
    assert create_app(Settings.model_validate(env)).openapi()["openapi"].startswith("3.1")


async def no_outbox(intake: Running) -> bool:
    return not any(document["outbox"] for document in await intake.stored())


async def published(parts: Parts, names: Names, count: int) -> list[tuple[ReportId, ReportReceived]]:
    topic = names.topics + REPORTS.name
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=parts.kafka, auto_offset_reset="earliest", group_id=str(uuid4())
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            records = [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()
    return [(ReportId(each.key.decode()), ReportReceived.model_validate_json(each.value)) for each in records]
