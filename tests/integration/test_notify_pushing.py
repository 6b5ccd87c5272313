"""From an event to a message in the right group: none lost, none seen twice, whatever LINE and the process do."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts.cases import CaseId, LeadOffered
from contracts.decisions import Because, DecisionMade, Outcome
from contracts.enrolments import EnrolmentAdvanced
from contracts.event import BlindIndex, Sealed
from contracts.reports import CaseType, ReportId, SourceUnit
from contracts.tasks import TaskPressing
from contracts.topics import CASES, DECISIONS, ENROLMENTS, TASKS
from kit import mongo
from kit.telemetry import carried, spanning
from notify.escalation import running
from notify.settings import Settings
from notify.store import Deliveries, Delivery
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    Wire,
    group_of,
    happened,
    joined,
    on_stage,
    opened,
)
from tests.integration.notify_stage import (
    settings_of as told_of,
)
from tests.parts import Names, Parts
from tests.waiting import until

pytestmark = pytest.mark.real
POLICE, WINDOW = "chiayi-county/police", "chiayi-county/window"


@pytest.fixture(autouse=True)
def _nobody_is_asked_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails or waits is taken to the next one at once: `test_notify_escalation` is about that."""
    monkeypatch.setattr(running, "LOOK_EVERY", 3_600)


def settings_of(env: Mapping[str, str], **more: object) -> Settings:
    """On a real Kafka, as the other files of notify's are not."""
    return told_of(env, kafka_bootstrap=env["kafka_bootstrap"], **more)


@pytest.fixture
def wire(parts: Parts, names: Names) -> Wire:
    return Wire(parts.kafka, names.topics)


async def state_of(stage: Stage, report_id: str) -> str:
    return ",".join(sorted(one["state"] for one in await stage.deliveries(report_id=report_id)))


async def test_a_new_case_is_told_to_its_lead_and_its_collaborators(settings_env: dict[str, str], wire: Wire) -> None:
    line, case = FakeLine(), opened(collaborators=[POLICE])
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: len(line.seen) == 2)
        assert {group for group, _ in line.seen} == {group_of(LEAD), group_of(POLICE)}
        await until(lambda: _is(stage, case.report_id, "sent,sent"))
        listed = await stage.deliveries(report_id=case.report_id)
        assert {one["template"] for one in listed} == {"new_case", "take_part"}
        assert all(one["sent_at"] and one["attempts"] == 1 for one in listed)
        assert [one["unit"] for one in await stage.deliveries("police", report_id=case.report_id)] == [POLICE]
        published = await wire.published(stage)
    assert {one["type"] for one in published} == {"delivery.sent"}
    assert {one["delivery_id"] for one in published} == set(line.accepted)


async def _is(stage: Stage, report_id: str, states: str) -> bool:
    return await state_of(stage, report_id) == states


