"""No unit is sent: each family is referred or advised, by name and date, and the sums of a year close."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from contracts.topics import DECISIONS, REFERRALS

from tests.integration.kafka_reading import all_sent, on_topic, taken
from tests.integration.network_desk import at_desk
from tests.integration.network_referring import SERVICES, YEAR, keep
from tests.integration.network_stage import COUNTY, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real

SCALE = 30
"""One of so many; `python -m tests.load.linking` plays the whole year."""


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def undecided(net: Stage, *reports: str, **more: Any) -> None:
    await net.decide(*(decided(each, "no_dispatch", **more) for each in reports))
    await taken(net.kafka, net.prefix, "network", [DECISIONS])


async def linking(net: Stage, report: str, role: str = "officer") -> dict[str, Any]:
    return dict((await net.get(f"/v1/linkings/{report}", role)).json())


async def owed(net: Stage) -> list[tuple[str, str]]:
    tasks = (await net.get("/v1/tasks", "officer", unit=f"{COUNTY}/window")).json()["tasks"]
    return [(each["what"], each["because"]["id"]) for each in tasks]


async def test_every_report_without_a_unit_is_owed_a_referral_or_an_advice_and_the_sums_close(net: Stage) -> None:
    for number, (_, service) in enumerate(SERVICES.values()):
        await keep(net, f"provider-{number}", service=service)
    rows = [(type_, n) for type_, count in YEAR.items() for n in range(round(count / SCALE))]
    for type_ in YEAR:
        ids = [f"{type_}-{n}" for each, n in rows if each == type_]
        await undecided(net, *ids, case_type=type_, resources=SERVICES[type_], township="朴子市")
    assert len(await owed(net)) == len(rows)
    counts = (await net.get("/v1/statistics/linkings", "analyst", county=COUNTY)).json()
    assert (counts["no_dispatch"], counts["open"], counts["balanced"]) == (len(rows), len(rows), True)
    done = Counter[str]()
    for number, (type_, n) in enumerate(rows):
        line, service = SERVICES[type_]
        if number % 2:
            body = {"report_id": f"{type_}-{n}", "service": service, "township": "朴子市", "family_agrees": True}
            await net.did("/v1/referrals", body, "officer")
        else:
            await net.did(f"/v1/linkings/{type_}-{n}/advice", {"advised": [line], "family_agrees": True}, "officer")
        done[service if number % 2 else line] += 1
    counts = (await net.get("/v1/statistics/linkings", "analyst", county=COUNTY)).json()
    assert (counts["referred"] + counts["advised"], counts["open"]) == (len(rows), 0)
    assert {each["service"]: each["referred"] + each["advised"] for each in counts["services"]} == done
    sent = (await net.get("/v1/statistics/referrals", "analyst", county=COUNTY)).json()
    assert {each["of"]: each["sent"] for each in sent["services"]} == {
        service: count for service, count in done.items() if not service.startswith("advice")
    }
    assert not [each for each in await owed(net) if each[0] == "link_resources"]


async def test_a_family_is_owed_it_again_when_its_referral_is_withdrawn_and_no_more_when_a_unit_is_sent(
    net: Stage,
) -> None:
    await keep(net, "hope")
    await undecided(net, "r1", resources=("counselling",))
    sent = await net.did("/v1/referrals", {"report_id": "r1", "service": "counselling"}, "officer")
    assert [what for what, _ in await owed(net)] == ["hear_answer"]
    await net.did(f"/v1/referrals/{sent['referral_id']}/withdrawal", {"reason": "mistake"}, "officer")
    assert await owed(net) == [("link_resources", "r1")]
    await net.decide(decided("r1", version=2))

    async def ended() -> bool:
        return bool((await linking(net, "r1"))["state"] == "ended")

    await until(ended)
    assert await owed(net) == []
    late = await net.post("/v1/linkings/r1/advice", {"advised": ["advice_113"]}, "officer")
    assert late.status_code == 409 and late.json()["errors"][0]["code"] == "unit_sent"


async def test_an_advice_says_what_by_whom_and_what_the_family_wants_once(net: Stage) -> None:
    await undecided(net, "r1", resources=("advice_1957",), needs=("child_development",), township="阿里山鄉")
    await keep(net, "far", service="community_support_site", townships=["東石鄉"])
    await keep(net, "near", service="community_support_site", townships=["番路鄉"])
    seen = await linking(net, "r1")
    rooms = {each["service"]: [offer["provider"] for offer in each["offers"]] for each in seen["room"]}
    assert rooms["community_support_site"] == [], "none serves Alishan"
    [site] = [each for each in seen["room"] if each["service"] == "community_support_site"]
    assert [each["provider"] for each in site["nearest"]] == ["near", "far"], "nearest named (item 28)"
    assert {"early_intervention", "parenting_guidance", "family_education"} <= rooms.keys()
    body = {"advised": ["advice_1957"], "family_agrees": False, "note": "canary"}
    for _ in range(2):
        await net.post("/v1/linkings/r1/advice", body, "officer", key="k")
    assert (await net.post("/v1/linkings/r1/advice", body | {"note": "else"}, "officer", key="k")).status_code == 409
    [advice] = (await linking(net, "r1"))["advice"]
    assert (advice["advised"], advice["by"], advice["family_agrees"]) == (["advice_1957"], "officer", False)
    wrong = await net.post("/v1/linkings/r1/advice", {"advised": ["a_string"]}, "officer")
    assert wrong.status_code == 422 and "advice_113" in wrong.text
    assert (await net.get("/v1/resources", report_id="r1")).json()["resources"] == ["advice_1957"], "still readable"
    await all_sent(net.database["linkings"])
    [told] = await on_topic(net.kafka, net.prefix, REFERRALS)
    assert b'"advice.given"' in told.value and b"canary" not in told.value
    assert "canary" not in repr(await net.database["linkings"].find_one({"_id": "r1"}))


async def test_the_window_alone_of_its_county_links_and_every_relation_is_asked(net: Stage) -> None:
    await keep(net, "hope")
    await undecided(net, "r1", resources=("counselling",))
    advice = {"advised": ["advice_113"]}
    for role, seen in {"officer": 200, "supervisor": 200, "caseworker": 200, PROTECTION: 404, "tainan": 404,
                       "partner": 403, "keeper": 403, "analyst": 403}.items():  # fmt: skip
        assert (await net.get("/v1/linkings/r1", role)).status_code == seen, role
        answer = await net.post("/v1/linkings/r1/advice", advice, role)
        assert answer.status_code == (201 if seen == 200 else seen), role
        listed = await net.get("/v1/linkings", role)
        assert listed.status_code == (403 if seen == 403 else 200), role
        assert seen == 403 or bool(listed.json()["linkings"]) == (seen == 200), role
        refer = await net.post("/v1/referrals", {"report_id": "r1", "service": "counselling"}, role)
        assert refer.status_code == {200: 201, 404: 404}.get(seen, 404 if role == "partner" else 403), role


async def test_at_the_page_who_has_room_is_one_click_away(net: Stage) -> None:
    await keep(net, "hope", 2, townships=["朴子市"])
    await keep(net, "full", 0)
    await undecided(net, "r1", resources=("advice_113", "counselling"), township="朴子市")
    async with at_desk(net, "officer") as officer:
        assert "/linkings/r1" in (await officer.opens("/linkings")).text
        assert "/linkings/r1" in (await officer.opens("/today")).text
        page = await officer.opens("/linkings/r1")
        assert "單位 hope" in page.text and "單位 full" not in page.text
        assert len(page.forms("/referrals")) == 1
        made = await officer.does("/linkings/r1", "/referrals")
        assert "單位 hope" in made.text
        page = await officer.does("/linkings/r1", "/linkings/r1/advice", advised="advice_113", family_agrees="yes")
        assert "advised" in page.part("done").lower() or "113" in page.part("done")
    async with at_desk(net, PROTECTION) as worker:
        assert (await worker.opens("/linkings/r1")).status == 404


async def test_who_works_through_the_list_goes_on_behind_what_was_done_meanwhile(net: Stage) -> None:
    for number in range(4):
        await undecided(net, f"r{number}")
    first = (await net.get("/v1/linkings", "officer", state="open", limit="2")).json()
    last = first["linkings"][-1]["report_id"]
    await net.did(f"/v1/linkings/{last}/advice", {"advised": ["advice_1957"]}, "officer")
    rest = (await net.get("/v1/linkings", "officer", state="open", limit="2", after=first["next"])).json()
    listed = [each["report_id"] for page in (first, rest) for each in page["linkings"]]
    assert sorted(listed) == ["r0", "r1", "r2", "r3"], "the last of a page was answered meanwhile: the next goes on"
