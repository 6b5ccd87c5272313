"""Lists that are answered row by row: gathered into families, served already or not, found or looked for, counted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from contracts.decisions import PersonKey
from contracts.event import BlindIndex
from contracts.people import Role
from contracts.topics import DECISIONS, ROSTERS
from kit.inbox import Received, Record
from kit.sealed import KeyVault
from network import clock
from network.rosters.handlers import Handlers
from network.rosters.sheets import making
from network.rosters.store import Households

from tests.integration.kafka_reading import taken
from tests.integration.network_desk import at_desk
from tests.integration.network_rosters import LISTED, came, counts, households, listed, screened
from tests.integration.network_stage import CENTRE, COUNTY, POLICE, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def test_an_older_row_among_many_takes_in_the_household_that_was_there_before_it(net: Stage) -> None:
    """Its people's keys belong to one household at any time: the one that was there lets go of them first."""
    await came(net, listed("known", "id:mother"))
    older = listed("older", "id:mother", received_at=LISTED - timedelta(days=1))
    await came(net, *(listed(f"stranger {n}", f"id:{n}") for n in range(6)), older,
               *(listed(f"stranger {n}", f"id:{n}") for n in range(6, 12)))  # fmt: skip
    rows = sorted(sorted(row["entry_id"] for row in each["rows"]) for each in await households(net))
    assert rows == sorted([["known", "older"], *([f"stranger {n}"] for n in range(12))])


async def test_115_families_are_assessed_one_by_one_and_every_row_of_every_list_has_its_answer(net: Stage) -> None:
    """Chiayi County's deck of 2023, L30-122: 115 assessed, referred 4, informed and followed 8; 103 recorded."""
    lists = ("social_assistance", "disability_needs", "psychiatric_care")
    named = [(n, roster) for n in range(115) for roster in (lists if n % 23 == 0 else lists[:1])]
    rows = [listed(f"{roster}-{n}", f"id:{n}", roster=roster) for n, roster in named]
    await came(net, *rows)
    found = await households(net)
    assert (len(rows), len(found)) == (125, 115)
    assert max(len(each["rosters"]) for each in found) == 3
    before = await counts(net)
    assert (before["rows"], before["overdue"], before["answered"]) == (125, 125, {})
    plan = ["referred"] * 4 + ["informed"] * 8 + ["no_need"] * 103
    needs = {"referred": {"services": ["long_term_care"]}}
    for each, result in zip(found, plan, strict=True):
        await screened(net, each, result, **needs.get(result, {}))
    after = await counts(net)
    assert after["rows"] == 125 == sum(after["answered"].values())
    assert [after[name] for name in ("not_found", "due", "overdue")] == [0, 0, 0]
    answered = await households(net, state="answered")
    results = [each["screenings"][-1]["result"] for each in answered]
    assert {each: results.count(each) for each in set(results)} == {"referred": 4, "informed": 8, "no_need": 103}
    assert sum(each["rows"] for each in after["rosters"]) == 125 == sum(each["rows"] for each in after["townships"])
    told = await counts(net, "analyst")
    assert (told["rows"], told["townships"]) == (125, []), "of any days a township is told to who may open it alone"
    owed = (await net.get("/v1/tasks", limit="200")).json()["tasks"]
    assert {each["what"] for each in owed} == {"follow_up_household"} and len(owed) == 12


async def test_thirty_job_seekers_are_served_already_visited_or_without_need(net: Stage) -> None:
    """Changhua's deck, L493: labour's list; whoever is served already is named with the unit that serves them."""
    served = [PersonKey(key=BlindIndex(f"id:{n}"), role=Role.SUBJECT) for n in range(12)]
    for n, person in enumerate(served):
        await net.decide(decided(f"r{n}", family=[f"id:{n}"], people=(person,)))
    await taken(net.kafka, net.prefix, "network", [DECISIONS])
    await came(net, *[listed(str(n), f"id:{n}", roster="low_income_job_seekers") for n in range(30)])
    unknown = []
    for each in await households(net):
        shown = (await net.get(f"/v1/households/{each['household_id']}", CENTRE)).json()
        if not shown["known"]:
            unknown.append(each)
            continue
        [case] = shown["known"]
        assert (case["unit"], case["case_id"], case["is_open"]) == (PROTECTION, None, True), "the unit alone"
        await screened(net, each, "already_served", served_by=[case["unit"]])
    met = {"at": LISTED.isoformat(), "reached": True}
    for each in unknown[:10]:
        await screened(net, each, "informed", visit=met)
    for each in unknown[10:]:
        await screened(net, each, "no_need")
    found = await counts(net)
    assert (found["rows"], found["answered"]) == (30, {"already_served": 12, "informed": 10, "no_need": 8})


