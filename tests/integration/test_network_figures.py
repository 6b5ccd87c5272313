"""Figures of service cell by cell, as the decks print them: service rate, opening rate, needs, what came back."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from contracts.cases import CaseId
from contracts.decisions import DecisionMade
from kit import mongo
from kit.inbox import Received, Record
from kit.outbox import Outgoing
from network.book import Book
from network.cases.domain import findings
from network.cases.domain.case import Assessment
from network.cases.domain.register import Register
from network.cases.handlers import Handlers
from network.cases.store import Cases, Touched
from network.tasks.store import Tasks

from tests.integration.network_stage import COUNTY, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real

ADULTS_109 = {"protection": 1678, "duplicate": 429, "welfare_centre": 329, "no_dispatch": 700, "transferred": 289}
"""Chiayi City's adult reports of 109 (2020): 3,425; the outcomes that the rate does not name are made up to the sum."""
NEEDS = {
    "economic_hardship": 613, "child_development": 299, "member_adversity": 225, "relationship_conflict": 190,
    "personal_adjustment": 164, "support_system_change": 90,
}  # fmt: skip
"""Needs of cases opened 109-01-01 to 110-08-31, in case-times: 1,581."""
BATCH = 500
NOW = datetime.now(UTC)
DAYS = {"from": (NOW - timedelta(days=2)).date().isoformat(), "to": (NOW + timedelta(days=1)).date().isoformat()}
numbers = count()


async def publish_nothing(_: Outgoing) -> None:
    return None


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


@pytest.fixture
async def cases(settings_env: dict[str, str]) -> AsyncIterator[Cases]:
    client = mongo.connect(settings_env["mongo_url"])
    database = mongo.database(client, settings_env["database_prefix"] + "network")
    book = Book(client, publish_nothing)
    yield Cases(book, database, Tasks(book, database))
    client.close()


def made(outcome: str, case_type: str) -> DecisionMade:
    more: dict[str, Any] = {"clocks": (), "case_type": case_type, "received_at": NOW}
    return decided(f"f{next(numbers)}", outcome, **more)


async def take_in(cases: Cases, decisions: Sequence[DecisionMade]) -> None:
    handlers = Handlers(cases)
    for start in range(0, len(decisions), BATCH):
        batch = decisions[start : start + BATCH]
        await handlers.on_decisions(
            [Received(str(uuid4()), each, {}, Record("t", 0, 0, None, b"", {})) for each in batch]
        )


async def assess(cases: Cases, reports: Sequence[str], assessments: Sequence[dict[str, Any]]) -> None:
    """Take cases on and assess them, a batch in one transaction, by the rules that the API follows."""

    def work(register: Register) -> list[Any]:
        for report, found in zip(chunk, some, strict=True):
            id = register.standings[report].case_id  # type: ignore[index]
            assert id
            register.accept(id, report, PROTECTION, "陳社工", cause=str(uuid4()), at=NOW)  # type: ignore[arg-type]
            assessment = Assessment(str(uuid4()), NOW, "陳社工", **found)
            register.save(
                findings.assess(register.cases[CaseId(id)], assessment, cause=str(uuid4()), watch=timedelta(days=30))
            )
        return []

    for start in range(0, len(reports), BATCH):
        chunk, some = reports[start : start + BATCH], assessments[start : start + BATCH]
        await cases.change(Touched(reports=chunk), work, at=NOW)  # type: ignore[arg-type]


async def test_the_service_rate_of_adults_in_109_is_56_per_cent(net: Stage, cases: Cases) -> None:
    await take_in(cases, [made(outcome, "adult_protection") for outcome, n in ADULTS_109.items() for _ in range(n)])
    answer = (await net.get("/v1/statistics/rates", "analyst", county=COUNTY, **DAYS)).json()
    [row] = answer["rates"]
    print(row)
    assert (row["received"], row["duplicate"], row["protection"]) == (3425, 429, 1678)
    assert (round(row["service_rate"] * 100, 1), answer["verified"]) == (56.0, False)
    assert (row["dispatched"], row["assessed"], row["opening_rate"]) == (2007, 0, None)