async def test_a_report_about_a_family_in_service_reaches_lead_supervisor_and_only_new_units_once(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case = FakeLine(), opened(collaborators=[POLICE])
    again = joined(case, added=["chiayi-county/protection"])
    async with on_stage(settings_of(settings_env), line) as stage:
        for _ in range(3):
            await wire.send(CASES, again, id="the-re-report")
        await until(lambda: _is(stage, again.report_id, "sent,sent,sent"))
        listed = await stage.deliveries(case_id=case.case_id)
    told = sorted((one["unit"], one["template"]) for one in listed)
    assert told == [
        ("chiayi-county/protection", "take_part"),
        (LEAD, "re_report"),
        (WINDOW, "re_report_in_service"),
    ]
    [seen] = [json.dumps(body, ensure_ascii=False) for group, body in line.seen if group == group_of(WINDOW)]
    assert "須回應單位:社福中心" in seen
    assert "postback" not in seen


async def test_a_pressing_task_a_handover_and_a_crisis_reach_their_groups_once_and_name_no_report(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case = FakeLine(), CaseId(str(uuid4()))
    at = datetime.now(UTC)
    over = TaskPressing(task_id=str(uuid4()), county="chiayi-county", case_id=case, what="child.grade", unit=LEAD,
                        step=100, due_at=at, pressing_at=at)  # fmt: skip
    offered = LeadOffered(case_id=case, version=3, county="chiayi-county", handover_id="h", unit=LEAD, to_unit=POLICE,
                          owed=3, offered_at=at)  # fmt: skip
    crisis = EnrolmentAdvanced(
        enrolment_id=str(uuid4()), county="chiayi-county", programme="school_self_harm", version=2, unit=LEAD,
        case_id=case, stage="crisis", answer="is_act", calls=(LEAD, POLICE), priority=1, due_at=at, advanced_at=at,
    )  # fmt: skip
    async with on_stage(settings_of(settings_env), line) as stage:
        for _ in range(3):
            await wire.send(TASKS, over, id="the-step")
            await wire.send(CASES, offered, id="the-offer")
            await wire.send(ENROLMENTS, crisis, id="the-stage")
        await until(lambda: _all_sent(stage, case, 4))
        told = sorted((one["unit"], one["template"], one["report_id"]) for one in await stage.deliveries(case_id=case))
    called = [(LEAD, "enrolment_called", None), (POLICE, "enrolment_called", None)]
    assert told == sorted([(LEAD, "task_over", None), (POLICE, "lead_offered", None), *called])
    assert len(line.seen) == 4
    assert sum(f"/enrolments/{crisis.enrolment_id}" in json.dumps(body) for _, body in line.seen) == 2


async def _all_sent(stage: Stage, case: CaseId, count: int) -> bool:
    return [one["state"] for one in await stage.deliveries(case_id=case)] == ["sent"] * count


async def test_the_same_event_from_kafka_again_sends_no_second_message(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case, marker = FakeLine(), opened(), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        for _ in range(5):
            await wire.send(CASES, case, id="the-same-event")
        await until(lambda: len(line.seen) == 1)
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case, id="the-same-event")
        await wire.send(CASES, marker)
        await until(lambda: _is(stage, marker.report_id, "sent"))
        await asyncio.sleep(1)
        assert len(await stage.deliveries(report_id=case.report_id)) == 1
    assert len(line.seen) == 2


async def test_a_line_that_loses_answers_and_bursts_500_shows_each_message_once(
    settings_env: dict[str, str], wire: Wire
) -> None:
    chance = random.Random(7)
    faults = [*["accepted_then_lost"] * 20, *["500"] * 15, *["lost"] * 10, *["rate"] * 5, *["busy"] * 5, *[None] * 45]
    line = FakeLine(lambda _: chance.choice(faults))
    cases = [opened(number) for number in range(300)]
    async with on_stage(settings_of(settings_env, line_backoff_seconds=0.01), line) as stage:
        await wire.send(CASES, *cases)
        documents = stage.documents

        async def all_sent() -> bool:
            return await documents.count_documents({"state": "sent"}) == 300

        await until(all_sent, 60)
        repeated = [one async for one in documents.find({"attempts": {"$gt": 1}, "line_request_id": None})]
        published = await wire.published(stage)
    assert len(line.seen) == 300
    assert repeated == [], "409 tells the first request's id"
    assert Counter(one["delivery_id"] for one in published) == Counter(line.accepted.keys())


async def test_two_replicas_share_the_work_and_show_each_message_once(settings_env: dict[str, str], wire: Wire) -> None:
    line = FakeLine(slow=0.01)
    cases = [opened(number) for number in range(200)]
    here, there = settings_of(settings_env), settings_of(settings_env, port=8001)
    async with on_stage(here, line) as stage, on_stage(there, line):
        await wire.send(CASES, *cases)
        documents = stage.documents

        async def all_sent() -> bool:
            return await documents.count_documents({"state": "sent"}) == 200

        await until(all_sent, 60)
        holders = await documents.distinct("holder")
    assert len(line.seen) == 200
    assert len(line.asked) == 200, "the lease kept the second replica from asking at all"
    assert len(holders) >= 1


async def test_one_look_for_one_message_and_one_for_each_hands_full_of_many(
    settings_env: dict[str, str], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks again for what cannot be there, and who has put down what it held looks for the rest at once."""
    looks, look = [], Deliveries.claim

    async def counted(*asked: Any, **how: Any) -> list[Delivery]:
        looks.append(how.get("by", "line"))
        return await look(*asked, **how)

    monkeypatch.setattr(Deliveries, "claim", counted)
    monkeypatch.setattr("notify.pusher.POLL_SECONDS", 3_600)
    line = FakeLine()
    async with on_stage(settings_of(settings_env, line_concurrency=2), line) as stage:
        await until(lambda: "line" in looks)
        looks.clear()
        await wire.send(CASES, opened())
        await until(lambda: len(line.seen) == 1)
        await asyncio.sleep(0.5)
        assert looks.count("line") == 1
        await wire.send(CASES, *[opened(number) for number in range(1, 61)])
        await until(lambda: len(line.seen) == 61)
        documents = stage.documents
        await until(lambda: _are_sent(documents, 61))


async def _are_sent(documents: mongo.Collection, number: int) -> bool:
    return await documents.count_documents({"state": "sent"}) == number


async def test_what_was_queued_before_a_crash_is_sent_by_the_next_process(
    settings_env: dict[str, str], wire: Wire
) -> None:
    """As `kill -9` leaves it: LINE has the message, we have a lease and no answer."""
    line, case = FakeLine(lambda _: "accepted_then_lost"), opened()
    slow = settings_of(settings_env, line_backoff_seconds=200)
    async with on_stage(slow, line) as stage:
        await wire.send(CASES, case)
        await until(lambda: len(line.seen) == 1)
        documents = stage.documents
        await until(lambda: _has_pause(documents))
    line.fault = lambda _: None
    async with on_stage(slow, line) as stage:
        await until(lambda: _is(stage, case.report_id, "sent"), 10)
    assert len(line.seen) == 1
    assert len(line.asked) == 2


async def _has_pause(documents: mongo.Collection) -> bool:
    later = datetime.now(UTC) + timedelta(seconds=60)
    return await documents.count_documents({"next_attempt_at": {"$gt": later}}) == 1


async def test_another_replica_takes_over_when_a_lease_runs_out(settings_env: dict[str, str], wire: Wire) -> None:
    line, case = FakeLine(), opened()
    line.fault = lambda _: "lost"
    async with on_stage(settings_of(settings_env, line_backoff_seconds=100), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: _has_pause_at_all(stage.documents))
        line.fault = lambda _: None
    async with on_stage(settings_of(settings_env, port=8001), line) as stage:
        soon = datetime.now(UTC) + timedelta(seconds=1)
        await stage.documents.update_one({}, {"$set": {"next_attempt_at": soon, "holder": "a-host-that-died:1"}})
        await until(lambda: _is(stage, case.report_id, "sent"), 10)
    assert len(line.seen) == 1


async def _has_pause_at_all(documents: mongo.Collection) -> bool:
    return await documents.count_documents({"history.what": "again after no_answer"}) == 1


@pytest.mark.parametrize(("fault", "reason"), [("400", "refused"), ("no_receiver", "unknown_group")])
async def test_what_line_refuses_fails_visibly_and_is_never_tried_again(
    settings_env: dict[str, str], wire: Wire, fault: str, reason: str
) -> None:
    line, case = FakeLine(lambda _: fault), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: _is(stage, case.report_id, "failed"))
        (listed,) = await stage.deliveries(report_id=case.report_id)
        (published,) = await wire.published(stage)
        await asyncio.sleep(1)
    assert listed["reason"] == reason
    assert (published["type"], published["reason"]) == ("delivery.failed", reason)
    assert len(line.asked) == 1


async def test_a_rate_limit_is_waited_out(settings_env: dict[str, str], wire: Wire) -> None:
    answers = iter(["rate", "busy", "rate"])
    line, case = FakeLine(lambda _: next(answers, None)), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: _is(stage, case.report_id, "sent"))
    assert len(set(line.asked)) == 1
    assert len(line.asked) == 4


async def test_a_unit_without_a_group_and_a_transfer_to_nowhere_fail_visibly(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case = FakeLine(), opened(collaborators=["chiayi-county/labour"])
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: _is(stage, case.report_id, "failed,sent"))
        published = await wire.published(stage)
    failed = next(one for one in published if one["type"] == "delivery.failed")
    assert (failed["unit"], failed["reason"]) == ("chiayi-county/labour", "unknown_group")


async def test_a_group_that_removed_us_fails_visibly_until_we_are_back(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, before, after = FakeLine(), opened(), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        assert (await stage.webhook(happened("leave", group_of(LEAD)))).status_code == 200
        await asyncio.sleep(0.5)
        await wire.send(CASES, before)
        await until(lambda: _is(stage, before.report_id, "failed"))
        await stage.webhook(happened("join", group_of(LEAD)))
        await asyncio.sleep(0.5)
        await wire.send(CASES, after)
        await until(lambda: _is(stage, after.report_id, "sent"))
    assert len(line.seen) == 1


async def test_a_doubtful_delivery_expires_before_line_forgets_its_retry_key(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case = FakeLine(lambda _: "500"), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        await until(lambda: len(line.asked) > 1)
        long_ago = datetime.now(UTC) - timedelta(hours=23)
        await stage.documents.update_one({}, {"$set": {"first_tried_at": long_ago}})
        await until(lambda: _is(stage, case.report_id, "failed"))
        (listed,) = await stage.deliveries(report_id=case.report_id)
    assert listed["reason"] == "expired"


async def test_one_trace_runs_from_the_cause_to_the_push(
    settings_env: dict[str, str], wire: Wire, spans: InMemorySpanExporter
) -> None:
    line, case = FakeLine(), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        with spanning("POST /v1/reports") as root:
            await wire.send(CASES, case, trace=carried())
        await until(lambda: _is(stage, case.report_id, "sent"))
        await wire.published(stage)
    push = next(span for span in spans.get_finished_spans() if span.name == "LINE push")
    assert push.context
    assert push.context.trace_id == root.get_span_context().trace_id
    assert push.kind.name == "CLIENT"


def a_transfer(canary: str) -> DecisionMade:
    now = datetime.now(UTC)
    return DecisionMade(
        report_id=ReportId(f"transfer-{random.random()}"),
        county=COUNTY,
        agency_id="police",
        source_unit=SourceUnit.POLICE,
        case_type=CaseType.SEXUAL_ASSAULT_MINOR,
        outcome=Outcome.TRANSFERRED,
        priority=2,
        transferred_to="yunlin-county",
        because=(Because(row="strangulation", zh=canary, en=canary, facts={"subject": canary}),),
        family=(BlindIndex(canary),),
        sealed={"report": Sealed(canary)},
        received_at=now,
        decided_at=now,
        decided_by=canary,
    )


async def test_nothing_personal_reaches_line_a_log_a_span_or_an_event(
    settings_env: dict[str, str], wire: Wire, spans: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]
) -> None:
    canary = "林小美Q222222220"
    answers = iter(["500", "400"])
    line, told = FakeLine(lambda _: next(answers, None)), a_transfer(canary)
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(DECISIONS, told)
        await until(lambda: _is(stage, told.report_id, "failed"))
        again = a_transfer(canary)
        await wire.send(DECISIONS, again)
        await until(lambda: _is(stage, again.report_id, "sent"))
        documents: list[Any] = [one async for one in stage.documents.find({})]
        published = await wire.published(stage)
    assert line.seen[0][0] == group_of("other-counties/yunlin-county")
    outside = [*map(repr, documents), json.dumps(published), *(body.decode() for body in line.bodies)]
    outside += [span.to_json() for span in spans.get_finished_spans()] + list(capsys.readouterr())
    for text in outside:
        for word in (canary, "strangulation", "sexual", ascii(canary)[1:-1]):
            assert word not in text