async def test_who_is_in_a_programme_or_waits_for_a_service_is_served_by_a_unit_that_is_named(net: Stage) -> None:
    await came(net, listed("a", "id:a"), listed("b", "id:b"), listed("c", "id:c"))
    enrol = {"programme": "suicide_care", "entered_by": "referral", "county": COUNTY, "unit": f"{COUNTY}/mental_health"}
    begun = await net.did("/v1/enrolments", enrol | {"person": "id:a"}, "supervisor")
    over = await net.did("/v1/enrolments", enrol | {"person": "id:b"}, "supervisor")
    await net.did(f"/v1/enrolments/{over['enrolment_id']}/end", {"reason": "moved"}, "supervisor")
    shown = {}
    for each in await households(net):
        answer = (await net.get(f"/v1/households/{each['household_id']}", CENTRE)).json()
        shown[answer["rows"][0]["entry_id"]] = answer["known"]
    [found] = shown.pop("a")
    assert (found["kind"], found["unit"], found["is_open"]) == ("enrolment", f"{COUNTY}/mental_health", True)
    assert found["about"] is None and "suicide" not in str(found), "which programme, their unit says alone"
    assert shown == {"b": [], "c": []}, "who was in one, and left, is served by nobody"
    mine = (await net.get("/v1/households", "supervisor")).json()["households"]
    seen = [(await net.get(f"/v1/households/{each['household_id']}", "supervisor")).json()["known"] for each in mine]
    assert [each["about"] for known in seen for each in known] == [begun["enrolment_id"]]


async def test_nobody_is_lost_a_child_is_seen_and_what_was_not_found_is_on_a_list_by_name(net: Stage) -> None:
    """Chiayi County's deck of 2021, L109: a list of 250 children under six; the failure of 2023 was a lost row."""
    entries = [listed(f"c{n}", f"id:{n}", roster="under_six") for n in range(250)]
    await came(net, *entries[:249])
    found = await households(net)
    assert len(found) == 249, "one row is on its way"
    await came(net, *entries)
    found = await households(net)
    assert {row["entry_id"] for each in found for row in each["rows"]} == {each.entry_id for each in entries}
    first, second, third, fourth = found[:4]
    path = f"/v1/households/{first['household_id']}/screening"
    unseen = await net.post(path, {"result": "no_need"})
    assert (unseen.status_code, unseen.json()["errors"][0]["at"]) == (422, "/body/visit/reached")
    silent = await net.post(path, {"result": "not_found"})
    assert (silent.status_code, silent.json()["errors"][0]["at"]) == (422, "/body/next_step")
    lost = await screened(net, first, "not_found", next_step="ask_police")
    assert (lost["state"], lost["rows"][0]["answer"]) == ("looking", None)
    [task] = [each async for each in net.database["tasks"].find({"what": "find_household"})]
    assert (task["because"], task["unit"]) == ({"kind": "household", "id": first["household_id"]}, CENTRE)
    no = await screened(net, second, "refused", reason="declined_visit")
    gone = await screened(net, third, "moved", county="tainan-city")
    assert no["state"] == gone["state"] == "looking", "nobody saw the child, nobody there took it on"
    taken_on = await screened(net, third, "moved", county="tainan-city", acknowledged_by="臺南市 王社工")
    seen = await screened(net, fourth, "no_need", visit={"at": LISTED.isoformat(), "reached": True, "chief": "came"})
    assert taken_on["state"] == seen["state"] == "answered"
    total = await counts(net)
    assert (total["rows"], total["answered"]) == (250, {"moved": 1, "no_need": 1})
    assert (total["not_found"], total["overdue"], total["chiefs"]) == (2, 246, {"came": 1})
    late = {"result": "already_served", "served_by": [POLICE]}
    again = await net.post(f"/v1/households/{fourth['household_id']}/screening", late)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "household_answered")