async def test_64_of_100_assessed_childrens_reports_are_opened_and_the_undecided_stand_apart(
    net: Stage, cases: Cases
) -> None:
    reports = [made("protection", "child_protection") for _ in range(107)]
    await take_in(cases, reports)
    found = [{"opened": True}] * 64 + [{"opened": False, "reason": "no_need"}] * 20
    found += [{"opened": False, "reason": "served_elsewhere"}] * 16
    await assess(cases, [each.report_id for each in reports[:100]], found)
    [row] = (await net.get("/v1/statistics/rates", "analyst", county=COUNTY, **DAYS)).json()["rates"]
    print(row)
    assert (row["dispatched"], row["assessed"], row["undecided"]) == (107, 100, 7)
    assert (row["opened"], row["opening_rate"]) == (64, 0.64)
    assert row["not_opened"] == {"no_need": 20, "served_elsewhere": 16}


async def test_the_needs_of_opened_cases_are_ranked_as_printed(net: Stage, cases: Cases) -> None:
    reports = [made("protection", "consultation_adult") for _ in range(NEEDS["economic_hardship"])]
    await take_in(cases, reports)
    found = [
        {"opened": True, "needs": tuple(need for need, times in NEEDS.items() if number < times)}
        for number in range(len(reports))
    ]
    await assess(cases, [each.report_id for each in reports], found)
    answer = (await net.get("/v1/statistics/needs", "analyst", county=COUNTY, **DAYS)).json()
    print(answer)
    assert {each["need"]: each["cases"] for each in answer["needs"]} == NEEDS
    assert ([each["cases"] for each in answer["needs"]], answer["total"]) == ([613, 299, 225, 190, 164, 90], 1581)
    nothing = await net.get(
        "/v1/statistics/needs", "analyst", county=COUNTY, **{"from": "2020-01-01", "to": "2020-02-01"}
    )
    assert nothing.json()["total"] == 0
    backwards = await net.get(
        "/v1/statistics/needs", "analyst", county=COUNTY, **{"from": "2020-02-01", "to": "2020-01-01"}
    )
    assert backwards.status_code == 422


async def test_a_merge_changes_no_figure(net: Stage) -> None:
    await net.decide(*(decided(f"r{family}", family=[family], received_at=NOW) for family in "ab"))
    ids = [str((await net.case_of(f"r{family}"))["case_id"]) for family in "ab"]
    found = (["economic_hardship", "child_development"], ["economic_hardship"])
    for id, report, needs in zip(ids, ("ra", "rb"), found, strict=True):
        await net.did(f"/v1/cases/{id}/acceptances", {"report_id": report}, PROTECTION)
        await net.did(f"/v1/cases/{id}/assessments", {"opened": True, "needs": needs}, PROTECTION)
    before = await figures(net)
    ask = {"case_id": ids[1], "reason": "same_household"}
    merge = await net.did(f"/v1/cases/{ids[0]}/merges", ask, "supervisor")
    await net.did(f"/v1/merges/{merge['merge_id']}/approval", {}, "supervisor_2")
    assert await figures(net) == before
    assert before[1] == {"economic_hardship": 2, "child_development": 1}
    cases = (await net.get("/v1/statistics/cases", "analyst", county=COUNTY)).json()
    assert cases == {"open": 1, "opened": 2, "joined": 0}


async def figures(net: Stage) -> tuple[Any, dict[str, int]]:
    rates = (await net.get("/v1/statistics/rates", "analyst", county=COUNTY, **DAYS)).json()["rates"]
    needs = (await net.get("/v1/statistics/needs", "analyst", county=COUNTY, **DAYS)).json()["needs"]
    return rates, {each["need"]: each["cases"] for each in needs}
