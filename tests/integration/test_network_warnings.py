"""Warnings of staff under suspicion: two named readers and nobody else, by every route, role and relation."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from contracts.topics import ALL
from web.people import Person

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_desk import at_desk
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real

READERS = ("minxiong", f"worker of {CENTRE}")
FIRST, SECOND, THIRD = "minxiong", CENTRE, f"supervisor of {CENTRE}"
"""Tokens of the two, and of a third person of their unit."""
LETTER = {"county": COUNTY, "to": CENTRE, "readers": READERS, "text": "canary-teacher"}
MEASURES = {"measures": ["kept_from_contact", "investigation_opened"]}


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def test_two_named_people_read_it_and_answer_within_a_day_and_every_look_is_on_record(net: Stage) -> None:
    sent = await net.did("/v1/staff-warnings", LETTER, PROTECTION)
    path = f"/v1/staff-warnings/{sent['warning_id']}"
    due = datetime.fromisoformat(sent["due_at"]) - datetime.fromisoformat(sent["sent_at"])
    assert (due, sent["read_by"]) == (timedelta(hours=24), [])
    tasks = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    assert [(each["what"], each["person"]) for each in tasks] == [("hear_measures", f"worker of {PROTECTION}")]
    for reader in (FIRST, SECOND):
        assert (await net.did(f"{path}/looks", {}, reader))["text"] == "canary-teacher"
    wrong = await net.post(f"{path}/measures", {"measures": ["told_everybody"]}, FIRST)
    assert wrong.status_code == 422 and "kept_from_contact" in wrong.text
    answered = await net.did(f"{path}/measures", MEASURES, SECOND)
    assert (answered["measures"], answered["answered_by"]) == (MEASURES["measures"], f"worker of {CENTRE}")
    assert datetime.fromisoformat(answered["answered_at"]) < datetime.fromisoformat(sent["due_at"])
    assert (await net.post(f"{path}/measures", MEASURES, FIRST)).status_code == 409
    again = await net.did(f"{path}/measures", MEASURES, SECOND)
    assert again == answered, "the same again, of an answer that was lost on its way, changes nothing"
    assert (await net.post(f"{path}/measures", {"measures": ["dismissed"]}, SECOND)).status_code == 409
    told = (await net.get(path, PROTECTION)).json()
    assert (sorted(told["read_by"]), told["measures"]) == (sorted(READERS), MEASURES["measures"])
    assert (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"] == []
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert sorted((each["by"], each["what"]) for each in looks) == sorted((name, "warning") for name in READERS)
    await all_sent(net.database["tasks"])
    stored = repr([each async for each in net.database["staff_warnings"].find()])
    events = repr([await on_topic(net.kafka, net.prefix, topic) for topic in ALL if topic.writer == "network"])
    assert "canary" not in stored + events and "hear_measures" not in events, "no group hears that there is one"


async def test_nobody_else_may_by_any_route(net: Stage) -> None:
    """Sent by me, addressed to me, of my unit but not to me, of another unit, of another county, of another role."""
    sent = await net.did("/v1/staff-warnings", LETTER, PROTECTION)
    path = f"/v1/staff-warnings/{sent['warning_id']}"
    routes: dict[str, tuple[str, dict[str, Any]]] = {
        "get": ("", {}), "looks": ("/looks", {}), "measures": ("/measures", {"measures": ["dismissed"]})
    }  # fmt: skip
    strangers = dict.fromkeys((THIRD, POLICE, LABOUR, f"supervisor of {PROTECTION}", "officer", "supervisor",
                               "supervisor_2", "caseworker", "tainan"), 404)  # fmt: skip
    strangers |= dict.fromkeys(("analyst", "keeper", "partner"), 403)
    for (role, status), (act, (more, body)) in product(strangers.items(), routes.items()):
        answer = await (net.get(path, role) if act == "get" else net.post(path + more, body, role))
        assert answer.status_code == status, (role, act)
    for role in strangers:
        listed = await net.get("/v1/staff-warnings", role)
        assert listed.status_code == 403 or listed.json()["warnings"] == [], role
    for act in ("looks", "measures"):
        more, body = routes[act]
        assert (await net.post(path + more, body, PROTECTION)).status_code == 403, "who sent it opens nothing"
    for role in (PROTECTION, FIRST, SECOND):
        assert len((await net.get("/v1/staff-warnings", role)).json()["warnings"]) == 1
    assert (await net.get("/v1/looks", "supervisor")).json()["looks"] == []
    assert (await net.get(path, PROTECTION)).json()["answered_at"] is None


async def test_a_letter_has_two_readers_of_a_unit_of_the_county_and_is_sent_once(net: Stage) -> None:
    for ill in ({"readers": ["one"]}, {"readers": ["one", "one"]}, {"to": f"{COUNTY}/nowhere"}, {"text": ""}):
        assert (await net.post("/v1/staff-warnings", LETTER | ill, PROTECTION)).status_code == 422, ill
    other = await net.post("/v1/staff-warnings", LETTER | {"from_unit": POLICE}, PROTECTION)
    assert other.status_code == 403
    assert (await net.post("/v1/staff-warnings", LETTER, "tainan")).status_code == 403
    made = [await net.post("/v1/staff-warnings", LETTER, PROTECTION, key="k") for _ in range(2)]
    assert made[0].json()["warning_id"] == made[1].json()["warning_id"]
    assert (await net.post("/v1/staff-warnings", LETTER | {"text": "x"}, PROTECTION, key="k")).status_code == 409
    assert await net.database["staff_warnings"].count_documents({}) == 1


async def test_a_letter_goes_to_nobody_who_could_not_open_it(net: Stage) -> None:
    """A misspelt name, somebody of another unit, whoever works for all: each is named, and nothing is sent."""
    for number, nobody in enumerate((f"Worker of {CENTRE}", f"worker of {POLICE}", "supervisor", "partner")):
        readers = [READERS[0], nobody] if number % 2 else [nobody, READERS[1]]
        answer = await net.post("/v1/staff-warnings", LETTER | {"readers": readers}, PROTECTION)
        [wrong] = answer.json()["errors"]
        assert (answer.status_code, wrong["at"], wrong["code"]) == (
            422,
            f"/body/readers/{number % 2}",
            "unknown_reader",
        )
    assert await net.database["staff_warnings"].count_documents({}) == 0
    # Somebody with a provider's account is known once they came in.
    teacher = Person("t", "林專員", "caseworker", (COUNTY,), (CENTRE,), "https://id.example#1")
    letter = LETTER | {"readers": [READERS[0], "林專員"]}
    assert (await net.post("/v1/staff-warnings", letter, PROTECTION)).status_code == 422
    sessions = net.app.state.site.door.sessions
    await sessions.open(teacher, "id-token")
    assert (await net.post("/v1/staff-warnings", letter, PROTECTION)).status_code == 201
    await sessions.open(replace(teacher, units=(POLICE,)), "id-token")  # moved to another unit
    assert (await net.post("/v1/staff-warnings", letter, PROTECTION)).status_code == 422


async def test_at_the_page_a_reader_opens_and_answers_and_a_colleague_finds_nothing(net: Stage) -> None:
    sent = await net.did("/v1/staff-warnings", LETTER, PROTECTION)
    path = f"/warnings/{sent['warning_id']}"
    async with at_desk(net, CENTRE) as reader, at_desk(net, POLICE) as stranger:
        assert path in (await reader.opens("/warnings")).text
        assert "canary" not in (await reader.opens(path)).text
        assert "canary-teacher" in (await reader.does(path, f"{path}/looks")).text
        page = await reader.does(path, f"{path}/measures", measures="dismissed")
        assert "Dismissed" in page.part("measures"), page.text
        assert (await stranger.opens(path)).status == 404
        assert path not in (await stranger.opens("/warnings")).text
    async with at_desk(net, PROTECTION) as sender:
        made = await sender.does("/warnings", "/warnings", county=COUNTY, to=POLICE, text="請注意",
                                 reader="甲")  # fmt: skip
        assert made.status == 422 and "two different readers" in made.text and "請注意" in made.text


async def test_a_list_of_letters_says_where_it_goes_on(net: Stage) -> None:
    sent = [await net.did("/v1/staff-warnings", LETTER, PROTECTION) for _ in range(5)]
    page = (await net.get("/v1/staff-warnings", PROTECTION, limit="2")).json()
    found = page["warnings"]
    while page["next"]:
        page = (await net.get("/v1/staff-warnings", PROTECTION, limit="2", after=page["next"])).json()
        found += page["warnings"]
    assert [each["warning_id"] for each in found] == [each["warning_id"] for each in reversed(sent)]