async def test_on_the_day_after_every_unvisited_household_presses_and_is_on_the_supervisors_list(net: Stage) -> None:
    """Item 70: listed on 2023-02-17, due on 2023-03-17; on 03-18 all who were not visited are named."""
    health = f"{COUNTY}/health"
    await came(net, *[listed(str(n), f"id:{n}", roster="psychiatric_care") for n in range(12)])
    found = await households(net, county=COUNTY)
    assert {(each["due_at"], each["unit"]) for each in found} == {("2023-03-17T15:59:59Z", health)}
    visit = {"at": LISTED.isoformat(), "reached": True, "measures": {"stress": 11}}
    await screened(net, found[0], "no_need", visit=visit)
    overdue = await households(net, "supervisor", state="overdue", roster="psychiatric_care")
    assert {each["household_id"] for each in overdue} == {each["household_id"] for each in found[1:]}
    pressing = await _pressed(net)
    assert {(each["what"], each["unit"]) for each in pressing} == {("visit_household", health)}


async def _pressed(net: Stage) -> list[dict[str, Any]]:
    """What was told of tasks whose time is over, once each of eleven was."""

    async def told() -> list[dict[str, Any]] | None:
        found = [each for each in await net.told_of_tasks() if each["step"] == 100]
        return found if len(found) >= 11 else None

    pressing: list[dict[str, Any]] = await until(told)
    return pressing


async def test_a_screening_counts_once_and_a_name_is_shown_with_a_look_on_record(net: Stage, vault: KeyVault) -> None:
    key = vault.new_key("e1", "roster")
    await vault.keep([key])
    values = {"name": "林小美", "address": "民雄鄉東榮路 1 號", "phones": ["0912345678"], "birth_date": "2019-03-12"}
    await came(net, listed("e1", "id:1", sealed={"roster": key.seal(values)}))
    [one] = await households(net)
    assert "林小美" not in str(one)
    path = f"/v1/households/{one['household_id']}"
    [person] = (await net.did(f"{path}/looks", {}))["people"]
    assert (person["name"], person["phones"]) == ("林小美", ["0912345678"])
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert [(each["what"], each["contact_id"]) for each in looks] == [("household", one["household_id"])]
    told, used = {"result": "refused", "reason": "declined_help", "note": "不願意"}, str(uuid4())
    first = await net.post(f"{path}/screening", told, key=used)
    again = await net.post(f"{path}/screening", told, key=used)
    other = await net.post(f"{path}/screening", told | {"reason": "declined_visit"}, key=used)
    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 409)
    assert len(first.json()["screenings"]) == 1 and "不願意" not in first.text
    [note] = (await net.did(f"{path}/looks", {}))["notes"]
    assert (note["words"], note["by"], first.json()["screenings"][0]["has_note"]) == ("不願意", "caseworker", True)
    elsewhere = await net.get(path, "tainan")
    assert elsewhere.status_code == 404
    assert (await net.get(path, POLICE)).status_code == 404
    wrong = await net.post(f"{path}/assignment", {"unit": f"{COUNTY}/nobody"}, "supervisor")
    assert wrong.status_code == 422
    assert (await net.post(f"{path}/assignment", {"unit": CENTRE}, "caseworker")).status_code == 403


