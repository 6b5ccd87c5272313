"""A report between two counties, through all services: handed over once, or given back, never lost between them."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.topics import CASES, DECISIONS

from tests.e2e.inprocess import KEYS, OFFICERS, TOKEN, Inside, every_record, inside
from tests.parts import Names, Parts
from tests.waiting import until

COUNTY, CITY = "chiayi-county", "chiayi-city"
REASON = "not_our_resident"


def of_the_city() -> dict[str, Any]:
    """Violence against a pregnant woman, seen in the county, who lives in the city: the law sends it there."""
    now = datetime.now(UTC)
    subject = {
        "role": "subject", "name": "林小美", "national_id": "Q222222220", "birth_date": "1990-03-12",
        "conditions": ["pregnancy"], "residence": {"county": CITY, "township": "東區", "address": "吳鳳北路 1 號"},
    }  # fmt: skip
    return {
        "case_type": "adult_protection",
        "county": COUNTY,
        "sender_ref": f"T-{now.timestamp()}",
        "known_at": (now - timedelta(minutes=30)).isoformat(),
        "event": {
            "occurred_at": (now - timedelta(hours=1)).isoformat(),
            "place": {"county": COUNTY, "township": "民雄鄉"},
            "kinds": ["physical_violence"],
            "narrative": "在民雄遭配偶推打",
        },
        "people": [
            subject,
            {"role": "alleged_perpetrator", "name": "陳大明", "relation_to_subject": "spouse"},
        ],
    }


@pytest.fixture
async def services(settings_env: dict[str, str]) -> AsyncIterator[Inside]:
    async with inside(settings_env) as running:
        yield running


async def served(services: Inside) -> tuple[str, dict[str, Any]]:
    """An urgent report that the county handles first, on its way to the city after a unit took it on by name."""
    body = of_the_city()
    body["event"]["danger_signs"] = ["strangulation"]
    id = str((await services.post(body)).json()["report_id"])
    decided = await queued(services, COUNTY, id, "waiting")
    case = await services.case_of(id)
    taken = {"report_id": id, "accepted_by": "吳社工"}
    supervisor = {"Authorization": f"Bearer {TOKEN}"}
    address = f"/v1/cases/{case['case_id']}/acceptances"
    assert (await services.http["network"].post(address, json=taken, headers=supervisor)).status_code == 200
    await queued(services, COUNTY, id, "accepted")
    ruling = {"version": decided["version"], "outcome": "transferred", "transferred_to": CITY, "reason": "moved_home"}
    address = f"/v1/decisions/{id}"
    assert (await services.http["dispatch"].post(address, json=ruling, headers=supervisor)).status_code == 200
    return id, await queued(services, CITY, id, "arrived")


async def cases_of(services: Inside, id: str, wanted: list[tuple[str, str, str | None]]) -> None:
    """Wait until the cases that ever held a report are these: county, state, and who took it on there."""

    async def look() -> bool:
        found = [each for county in (COUNTY, CITY) for each in await _cases(services, county)]
        shown = [
            (each["county"], each["state"], entry["accepted_by"])
            for each in found
            for entry in each["reports"]
            if entry["report_id"] == id
        ]
        return shown == wanted

    await until(look)


async def _cases(services: Inside, county: str) -> list[dict[str, Any]]:
    return list((await services.get("network", "/v1/cases", county=county)).get("cases", []))


async def queued(services: Inside, county: str, id: str, stage: str) -> dict[str, Any]:
    """The report as the officer of a county sees it, once it stands in that stage there."""

    async def look() -> dict[str, Any] | None:
        seen = await services.get("dispatch", f"/v1/decisions/{id}", token=OFFICERS[county])
        return seen if seen.get("stage") == stage else None

    return dict(await until(look))


async def arrived(services: Inside) -> tuple[str, dict[str, Any]]:
    """A report that was posted to the county and waits in the city's queue: its id, and what the city sees."""
    posted = await services.post(of_the_city())
    assert posted.status_code == 202, posted.text
    id = str(posted.json()["report_id"])
    return id, await queued(services, CITY, id, "arrived")


async def status(services: Inside, id: str, wanted: str) -> dict[str, Any]:
    """What the sender sees, once it is `wanted`."""

    async def look() -> dict[str, Any] | None:
        seen = await services.get("intake", f"/v1/reports/{id}", token=KEYS["police"])
        return seen if seen.get("status") == wanted else None

    return dict(await until(look))


async def told(services: Inside, id: str, *templates: str) -> dict[str, tuple[str, str]]:
    """Who was told of a report, by template: unit and state, once every one of these templates was settled."""

    async def look() -> list[dict[str, Any]] | None:
        found = (await services.get("notify", "/v1/deliveries", report_id=id)).get("deliveries", [])
        settled = [each for each in found if each["state"] != "queued"]
        return found if {each["template"] for each in settled} >= set(templates) else None

    deliveries = list(await until(look))
    assert [n for n in Counter((each["unit"], each["template"]) for each in deliveries).values() if n > 1] == []
    return {each["template"]: (each["unit"], each["reason"] or each["state"]) for each in deliveries}


async def ledgers(services: Inside) -> list[tuple[int, int, int, int]]:
    """Received, arrived, decided and open of the county and of the city, once intake's counts made both equal."""
    day = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()

    async def look() -> list[dict[str, Any]] | None:
        found = [await services.get("dispatch", "/v1/ledger", county=each, day=day) for each in (COUNTY, CITY)]
        return found if all(each["equal"] and not each["missing"] for each in found) else None

    found = await until(look)
    return [(each["received"], each["arrived"], sum(each["decided"].values()), each["open"]) for each in found]


