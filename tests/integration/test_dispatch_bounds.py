"""What might leak past a county or a unit: to a worker bound to units, in a relation, in the files of figures."""

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from dispatch.api.answers import decision_shown
from kit import mongo
from web.callers import digest

from tests.integration.dispatch_reports import COUNTY, accepted, body, consultation, day_now
from tests.integration.dispatch_stage import Window, csrf, make_window, people, running
from tests.parts import Parts
from tests.passwords import PASSWORD
from tests.serving import caller

pytestmark = pytest.mark.real
CENTRE, PROTECTION = f"{COUNTY}/welfare_centre.minxiong", f"{COUNTY}/protection"
TOKEN = secrets.token_hex(16)


@dataclass
class Place:
    """A running dispatch with somebody of each role, a worker of the centre alone, and the worker's program."""

    url: str
    window: Window
    api: httpx.AsyncClient

    async def sign_in(self, username: str) -> httpx.AsyncClient:
        browser = caller(self.url)
        answer = await browser.post("/sign-in", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303
        return browser


@pytest.fixture
async def place(parts: Parts, settings_env: dict[str, str]) -> AsyncIterator[Place]:
    officers = json.loads(people()["officers"])
    bound = {"counties": [COUNTY], "units": [CENTRE], "role": "caseworker"}
    officers.append(officers[0] | bound | {"username": "bound", "name": "陳社工"})
    program = bound | {"name": "bound", "token_sha256": digest(TOKEN)}
    env = settings_env | {"officers": json.dumps(officers), "callers": json.dumps([program])}
    client = mongo.connect(parts.mongo)
    async with running(env) as url, caller(url) as api:
        api.headers["Authorization"] = f"Bearer {TOKEN}"
        yield Place(url, make_window(client, settings_env), api)
    client.close()


# --- a worker bound to units ---------------------------------------------------------------------------------------


async def of_two_units(window: Window) -> tuple[str, str]:
    """Two reports: one with the protection team, one that the centre took on by name."""
    other, own = await window.decided(1, 2)
    event: Any = accepted(own)
    centre = event.event.model_copy(update={"unit": CENTRE})
    await window.handlers.on_news([type(event)(event.id, centre, event.trace, event.record)])
    return other, own


async def test_a_worker_bound_to_units_opens_their_reports_and_nobody_elses(place: Place) -> None:
    other, own = await of_two_units(place.window)
    browser = await place.sign_in("bound")
    token = csrf(await browser.get("/"))
    board = await browser.get("/board/rows", params={"county": COUNTY})
    assert other not in board.text and own not in board.text
    assert (await browser.get(f"/board/reports/{own}")).status_code == 200
    assert (await browser.post(f"/board/reports/{own}/people/0", data={"csrf": token})).status_code == 200
    assert f'data-report="{other}"' not in (await browser.get("/", params={"report": other})).text
    for path in ("people/0", "claim"):
        assert (await browser.post(f"/board/reports/{other}/{path}", data={"csrf": token})).status_code in (403, 404)
    assert (await browser.get(f"/board/reports/{other}")).status_code == 404
    looks = place.window.reports._reports.database["looks"]
    assert await looks.distinct("report_id", {"who": "bound"}) == [own]


async def test_a_worker_bound_to_units_is_listed_no_reports_behind_a_figure(place: Place) -> None:
    _, own = await of_two_units(place.window)
    asked = {"county": COUNTY, "case_type": "adult_protection", "first": day_now(), "last": day_now()}
    listed = (await (await place.sign_in("officer")).get("/analysis/reports", params=asked)).text
    assert own in listed
    refused = await (await place.sign_in("bound")).get("/analysis/reports", params=asked)
    assert refused.status_code == 403
    assert own not in refused.text


async def test_a_program_bound_to_units_reads_their_reports_and_nobody_elses(place: Place) -> None:
    other, own = await of_two_units(place.window)
    finding = {"version": 1, "found": "substantiated", "reason": "after_call"}
    assert (await place.api.get(f"/v1/decisions/{own}")).status_code == 200
    assert (await place.api.get(f"/v1/decisions/{other}")).status_code == 404
    assert (await place.api.post(f"/v1/decisions/{other}/finding", json=finding)).status_code == 404
    assert (await place.api.get("/v1/clocks", params={"county": COUNTY})).json()["clocks"] == []
    for never in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        assert (await place.api.get("/v1/clocks", params={"county": COUNTY, "until": never})).status_code == 422


# --- another county's report ---------------------------------------------------------------------------------------


async def test_a_relation_to_another_countys_report_names_neither_it_nor_what_became_of_it(place: Place) -> None:
    there = body(1, county="chiayi-city")
    there["event"] = there["event"] | {"place": {"county": "chiayi-city"}, "occurred_at": "2026-11-01T10:00:00+08:00"}
    first = await place.window.received(there)
    await place.window.handlers.on_reports([first])
    [id] = await place.window.decided(1)
    document = await place.window.document(id)
    assert document["decision"]["relation"]["of"] == first.event.subject
    browser = await place.sign_in("officer")
    panel = (await browser.get(f"/board/reports/{id}", params={"lang": "en"})).text
    assert "a report of another county" in panel
    assert "same name and birth date" in panel
    program = await place.api.get(f"/v1/decisions/{id}")
    assert program.status_code == 404  # the protection team's
    shown = decision_shown(await place.window.report(id)).model_dump_json()
    for text in (panel, shown):
        assert str(first.event.subject) not in text
    assert "chiayi-city" not in shown
    assert '"known_' not in shown


# --- figures -------------------------------------------------------------------------------------------------------


async def test_a_file_hides_from_an_analyst_what_the_page_hides(place: Place) -> None:
    await place.window.decided(1, 2)
    await place.window.handlers.on_reports([await place.window.received(consultation(each)) for each in range(50, 90)])
    days = {"county": COUNTY, "first": day_now(), "last": day_now()}
    for name in ("outcomes", "sources"):
        shown = {}
        for role in ("analyst", "bound", "officer"):
            answer = await (await place.sign_in(role)).get(f"/figures/{name}.csv", params=days)
            shown[role] = [cell for line in answer.text.splitlines()[1:] for cell in line.split(",")[1:]]
        assert {"1", "2", "3", "4"}.isdisjoint(shown["analyst"])
        assert "*" in shown["analyst"]
        assert shown["bound"] == shown["analyst"]
        assert "2" in shown["officer"]