async def test_what_is_said_of_a_household_names_units_and_counties_that_there_are(net: Stage) -> None:
    await came(net, listed("e1", "id:1"))
    [one] = await households(net)
    path = f"/v1/households/{one['household_id']}/screening"
    lost = {"result": "not_found", "next_step": "ask_police"}
    for told, where in (
        ({"result": "already_served", "served_by": [POLICE, f"{COUNTY}/nobody"]}, "served_by"),
        ({"result": "already_served", "served_by": ["nowhere/police"]}, "served_by"),
        ({"result": "moved", "county": "nowhere", "acknowledged_by": "王社工"}, "county"),
        ({"result": "moved", "county": COUNTY, "acknowledged_by": "王社工"}, "county"),
        ({"result": "no_need", "unit": f"{COUNTY}/nobody"}, "unit"),
        (lost | {"next_due_at": "2026-01-01T00:00:00Z"}, "next_due_at"),
        (lost | {"next_due_at": "9998-01-01T00:00:00Z"}, "next_due_at"),
    ):
        refused = await net.post(path, told)
        assert (refused.status_code, refused.json()["errors"][0]["at"]) == (422, f"/body/{where}"), told
        said = refused.json()["errors"][0]
        assert said["detail"] not in ("", f"missing.{said['code']}"), (told, said)
    moved = await screened(net, one, "moved", county="tainan-city", acknowledged_by="臺南市 王社工")
    assert moved["screenings"][0]["acknowledged_by"] == "臺南市 王社工", "who took them on is known afterwards"


async def test_who_answers_for_a_list_says_what_they_found_in_their_own_name_and_the_visitor_asks_again(
    net: Stage,
) -> None:
    await came(net, listed("e1", "id:1", answerable="police"), listed("e2", "id:2", answerable="social_affairs.aid"))
    by_entry = {each["rows"][0]["entry_id"]: each for each in await households(net)}
    path = f"/v1/households/{by_entry['e1']['household_id']}/screening"
    told = await net.post(path, {"result": "informed"}, POLICE)
    assert told.status_code == 201, told.text
    [kept] = told.json()["screenings"]
    assert (kept["unit"], told.json()["unit"]) == (POLICE, CENTRE)
    [task] = [each for each in (await net.get("/v1/tasks")).json()["tasks"] if each["what"] == "follow_up_household"]
    assert (task["unit"], task["person"]) == (CENTRE, None), "who visits asks how it goes"
    late = {"$set": {"due": LISTED}}
    await net.database["households"].update_one({"_id": by_entry["e1"]["household_id"]}, late)
    found = {each["household_id"] for each in await households(net, "supervisor", state="overdue")}
    assert found == {each["household_id"] for each in by_entry.values()}, "also whom nobody asked how it goes"
    other = await screened(net, by_entry["e2"], "no_need", unit=f"{COUNTY}/social_affairs.aid")
    assert other["screenings"][0]["unit"] == f"{COUNTY}/social_affairs.aid", "a desk that answers for the list"


async def test_who_reads_a_list_page_by_page_misses_nobody_when_the_last_of_a_page_is_answered_meanwhile(
    net: Stage,
) -> None:
    """All are due at one time; what is answered leaves the place that it had."""
    await came(net, *[listed(f"e{n}", f"id:{n}") for n in range(4)])
    seen, query = [], {"state": "overdue", "limit": "1"}
    while True:
        page = (await net.get("/v1/households", **query)).json()
        seen += [each["household_id"] for each in page["households"]]
        if page["next"] is None:
            break
        await screened(net, page["households"][0], "no_need")
        query["after"] = page["next"]
    assert len(seen) == len(set(seen)) == 4
    assert (await net.get("/v1/households", after="no place")).status_code == 422
    far = "9" * 15 + "." + "f" * 36
    assert (await net.get("/v1/households", after=far)).json()["households"] == []
    async with at_desk(net, CENTRE) as worker:
        assert (await worker.opens("/households?after=no-place")).status == 200


async def test_rows_of_one_person_on_two_replicas_are_one_household(net: Stage) -> None:
    store: Households = net.app.state.rosters.households
    lists = Handlers(store, clock.now)

    async def one(n: int) -> None:
        event = listed(f"e{n}", "id:same", f"id:{n}")
        await lists.on_entries([Received(event.entry_id, event, {}, Record(ROSTERS.name, 0, 0, None, None, {}))])

    await asyncio.gather(*map(one, range(6)))
    [found] = await households(net)
    assert {each["entry_id"] for each in found["rows"]} == {f"e{n}" for n in range(6)}
    open_ = (await net.get("/v1/tasks")).json()["tasks"]
    assert len(open_) == 1, "one visit is owed, whichever replica saw the family first"


