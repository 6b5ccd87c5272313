"""The delivery core on real Kafka and MongoDB: nothing lost, nothing stuck, bad records aside."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import kit.broker
import kit.kafka
import kit.progress
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.errors import KafkaError
from contracts.event import Envelope, Event
from contracts.reports import ReportsCounted
from contracts.topics import COUNTS
from kit import mongo
from kit.dead_letters import DeadLetters, NoLongerKept
from kit.inbox import Handle, NotYet, Permanent, Received, Record
from kit.kafka import Kafka
from kit.outbox import Outbox, Outgoing, entries
from prometheus_client import REGISTRY

from tests.emptying import administering, partitions_of
from tests.parts import Names, Parts
from tests.waiting import until

pytestmark = pytest.mark.fresh_topics
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def counted(county: str, received: int = 1) -> Outgoing:
    event = ReportsCounted(county=county, day="2026-11-22", received=received, counted_at=NOW)
    return Outgoing.of(COUNTS, Envelope.of(event, id=uuid4(), source="/test", time=NOW, trace={}))


class Seen:
    """A handler that notes what it was given, and may be told to fail."""

    def __init__(self, fail: Callable[[Received[Event], int], None] = lambda _, __: None) -> None:
        self.counties: list[str] = []
        self.calls: dict[str, int] = {}
        self._fail = fail

    async def __call__(self, batch: Sequence[Received[Event]]) -> None:
        for each in batch:
            assert isinstance(each.event, ReportsCounted)
            county = each.event.county
            self.calls[county] = self.calls.get(county, 0) + 1
            self._fail(each, self.calls[county])
        self.counties += [each.event.county for each in batch if isinstance(each.event, ReportsCounted)]


@asynccontextmanager
async def reading(parts: Parts, names: Names, handle: Handle) -> AsyncIterator[Kafka]:
    kafka = Kafka(parts.kafka, "dispatch", prefix=names.topics)
    kafka.read({COUNTS: handle})
    async with kafka.running([COUNTS], []):
        await until(lambda: kafka.connected)
        yield kafka


async def begun(kafka: Kafka, seen: Seen) -> Any:
    """Its consumer, which has read a first event."""
    await kafka.publish(counted("chiayi-county", 1))
    await until(lambda: seen.counties == ["chiayi-county"])
    [subscriber] = kafka.broker.subscribers
    return subscriber.consumer  # type: ignore[attr-defined]


async def records_of(parts: Parts, topic: str, count: int) -> list[tuple[bytes | None, dict[str, str]]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=parts.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        found: list[tuple[bytes | None, dict[str, str]]] = []
        async with asyncio.timeout(20):
            while len(found) < count:
                record = await consumer.getone()
                found.append((record.value, {name: value.decode() for name, value in record.headers}))
        return found
    finally:
        await consumer.stop()


async def committed(parts: Parts, names: Names) -> int:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=parts.kafka, group_id=f"{names.topics}dispatch", enable_auto_commit=False
    )
    await consumer.start()
    try:
        return await consumer.committed(TopicPartition(names.topics + COUNTS.name, 0)) or 0
    finally:
        await consumer.stop()


async def test_what_is_published_arrives_as_a_cloud_event_others_can_read(parts: Parts, names: Names) -> None:
    seen = Seen()
    async with reading(parts, names, seen) as kafka:
        await kafka.publish(counted("chiayi-county", 41))
        await until(lambda: seen.counties == ["chiayi-county"])
    [(value, headers)] = await records_of(parts, names.topics + COUNTS.name, 1)
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == "reports.counted"
    assert headers["content-type"] == "application/json"
    assert json.loads(value or b"")["received"] == 41


async def members(parts: Parts, group: str) -> list[str]:
    """The client ids of a group's members."""
    async with administering(parts.kafka) as admin:
        [answer] = await admin.describe_consumer_groups([group])
        return sorted(client for _, client, *_ in answer.groups[0][5])


