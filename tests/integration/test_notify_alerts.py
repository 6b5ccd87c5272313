"""What nobody has answered, on its page: who was asked, who is next; taken on there by name, once, by whose it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pytest_asyncio import fixture

from tests.integration.notify_messages import NOW, POLICE, asked, message
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, on_stage, settings_of

pytestmark = pytest.mark.real
WINDOW = f"{COUNTY}/window"


@fixture
async def stage(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), FakeLine()) as running:
        await running.send("PUT", "/v1/rota", "supervisor", unit=WINDOW, duty="supervisor", turns=turns("李督導"))
        yield running


def turns(*people: str) -> dict[str, Any]:
    return {"people": list(people), "since": "2020-01-01"}


async def test_a_page_tells_who_was_asked_and_who_is_next_and_the_first_to_take_it_on_has_it(stage: Stage) -> None:
    await stage.documents.insert_many([asked("asked111"), message("waiting1", minutes=1)])
    first, second = await stage.visitor("caseworker"), await stage.visitor("second")
    shown = (await first.get("/")).text
    assert shown.index("CASE-ASK") < shown.index("CASE-WAI")
    assert "李督導" in shown and "我不能接" in shown
    assert "我不能接" not in (await second.get("/escalations")).text, "who was not asked cannot be unable"
    assert (await second.get("/escalations/open")).json() == {"open": ["waiting1", "asked111"]}
    answers = [await each.post("/escalations/asked111/acceptance") for each in (first, second)]
    assert [each.status_code for each in answers] == [303, 409]
    assert "caseworker 較快" in answers[1].text
    [told] = await stage.deliveries(case_id="case-asked111")
    assert (told["state"], told["acknowledged_by"], told["bound"]) == ("acknowledged", "caseworker", True)
    document = await stage.documents.find_one({"_id": "asked111"})
    assert document and (document["run"]["state"], document["run"]["next_at"]) == ("answered", None)


async def test_who_was_asked_last_and_cannot_calls_the_next_one_at_once(stage: Stage) -> None:
    await stage.documents.insert_one(asked("asked222"))
    other = await stage.visitor("second")
    assert (await other.post("/escalations/asked222/refusal")).status_code == 409
    assert (await stage.post("/v1/deliveries/asked222/refusal", "caseworker")).status_code == 204
    assert (await stage.post("/v1/deliveries/asked222/refusal", "caseworker")).status_code == 409
    document = await stage.documents.find_one({"_id": "asked222"})
    assert document and document["run"]["unable"] == ["caseworker"]


async def test_nobody_answers_what_is_not_theirs(stage: Stage) -> None:
    window = asked("window11", person="李督導", unit=WINDOW)
    await stage.documents.insert_many([asked("leads111"), window, asked("police11", unit=POLICE)])
    far, police, worker = [await stage.visitor(each) for each in ("far", "police", "caseworker")]
    assert "CASE" not in (await far.get("/")).text
    assert (await far.post("/escalations/leads111/acceptance")).status_code == 404
    assert (await police.post("/escalations/leads111/acceptance")).status_code == 404
    assert "CASE-LEA" not in (await police.get("/")).text
    assert (await worker.post("/escalations/window11/acceptance")).status_code == 403
    assert (await stage.post("/v1/deliveries/window11/acceptance", "officer")).status_code == 200
    assert (await police.post("/escalations/police11/acceptance")).status_code == 303
    await stage.documents.update_one({"_id": "leads111"}, {"$set": {"voided_at": NOW}})
    assert (await worker.post("/escalations/leads111/acceptance")).status_code == 409


async def test_what_never_reached_its_group_is_taken_on_too_and_nothing_says_that_it_was_sent(stage: Stage) -> None:
    lost = asked("lost1111", state="failed", reason="unknown_group", failed_at=NOW, sent_at=None, unit=LEAD)
    await stage.documents.insert_one(lost)
    assert (await stage.post("/v1/deliveries/lost1111/acceptance", "caseworker")).status_code == 200
    document = await stage.documents.find_one({"_id": "lost1111"})
    assert document and (document["state"], document["sent_at"], len(document["outbox"])) == ("acknowledged", None, 1)