async def test_a_household_is_screened_while_a_list_makes_it_one_with_another_and_nothing_is_lost(net: Stage) -> None:
    """Either the screening counts in the one that they are, or it is refused: told where the family is now."""
    await came(net, *[listed(f"{side}{n}", f"id:{side}{n}") for n in range(4) for side in "ab"])
    by_entry = {each["rows"][0]["entry_id"]: each for each in await households(net)}
    lists = Handlers(net.app.state.rosters.households, clock.now)

    async def link(n: int) -> None:
        event = listed(f"link{n}", f"id:a{n}", f"id:b{n}")
        await lists.on_entries([Received(event.entry_id, event, {}, Record(ROSTERS.name, 0, 0, None, None, {}))])

    async def screen(entry: str) -> httpx.Response:
        return await net.post(f"/v1/households/{by_entry[entry]['household_id']}/screening", {"result": "no_need"})

    told = await asyncio.gather(
        *(screen(f"{side}{n}") for n in range(4) for side in "ab"), *map(link, range(4)),
    )  # fmt: skip
    answers = [each for each in told if each is not None]
    assert {each.status_code for each in answers} <= {201, 409}
    now = [each for each in await households(net) if not each["within"]]
    assert sorted(row["entry_id"] for each in now for row in each["rows"]) == sorted(
        [*by_entry, *(f"link{n}" for n in range(4))]
    )
    assert len(now) == 4
    kept = sum(len(each["screenings"]) for each in now)
    assert kept == sum(each.status_code == 201 for each in answers)
    owed = [each["because"]["id"] for each in (await net.get("/v1/tasks", limit="200")).json()["tasks"]]
    assert sorted(owed) == sorted(each["household_id"] for each in now if each["state"] != "answered")
    found = await counts(net)
    assert (
        found["rows"]
        == 12
        == sum(found["answered"].values()) + sum(found[name] for name in ("not_found", "due", "overdue"))
    )


async def test_what_a_release_before_households_kept_is_gathered_and_owed(net: Stage) -> None:
    event = listed("old", "id:1")
    kept = event.model_dump(mode="json", exclude={"type", "entry_id", "keys", "home"})
    await net.database["roster_entries"].insert_one({"_id": event.entry_id, **kept})
    await Handlers(net.app.state.rosters.households).prepare()
    [found] = await households(net)
    assert [each["entry_id"] for each in found["rows"]] == ["old"]
    assert await net.database["roster_entries"].count_documents({}) == 0


