"""Network killed by SIGKILL in the middle of acts: each happens once, and what is told agrees with what is stored."""

import asyncio
import json
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from contracts.topics import CASES, ENROLMENTS, ROSTERS
from kit import mongo

from tests.integration.intake_process import Process, served
from tests.integration.kafka_reading import all_sent, on_topic, taken
from tests.integration.network_life import CHILD, FAMILY, PLAN, ahead, visit
from tests.integration.network_rosters import listed
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, POLICE, PROTECTION, Speaker, decided, settings
from tests.parts import Names, Parts
from tests.waiting import until

pytestmark = pytest.mark.real
YEAR = {"county": COUNTY, "from": "2023-01-01", "to": "2023-12-31"}


class Phone:
    """A client that sends an act again under the same key until it is answered; each is shot at once."""

    def __init__(self, process: Process, rng: random.Random) -> None:
        self.process, self.rng, self.kills, self.number = process, rng, 0, 0

    async def act(self, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        self.number, shot = self.number + 1, True
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"act-{self.number}"}
        while True:
            shooting = asyncio.create_task(self._shoot()) if shot else None
            try:
                async with httpx.AsyncClient(base_url=self.process.url, timeout=30) as http:
                    answer = await http.post(path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if shooting:
                await shooting
                await self.process.start("/healthz")
                shot = False
            if answer is not None and not shooting:
                assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
                return dict(answer.json())

    async def _shoot(self) -> None:
        self.kills += 1
        await asyncio.sleep(self.rng.uniform(0, 0.03))
        await self.process.kill()


async def test_each_act_happens_once_although_the_service_dies_in_its_middle(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    told = settings(settings_env)
    async with (
        served(settings_env, module="network", callers=told.callers, officers=told.officers) as process,
        Speaker.to(settings_env) as speaker,
    ):
        await speaker.decide(decided("r1", family=["a"], people=FAMILY, clocks=()))
        case = await _case(process, "r1")
        phone, id = Phone(process, random.Random(7)), case["case_id"]
        await phone.act(f"/v1/cases/{id}/acceptances", {"report_id": "r1", "accepted_by": "陳社工"}, PROTECTION)
        ask = {"unit": POLICE, "asked_for": ["patrol"], "due_at": ahead(3)}
        asked = await phone.act(f"/v1/cases/{id}/collaborators", ask, PROTECTION)
        await phone.act(f"/v1/collaborations/{asked['collaboration_id']}/acceptance", {"by": "林警員"}, POLICE)
        plan = {"with": [POLICE, "village_chief"], "at": ahead(1), "note": "一同前往"}
        planned = await phone.act(f"/v1/cases/{id}/joint-visits", plan, PROTECTION)
        [invited] = planned["invitations"]
        await phone.act(f"/v1/invitations/{invited['invitation_id']}/acceptance", {"by": "林警員"}, POLICE)
        again = await phone.act(f"/v1/cases/{id}/joint-visits", plan | {"with": [LABOUR]}, PROTECTION)
        [second] = again["invitations"]
        await phone.act(f"/v1/invitations/{second['invitation_id']}/refusal", {"reason": "no_capacity"}, LABOUR)
        await phone.act(f"/v1/joint-visits/{again['visit_id']}/invitations", {"unit": POLICE}, PROTECTION)
        await phone.act(f"/v1/joint-visits/{again['visit_id']}/withdrawal", {"reason": "other_day"}, PROTECTION)
        owed = (task for task in (await _case(process, "r1"))["tasks"] if task["state"] == "open")
        early = next(task["id"] for task in owed if task["what"] == "joint_visit")
        joint = {"with": ["family", POLICE], "at": datetime.now(UTC).isoformat(), "until": None, "note": "在家"}
        joint |= {"completes": [early]}
        await phone.act(f"/v1/cases/{id}/contacts", visit(**joint), PROTECTION)
        await phone.act(f"/v1/cases/{id}/assessments", {"opened": True, "needs": []}, PROTECTION)
        offered = await phone.act(f"/v1/cases/{id}/handovers", {"to": CENTRE, "reason": "area_changed"}, PROTECTION)
        await phone.act(f"/v1/handovers/{offered['handover_id']}/acceptance", {"by": "林社工"}, CENTRE)
        for task in [each for each in (await _case(process, "r1"))["tasks"] if each["state"] == "open"]:
            await phone.act(f"/v1/tasks/{task['id']}/completion", {}, "supervisor")
        heard = {"reason": "goals_met", "evidence": {"heard": [POLICE]}, "return_plan": PLAN}
        closing = await phone.act(f"/v1/cases/{id}/closings", heard, CENTRE)
        await phone.act(f"/v1/closings/{closing['closing_id']}/approval", {}, "supervisor")

        found = await _case(process, "r1")
        client = mongo.connect(parts.mongo)
        database = client[names.databases + "network"]
        await all_sent(database["cases"], database["standings"], database["tasks"])
        client.close()
    events = {
        dict(each.headers)["ce_id"]: json.loads(each.value) for each in await on_topic(parts.kafka, names.topics, CASES)
    }
    print({"kills": phone.kills, "acts": phone.number, "events": len(events)})
    assert phone.kills == phone.number
    assert Counter(event["type"] for event in events.values()) == {
        "case.opened": 1, "case.accepted": 1, "collaborator.asked": 1, "collaborator.joined": 1, "case.contacted": 1,
        "case.assessed": 1, "lead.offered": 1, "lead.taken": 1, "case.closed": 1,
        "visit.planned": 3, "visit.joined": 1, "visit.declined": 1, "visit.withdrawn": 1,
    }  # fmt: skip
    assert (found["state"], found["lead"]["person"], len(found["contacts"])) == ("closed", "林社工", 1)
    assert [each["person"] for each in found["people"] if each["last_seen_at"]] == [CHILD]
    assert [each["state"] for each in found["joint_visits"]] == ["done", "withdrawn"]
    assert found["version"] == max(event["version"] for event in events.values())


async def test_rows_of_lists_and_what_is_granted_outlive_kills_and_replays(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    told, rng, rows = settings(settings_env), random.Random(18), [
        listed(f"e{n}", f"id:{n % 40}", roster=("under_six", "social_assistance")[n % 2]) for n in range(120)
    ]  # fmt: skip
    counted: list[dict[str, Any]] = []
    async with (
        served(settings_env, module="network", callers=told.callers, officers=told.officers) as process,
        Speaker.to(settings_env) as speaker,
    ):
        for first in range(0, len(rows), 40):
            await speaker.tell(ROSTERS, *rows[first : first + 40])
            await asyncio.sleep(rng.uniform(0, 0.2))
            await process.kill()
            await process.start("/healthz")
            counted.append(await _got(process, "/v1/statistics/rosters", **YEAR))
        phone = Phone(process, rng)
        await speaker.tell(ROSTERS, *rows)
        asked = {"programme": "emergency_relief", "person": "person:x", "county": COUNTY, "entered_by": "application"}
        asked |= {"facts": {"group": "no_work"}}
        path = f"/v1/enrolments/{(await phone.act('/v1/enrolments', asked, CENTRE))['enrolment_id']}"
        await phone.act(f"{path}/contacts", {"kind": "visit", "at": datetime.now(UTC).isoformat()}, CENTRE)
        await phone.act(f"{path}/answers", {"answer": "eligible", "evidence": ["criteria_table"]}, CENTRE)
        grant = await phone.act(f"{path}/grants", {"item": "relief", "amount": 20_000, "cause": "c1"}, CENTRE)
        await phone.act(f"{path}/payments", {"grant_id": grant["grant_id"]}, CENTRE)
        await taken(parts.kafka, names.topics, "network", [ROSTERS])
        counted.append(await _got(process, "/v1/statistics/rosters", **YEAR))
        found = await _got(process, path)
        client = mongo.connect(parts.mongo)
        database = client[names.databases + "network"]
        owed = [each async for each in database["tasks"].find({"because.kind": "household", "state": "open"})]
        await all_sent(database["enrolments"], database["tasks"])
        client.close()
    for each in counted:
        assert each["rows"] == sum(each["answered"].values()) + each["not_found"] + each["due"] + each["overdue"]
    assert [each["rows"] for each in counted] == sorted(each["rows"] for each in counted)
    assert (counted[-1]["rows"], len(owed), len({each["because"]["id"] for each in owed})) == (120, 40, 40)
    assert (len(found["contacts"]), [each["amount"] for each in found["grants"]]) == (1, [20_000])
    events = await on_topic(parts.kafka, names.topics, ENROLMENTS)
    each_once = {dict(each.headers)["ce_id"]: json.loads(each.value)["type"] for each in events}
    assert Counter(each_once.values()) == dict.fromkeys(
        ("enrolment.begun", "enrolment.contacted", "enrolment.advanced", "enrolment.granted", "enrolment.paid"), 1
    )
    print({"kills": phone.kills + 3, "rows": [each["rows"] for each in counted]})


async def _got(process: Process, path: str, **query: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=process.url, headers={"Authorization": "Bearer supervisor"}) as http:
        return dict((await http.get(path, params=query)).raise_for_status().json())


async def _case(process: Process, report: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        headers = {"Authorization": "Bearer supervisor"}
        async with httpx.AsyncClient(base_url=process.url, headers=headers) as http:
            found = (await http.get("/v1/cases", params={"report_id": report})).json()["cases"]
            return dict((await http.get(f"/v1/cases/{found[0]['case_id']}")).json()) if found else None

    return dict(await until(look))
