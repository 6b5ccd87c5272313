"""The directory on a real database: kept by two, searched, exported and imported; a secret address never leaves."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from contracts.topics import DIRECTORY
from network.directory.public import Gate

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_desk import at_desk
from tests.integration.network_stage import COUNTY, Stage, stage
from tests.unit.network_place import PLACE

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def put(net: Stage, id: str, body: dict[str, Any], role: str = "keeper") -> Any:
    return await net.http.put(f"/v1/directory/{id}", json=body, headers={"Authorization": f"Bearer {role}"})


async def found(net: Stage, **asked: str) -> list[str]:
    answer = await net.get("/v1/directory", county=COUNTY, **asked)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["providers"]]


async def test_a_provider_is_written_looked_at_again_and_found(net: Stage) -> None:
    made = await put(net, "hope", PLACE)
    assert (made.status_code, made.json()["second_look"]) == (200, "waiting")
    assert await found(net, unlooked="true") == ["hope"]
    same = await net.post("/v1/directory/hope/second-look", {"right": True}, "keeper")
    assert same.status_code == 409 and same.json()["errors"][0]["code"] == "same_person"
    assert (await net.did("/v1/directory/hope/second-look", {"right": True}, "keeper_2"))["second_look"] == "done"
    assert await found(net, unlooked="true") == []

    full = {"id": "full", "service": "counselling", "places": {"left": 0, "of": 5}}
    assert (await put(net, "full", {"county": COUNTY, "name": "滿額", "services": [full]})).status_code == 200
    assert await found(net, service="counselling") == ["hope", "full"]
    assert await found(net, service="counselling", free="true") == ["hope"]
    assert await found(net, service="counselling", township="民雄鄉") == ["full"]  # it serves the whole county
    assert await found(net, service="counselling", near="朴子市") == ["hope", "full"]
    assert await found(net, need="relationship_conflict") == ["hope", "full"]
    assert await found(net, need="child_development") == []
    assert await found(net, stale="true") == []

    await net.database["directory"].update_one(
        {"_id": "full"}, {"$set": {"assured_at": datetime(2020, 1, 1, tzinfo=UTC)}}
    )
    assert await found(net, stale="true") == ["full"]
    await net.did("/v1/directory/full/assurance", {}, "keeper")
    assert await found(net, stale="true") == []
    gone = {"county": COUNTY, "name": "滿額", "services": [full], "valid_to": "2020-01-01"}
    assert (await put(net, "full", gone)).status_code == 200
    assert await found(net) == ["hope"]


async def test_a_page_goes_on_where_an_entry_has_left_the_list_meanwhile(net: Stage) -> None:
    for id in ("a", "b", "c"):
        assert (await put(net, id, {"county": COUNTY, "name": id})).status_code == 200
    first = (await net.get("/v1/directory", county=COUNTY, unlooked="true", limit=1)).json()
    assert ([each["id"] for each in first["providers"]], first["next"]) == (["a"], "a")
    await net.did("/v1/directory/a/second-look", {"right": True}, "keeper_2")
    assert await found(net, unlooked="true", after="a", limit="1") == ["b"]
    assert await found(net, unlooked="true", after="b") == ["c"]


async def test_the_nearest_are_found_first_page_by_page_and_what_has_no_place_last(net: Stage) -> None:
    talk = {"id": "talk", "service": "counselling"}
    for id, sites in (
        ("a-puzi", [{"id": "s", "township": "朴子市"}]),
        ("b-minxiong", [{"id": "s", "township": "民雄鄉"}]),
        ("c-both", [{"id": "s", "township": "朴子市"}, {"id": "t", "township": "大林鎮"}]),
        ("d-point", [{"id": "s", "latitude": 23.5426, "longitude": 120.4447}]),
        ("e-shelter", [{"id": "s", "secret_address": "某路"}]),
    ):
        body = {"county": COUNTY, "name": id, "sites": sites, "services": [talk]}
        assert (await put(net, id, body)).status_code == 200
    other = {"county": COUNTY, "name": "x", "services": [{"id": "m", "service": "transport"}]}
    assert (await put(net, "x", other)).status_code == 200

    asked = {"county": COUNTY, "near": "民雄", "need": "relationship_conflict"}
    whole = (await net.get("/v1/directory", **asked)).json()["providers"]
    order = ["b-minxiong", "d-point", "c-both", "a-puzi", "e-shelter"]
    assert [each["id"] for each in whole] == order
    away = [each["distance_km"] for each in whole]
    assert away[:2] == [0.0, 0.0] and 4 < away[2] < 12 and 15 < away[3] < 25 and away[4] is None
    after, paged = "", list[str]()
    for _ in order:
        page = (await net.get("/v1/directory", **asked, limit=1, **({"after": after} if after else {}))).json()
        paged += [each["id"] for each in page["providers"]]
        after = page["next"]
    assert paged == order
    assert await found(net, near="民雄鄉", within="12", service="counselling") == order[:3]
    assert "x" in await found(net, near="民雄鄉")
    wrong = await net.get("/v1/directory", county=COUNTY, near="中區")
    assert (wrong.status_code, wrong.json()["errors"][0]["at"]) == (422, "/query/near")


async def test_what_is_wrong_is_told_by_its_field_and_another_county_is_nobodys(net: Stage) -> None:
    wrong = await put(net, "hope", PLACE | {"services": [{"id": "a", "service": "magic"}]})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["at"] == "/body/services/0/service"
    assert (await put(net, "hope", PLACE, "tainan")).status_code == 403
    assert (await put(net, "hope", PLACE)).status_code == 200
    assert (await net.get("/v1/directory/hope", "tainan")).status_code == 404
    for path in ("/v1/directory", "/v1/directory/export"):
        assert (await net.get(path, "tainan", county=COUNTY)).status_code == 403
    assert (await net.get("/v1/directory", "tainan")).json()["providers"] == []


async def test_what_a_body_does_not_know_is_refused_and_an_answer_goes_back_as_it_came(net: Stage) -> None:
    wrong = await put(net, "hope", PLACE | {"services": [{"id": "a", "service": "counselling", "palces": {"left": 1}}]})
    [told] = wrong.json()["errors"]
    assert (wrong.status_code, told["at"]) == (422, "/body/services/0/palces") and "places, age_from" in told["detail"]
    assert (await put(net, "hope", PLACE)).status_code == 200
    told = (await net.get("/v1/directory/hope")).json()
    assert (await put(net, "hope", told | {"name": "一"})).status_code == 200
    again = await put(net, "hope", told | {"name": "二"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "written_since")


async def test_a_unit_is_one_entrys_and_an_import_takes_all_or_nothing(net: Stage) -> None:
    police = {"county": COUNTY, "name": "警察局", "unit": f"{COUNTY}/police"}
    assert (await put(net, "police", police)).status_code == 200
    assert (await put(net, "hope", PLACE)).status_code == 200
    taken = await put(net, "police-2", police)
    assert taken.status_code == 409
    assert [(each["code"], each["about"]) for each in taken.json()["errors"]] == [("unit_taken", "police")]

    out = (await net.get("/v1/directory/export", county=COUNTY)).json()
    [row] = [each for each in out["organization"] if each["name"] == "警察局"]
    new = row | {"id": "11111111-1111-4111-8111-111111111111", "safetynet_id": "new", "safetynet_unit": f"{COUNTY}/new"}
    wrong = new | {"id": "11111111-1111-4111-8111-111111111112", "safetynet_id": "wrong",
                   "safetynet_unit": f"{COUNTY}/police"}  # fmt: skip
    path = f"/v1/directory/imports?county={COUNTY}"
    refused = await net.post(path, out | {"organization": [new, *out["organization"], wrong]}, "keeper")
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["code"], error["at"]) == ("unit_taken", "/body/organization/3/id") and "(police)" in error["detail"]
    assert sorted(await found(net)) == ["hope", "police"]
    assert await net.did(path, out | {"organization": [new, *out["organization"]]}, "keeper") == {
        "taken": 1, "unchanged": 2,
    }  # fmt: skip
    # Who was taken back holds no unit any more.
    await net.did("/v1/directory/police/second-look", {"right": False}, "keeper_2")
    assert (await put(net, "police-2", police)).status_code == 200


async def test_of_those_who_take_a_unit_at_once_one_has_it(net: Stage) -> None:
    police = {"county": COUNTY, "name": "警察局", "unit": f"{COUNTY}/police"}
    answers = await asyncio.gather(*(put(net, f"police-{n}", police) for n in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    [holder] = await found(net)
    await all_sent(net.database["directory"])
    told = [json.loads(each.value) for each in await on_topic(net.kafka, net.prefix, DIRECTORY)]
    assert [(each["provider"], each["unit"]) for each in told] == [(holder, f"{COUNTY}/police")]


async def test_an_export_comes_in_as_it_went_out_and_a_bad_row_keeps_everything_out(net: Stage) -> None:
    for id in ("hope", "other"):
        assert (await put(net, id, PLACE | {"name": id})).status_code == 200
    out = (await net.get("/v1/directory/export", county=COUNTY)).json()
    await net.database["directory"].delete_many({})
    bad = json.loads(json.dumps(out))
    bad["service"][3]["safetynet_service"] = "magic"
    path = f"/v1/directory/imports?county={COUNTY}"
    refused = await net.post(path, bad, "keeper")
    assert refused.status_code == 422
    assert [(each["at"], "row 4" in each["detail"]) for each in refused.json()["errors"]] == [
        ("/body/service/3/safetynet_service", True)
    ]
    assert await found(net) == []
    assert await net.did(path, out, "keeper") == {"taken": 2, "unchanged": 0}
    assert (await net.get("/v1/directory/export", county=COUNTY)).json() == out
    assert await net.did(path, out, "keeper") == {"taken": 0, "unchanged": 2}
    files = await net.get("/v1/directory/export", county=COUNTY, format="csv")
    assert files.headers["content-type"] == "application/zip"
    await net.database["directory"].delete_many({})
    keeper = {"Authorization": "Bearer keeper", "Content-Type": "application/zip"}
    assert (await net.http.post(path, content=files.content, headers=keeper)).json() == {"taken": 2, "unchanged": 0}
    assert (await net.get("/v1/directory/export", county=COUNTY)).json() == out
    assert (await net.http.post(path, content=b"PK", headers=keeper)).status_code == 422
    assert await found(net, unlooked="true") == ["hope", "other"]


async def test_a_secret_address_leaves_by_no_answer_export_page_or_event(net: Stage) -> None:
    secret = {"id": "home", "name": "安心居", "township": "民雄鄉", "address": "canary-address", "latitude": 23.55443,
              "longitude": 120.42871, "phone": "canary-phone", "secret_address": "canary-secret"}  # fmt: skip
    refuge = {"id": "refuge", "service": "shelter", "sites": ["home"]}
    body = {"county": COUNTY, "name": "庇護", "sites": [secret], "services": [refuge]}
    answers = [(await put(net, "refuge", body)).text]
    # Who writes it again from what was told does not lose it.
    told = (await net.get("/v1/directory/refuge")).json()
    answers.append((await put(net, "refuge", told | {"name": "庇護家園"})).text)
    paths = (
        "/public/places",
        "/v1/directory",
        "/v1/directory/refuge",
        f"/v1/directory/export?county={COUNTY}",
        "/openapi.json",
        "/metrics",
    )
    answers += [(await net.get(each)).text for each in paths]
    answers.append((await put(net, "refuge", body | {"description": "canary-secret"})).text)
    async with at_desk(net, "keeper_2") as keeper:
        pages = ("/directory", "/directory/refuge", f"/directory/export?county={COUNTY}", "/directory?service=shelter")
        answers += [(await keeper.opens(each)).text for each in pages]
        await keeper.does("/directory/refuge", "/directory/refuge/second-look", {"right": "yes"})
    answers.append(json.dumps(await net.database["directory"].find().to_list(None), default=str))
    await all_sent(net.database["directory"])
    events = await on_topic(net.kafka, net.prefix, DIRECTORY)
    assert {each.key for each in events} == {b"refuge"}
    answers += [str(each) for each in (*await net.told(), *events)]
    assert all(answers)
    assert not re.findall(r"canary-\w+|23\.55443|120\.42871|民雄鄉", "".join(answers))
    kept = await net.database["directory"].find_one({"_id": "refuge"})
    assert kept["content"]["sites"][0]["sealed"]


SHOP: dict[str, Any] = {
    "county": COUNTY, "name": "安心商店", "description": "可借電話", "public": "friendly_shop",
    "sites": [{"id": "s", "name": "本店", "township": "民雄鄉", "address": "建國路 1 號", "phone": "05-1"},
              {"id": "t", "name": "暗房", "secret_address": "某路 9 號"}],
    "services": [{"id": "f", "service": "food_bank", "places": {"left": 41}, "promise": "9wd"}],
    "windows": [{"purpose": "referrals", "name": "黃窗口", "phone": "05-9999"}],
}  # fmt: skip


async def test_the_public_sees_what_is_marked_for_it_once_two_have_looked_and_nothing_else(net: Stage) -> None:
    assert (await put(net, "shop", SHOP)).status_code == 200
    assert (await put(net, "hotline", {"county": COUNTY, "name": "專線", "public": "hotline"})).status_code == 200
    assert (await put(net, "hope", PLACE)).status_code == 200
    assert (await put(net, "x", SHOP | {"public": "palace"})).status_code == 422

    async def seen(**asked: str) -> list[str]:
        answer = await net.http.get("/public/places", params=asked)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["places"]]

    assert await seen() == []  # nobody has looked
    for id in ("shop", "hotline", "hope"):
        await net.did(f"/v1/directory/{id}/second-look", {"right": True}, "keeper_2")
    assert await seen() == ["shop", "hotline"]
    assert await seen(township="民雄") == ["shop", "hotline"]
    assert await seen(township="大林鎮") == ["hotline"]
    assert await seen(kind="food_bank") == await seen(township="中正區", county="taipei-city") == []
    assert (await put(net, "shop", SHOP | {"name": "改名"})).status_code == 200
    [shop] = (await net.http.get("/public/places", params={"kind": "friendly_shop"})).json()["places"]
    assert (shop["name"], shop["sites"]) == (
        "安心商店", [{"name": "本店", "township": "民雄鄉", "address": "建國路 1 號", "phone": "05-1"}],
    )  # fmt: skip
    page = await net.http.get("/public/places?lang=en", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html") and "安心商店" in page.text
    told = json.dumps(shop, ensure_ascii=False) + page.text
    assert not [each for each in ("黃窗口", "05-9999", "41", "9wd", "暗房", "某路", "keeper", "希望") if each in told]
    for wrong in ({"kind": "palace"}, {"township": "中區"}):
        assert (await net.http.get("/public/places", params=wrong)).status_code == 422
        page = await net.http.get("/public/places?lang=en", params=wrong, headers={"Accept": "text/html"})
        assert page.status_code == 422 and "Correct what is looked for" in page.text
    net.app.state.public_gate = Gate("1/hour")
    assert [(await net.http.get("/public/places")).status_code for _ in range(2)] == [200, 429]


async def test_the_map_tells_what_the_table_tells_and_no_secret_site(net: Stage) -> None:
    for id, body in (("hope", PLACE), ("shop", SHOP), ("full", {"county": COUNTY, "name": "滿"})):
        assert (await put(net, id, body)).status_code == 200
    home = {"id": "home", "secret_address": "某路"}
    shelter = {"id": "r", "service": "shelter", "townships": ["梅山鄉"]}
    assert (
        await put(net, "r", {"county": COUNTY, "name": "r", "sites": [home], "services": [shelter]})
    ).status_code == 200
    async with at_desk(net, "caseworker") as worker:
        page = (await worker.opens("/directory/map")).text
        assert re.findall(r"<title>(\S+) \S+(?: \S+)?: ([1-9]\d*)</title>", page) == [("朴子市", "1"), ("民雄鄉", "1")]
        rows = re.findall(r'<th scope="row">(?:<a [^>]+>)?([^<]+)(?:</a>)?</th><td class="num">([1-9]\d*)</td>', page)
        assert rows == [("朴子市 Puzi City", "1"), ("民雄鄉 Minxiong", "1"), ("No site that may be shown", "2")]
        listed = await worker.opens("/directory?near=朴子市&within=0&county=chiayi-county")
        assert "希望基金會" in listed.text and "安心商店" not in listed.text
        assert "No such township" in (await worker.opens("/directory?near=中區&within=")).text


async def test_keepers_work_at_the_page_each_in_small_forms(net: Stage) -> None:
    async with at_desk(net, "keeper_1") as one, at_desk(net, "keeper_2") as two:
        assert (await one.opens("/cases")).status == 403
        page = await one.does("/directory", "/directory", id="hope", name="希望", county=COUNTY)
        assert page.path == "/directory/hope"
        path = "/directory/hope"
        await one.does(path, f"{path}/sites", name="朴子站", township="朴子市", address="光復路 1 號")
        wrong = await one.does(path, f"{path}/services", service="counselling", townships="中區")
        assert "This county has no 中區" in wrong.text
        await one.does(path, f"{path}/services", service="counselling", townships="朴子市、太保市", left="2", whole="5")
        await one.does(
            path, f"{path}/windows", purpose="referrals", name="甲窗口", phone="05-1", valid_from="2026-01-01"
        )
        page = await one.does(path, f"{path}/windows", purpose="referrals", name="乙窗口", valid_from="2026-06-01")
        assert "2026-01-01 – 2026-05-31" in page.text and "Another keeper looks at it" in page.text
        page = await two.does(path, f"{path}/second-look", {"right": "yes"})
        assert "Waits for a second look" not in page.text
        page = await two.does(path, f"{path}/places", left="0", whole="5")
        assert "Waits for a second look" in page.text
        found = await two.opens("/directory?need=relationship_conflict&free=true")
        assert "No provider offers that" in found.text
        assert "希望" in (await two.opens("/directory?need=relationship_conflict")).text
    async with at_desk(net, "caseworker") as worker:
        page = await worker.opens("/directory/hope")
        assert "甲窗口" in page.text and page.forms(f"{path}/places") == []


async def test_a_file_is_taken_in_at_the_page(net: Stage) -> None:
    assert (await put(net, "hope", PLACE)).status_code == 200
    out = (await net.get("/v1/directory/export", county=COUNTY)).json()
    async with at_desk(net, "keeper_2") as keeper:
        page = await keeper.opens("/directory")
        csrf = dict(page.forms("/directory/imports")[0].filled({}))["csrf"]
        for tables, said in ((out | {"phone": [{"id": "x"}]}, "phone, row 1, number"), (out, "希望基金會")):
            file = {"file": ("hsds.json", json.dumps(tables), "application/json")}
            headers = {"sec-fetch-site": "same-origin"}
            answer = await keeper.http.post(
                "/directory/imports", data={"csrf": csrf, "county": COUNTY}, files=file, headers=headers
            )
            assert said in answer.text, answer.text