async def test_who_starts_where_another_was_killed_does_not_wait_for_it_to_be_missed(
    parts: Parts, names: Names
) -> None:
    group, seen = f"{names.topics}dispatch", Seen()
    dead, neighbour = (
        AIOKafkaConsumer(
            names.topics + COUNTS.name, bootstrap_servers=parts.kafka, group_id=group, client_id=f"{group}@{place}",
            heartbeat_interval_ms=500, session_timeout_ms=600_000, enable_auto_commit=False,
        )
        for place in ("here:1", "there:1")
    )  # fmt: skip
    async with reading(parts, names, before := Seen()) as first:
        await begun(first, before)
    for each in (neighbour, dead):
        await each.start()
    try:
        await until(lambda: bool(dead.assignment()) and neighbour._coordinator.generation > 1)
        await kit.broker.break_off(dead)  # as kill -9 leaves it: to Kafka it is a member for ten minutes more
        kafka = Kafka(parts.kafka, "dispatch", prefix=names.topics, place="here:1")
        kafka.read({COUNTS: seen})
        async with kafka.running([COUNTS], []):
            await until(lambda: kafka.connected)
            await kafka.publish(counted("chiayi-city"))
            await until(lambda: seen.counties == ["chiayi-city"])
            assert await members(parts, group) == [f"{group}@here:1", f"{group}@there:1"], "the neighbour stayed"
    finally:
        await neighbour.stop()


async def test_two_of_one_place_in_one_process_are_no_predecessors(parts: Parts, names: Names) -> None:
    ours = [Kafka(parts.kafka, "dispatch", prefix=names.topics, place="here:1") for _ in range(2)]
    for each in ours:
        each.read({COUNTS: Seen()})
    async with ours[0].running([COUNTS], []):
        await until(lambda: ours[0].connected)
        async with ours[1].running([COUNTS], []):
            await until(lambda: ours[1].connected)
            assert len(await members(parts, f"{names.topics}dispatch")) == 2


async def test_a_reader_whose_part_in_its_group_breaks_off_reads_on(parts: Parts, names: Names) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    seen = Seen()
    async with reading(parts, names, seen) as kafka:
        coordinator = (await begun(kafka, seen))._coordinator
        coordinator.ensure_coordinator_known = broken
        coordinator.request_rejoin()
        await until(coordinator._coordination_task.done)
        await kafka.publish(counted("chiayi-city", 1))
        await until(lambda: seen.counties == ["chiayi-county", "chiayi-city"])


async def test_a_reader_that_stops_fetching_without_a_word_is_started_anew(
    parts: Parts, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit.progress, "EVERY", 0.05)
    monkeypatch.setattr(kit.progress, "STILL_SECONDS", 0.5)
    seen = Seen()
    async with reading(parts, names, seen) as kafka:
        fetcher = (await begun(kafka, seen))._fetcher
        fetcher._fetch_task.cancel()
        await asyncio.wait([fetcher._fetch_task, *fetcher._pending_tasks])
        await kafka.publish(counted("chiayi-city", 1))
        await until(lambda: seen.counties == ["chiayi-county", "chiayi-city"])


def _gap(sender: Any) -> None:
    """As an error leaves it that is not tried again."""
    for part in sender._txn_manager._sequence_numbers:
        sender._txn_manager.increment_sequence_number(part, 1)


