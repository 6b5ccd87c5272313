"""What a stranger's reading showed: a child nobody saw, a cap gone round by a date, a row taken for another one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response
from rules.spans import TAIPEI

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ago
from tests.integration.network_rosters import came, households, listed, screened
from tests.integration.network_stage import COUNTY, Stage, stage

pytestmark = pytest.mark.real
SUPERVISOR = "supervisor"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def begun(net: Stage, programme: str, person: str, by: str, days: int) -> str:
    body = {"programme": programme, "person": person, "county": COUNTY, "entered_by": by, "at": ago(days)}
    return str((await net.did("/v1/enrolments", body, SUPERVISOR))["enrolment_id"])


async def test_a_child_who_could_not_be_found_again_is_seen_before_the_household_is_closed(net: Stage) -> None:
    await came(net, listed("1", "id:1", roster="under_six", received_at=datetime.now(UTC) - timedelta(days=3)))
    [household] = await households(net, SUPERVISOR)
    path = f"/v1/households/{household['household_id']}/screening"

    async def said(result: str, **more: Any) -> Response:
        return await net.post(path, {"result": result, **more}, "officer")

    before = {"kind": "visit", "at": "2001-01-01T00:00:00Z", "reached": True}
    assert "visit/at" in (await said("no_need", visit=before)).text, "a visit of before the list came"
    await screened(net, household, "informed", visit={"kind": "visit", "at": ago(1), "reached": True})
    ahead = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    await screened(net, household, "not_found", next_step="ask_police", next_due_at=ahead)
    answer = await said("no_need")
    assert answer.status_code == 422 and "visit/reached" in answer.text
    done = await said("no_need", visit={"kind": "visit", "at": ago(0.1), "reached": True})
    assert (done.status_code, done.json()["state"]) == (201, "answered")


async def test_a_grant_of_before_somebody_entered_is_refused(net: Stage) -> None:
    id = await begun(net, "women_addiction_care", "w", "application", 10)
    grant: dict[str, Any] = {"item": "detox", "amount": 25_000}
    await net.did(f"/v1/enrolments/{id}/grants", grant, SUPERVISOR)
    for at in ("2025-06-01T00:00:00Z", "2019-06-01T00:00:00Z"):
        answer = await net.post(f"/v1/enrolments/{id}/grants", grant | {"at": at}, SUPERVISOR)
        assert answer.status_code in (409, 422), answer.text


async def test_another_row_under_a_used_key_is_refused_by_name(net: Stage) -> None:
    id = await begun(net, "women_addiction_care", "w", "application", 10)
    row = {"enrolment_id": id, "key": "K", "acts": [{"contact": {"kind": "visit", "at": ago(2)}}]}
    for known in (0, 1):
        told = await net.did("/v1/enrolments/entries", {"entries": [row]}, SUPERVISOR)
        assert (told["known"], told["refused"]) == (known, 0)
    other = row | {"acts": [{"contact": {"kind": "telephone", "at": ago(1)}}]}
    told = await net.did("/v1/enrolments/entries", {"entries": [other]}, SUPERVISOR)
    assert (told["known"], told["refused"]) == (0, 1)


async def test_a_cell_that_is_nothing_stops_no_other_row_of_its_file(net: Stage) -> None:
    id = await begun(net, "development_account", "d", "roster", 40)
    await net.did(f"/v1/enrolments/{id}/answers", {"answer": "opened", "at": ago(39)}, SUPERVISOR)
    day = (datetime.now(UTC) - timedelta(days=3)).date()
    headers = {"Authorization": f"Bearer {SUPERVISOR}", "Content-Type": "text/csv"}

    async def sent(rows: str) -> Response:
        content = f"enrolment_id,date,amount\n{rows}".encode()
        path = f"/v1/programmes/development_account/files?county={COUNTY}"
        return await net.http.post(path, content=content, headers=headers)

    answer = await sent(f"{id},{day},500\n{id},{day},NaN\n{'x' * 90},{day},500\n")
    assert [each["row"] for each in answer.json()["entries"] if each["errors"]] == [3, 4], answer.text
    assert (await sent("x" * 140_000 + f",{day},500\n")).status_code == 422


@pytest.mark.parametrize(("name", "day"), [("from", "0001-01-01"), ("to", "9999-12-31"), ("to", "1899-12-31")])
@pytest.mark.parametrize("path", ["/v1/statistics/rosters", "/v1/statistics/programmes/care_load"])
async def test_days_that_no_calendar_holds_are_refused_in_words(net: Stage, path: str, name: str, day: str) -> None:
    answer = await net.get(path, SUPERVISOR, **{"county": COUNTY, name: day})
    assert answer.status_code == 422 and "1900" in answer.text


async def test_a_deposit_and_a_birth_of_a_day_to_come_are_refused_in_words(net: Stage) -> None:
    id = await begun(net, "development_account", "d", "roster", 40)
    await net.did(f"/v1/enrolments/{id}/answers", {"answer": "opened", "at": ago(39)}, SUPERVISOR)
    today = datetime.now(TAIPEI).date()
    rows = [f"{id},{today + timedelta(days=ahead)},500" for ahead in (0, 1, 400)] + [f"{id},9999-12-31,500"]
    content = "enrolment_id,date,amount\n" + "\n".join(rows)
    content += f"\n,{today},500,林小美,{today + timedelta(days=1)}"
    answer = await net.http.post(
        f"/v1/programmes/development_account/files?county={COUNTY}",
        content=content.replace("amount\n", "amount,name,birth_date\n").encode(),
        headers={"Authorization": f"Bearer {SUPERVISOR}", "Content-Type": "text/csv"},
    )
    told = answer.json()["entries"]
    assert [each["row"] for each in told if each["enrolment_id"]] == [2], answer.text
    assert all("future" in each["detail"]["en"] for each in told[1:]), told
    body = {"programme": "women_addiction_care", "county": COUNTY, "entered_by": "application"}
    for born in (f"{today + timedelta(days=1)}", "9999-12-31"):
        late = await net.post("/v1/enrolments", body | {"person": "p", "birth_date": born}, SUPERVISOR)
        assert late.status_code == 422 and "future" in late.text, late.text


@pytest.mark.parametrize(
    ("programme", "fact", "value"),
    [
        ("young_parents", "birth_expected", "0001-01-01"), ("young_parents", "birth_expected", "9999-12-31"),
        ("carer_support", "screening_score", 10**30), ("carer_support", "screening_score", "²"),
    ],
)  # fmt: skip
async def test_what_no_calendar_and_no_number_holds_is_refused_in_words(
    net: Stage, programme: str, fact: str, value: Any
) -> None:
    body = {"programme": programme, "county": COUNTY, "person": "p", "entered_by": "referral", "facts": {fact: value}}
    answer = await net.post("/v1/enrolments", body, SUPERVISOR)
    assert answer.status_code == 422 and fact in answer.text, answer.text
    if isinstance(value, int):
        value = "9" * 5_000
    async with at_desk(net, SUPERVISOR) as desk:
        page = f"/enrolments/new?programme={programme}&county={COUNTY}"
        typed = await desk.does(page, "/enrolments", person="p", entered_by="referral", **{f"fact.{fact}": value})
        assert typed.status == 422 and typed.part("problem")
        draft = {"programme": programme, "version": value, "digest": "x", "county": COUNTY}
        [form] = typed.forms("/enrolments")
        csrf = {each.name: each.value for each in form.fields}["csrf"]
        sent = await desk.http.post("/programmes/drafts/approval", data=draft | {"csrf": csrf},
                                    headers={"sec-fetch-site": "same-origin"})  # fmt: skip
        assert sent.status_code == 404, sent.text
