"""The stages of a report through the HTTP interface, as machine callers of two counties use it."""

from typing import Any

import httpx
import pytest
from dispatch.policy import policies
from dispatch.window.transfers import Transfers

from tests.integration.dispatch_reports import COUNTY, child, day_now, instant
from tests.integration.dispatch_stage import Served, arrived, in_queue

pytestmark = pytest.mark.real


async def post(served: Served, path: str, role: str, **body: Any) -> httpx.Response:
    return await served.http.post(path, json=body, headers={"Authorization": f"Bearer {served.tokens[role]}"})


async def test_what_breaches_tonight_is_listed_for_those_who_read_reports(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await served.window.decided(1, 2)
    until = "2099-01-01T00:00:00Z"
    found = (await served.get("/v1/clocks", "officer", county=COUNTY, until=until)).json()
    assert {(each["report_id"], each["clock"]) for each in found["clocks"]} == {(id, "unit.accept") for id in ids}
    assert found["levels"] == {"0": len(found["clocks"]), "50": 0, "80": 0, "100": 0}
    monkeypatch.setattr("dispatch.api.statistics.MOST_CLOCKS", 1)
    first = (await served.get("/v1/clocks", "officer", county=COUNTY, until=until)).json()
    assert (first["levels"], first["clocks"]) == (found["levels"], found["clocks"][:1])
    assert first["more"] == len(found["clocks"]) - 1 > 0
    answers = [await served.get("/v1/clocks", role, county=COUNTY) for role in ("officer", "analyst", "elsewhere")]
    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert (await served.get("/v1/clocks", county=COUNTY, until="tonight")).status_code == 422


async def test_a_report_is_found_improper_once_and_only_in_codes(served: Served) -> None:
    [id] = await served.window.decided(1)
    path, short = f"/v1/decisions/{id}/improper", [{"at": "/event/place", "code": "missing"}]
    answers = [
        await post(served, path, "caseworker", version=1, shortcomings=short),
        await post(served, path, "elsewhere", version=1, shortcomings=short),
        await post(served, path, "officer", version=1, shortcomings=[{"at": "/event/place", "code": "林小美"}]),
        await post(served, path, "officer", version=1, shortcomings=short),
        await post(served, path, "officer", version=1, shortcomings=short),
    ]
    assert [answer.status_code for answer in answers] == [403, 404, 422, 200, 409]


async def test_a_visit_is_begun_by_the_window_and_its_finding_decides(served: Served) -> None:
    id = await in_queue(served.window, child(1))
    begun = await post(served, f"/v1/decisions/{id}/investigation", "officer", version=2, investigator="林調查員")
    assert (begun.json()["stage"], begun.json()["outcome"]) == ("investigating", None)
    found = {"version": 2, "found": "substantiated", "outcome": "protection", "reason": "home_visit"}
    assert (await post(served, f"/v1/decisions/{id}/finding", "caseworker", **found)).status_code == 403
    decided = (await post(served, f"/v1/decisions/{id}/finding", "officer", **found)).json()
    assert (decided["stage"], decided["finding"]["found"], decided["said"]["outcome"]) == (
        "waiting", "substantiated", "protection")  # fmt: skip


async def test_screening_hides_small_counts_from_analysts_alone(served: Served) -> None:
    received = await served.window.received(child(1))
    await served.window.handlers.on_reports([received])
    path = f"/v1/decisions/{received.event.subject}/finding"
    noted = await post(served, path, "caseworker", version=1, found="needs_only", reason="home_visit")
    assert noted.status_code == 200
    days = {"county": COUNTY, "from": day_now(), "to": day_now()}
    shown = [(await served.get("/v1/statistics/screening", role, **days)).json() for role in ("supervisor", "analyst")]
    assert [each["total"]["visited"] for each in shown] == [1, None]
    assert (await served.get("/v1/statistics/screening", "elsewhere", **days)).status_code == 403


async def test_a_transfer_is_taken_over_through_the_report_that_everybody_knows(served: Served) -> None:
    window = served.window
    id, _ = await arrived(window)
    await Transfers(window.reports, window.vault, policies(), instant).carry_all()
    before = [(await served.get(f"/v1/decisions/{id}", role)).json() for role in ("officer", "elsewhere")]
    assert [(each["report_id"], each["outcome"], each["stage"]) for each in before] == [
        (id, "transferred", "settled"), (id, None, "arrived")]  # fmt: skip
    assert (await post(served, f"/v1/decisions/{id}/acceptance", "officer", version=1)).status_code == 409
    assert (await post(served, f"/v1/decisions/{id}/acceptance", "elsewhere", version=1)).status_code == 200
    after = [(await served.get(f"/v1/decisions/{id}", role)).json() for role in ("officer", "elsewhere")]
    assert [(each["county"], each["version"]) for each in after] == [(COUNTY, 1), ("chiayi-city", 2)]
    assert after[0]["responsible"] == "chiayi-city/window"