def _end(sender: Any) -> None:
    def drain(**_: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    sender._message_accumulator.drain_by_nodes = drain


@pytest.mark.parametrize("break_off", [_gap, _end])
async def test_a_writer_that_can_never_write_again_is_replaced(
    parts: Parts, names: Names, break_off: Callable[[Any], None]
) -> None:
    seen = Seen()
    async with reading(parts, names, seen) as kafka:
        await kafka.publish(counted("chiayi-county", 1))
        producer = kafka.broker.config.broker_config.producer._producer.producer  # type: ignore[attr-defined]
        break_off(producer._sender)
        with pytest.raises(KafkaError):
            await kafka.publish(counted("chiayi-county", 2))

        async def is_written() -> bool:
            with suppress(KafkaError):
                await kafka.publish(counted("chiayi-city", 1))
                return True
            return False

        await until(is_written)
        await until(lambda: seen.counties == ["chiayi-county", "chiayi-city"])


async def test_partitions_that_are_added_are_read(parts: Parts, names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit.kafka, "METADATA_MS", 500)
    seen, topic, event = Seen(), names.topics + COUNTS.name, counted("chiayi-city")
    async with reading(parts, names, seen), administering(parts.kafka) as admin:
        before = len(await partitions_of(admin, (topic,)))
        await admin.create_partitions({topic: NewPartitions(before + 1)})
        headers = [(name, value.encode()) for name, value in event.headers.items()]
        async with AIOKafkaProducer(bootstrap_servers=parts.kafka, metadata_max_age_ms=100) as producer:
            await producer.client.force_metadata_update()
            await producer.send_and_wait(topic, event.data, partition=before, headers=headers)
        await until(lambda: seen.counties == ["chiayi-city"])


async def test_bad_records_are_set_aside_and_their_neighbours_are_handled(parts: Parts, names: Names) -> None:
    seen = Seen()
    good = [counted(f"good-{number}") for number in range(3)]
    topic = names.topics + COUNTS.name
    async with reading(parts, names, seen) as kafka:
        producer = AIOKafkaProducer(bootstrap_servers=parts.kafka)
        await producer.start()
        headers = [(name, value.encode()) for name, value in good[0].headers.items()]
        other = [("ce_type", b"reports.dreamt"), ("ce_id", b"x")]
        for value, with_headers in [
            (good[0].data, headers),
            (b"\xff\xfe not utf-8", headers),
            (None, headers),
            (good[0].data, [*headers, ("broken", b"\xff"), ("empty", None)]),
            (b'{"county": 5}', headers),
            (good[1].data, [(n, v) for n, v in headers if n != "ce_id"]),
            (b"no headers", []),
            (b"{}", other),
            (good[2].data, headers),
        ]:
            await producer.send(topic, value, headers=with_headers, key=b"k")
        await producer.stop()
        await until(lambda: seen.counties == ["good-0", "good-0", "good-2"])
        dead = await records_of(parts, f"{topic}.dispatch.dlq", 5)
        assert [headers["dlq_reason"] for _, headers in dead] == [
            "ValidationError",
            "not_a_cloud_event",
            "ValidationError",
            "not_a_cloud_event",
            "not_a_cloud_event",
        ]
        assert dead[0][0] == b"\xff\xfe not utf-8"
        assert dead[0][1]["dlq_offset"] == "1"
    assert kafka.connected is False
    assert await committed(parts, names) == 9


async def test_a_poison_message_is_tried_three_times_alone_and_then_set_aside(parts: Parts, names: Names) -> None:
    def fail(each: Received[Event], _: int) -> None:
        if each.event.subject == "poison":
            raise RuntimeError("Q222222220 must not travel in an error")

    seen = Seen(fail)
    async with reading(parts, names, seen) as kafka:
        await asyncio.gather(*(kafka.publish(counted(name)) for name in ["a", "b", "poison", "c", "d"]))
        await until(lambda: {"a", "b", "c", "d"} <= set(seen.counties))
        [(_, headers)] = await records_of(parts, f"{names.topics}{COUNTS.name}.dispatch.dlq", 1)
    assert headers["dlq_reason"] == "RuntimeError"
    assert headers["dlq_attempts"] == "3"
    assert "Q222222220" not in json.dumps(headers)


async def test_a_message_that_fails_once_is_handled_without_a_dead_letter(parts: Parts, names: Names) -> None:
    def fail(each: Received[Event], call: int) -> None:
        if call == 1:
            raise RuntimeError

    seen = Seen(fail)
    async with reading(parts, names, seen) as kafka:
        await kafka.publish(counted("flaky"))
        await until(lambda: seen.counties == ["flaky"])


async def test_what_can_never_work_is_not_tried_again(parts: Parts, names: Names) -> None:
    def fail(each: Received[Event], _: int) -> None:
        raise Permanent("county_unknown")

    seen = Seen(fail)
    async with reading(parts, names, seen) as kafka:
        await kafka.publish(counted("nowhere"))
        [(_, headers)] = await records_of(parts, f"{names.topics}{COUNTS.name}.dispatch.dlq", 1)
    assert headers["dlq_reason"] == "county_unknown"
    assert seen.calls == {"nowhere": 1}


@pytest.mark.parametrize("away", [mongo.UNAVAILABLE[0], NotYet])
async def test_while_what_a_reader_needs_is_away_the_batch_waits_and_nothing_is_set_aside(
    parts: Parts, names: Names, monkeypatch: pytest.MonkeyPatch, away: type[Exception]
) -> None:
    monkeypatch.setattr("kit.kafka.AWAY_SECONDS", 0.05)

    def fail(each: Received[Event], call: int) -> None:
        if call <= 4:
            raise away("no primary")

    seen = Seen(fail)
    async with reading(parts, names, seen) as kafka:
        await kafka.publish(counted("patient"))
        await until(lambda: seen.counties == ["patient"])
    assert seen.calls == {"patient": 5}
    assert await committed(parts, names) == 1


async def test_an_event_left_in_an_outbox_by_a_crash_is_swept_and_then_taken_out(parts: Parts, names: Names) -> None:
    client = mongo.connect(parts.mongo)
    things = mongo.database(client, names.databases + "kit")["things"]
    seen = Seen()
    async with reading(parts, names, seen) as kafka:
        outbox = Outbox(things, kafka.publish)
        await outbox.prepare()
        left = datetime.now(UTC) - timedelta(seconds=10)
        await things.insert_one({"_id": 1, "outbox": entries([counted("left"), counted("behind")], left)})
        await outbox.sweep()
        await until(lambda: seen.counties == ["left", "behind"])
        await asyncio.gather(*outbox._tasks)
        await outbox.mark()
        assert (await things.find_one({"_id": 1}) or {})["outbox"] == []
    client.close()


async def test_what_has_arrived_and_is_not_marked_yet_is_not_sent_again(parts: Parts, names: Names) -> None:
    things = mongo.database(client := mongo.connect(parts.mongo), names.databases + "kit")["things"]
    sent: list[str] = []

    async def publish(event: Outgoing) -> None:
        sent.append(event.id)

    outbox, event = Outbox(things, publish), counted("once")
    await outbox.prepare()
    await things.insert_one({"_id": 1, "outbox": entries([event], datetime.now(UTC) - timedelta(seconds=10))})
    for _ in range(2):
        await outbox.sweep()
        await asyncio.gather(*outbox._tasks)
    await outbox.mark()
    await outbox.sweep()
    assert (sent, outbox._flying) == ([event.id], set())
    assert (await things.find_one({"_id": 1}) or {})["outbox"] == []
    client.close()


async def test_what_could_not_be_sent_is_sent_once_kafka_is_connected_and_anothers_is_left_alone(
    parts: Parts, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.outbox.SWEEP_EVERY", 3600.0)
    things = mongo.database(client := mongo.connect(parts.mongo), names.databases + "kit")["things"]
    kafka = Kafka(parts.kafka, "intake", prefix=names.topics)
    outbox = Outbox(things, kafka.publish)
    mine, anothers = [{"_id": id, "outbox": entries([counted(id)], datetime.now(UTC))} for id in ("mine", "another's")]
    await things.insert_many([mine, anothers])
    async with kafka.running([COUNTS], [outbox]):
        outbox.send([mine])
        await records_of(parts, names.topics + COUNTS.name, 1)
        await until(lambda: things.count_documents({"outbox": []}))
        assert await things.count_documents({"outbox.0": {"$exists": True}}) == 1
    client.close()


async def test_what_a_command_stores_is_published_by_the_service_that_sweeps(parts: Parts, names: Names) -> None:
    client = mongo.connect(parts.mongo)
    things = mongo.database(client, names.databases + "kit")["things"]
    seen = Seen()
    async with reading(parts, names, seen) as kafka:
        stored = {"_id": 1, "outbox": entries([counted("stored")], datetime.now(UTC) - timedelta(seconds=10))}
        await things.insert_one(stored)
        of_command = Outbox(things)
        of_command.send([stored])
        assert not of_command._flying
        await Outbox(things, kafka.publish).sweep()
        await until(lambda: seen.counties == ["stored"])
    client.close()


async def test_a_service_starts_while_kafka_is_away_and_keeps_what_it_could_not_publish(
    parts: Parts, names: Names
) -> None:
    client = mongo.connect(parts.mongo)
    things = mongo.database(client, names.databases + "kit")["things"]
    kafka = Kafka("127.0.0.1:9", "dispatch", prefix=names.topics)
    outbox = Outbox(things, kafka.publish)
    async with kafka.running([COUNTS], [outbox]):
        document = {"_id": 1, "outbox": entries([counted("kept")], datetime.now(UTC))}
        await things.insert_one(document)
        outbox.send([document])
        await asyncio.sleep(0.3)
        assert len((await things.find_one({"_id": 1}) or {})["outbox"]) == 1
    client.close()


async def test_a_stopped_reader_leaves_nothing_behind_for_the_next_one_to_repeat(parts: Parts, names: Names) -> None:
    first, second = Seen(), Seen()
    async with reading(parts, names, first) as kafka:
        await asyncio.gather(*(kafka.publish(counted(f"{number}")) for number in range(200)))
        await until(lambda: len(first.counties) == 200)
    async with reading(parts, names, second) as kafka:
        await kafka.publish(counted("new"))
        await until(lambda: bool(second.counties))
    assert second.counties == ["new"]


async def test_a_dead_letter_goes_back_once_and_is_then_handled(parts: Parts, names: Names) -> None:
    mended = False

    def fail(each: Received[Event], _: int) -> None:
        if not mended and each.event.subject.startswith("sick"):
            raise Permanent("not_yet_known")

    seen = Seen(fail)
    letters = DeadLetters(parts.kafka, names.topics)
    dlq = COUNTS.dead_letters("dispatch")
    async with reading(parts, names, seen) as kafka:
        for county in ("sick-1", "well", "sick-2"):
            await kafka.publish(counted(county))
        await until(lambda: seen.counties == ["well"])
        await records_of(parts, names.topics + dlq, 2)
        waiting = await letters.listed(dlq)
        assert [(letter.reason, letter.type) for letter in waiting] == [("not_yet_known", "reports.counted")] * 2
        mended = True
        assert await letters.replay(dlq, 1) == waiting[:1]
        await until(lambda: seen.counties == ["well", "sick-1"])
        assert await letters.discard(dlq, 5, "no longer needed") == waiting[1:]
        assert await letters.listed(dlq) == []
        assert await letters.replay(dlq, 5) == []
    assert seen.counties == ["well", "sick-1"]


async def test_a_record_too_large_for_its_dead_letter_is_set_aside_by_reference_and_comes_back_whole(
    parts: Parts, names: Names
) -> None:
    mended = False

    def fail(each: Received[Event], _: int) -> None:
        if not mended and each.event.subject == "huge":
            raise Permanent("not_yet_known")

    seen, huge, letters = Seen(fail), counted("huge"), DeadLetters(parts.kafka, names.topics)
    dlq, before = COUNTS.dead_letters("dispatch"), referred()
    async with reading(parts, names, seen) as kafka:
        # Compressed it fits where nothing of its size does.
        async with AIOKafkaProducer(
            bootstrap_servers=parts.kafka, compression_type="gzip", max_request_size=2**24
        ) as to:
            headers = [(name, value.encode()) for name, value in huge.headers.items()] + [("x", b"a" * 10_000)]
            await to.send_and_wait(names.topics + COUNTS.name, huge.data + b" " * 3_000_000, key=b"k", headers=headers)
        await kafka.publish(counted("behind it"))
        await until(lambda: seen.counties == ["behind it"])
        [(body, said)] = await records_of(parts, names.topics + dlq, 1)
        assert (body, said["dlq_reason"], said["dlq_offset"], "x" in said) == (b"", "not_yet_known", "0", False)
        assert referred() == before + 1
        mended = True
        assert len(await letters.replay(dlq, 5)) == 1
        await until(lambda: seen.counties == ["behind it", "huge"])
        assert await letters.listed(dlq) == []


async def test_one_set_aside_by_reference_that_kafka_let_go_says_so_and_can_be_discarded(
    parts: Parts, names: Names
) -> None:
    letters, dlq = DeadLetters(parts.kafka, names.topics), COUNTS.dead_letters("dispatch")
    async with reading(parts, names, Seen()) as kafka:
        gone = Record(names.topics + COUNTS.name, 0, 7, b"k", b" " * 2_000_000, {})
        said = {"dlq_topic": COUNTS.name, "dlq_partition": "0", "dlq_offset": "7", "dlq_reason": "x"}
        await kafka.set_aside(dlq, gone, said)
    with pytest.raises(NoLongerKept):
        await letters.replay(dlq, 1)
    assert len(await letters.discard(dlq, 1, "it is gone")) == 1


def referred() -> float:
    labels = {"topic": COUNTS.name, "reader": "dispatch"}
    return REGISTRY.get_sample_value("safetynet_dead_letters_by_reference_total", labels) or 0.0


async def test_what_kafka_let_go_while_a_reader_was_away_is_told_and_the_rest_is_handled(
    parts: Parts, names: Names
) -> None:
    def skipped() -> float:
        labels = {"topic": COUNTS.name, "reader": "dispatch"}
        return REGISTRY.get_sample_value("safetynet_consumer_skipped_total", labels) or 0.0

    before = skipped()
    async with reading(parts, names, first := Seen()) as kafka:
        await kafka.publish(counted("handled"))
        await until(lambda: first.counties == ["handled"])
    topic = TopicPartition(names.topics + COUNTS.name, 0)
    async with AIOKafkaProducer(bootstrap_servers=parts.kafka) as producer:
        for number in range(6):
            event = counted(f"missed-{number}")
            headers = [(name, value.encode()) for name, value in event.headers.items()]
            await producer.send_and_wait(topic.topic, event.data, headers=headers, partition=0)
    admin = AIOKafkaAdminClient(bootstrap_servers=parts.kafka)
    await admin.start()
    await admin.delete_records({topic: RecordsToDelete(before_offset=5)})
    await admin.close()
    async with reading(parts, names, second := Seen()):
        await until(lambda: second.counties == ["missed-4", "missed-5"])
    assert skipped() == before + 4
    async with reading(parts, names, third := Seen()) as kafka:
        await kafka.publish(counted("new"))
        await until(lambda: third.counties == ["new"])
    assert skipped() == before + 4
