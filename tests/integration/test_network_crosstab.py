"""Cases crossed freely: true counts for who may open them, steps and stars for analysts and files, fixed periods."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from contracts.decisions import PersonKey
from rules.periods import fixed, latest
from rules.spans import TAIPEI

from tests import differencing
from tests.integration.network_life import PLAN, ago, taken, visit
from tests.integration.network_recording import recording
from tests.integration.network_referring import keep, refer
from tests.integration.network_stage import CENTRE, COUNTY, LABOUR, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real
QUARTER = latest(datetime.now(TAIPEI).date())
DAYS = {"from": str(QUARTER.first), "to": str(QUARTER.last)}


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with recording(settings_env) as found:
        await found.database["cases"].insert_many([*_families()])
        await found.database["referrals"].insert_many([*_sent()])
        yield found


def _families() -> list[dict[str, Any]]:
    """Twenty lone parents in economic need, three of them of Alishan; and thirty families of another need."""
    return [
        _case(f"l{at}", "lone_parent", "economic_hardship", "阿里山鄉" if at < 3 else "民雄鄉") for at in range(20)
    ] + [_case(f"o{at}", "debt", "child_development", "民雄鄉") for at in range(30)]


def _case(id: str, factor: str, need: str, township: str) -> dict[str, Any]:
    at = datetime.combine(QUARTER.first + timedelta(days=9), time(12), TAIPEI).astimezone(UTC)
    found = {"at": at, "opened": True, "needs": [need], "factors": [factor], "service_mode": "family_preservation"}
    return {
        "_id": id, "county": COUNTY, "state": "opened", "open": True, "opened_at": at, "ended_at": None,
        "lead": {"unit": PROTECTION}, "assessments": [found], "closings": [],
        "people": [{"role": "subject", "birth_year": at.year - 8}],
        "reports": [{"case_type": "child_protection", "township": township}],
    }  # fmt: skip


def _sent() -> list[dict[str, Any]]:
    done = {"service": "counselling", "state": "done", "outcome": "goals_met", "county": COUNTY}
    return [{"_id": f"r{at}", "case_id": f"l{at}", **done} for at in range(12)]


async def table(net: Stage, role: str, **query: str) -> dict[str, Any]:
    answer = await net.get("/v1/statistics/crosstab", role, county=COUNTY, **DAYS | query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_lone_parents_by_need_and_outcome_of_the_referral(net: Stage) -> None:
    found = await table(net, "supervisor", rows="factor", by="need", columns="referral")
    at = found["lines"].index(["lone_parent", "economic_hardship"])
    assert dict(zip(found["column_values"], found["cells"][at], strict=True)) == {"goals_met": 12, "none": 8}
    assert (found["total"], found["counts"], found["steps"]) == (50, "mentions", 1)
    told = await table(net, "analyst", rows="factor", by="need", columns="referral")
    known = dict(zip(map(tuple, told["lines"]), told["row_totals"], strict=True))
    assert told["steps"] == 5 and known["lone_parent", "economic_hardship"] in (None, 20)


async def test_a_township_of_three_is_true_to_a_supervisor_and_in_no_answer_or_file_for_others(net: Stage) -> None:
    by_place = {"rows": "township", "columns": "need"}
    open_ = await table(net, "supervisor", **by_place)
    assert open_["row_totals"][open_["lines"].index(["阿里山鄉", ""])] == 3
    for role in ("analyst", f"supervisor of {PROTECTION}"):
        answer = await net.get("/v1/statistics/crosstab", role, county=COUNTY, **DAYS | by_place)
        assert answer.status_code == 200 and "阿里山鄉" not in answer.text, role
        shown = [*answer.json()["row_totals"], *(each for row in answer.json()["cells"] for each in row)]
        assert all(each is None or each % 5 == 0 for each in shown)
    file = await net.get("/v1/statistics/crosstab", "supervisor", county=COUNTY, format="csv", **DAYS | by_place)
    assert "阿里山鄉" not in file.text and "*" in file.text


@pytest.mark.parametrize(
    "rows", ["case_type", "mode", "service", "outcome", "duration", "age_band", "programme", "month"]
)
async def test_every_dimension_counts_every_case(net: Stage, rows: str) -> None:
    found = await table(net, "officer", rows=rows)
    assert found["total"] == sum(found["row_totals"]) == 50


async def test_ranges_that_could_be_subtracted_are_refused_and_say_which_are_not(net: Stage) -> None:
    asked = {"county": COUNTY, "rows": "need", "from": str(QUARTER.first)}
    almost = str(QUARTER.last - timedelta(days=1))
    refused = await net.get("/v1/statistics/crosstab", "analyst", **asked, to=almost)
    assert refused.status_code == 422 and str(QUARTER.last) in refused.json()["errors"][0]["detail"]
    running = await net.get("/v1/statistics/crosstab", "analyst", **asked, to=str(date.today()))
    assert running.status_code == 422
    assert (await net.get("/v1/statistics/crosstab", "supervisor", **asked, to=almost)).status_code == 200
    file = await net.get("/v1/statistics/crosstab", "supervisor", format="xlsx", **asked, to=almost)
    assert file.status_code == 422
    assert (await net.get("/v1/statistics/crosstab", "caseworker", **asked, to=almost)).status_code == 403
    assert (await net.get("/v1/statistics/crosstab", "tainan", **asked, to=almost)).status_code == 403


async def test_two_families_that_lived_through_the_api_are_counted_in_each_dimension(
    settings_env: dict[str, str],
) -> None:
    """A lone parent in economic need whose referral was served, and a case that was closed; nothing put in by hand."""
    async with stage(settings_env) as net:
        await _served(net)
        await _closed(net)
        told = {
            rows: await _totals(net, rows)
            for rows in (
                "factor",
                "need",
                "mode",
                "service",
                "referral",
                "programme",
                "outcome",
                "duration",
                "township",
            )
        }
        assert told == {
            "factor": {"lone_parent": 1, "none": 1}, "need": {"economic_hardship": 1, "child_development": 1},
            "mode": {"family_preservation": 1, "none": 1}, "service": {"counselling": 1, "none": 1},
            "referral": {"served": 1, "none": 1}, "programme": {"juvenile_guidance": 1, "none": 1},
            "outcome": {"open": 1, "goals_met": 1}, "duration": {"open": 1, "under_1": 1},
            "township": {"民雄鄉": 1, "朴子市": 1},
        }  # fmt: skip
        assert "unknown" not in await _totals(net, "age_band")
        found = await _asked(net, rows="factor", by="need", columns="referral")
        at = found["lines"].index(["lone_parent", "economic_hardship"])
        assert dict(zip(found["column_values"], found["cells"][at], strict=True))["served"] == 1


async def _served(net: Stage) -> None:
    id = await taken(net, township="民雄鄉")
    found = {"opened": True, "needs": ["economic_hardship"], "factors": ["lone_parent"]}
    await net.did(f"/v1/cases/{id}/assessments", found | {"service_mode": "family_preservation"}, PROTECTION)
    await keep(net, "hope", 2)
    path = f"/v1/referrals/{(await refer(net, id))['referral_id']}"
    for act, body in (("acceptance", {}), ("start", {}), ("completion", {"outcome": "served"})):
        await net.did(f"{path}/{act}", body, "partner")
    asked = {"programme": "juvenile_guidance", "case_id": id, "entered_by": "application", "at": ago(1)}
    born = f"{datetime.now(UTC).year - 15}-01-15"
    await net.did("/v1/enrolments", asked | {"person": "person:child", "birth_date": born}, PROTECTION)


async def _closed(net: Stage) -> None:
    grown = PersonKey(key="person:other", role="subject", birth_year=1980)
    await net.decide(decided("r2", family=["b"], people=(grown,), township="朴子市"))
    id = (await net.case_of("r2"))["case_id"]
    await net.did(f"/v1/cases/{id}/acceptances", {"report_id": "r2", "accepted_by": "陳社工"}, PROTECTION)
    await net.did(f"/v1/cases/{id}/contacts", visit(seen=[{"person": grown.key, "alone": True}]), PROTECTION)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": True, "needs": ["child_development"]}, PROTECTION)
    closing = {"reason": "goals_met", "return_plan": PLAN}
    asked = await net.did(f"/v1/cases/{id}/closings", closing, PROTECTION)
    await net.did(f"/v1/closings/{asked['closing_id']}/approval", {}, "supervisor")


async def _asked(net: Stage, **query: str) -> dict[str, Any]:
    answer = await net.get("/v1/statistics/crosstab", "supervisor", county=COUNTY, **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _totals(net: Stage, rows: str) -> dict[str, int]:
    found = await _asked(net, rows=rows)
    return {line[0]: total for line, total in zip(found["lines"], found["row_totals"], strict=True)}


async def test_an_analyst_who_subtracts_any_two_answers_finds_nothing_hidden(settings_env: dict[str, str]) -> None:
    """`DIFFERENCING=450` asks for 450 tables, which are 101,025 pairs; the suite asks for fewer."""
    tables = int(os.environ.get("DIFFERENCING", "30"))
    random, year = Random(20), datetime.now(TAIPEI).year - 1
    asked = [
        {"rows": rows, "columns": columns, "from": str(span.first), "to": str(span.last)}
        for span in fixed(year, datetime.now(TAIPEI).date())
        for rows, columns in permutations(("case_type", "mode", "outcome", "duration", "age_band", "unit", "need"), 2)
    ]
    async with recording(settings_env) as net:
        await net.database["cases"].insert_many([_any_case(random, year, at) for at in range(300)])
        answers = []
        for query in random.choices(asked, k=tables):
            told, true = [
                (await net.get("/v1/statistics/crosstab", role, county=COUNTY, **query)).json()
                for role in ("analyst", "supervisor")
            ]
            answers.append(differencing.answered(told, true))
    assert sum(len(each.hidden()) for each in answers) > tables, "there is something to find"
    tried, found = differencing.attacked(answers)
    print(f"{tried:,} pairs of answers of the API: {len(found)} hidden counts recovered")
    assert (tried, found) == (tables * (tables - 1) // 2, [])


def _any_case(random: Random, year: int, at: int) -> dict[str, Any]:
    found = _case(f"a{at}", "debt", random.choice(("economic_hardship", "child_development")), "民雄鄉")
    came = datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=random.randrange(365))
    ended = came + timedelta(days=random.choice((9, 50, 100, 300))) if random.random() < 0.6 else None
    closed = {"state": "approved", "reason": random.choice(("goals_met", "goals_met", "moved", "refused"))}
    found |= {"opened_at": came, "ended_at": ended, "closings": [closed] if ended else []}
    found["assessments"][0]["service_mode"] = random.choice((None, "family_preservation", "family_reunification"))
    found["people"][0]["birth_year"] = year - random.choice((3, 8, 8, 14, 14, 14, 25, 40, 70))
    found["reports"][0]["case_type"] = random.choice(("child_protection", "child_protection", "adult_protection"))
    found["lead"] = {"unit": random.choice((PROTECTION, PROTECTION, CENTRE, LABOUR))}
    return found