async def test_families_in_no_service_are_told_to_their_chiefs_and_the_chiefs_answer(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chiayi County's decision of 2023-04-19 (deck of 2023, L280): 12 households in 5 villages, page by page."""
    monkeypatch.setattr(making, "AT_ONCE", 5)
    rows = [listed(str(n), f"id:{n}", entry={"village": f"村{n % 5}"}) for n in range(12)]
    await came(net, *rows, listed("served", "id:served", entry={"village": "村0"}))
    for each in await households(net):
        is_served = each["rows"][0]["entry_id"] == "served"
        await screened(net, each, *(["already_served"] if is_served else ["no_need"]),
                       **({"served_by": [POLICE]} if is_served else {}))  # fmt: skip
    made = await net.did("/v1/village-sheets", {"county": COUNTY})
    again = await net.did("/v1/village-sheets", {"county": COUNTY})
    sheets = made["sheets"]
    assert (len(sheets), sum(len(each["households"]) for each in sheets), again["sheets"]) == (5, 12, [])
    civil = f"{COUNTY}/civil_affairs"
    owed = [each for each in (await net.get("/v1/tasks", limit="200")).json()["tasks"] if each["what"] == "tell_chief"]
    assert {(each["unit"], each["because"]["kind"]) for each in owed} == {(civil, "sheet")} and len(owed) == 5
    early = await net.post(f"/v1/village-sheets/{sheets[0]['sheet_id']}/answer", {"answer": "knows_them"})
    assert (early.status_code, early.json()["errors"][0]["code"]) == (409, "chief_not_told")
    path = f"/v1/village-sheets/{sheets[0]['sheet_id']}"
    before = await net.post(f"{path}/confirmation", {"at": LISTED.isoformat()})
    assert (before.status_code, before.json()["errors"][0]["at"]) == (422, "/body/at"), "nobody was told before"
    for each in sheets:
        await net.did(f"/v1/village-sheets/{each['sheet_id']}/confirmation", {})
    said = [{"answer": "knows_them"}] + [{"answer": "reported", "report_id": f"r{n}"} for n in range(2)]
    for each, answer in zip(sheets, said, strict=False):
        await net.did(f"/v1/village-sheets/{each['sheet_id']}/answer", answer)
    after = (await net.get("/v1/village-sheets")).json()["sheets"]
    assert sorted(each["state"] for each in after) == ["answered"] * 3 + ["told"] * 2
    assert sum(each["report_id"] is not None for each in after) == 2
    families = await net.did(f"/v1/village-sheets/{sheets[0]['sheet_id']}/looks", {})
    assert len(families["families"]) == len(sheets[0]["households"])
    assert (await net.post(f"/v1/village-sheets/{sheets[0]['sheet_id']}/looks", {}, POLICE)).status_code == 404
    assert [each["what"] for each in (await net.get("/v1/looks", "supervisor")).json()["looks"]] == ["sheet"]


async def test_a_sheet_names_families_that_became_one_and_none_that_a_unit_serves(net: Stage, vault: KeyVault) -> None:
    key = vault.new_key("e", "roster")
    await vault.keep([key])
    rows = [
        listed(name, f"id:{name}", entry={"village": name}, received_at=LISTED + timedelta(days=day),
               sealed={"roster": key.seal({"name": name})})
        for day, name in enumerate(("first", "second", "served"))
    ]  # fmt: skip
    await came(net, *rows)
    by_entry = {each["rows"][0]["entry_id"]: each for each in await households(net)}
    first, second, served = by_entry["first"], by_entry["second"], by_entry["served"]
    person = PersonKey(key=BlindIndex("id:served"), role=Role.SUBJECT)
    await net.decide(decided("r1", family=["id:served"], people=(person,)))
    await taken(net.kafka, net.prefix, "network", [DECISIONS])
    for each in (second, served):
        await screened(net, each, "no_need")
    [sheet] = (await net.did("/v1/village-sheets", {"county": COUNTY}))["sheets"]
    assert sheet["households"] == [second["household_id"]], "a unit serves the other by a case of its own"
    await came(net, listed("both", "id:first", "id:second", received_at=LISTED + timedelta(days=9)))
    gone = (await net.get(f"/v1/households/{second['household_id']}")).json()
    assert gone["within"] == first["household_id"]
    [family] = (await net.did(f"/v1/village-sheets/{sheet['sheet_id']}/looks", {}))["families"]
    assert set(family["names"]) == {"first", "second"}, "the family is the one that it became"
    await screened(net, first, "no_need")
    again = await net.did("/v1/village-sheets", {"county": COUNTY})
    assert again["sheets"] == [], "the chief was told of them under the name that they had"
    person = PersonKey(key=BlindIndex("id:second"), role=Role.SUBJECT)
    await net.decide(decided("r2", family=["id:second"], people=(person,)))
    await taken(net.kafka, net.prefix, "network", [DECISIONS])
    since = await net.did(f"/v1/village-sheets/{sheet['sheet_id']}/looks", {})
    assert (since["families"], since["served_since"]) == ([], 1), "a unit serves them by now: no chief hears otherwise"
    used = str(uuid4())
    third = listed("third", "id:third", received_at=LISTED + timedelta(days=20))
    await came(net, third)
    [one] = [each for each in await households(net) if each["rows"][0]["entry_id"] == "third"]
    path, told = f"/v1/households/{one['household_id']}/screening", {"result": "no_need"}
    assert (await net.post(path, told, key=used)).status_code == 201
    await came(net, listed("all", "id:first", "id:third", received_at=LISTED + timedelta(days=21)))
    replayed = await net.post(path, told, key=used)
    assert (replayed.status_code, replayed.json()["household_id"]) == (201, first["household_id"])
    assert len(replayed.json()["screenings"]) == 3, "what was done counts once, also where it is now"
    fresh = await net.post(path, told, key=str(uuid4()))
    assert (fresh.status_code, fresh.json()["errors"][0]["code"]) == (409, "household_gathered")


async def test_no_chief_is_told_of_a_family_that_a_programme_serves_by_person_or_by_household(net: Stage) -> None:
    rows = [listed(name, f"id:{name}", entry={"village": "東榮"}) for name in ("person", "whole", "left", "nobody")]
    await came(net, *rows)
    by_entry = {each["rows"][0]["entry_id"]: each for each in await households(net)}
    whom = {"person": {"person": "id:person", "county": COUNTY}} | {
        name: {"household_id": by_entry[name]["household_id"]} for name in ("whole", "left")
    }
    begun = {
        name: await net.did("/v1/enrolments", {"programme": "leaving_poverty", "entered_by": "roster"} | said, CENTRE)
        for name, said in whom.items()
    }
    await net.did(f"/v1/enrolments/{begun['left']['enrolment_id']}/end", {"reason": "moved"}, CENTRE)
    for each in by_entry.values():
        await screened(net, each, "no_need")
    shown = (await net.get(f"/v1/households/{by_entry['whole']['household_id']}", CENTRE)).json()["known"]
    assert [(each["kind"], each["about"]) for each in shown] == [("enrolment", begun["whole"]["enrolment_id"])]
    [sheet] = (await net.did("/v1/village-sheets", {"county": COUNTY}))["sheets"]
    assert {*sheet["households"]} == {by_entry[name]["household_id"] for name in ("left", "nobody")}
    again = {"programme": "leaving_poverty", "entered_by": "roster", "person": "id:nobody", "county": COUNTY}
    await net.did("/v1/enrolments", again, CENTRE)
    since = await net.did(f"/v1/village-sheets/{sheet['sheet_id']}/looks", {})
    assert [each["household_id"] for each in since["families"]] == [by_entry["left"]["household_id"]]
    assert since["served_since"] == 1


async def test_households_in_the_hands_of_a_worker_who_leaves_are_handed_to_others_or_to_the_unit(net: Stage) -> None:
    """Also one of which nothing is owed now: its next list would name somebody who is not there."""
    rows = [listed(f"e{n}", f"id:{n}") for n in range(4)]
    await came(net, *rows, listed("elsewhere", "id:e", roster="psychiatric_care"))
    found = {each["rows"][0]["entry_id"]: each for each in await households(net)}
    for entry in ("e0", "e1", "e2"):
        path = f"/v1/households/{found[entry]['household_id']}/assignment"
        await net.did(path, {"unit": CENTRE, "person": "王社工"}, "supervisor")
    await screened(net, found["e2"], "no_need")
    theirs = {found[entry]["household_id"] for entry in ("e0", "e1", "e2")}
    owned = (await net.get("/v1/people/王社工/owns", "supervisor", unit=CENTRE)).json()
    assert (set(owned["households"]), owned["nothing"], len(owned["tasks"])) == (theirs, False, 2)
    assert (await net.get("/v1/people/王社工/owns", POLICE)).json()["households"] == []
    leaver = {"from": {"unit": CENTRE, "person": "王社工"}, "reason": "leaves"}
    out = leaver | {"to": [{"unit": CENTRE, "person": name} for name in ("林社工", "陳社工")]}
    assert (await net.post("/v1/caseloads/handovers", out, POLICE)).status_code == 403
    lines = (await net.did("/v1/caseloads/handovers", out, "supervisor"))["households"]
    assert {each["household_id"] for each in lines} == theirs
    assert {(each["to_unit"], each["to_person"]) for each in lines} == {(CENTRE, "林社工"), (CENTRE, "陳社工")}
    assert (await net.get("/v1/people/王社工/owns", "supervisor")).json()["nothing"]
    tasks = (await net.get("/v1/tasks", "supervisor", unit=CENTRE)).json()["tasks"]
    assert len(tasks) == 3 and {each["person"] for each in tasks} <= {"林社工", "陳社工", None}
    away = leaver | {"from": {"unit": CENTRE, "person": "林社工"}, "to": [{"unit": POLICE, "person": "張警員"}]}
    back = (await net.did("/v1/caseloads/handovers", away, "supervisor"))["households"]
    assert back and {(each["to_unit"], each["to_person"]) for each in back} == {(CENTRE, None)}, "the unit's own again"