async def published(parts: Parts, names: Names, topic: str) -> list[tuple[str, int]]:
    """Type and version of what was published on a topic, in order."""
    found = []
    for name, record in await every_record(parts.kafka, names.topics):
        if name == names.topics + topic:
            body = json.loads(record[record.index(b"{") : record.rindex(b"}") + 1])
            found.append((body["type"], body["version"]))
    return sorted(found, key=lambda each: each[1])


async def test_the_other_county_takes_a_report_over_and_its_unit_serves_the_family(
    services: Inside, parts: Parts, names: Names
) -> None:
    id, seen = await arrived(services)
    assert (seen["suggested"], seen["responsible"]) == ("protection", f"{COUNTY}/window")
    assert (await status(services, id, "outcome"))["outcome"] == "transferred"
    assert await ledgers(services) == [(1, 0, 1, 0), (0, 1, 0, 1)]
    here = {"version": seen["version"]}
    assert (await services.act(COUNTY, f"/v1/decisions/{id}/acceptance", here)).status_code == 409

    presses = [services.act(CITY, f"/v1/decisions/{id}/acceptance", here) for _ in range(3)]
    answers = sorted([answer.status_code for answer in await asyncio.gather(*presses)])
    assert answers == [200, 409, 409]

    assert (await status(services, id, "dispatched"))["to_unit_kind"] == "protection"
    decided = await queued(services, CITY, id, "waiting")
    assert (decided["county"], decided["unit"], decided["version"]) == (CITY, f"{CITY}/protection", 2)
    assert await told(services, id, "transferred", "new_case", "take_part") == {
        "transferred": (f"other-counties/{CITY}", "sent"),
        "new_case": (f"{CITY}/protection", "unknown_group"),
        "take_part": (f"{CITY}/health", "unknown_group"),
    }
    case = await services.case_of(id)
    assert (case["county"], case["lead"]["unit"], len(case["reports"])) == (CITY, f"{CITY}/protection", 1)
    assert await ledgers(services) == [(1, 0, 1, 0), (0, 1, 1, 0)]
    assert await published(parts, names, DECISIONS.name) == [("decision.made", 1), ("decision.made", 2)]
    assert await published(parts, names, CASES.name) == [("case.opened", 1)]


async def test_what_the_other_county_gives_back_is_in_the_first_countys_queue_again(
    services: Inside, parts: Parts, names: Names
) -> None:
    id, seen = await arrived(services)
    refusal = {"version": seen["version"], "reason": REASON}
    assert (await services.act(COUNTY, f"/v1/decisions/{id}/rejection", refusal)).status_code == 409
    assert (await services.act(CITY, f"/v1/decisions/{id}/rejection", refusal)).status_code == 200

    back = await queued(services, COUNTY, id, "pending")
    assert (back["transfer"]["state"], back["history"][-1]["reason"]) == ("rejected", REASON)
    assert back["responsible"] == f"{COUNTY}/window"
    assert (await status(services, id, "under_review"))["outcome"] is None
    assert (await told(services, id, "review"))["review"] == (f"{COUNTY}/window", "sent")
    assert await ledgers(services) == [(1, 0, 0, 1), (0, 1, 1, 0)]
    ruling = {"version": back["version"], "outcome": "protection", "reason": "handle_first"}
    assert (await services.act(COUNTY, f"/v1/decisions/{id}", ruling)).status_code == 200
    assert (await told(services, id, "new_case"))["new_case"] == (f"{COUNTY}/protection", "sent")
    case = await services.case_of(id)
    assert (case["county"], case["lead"]["unit"]) == (COUNTY, f"{COUNTY}/protection")
    assert await published(parts, names, DECISIONS.name) == [
        ("decision.made", 1), ("review.requested", 2), ("decision.made", 3)]  # fmt: skip


async def test_the_unit_that_serves_a_family_goes_on_until_the_other_county_has_decided(services: Inside) -> None:
    id, seen = await served(services)
    await asyncio.sleep(1)
    await cases_of(services, id, [(COUNTY, "accepted", "吳社工")])
    answer = await services.act(CITY, f"/v1/decisions/{id}/acceptance", {"version": seen["version"]})
    assert answer.status_code == 200
    await cases_of(services, id, [(COUNTY, "withdrawn", "吳社工"), (CITY, "waiting", None)])
    assert await ledgers(services) == [(1, 0, 1, 0), (0, 1, 1, 0)]


async def test_what_comes_back_to_a_unit_that_serves_the_family_needs_no_second_acceptance(services: Inside) -> None:
    id, seen = await served(services)
    refusal = {"version": seen["version"], "reason": REASON}
    assert (await services.act(CITY, f"/v1/decisions/{id}/rejection", refusal)).status_code == 200
    back = await queued(services, COUNTY, id, "pending")
    await cases_of(services, id, [(COUNTY, "accepted", "吳社工")])
    ruling = {"version": back["version"], "outcome": "protection", "reason": "serves_already"}
    assert (await services.act(COUNTY, f"/v1/decisions/{id}", ruling)).status_code == 200
    again = await queued(services, COUNTY, id, "accepted")
    assert again["accepted"]["by"] == "吳社工"
