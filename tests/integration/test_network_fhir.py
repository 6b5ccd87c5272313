"""FHIR R4 on real MongoDB and Kafka: who is asked reads and answers, and the referral moves as by the API."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from contracts.topics import REFERRALS

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_referring import case_in_hand
from tests.integration.network_stage import COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real
MEDIA = "application/fhir+json"
SERVICE = "mental_health_care"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env | {"fhir": "true"}) as found:
        yield found


async def sent(net: Stage, case_id: str, service: str = SERVICE, to: str = "hope") -> str:
    body = {"county": COUNTY, "name": "希望身心科", "services": [{"id": "a", "service": service}]}
    kept = await net.http.put("/v1/directory/hope", json=body, headers={"Authorization": "Bearer keeper"})
    assert kept.is_success, kept.text
    ask = {"service": service, "case_id": case_id, "note": "canary-note", "to": to, "township": "民雄鄉"}
    return str((await net.did("/v1/referrals", ask, PROTECTION))["referral_id"])


async def put(net: Stage, id: str, status: str, role: str = "partner", over: str = "", **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {role}", "Content-Type": MEDIA} | ({"If-Match": over} if over else {})
    body = {"resourceType": "Task", "id": id, "status": status, "intent": "order"} | more
    return await net.http.put(f"/fhir/Task/{id}", content=json.dumps(body), headers=headers)


async def test_who_is_asked_finds_its_task_and_answers_it_to_the_end(net: Stage) -> None:
    case_id = await case_in_hand(net)
    id = await sent(net, case_id)
    await sent(net, case_id, "counselling")  # no service of a health partner
    bundle = await net.get("/fhir/Task", "partner", status="requested,on-hold")
    [entry] = bundle.json()["entry"]
    task = entry["resource"]
    assert (entry["fullUrl"], bundle.headers["content-type"]) == (f"http://network/fhir/Task/{id}", MEDIA)
    assert (task["id"], task["status"], task["focus"]["reference"]) == (id, "requested", f"ServiceRequest/{id}")
    request = (await net.get(f"/fhir/{task['focus']['reference']}", "partner")).json()
    assert (request["code"]["coding"][0]["code"], request["locationCode"]) == (SERVICE, [{"text": "民雄鄉"}])
    assert case_id not in bundle.text + json.dumps(request) and "canary" not in bundle.text
    assert "entry" not in (await net.get("/fhir/Task", "partner", status="completed")).json()

    read = await net.get(f"/fhir/Task/{id}", "partner")
    assert read.headers["etag"] == 'W/"1"'
    for _ in range(2):  # an answer that was lost on the way is sent again
        accepted = await put(net, id, "accepted", over=read.headers["etag"])
        assert (accepted.status_code, accepted.headers["etag"]) == (200, 'W/"2"'), accepted.text
    assert (await put(net, id, "in-progress", over='W/"1"')).status_code == 412
    assert (await put(net, id, "in-progress")).json()["businessStatus"]["coding"][0]["code"] == "started"
    served = {"coding": [{"system": "urn:safetynet:fhir:outcome", "code": "served"}]}
    output = [{"type": {"text": "outcome"}, "valueCodeableConcept": served}]
    assert (await put(net, id, "completed", output=output)).json()["status"] == "completed"

    after = (await net.get(f"/v1/referrals/{id}", PROTECTION)).json()
    assert [line["what"] for line in after["history"]] == ["sent", "accepted", "started", "done"]
    assert (after["outcome"], after["answered_by"]["by"]) == ("served", "partner")
    await all_sent(net.database["referrals"])
    told = [dict(each.headers)["ce_type"].decode() for each in await on_topic(net.kafka, net.prefix, REFERRALS)]
    assert [each for each in told if each != "referral.sent"] == [
        "referral.accepted", "referral.started", "referral.done",
    ]  # fmt: skip


async def test_a_refusal_comes_back_to_who_sent_it_and_wrong_input_says_how_to_correct_it(net: Stage) -> None:
    id = await sent(net, await case_in_hand(net))
    wrong = await put(net, id, "rejected")
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, MEDIA)
    assert wrong.json()["issue"][0]["expression"] == ["Task.statusReason"] and "no_capacity" in wrong.text
    ahead = {"period": {"end": "2027-02-28T16:00:00.123Z"}}
    waits = await put(net, id, "received", restriction=ahead)
    assert (waits.json()["status"], waits.json()["restriction"]["period"]["end"]) == (
        "on-hold",
        "2027-02-28T16:00:00.123000Z",
    )
    early = await put(net, id, "accepted", executionPeriod={"start": "2020-01-01T00:00:00Z"})
    assert early.status_code == 200, "of what is accepted, when it began is not asked"
    again = await put(net, id, "rejected", statusReason={"coding": [
        {"system": "urn:safetynet:fhir:reason", "code": "no_capacity"}]})  # fmt: skip
    assert again.status_code == 409 and again.json()["issue"][0]["code"] == "conflict"
    past = await put(net, id, "in-progress", executionPeriod={"start": "2020-01-01T00:00:00Z"})
    assert past.json()["issue"][0]["expression"] == ["Task.executionPeriod"]
    assert (await net.get(f"/v1/referrals/{id}", PROTECTION)).json()["state"] == "accepted"
    for answer, status, how in (
        (await net.get("/fhir/Task", "partner", owner="x"), 400, "status, _count"),
        (await net.get("/fhir/Task", "partner", status="done"), 400, "requested"),
        (await net.get("/fhir/Task", "partner", _count=0), 400, "1 or more"),
        (await net.get("/fhir/Patient/1", "partner"), 404, "/fhir/metadata"),
        (await net.post("/fhir/Task", {}, "partner"), 404, "PUT /fhir/Task"),
        (await net.http.get("/fhir/Task"), 401, "Authorization"),
    ):
        assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome"), answer.text
        assert how in answer.text
    assert (await net.http.get("/fhir/metadata")).json()["fhirVersion"] == "4.0.1"


async def test_every_route_by_every_role_and_relation(net: Stage) -> None:
    """Addressed to me, sent by me, of another unit or county, of no unit; and of a service that is not shown."""
    case_id = await case_in_hand(net)
    for to, receiver in (("hope", "partner"), (LABOUR, LABOUR)):
        id, hidden = await sent(net, case_id, to=to), await sent(net, case_id, "counselling", to)
        others = ("partner_elsewhere", "partner_nowhere", POLICE, PROTECTION, "officer", "supervisor", "tainan",
                  "keeper", "analyst", "partner" if to == LABOUR else LABOUR)  # fmt: skip
        for role in others:
            closed = 403 if role in ("keeper", "analyst") else 404
            for path in (f"/fhir/Task/{id}", f"/fhir/ServiceRequest/{id}"):
                assert (await net.get(path, role)).status_code == closed, (path, role)
            assert (await put(net, id, "accepted", role)).status_code == closed, role
            found = await net.get("/fhir/Task", role)
            assert found.status_code == (403 if closed == 403 else 200) and id not in found.text, role
        assert (await net.get(f"/fhir/Task/{hidden}", receiver)).status_code == 404
        assert (await put(net, id, "cancelled", receiver)).status_code == 403
        assert (await put(net, id, "accepted", receiver)).status_code == 200
        [page] = (await net.get("/fhir/Task", receiver, _count=1)).json()["entry"]
        assert page["resource"]["id"] == id
    assert (await put(net, "guess", "accepted")).status_code == 404

    await sent(net, case_id)  # the directory says again that it offers this
    person = {"name": "林小美", "phone": "0900-000-000"}
    ask = {"service": SERVICE, "person": person, "county": COUNTY, "to": "hope"}
    outside = (await net.did("/v1/referrals", ask, "partner_elsewhere"))["referral_id"]
    for path in (f"/fhir/Task/{outside}", f"/fhir/ServiceRequest/{outside}"):
        assert (await net.get(path, "partner_elsewhere")).status_code == 404, "who sent it is not who is asked"
        told = await net.get(path, "partner")
        assert told.status_code == 200 and not any(each in told.text for each in ("林小美", "0900-000", "0900000"))


async def test_pages_follow_each_other_and_the_setting_is_off_by_default(
    net: Stage, settings_env: dict[str, str]
) -> None:
    case_id = await case_in_hand(net)
    made = [await sent(net, case_id) for _ in range(3)]
    seen: list[str] = []
    path = "/fhir/Task?_count=2"
    while path:
        page = (await net.get(path, "partner")).json()
        seen += [each["resource"]["id"] for each in page.get("entry", ())]
        path = next((each["url"] for each in page["link"] if each["relation"] == "next"), "")
    assert seen == made[::-1]
    async with stage(settings_env) as off:
        assert (await off.get("/fhir/metadata", "partner")).status_code == 404


async def test_who_answers_page_by_page_goes_on_behind_what_was_answered_meanwhile(net: Stage) -> None:
    case_id = await case_in_hand(net)
    first, second, _ = [await sent(net, case_id) for _ in range(3)]
    page = (await net.get("/fhir/Task", "partner", status="requested", _count=2)).json()
    [following] = [each["url"] for each in page["link"] if each["relation"] == "next"]
    assert (await put(net, second, "accepted")).status_code == 200
    rest = (await net.get("/fhir/Task", "partner", **dict(httpx.URL(following).params))).json()
    assert [each["resource"]["id"] for each in rest["entry"]] == [first]
