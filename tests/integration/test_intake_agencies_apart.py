"""What one agency sent, another neither reads, changes nor learns of: files, rows, problems, reports, answers."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from rules.spans import TAIPEI

from tests.integration.intake_files import CSV, a_csv, row
from tests.integration.intake_running import CLOSED, Running, amend, running
from tests.waiting import until

pytestmark = pytest.mark.real


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


async def sent(intake: Running, content: bytes, agency: str) -> str:
    headers = {"content-type": CSV, "authorization": f"Bearer {agency}-key"}
    answer = await intake.http.post("/v1/batches", content=content, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


async def asked(intake: Running, path: str, agency: str, method: str = "GET") -> httpx.Response:
    headers = {"authorization": f"Bearer {agency}-key", "content-type": "application/merge-patch+json"}
    body = b'{"reason": "x", "needs": []}' if method in {"PATCH", "POST", "PUT"} else None
    return await intake.http.request(method, path, headers=headers, content=body)


async def test_a_file_is_there_for_its_sender_alone_with_its_rows_and_its_problems(intake: Running) -> None:
    content = a_csv([row(1), row(2, 案件類型="兩人吵架")])
    mine = await sent(intake, content, "police")
    await until(lambda: _done(intake, mine))
    theirs = await sent(intake, content, "hospital")
    assert theirs != mine
    await until(lambda: _done(intake, theirs))
    for path in (mine, f"{mine}/rows", f"{mine}/rows?state=refused", f"{mine}/rows?after=1"):
        assert (await asked(intake, path, "police")).status_code == 200
        known, never = await asked(intake, path, "hospital"), await asked(intake, _nobodys(path, mine), "hospital")
        assert known.status_code == never.status_code == 404
        assert _said(known) == _said(never)
    assert (await asked(intake, mine, "hospital")).headers.get("location") is None
    stored = await intake.stored()
    assert sorted(each["agency_id"] for each in stored) == ["hospital", "police"]


async def test_a_report_is_there_for_its_sender_alone_by_every_way_to_it(intake: Running) -> None:
    id = (await intake.post(key="one")).json()["report_id"]
    before = await intake.stored()
    for method, path in (("GET", ""), ("PATCH", ""), ("GET", "/receipt")):
        known = await asked(intake, f"/v1/reports/{id}{path}", "hospital", method)
        never = await asked(intake, f"/v1/reports/{'0' * 36}{path}", "hospital", method)
        assert known.status_code == never.status_code == 404
        assert _said(known) == _said(never)
    for changes in ({"needs": []}, {"sender_ref": "X-1"}, {"county": "chiayi-city"}):
        assert (await amend(intake, id, {"reason": "x"} | changes, "hospital")).status_code == 404
    assert (await intake.post(key="one", agency="hospital")).json()["report_id"] != id
    assert (await intake.stored())[0] == before[0]


async def test_a_reference_of_one_agency_says_nothing_to_another(intake: Running) -> None:
    """What another has sent under the same reference is neither repeated nor listed as missing or sent."""
    await sent(intake, a_csv([row(1)]), "police")
    await until(lambda: _stored(intake, 1))
    of_police, of_hospital = [await _reconciled(intake, agency) for agency in ("police", "hospital")]
    assert (of_police["stages"]["received"], of_police["missing"]) == (1, [])
    assert (of_hospital["stages"]["received"], of_hospital["missing"]) == (0, ["F-000001"])
    assert {each["report_id"] for each in of_hospital["reports"]} == {None}


async def _reconciled(intake: Running, agency: str) -> dict[str, Any]:
    body = {"day": datetime.now(TAIPEI).date().isoformat(), "sender_refs": ["F-000001"]}
    headers = {"authorization": f"Bearer {agency}-key"}
    answer = await intake.http.post("/v1/reconciliations", json=body, headers=headers)
    return dict(answer.json())


def _nobodys(path: str, of: str) -> str:
    return path.replace(of.rsplit("/", 1)[1], "0" * 36)


def _said(answer: httpx.Response) -> dict[str, object]:
    """A problem without what names this one answer."""
    return {name: value for name, value in answer.json().items() if name not in {"instance", "trace_id"}}


async def _done(intake: Running, path: str) -> bool:
    for agency in ("police", "hospital"):
        answer = await asked(intake, path, agency)
        if answer.status_code == 200:
            return bool(answer.json()["state"] == "done")
    return False


async def _stored(intake: Running, most: int) -> bool:
    return len(await intake.stored()) == most
