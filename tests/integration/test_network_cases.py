"""Joint cases on real Kafka and MongoDB: one open case per family, whoever races, whatever is repeated."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts.decisions import DecisionMade
from contracts.event import Sealed
from kit import mongo
from kit.inbox import Received, Record
from kit.mongo import Client
from kit.outbox import Outgoing
from network.book import Book
from network.cases.handlers import Handlers
from network.cases.store import Cases
from network.tasks.store import Tasks

from tests.integration.network_stage import CENTRE, COUNTY, PROTECTION, T0, Stage, decided, pressed, stage
from tests.parts import Names, Parts
from tests.waiting import until

pytestmark = pytest.mark.real

PAIRS = 500


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env, real=True) as running:
        yield running


def received(decision: DecisionMade) -> Received[Any]:
    record = Record("t", 0, 0, None, b"", {})
    return Received(str(uuid4()), decision, {}, record)


async def publish_nothing(_: Outgoing) -> None:
    return None


def register_of(client: Client, name: str, book: Book | None = None) -> Cases:
    """The register of one replica, which tells nobody."""
    database, book = mongo.database(client, name), book or Book(client, publish_nothing)
    return Cases(book, database, Tasks(book, database))


async def test_a_family_has_one_open_case_although_two_replicas_race_over_it(parts: Parts, names: Names) -> None:
    clients = [mongo.connect(parts.mongo) for _ in range(2)]
    replicas = [register_of(client, names.databases + "network") for client in clients]
    await replicas[0].prepare()

    async def run(replica: Cases, who: str, size: int) -> None:
        handlers = Handlers(replica)
        for start in range(0, PAIRS, size):
            batch = [decided(f"{who}{n}", family=[f"id:{n}", f"{who}:{n}"]) for n in range(start, start + size)]
            await handlers.on_decisions([received(decision) for decision in batch])

    await asyncio.gather(run(replicas[0], "police", 5), run(replicas[1], "hospital", 5))
    found = [case async for case in clients[0][names.databases + "network"]["cases"].find({})]
    for client in clients:
        client.close()
    assert len(found) == PAIRS
    assert all(len(case["reports"]) == 2 and not case["related_cases"] for case in found)
    assert {len({each["report_id"].strip("policehsta") for each in case["reports"]}) for case in found} == {1}


async def test_a_report_and_a_further_one_of_its_family_make_one_case_and_tell_both(net: Stage) -> None:
    await net.decide(decided("r1", "welfare_centre", ["a"]))
    case = await net.case_of("r1")
    await net.decide(decided("r2", "protection", ["a"]))
    assert (await net.case_of("r2"))["case_id"] == case["case_id"]
    told = [event for _, event in await net.told()]
    assert [(event["type"], event["version"], event["lead"]) for event in told] == [
        ("case.opened", 1, CENTRE),
        ("case.joined", 2, CENTRE),
    ]
    assert (told[1]["suggested_unit"], told[1]["added"]) == (PROTECTION, [PROTECTION])


async def test_a_repeated_delivery_changes_nothing_and_tells_nothing_new(net: Stage) -> None:
    decision, other = decided("r1", family=["a"]), decided("r2", family=["a"])
    await net.decide(decision, id="same")
    await net.decide(decision, id="same")
    await net.case_of("r1")
    await net.decide(other)
    await net.decide(decision, id="same")
    case = await net.case_of("r2")
    assert [each["report_id"] for each in case["reports"]] == ["r1", "r2"]
    await net.decide(decided("last"))
    await net.case_of("last")
    assert len(await net.told()) == 3
    assert (await net.case_of("r1"))["version"] == 2


async def test_the_events_of_a_report_keep_their_ids_when_its_decision_is_taken_in_anew(
    net: Stage, settings_env: dict[str, str]
) -> None:
    await net.decide(decided("r1"), id="same")
    await net.case_of("r1")
    first = await net.told()
    client = mongo.connect(settings_env["mongo_url"])
    database = client[settings_env["database_prefix"] + "network"]
    await asyncio.gather(database["cases"].delete_many({}), database["standings"].delete_many({}))
    client.close()
    await net.decide(decided("r1"), id="same")
    assert {id for id, _ in await net.told()} == {id for id, _ in first}


async def test_a_duplicate_finds_the_originals_case_although_it_came_first(net: Stage) -> None:
    await net.decide(decided("copy", "duplicate", duplicate_of="original"))
    await net.decide(decided("copy of copy", "duplicate", duplicate_of="copy"))
    await net.decide(decided("original", family=["a"]))
    case = await net.case_of("original")
    assert (await net.case_of("copy"))["case_id"] == case["case_id"]
    assert (await net.case_of("copy of copy"))["case_id"] == case["case_id"]
    assert len(await net.told()) == 1


async def test_a_press_of_the_lead_accepts_once_and_later_ones_are_noted(net: Stage) -> None:
    await net.decide(decided("r1", collaborators=(CENTRE,)))
    await net.case_of("r1")
    press = pressed("r1", PROTECTION)
    await net.press(press, id="first")
    await net.press(press, id="first")
    await net.press(pressed("r1", PROTECTION, "李督導"), pressed("r1", CENTRE, "林社工"))

    async def all_noted() -> bool:
        return len((await net.case_of("r1"))["history"]) == 4

    await until(all_noted)
    case = await net.case_of("r1")
    assert (case["lead"]["accepted_by"], case["reports"][0]["accepted_by"]) == ("陳社工", "陳社工")
    assert {note["what"] for note in case["history"]} == {"opened", "accepted", "accepted_later", "takes_part"}
    assert {task["what"] for task in case["tasks"] if task["state"] != "done"} == {"assess"}, "what comes next"
    told = [event for _, event in await net.told()]
    assert [event["type"] for event in told] == ["case.opened", "case.accepted"]
    assert (told[1]["accepted_by"], told[1]["unit"]) == ("陳社工", PROTECTION)


async def test_no_dispatch_links_resources_and_a_later_dispatch_opens_a_case(net: Stage) -> None:
    await net.decide(decided("r1", "no_dispatch", resources=("food_bank", "legal_aid")))

    async def linked() -> Any:
        answer = await net.get("/v1/resources", report_id="r1")
        return answer.json() if answer.status_code == 200 else None

    assert (await until(linked))["resources"] == ["food_bank", "legal_aid"]
    await net.decide(decided("r1", version=2))
    await net.case_of("r1")
    assert {event["type"] for _, event in await net.told()} == {"resources.linked", "case.opened"}
    assert (await net.get("/v1/resources", report_id="r1")).status_code == 404


async def test_a_withdrawn_report_stays_in_the_case_and_leads_to_none(net: Stage) -> None:
    await net.decide(decided("r1", family=["a"]), decided("r2", family=["a"]))
    case = await net.case_of("r2")
    await net.decide(decided("r2", "duplicate", version=2, duplicate_of="r1"))

    async def withdrawn() -> bool:
        found = await net.case_of("r1")
        return ("r2", "withdrawn") in [(each["report_id"], each["state"]) for each in found["reports"]]

    await until(withdrawn)
    assert (await net.case_of("r2"))["case_id"] == case["case_id"]


async def test_documents_and_answers_hold_no_personal_data(net: Stage, settings_env: dict[str, str]) -> None:
    token = Sealed("0123456789abcdef01234567.c2VhbGVk")
    await net.decide(decided("r1", family=["national_id:aa"], sealed={"report": token}))
    answer = await net.get("/v1/cases/" + (await net.case_of("r1"))["case_id"])
    assert token not in answer.text
    assert "national_id" not in answer.text
    assert "sealed" not in answer.text
    assert token not in str(await net.told())
    client = mongo.connect(settings_env["mongo_url"])
    document = await client[settings_env["database_prefix"] + "network"]["cases"].find_one({})
    client.close()
    assert document
    assert document["reports"][0]["sealed"] == {"report": token}
    assert document["family_keys"] == ["national_id:aa"]


async def test_another_countys_caller_learns_nothing(net: Stage) -> None:
    await net.decide(decided("r1"), decided("r2", "no_dispatch"))
    id = (await net.case_of("r1"))["case_id"]
    assert (await net.get(f"/v1/cases/{id}", "tainan")).status_code == 404
    assert (await net.get("/v1/cases/unknown", "tainan")).status_code == 404
    assert (await net.get("/v1/cases", "tainan", report_id="r1")).json() == {"cases": [], "next": None}
    assert (await net.get("/v1/cases", "tainan", county=COUNTY)).status_code == 403
    assert (await net.get("/v1/cases", "tainan")).json()["cases"] == []
    assert (await net.get("/v1/statistics/cases", "tainan", county=COUNTY)).status_code == 403
    assert (await net.get("/v1/resources", "tainan", report_id="r2")).status_code == 404
    refused = await net.post(f"/v1/cases/{id}/acceptances", {"report_id": "r1"}, "tainan")
    assert refused.status_code == 404


async def test_an_analyst_sees_figures_but_no_case(net: Stage) -> None:
    await net.decide(decided("r1", family=["a"]), decided("r2", family=["a"]), decided("r3"))
    for report in ("r1", "r2", "r3"):
        await net.case_of(report)
    assert (await net.get("/v1/cases", "analyst", county=COUNTY)).status_code == 403
    figures = await net.get("/v1/statistics/cases", "analyst", county=COUNTY)
    assert figures.json() == {"open": 2, "opened": 2, "joined": 1}
    assert (await net.http.get("/v1/statistics/cases?county=" + COUNTY)).status_code == 401


async def test_a_caseworker_with_units_sees_the_cases_of_these_units(net: Stage) -> None:
    await net.decide(decided("r1"), decided("r2", "welfare_centre"), decided("r3", collaborators=(CENTRE,)))
    for report in ("r1", "r2", "r3"):
        await net.case_of(report)
    seen = (await net.get("/v1/cases", "minxiong", county=COUNTY, state="open")).json()["cases"]
    assert {case["reports"][0]["report_id"] for case in seen} == {"r2", "r3"}
    led_by_another = next(case for case in seen if case["lead"]["unit"] == PROTECTION)
    path = f"/v1/cases/{led_by_another['case_id']}/acceptances"
    assert (await net.post(path, {"report_id": "r3"}, "minxiong")).status_code == 403


async def test_another_countys_case_says_as_little_about_itself_as_none_where_a_list_goes_on(net: Stage) -> None:
    there = decided("there").model_copy(update={"county": "tainan-city"})
    await net.decide(decided("first"))
    await net.case_of("first")
    await net.decide(there)
    other = (await until(lambda: _cases(net, "tainan", report_id="there")))[0]["case_id"]
    await net.decide(decided("last"))
    await net.case_of("last")
    theirs, nobodys = [
        (await net.get("/v1/cases", "officer", county=COUNTY, after=id)).json() for id in (other, "no-such-case")
    ]
    assert theirs == nobodys and theirs["status"] == 422


async def _cases(net: Stage, role: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await net.get("/v1/cases", role, **query)).json()["cases"]
    return found


async def test_what_a_family_was_linked_to_is_not_told_to_who_is_bound_to_units(net: Stage) -> None:
    await net.decide(decided("helped", "no_dispatch"))
    await until(lambda: _linked(net, "officer"))
    assert not await _linked(net, "minxiong")


async def _linked(net: Stage, role: str) -> bool:
    return (await net.get("/v1/resources", role, report_id="helped")).status_code == 200


async def test_the_list_is_paged_without_a_gap_or_a_repeat(net: Stage) -> None:
    await net.decide(*(decided(f"r{n}") for n in range(7)))
    for n in range(7):
        await net.case_of(f"r{n}")
    seen: list[str] = []
    after: str | None = None
    while True:
        more: dict[str, str] = {"after": after} if after else {}
        page = (await net.get("/v1/cases", county=COUNTY, state="open", limit="3", **more)).json()
        seen += [case["reports"][0]["report_id"] for case in page["cases"]]
        if not (after := page["next"]):
            break
    assert sorted(seen) == [f"r{n}" for n in range(7)]


async def test_a_caseworker_accepts_by_name_and_gives_back_with_a_reason(net: Stage) -> None:
    await net.decide(decided("r1"))
    path = f"/v1/cases/{(await net.case_of('r1'))['case_id']}"
    taken = await net.post(path + "/acceptances", {"report_id": "r1", "accepted_by": "陳社工"})
    assert taken.json()["lead"]["accepted_by"] == "陳社工"
    assert (await net.post(path + "/returns", {"report_id": "r1", "reason": "Not us!"})).status_code == 422
    back = await net.post(path + "/returns", {"report_id": "r1", "reason": "wrong_area"})
    assert back.json()["reports"][0]["state"] == "returned"
    assert (await net.post(path + "/returns", {"report_id": "r1", "reason": "wrong_area"})).status_code == 409
    assert (await net.post(path + "/acceptances", {"report_id": "r9"})).status_code == 409
    told = [event for _, event in await net.told()]
    assert [event["type"] for event in told] == ["case.opened", "case.accepted", "case.returned"]
    assert (told[2]["reason"], told[2]["returned_by"]) == ("wrong_area", "caseworker")


async def test_two_who_accept_at_one_moment_make_one_acceptance(net: Stage) -> None:
    await net.decide(decided("r1"))
    path = f"/v1/cases/{(await net.case_of('r1'))['case_id']}/acceptances"
    answers = await asyncio.gather(*(net.post(path, {"report_id": "r1", "accepted_by": f"社工{n}"}) for n in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert [event["type"] for _, event in await net.told()].count("case.accepted") == 1


async def test_a_case_left_unpublished_by_a_crash_is_published_by_the_sweeper(
    net: Stage, settings_env: dict[str, str]
) -> None:
    client = mongo.connect(settings_env["mongo_url"])
    book = Book(client, publish_nothing)
    crashed = register_of(client, settings_env["database_prefix"] + "network", book)
    earlier = datetime.now(UTC) - timedelta(seconds=10)
    for box in book.outboxes:
        box.send = lambda documents: None  # type: ignore[method-assign]
    await Handlers(crashed, lambda: earlier).on_decisions([received(decided("r1"))])
    client.close()
    assert [event["type"] for _, event in await net.told()] == ["case.opened"]


EARLIER = {
    "_id": "8f14e45f-ceea-467f-9e1d-1f2a3b4c5d6e", "county": COUNTY, "opened_at": T0, "state": "open", "version": 3,
    "lead": {"unit": PROTECTION, "outcome": "protection", "accepted_by": "陳社工", "accepted_at": T0},
    "family_keys": ["k:earlier"], "related_cases": [], "flags": [], "meetings": [], "outbox": [], "next_due": T0,
    "collaborators": [{"unit": CENTRE, "since": T0, "report_id": "r1"}],
    "reports": [
        {
            "report_id": "r1", "version": 1, "outcome": "protection", "case_type": "child_protection",
            "source_unit": "police", "priority": 2, "unit": PROTECTION, "received_at": T0, "joined_at": T0,
            "clocks": [], "sealed": {}, "state": "active", "accepted_by": "陳社工", "accepted_at": T0,
        }
    ],
    "tasks": [
        {
            "id": id, "report_id": "r1", "unit": unit, "due_at": T0, "source": "county setting", "verified": False,
            "state": state, "closed_at": None, "closed_by": None,
        }
        for id, unit, state in [
            ("unit.accept", PROTECTION, "done"), ("child.grade", PROTECTION, "open"),
            ("child.level1.see_child", PROTECTION, "open"), ("take_part", CENTRE, "done"),
        ]
    ],
    "history": [
        {"at": T0, "what": what, "report_id": "r1", "unit": unit, "by": by, "reason": None, "cause": what}
        for what, unit, by in [("opened", PROTECTION, None), ("takes_part", CENTRE, "林社工")]
    ],
}  # fmt: skip
"""A case as the release of 2026-11-28 stored it."""


async def test_a_case_of_an_earlier_release_goes_on_with_its_tasks_in_the_ledger(
    net: Stage, settings_env: dict[str, str]
) -> None:
    await net.database["cases"].insert_one(dict(EARLIER))
    clients = [mongo.connect(settings_env["mongo_url"]) for _ in range(2)]
    replicas = [register_of(client, settings_env["database_prefix"] + "network") for client in clients]
    await asyncio.gather(*(each.prepare() for each in replicas))
    for client in clients:
        client.close()
    case = (await net.get(f"/v1/cases/{EARLIER['_id']}")).json()
    assert (case["state"], case["lead"]["person"]) == ("accepted", "陳社工")
    assert [(each["unit"], each["state"], each["person"]) for each in case["collaborators"]] == [
        (CENTRE, "joined", "林社工")
    ]
    assert {task["what"]: (task["state"], task["person"]) for task in case["tasks"]} == {
        "unit.accept": ("done", "陳社工"), "child.grade": ("dropped", "陳社工"),
        "child.level1.see_child": ("open", "陳社工"), "take_part": ("done", None),
    }  # fmt: skip
    owed = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    assert [task["what"] for task in owed] == ["child.level1.see_child"]
    await net.did(f"/v1/tasks/{owed[0]['id']}/completion", {}, PROTECTION)
