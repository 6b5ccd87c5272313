"""What the window asks the sender of a report: told with the status and by webhook, opened for that sender alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import pytest
from contracts.decisions import SenderAnswered, SenderAsked
from contracts.event import Event
from contracts.reports import ReportId
from contracts.topics import DECISIONS
from intake.domain.remarks import questions
from intake.handlers import Feedback
from intake.settings import Settings
from intake.store import Reports
from kit.sealed import KeyVault

from tests.integration.intake_feedback import COUNTY, received, send
from tests.integration.intake_running import CLOSED, Running, running, tells_nobody
from tests.integration.webhook_receiver import LOCAL, receiver, subscribe
from tests.parts import Names, Parts
from tests.waiting import until

WORDS = "小寶現在人在哪裡？"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
DUE = AT + timedelta(hours=4)


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


def asked(id: str, agency: str = "police", **question: Any) -> SenderAsked:
    return SenderAsked(report_id=ReportId(id), county=COUNTY, agency_id=agency, asked_at=AT, due_at=DUE, **question)


def answered(id: str, at: datetime) -> SenderAnswered:
    return SenderAnswered(report_id=ReportId(id), county=COUNTY, agency_id="police", answered_at=at)


async def sealed(intake: Running, env: dict[str, str], id: str) -> dict[str, Any]:
    """The officer's words as dispatch seals them."""
    key = KeyVault(intake.keys, Settings.model_validate(env).key_bytes("master_key")).new_key(id, "report")
    await intake.keys.insert_one(key.document)
    return {"question_sealed": key.seal({"reason": WORDS})}


async def told(intake: Running, id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await intake.http.get(f"/v1/reports/{id}")).json()["questions"]
    return found


async def take(intake: Running, *events: Event) -> None:
    await Feedback(Reports(intake.database), lambda _: None, tells_nobody).on_events(received(*events))


async def test_a_question_travels_from_kafka_to_its_sender_and_the_webhook_carries_no_word_of_it(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    async with running(settings_env | {"webhook_networks": LOCAL}) as intake, receiver() as agency:
        await subscribe(intake, agency.url)
        report = (await intake.post()).json()
        id = report["report_id"]
        assert await told(intake, id) == []
        await asyncio.sleep(2.1)
        await send(parts, names, DECISIONS, asked(id, **await sealed(intake, settings_env, id)))
        await until(lambda: told(intake, id))
        (question,) = await told(intake, id)
        assert (question["words"], question["question"], question["answered_at"]) == (WORDS, None, None)
        assert datetime.fromisoformat(question["due_at"]) == DUE

        async def pushed() -> list[Any]:
            return agency.got

        await until(pushed)
        body = json.loads(agency.got[0][1])
        assert body["type"] == "report.asked"
        assert set(body["data"]) == {"report_id", "serial", "asked_at", "due_at"}
        assert body["data"]["serial"] == report["serial"]
        assert WORDS.encode() not in bson.encode((await intake.stored())[0])
        await send(parts, names, DECISIONS, answered(id, AT + timedelta(hours=1)))

        async def closed() -> Any:
            return (await told(intake, id))[0]["answered_at"]

        await until(closed)


async def test_the_same_question_delivered_twice_is_asked_once(intake: Running) -> None:
    id = (await intake.post()).json()["report_id"]
    batch = received(asked(id, question="where_is_the_child_now"), answered(id, AT + timedelta(minutes=5)))
    feedback = Feedback(Reports(intake.database), lambda _: None, tells_nobody)
    for _ in range(2):
        await feedback.on_events(batch)
    (question,) = await told(intake, id)
    assert (question["question"], question["words"]) == ("where_is_the_child_now", None)
    assert datetime.fromisoformat(question["answered_at"]) == AT + timedelta(minutes=5)
    (document,) = await intake.stored()
    assert len(document["answers"]) == 1


async def test_a_question_in_another_agencys_name_is_not_noted(intake: Running) -> None:
    id = (await intake.post()).json()["report_id"]
    await take(intake, asked(id, agency="hospital", question="where_is_the_child_now"))
    assert await told(intake, id) == []


async def test_the_words_are_gone_once_the_report_is_erased(intake: Running, settings_env: dict[str, str]) -> None:
    id = (await intake.post()).json()["report_id"]
    await take(intake, asked(id, **await sealed(intake, settings_env, id)))
    assert (await told(intake, id))[0]["words"] == WORDS
    await intake.keys.delete_many({"owner": id})
    (question,) = await told(intake, id)
    assert question["words"] is None


def test_an_answer_answers_every_question_before_it_and_none_after() -> None:
    hours = [AT + timedelta(hours=hour) for hour in range(5)]
    each = [{"at": hours[hour], "due_at": DUE, "question": str(hour), "sealed": None} for hour in (3, 0, 1)]
    shown = {one.question: one.answered_at for one in questions(each, [hours[2], hours[4]])}
    assert shown == {"0": hours[2], "1": hours[2], "3": hours[4]}
    assert [one.answered_at for one in questions(each, [])] == [None] * 3
