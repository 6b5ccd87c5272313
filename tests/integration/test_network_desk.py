"""Pages of work without a browser: what is new, what stands in the way, looks, and a caseload handed out."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.network_life import FAMILY
from tests.integration.network_stage import PASSWORD, PROTECTION, Stage, decided, stage
from tests.integration.signing_in import hidden

pytestmark = pytest.mark.real

LATER = "2030-01-01T09:00"


class Desk:
    """Somebody signed in, by plain HTTP."""

    def __init__(self, net: Stage, lang: str) -> None:
        self._net, self._lang = net, lang

    async def sign_in(self, role: str) -> None:
        self._net.http.cookies.clear()
        await self._net.http.post("/sign-in", data={"username": role, "password": PASSWORD})

    async def page(self, path: str) -> str:
        answer = await self._net.http.get(path, params={"lang": self._lang} if "?" not in path else None)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(self, path: str, form: dict[str, Any]) -> tuple[int, str]:
        csrf = hidden(await self.page("/today"))["csrf"]
        answer = await self._net.http.post(path, data=form | {"csrf": csrf})
        return answer.status_code, answer.text


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


@pytest.fixture
async def desk(net: Stage) -> Desk:
    found = Desk(net, "en")
    await found.sign_in("supervisor")
    return found


async def taken_on(net: Stage, report: str) -> str:
    await net.decide(decided(report, family=[report]))
    id = str((await net.case_of(report))["case_id"])
    await net.did(f"/v1/cases/{id}/acceptances", {"report_id": report, "accepted_by": "陳社工"})
    return id


async def test_an_open_page_learns_what_is_owed_that_it_does_not_show(net: Stage, desk: Desk) -> None:
    id = await taken_on(net, "r1")
    given = await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": f"{LATER}:00Z"})
    shown = set(re.findall(r'data-task="([^"]+)"', await desk.page("/today")))
    more = await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": f"{LATER}:01Z"})
    owed = (await net.http.get("/today/owed")).json()["owed"]
    assert given["id"] in shown
    assert set(owed) - shown == {more["id"]}


async def test_every_obstacle_to_closing_is_a_link_to_where_it_is_settled(net: Stage, desk: Desk) -> None:
    id = await taken_on(net, "r1")
    task = await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": f"{LATER}:00Z"})
    status, page = await desk.send(f"/cases/{id}/closings", {"reason": "cannot_be_reached"})
    told = page.partition('id="problem"')[2].partition("</section>")[0]
    anchors = set(re.findall(r'href="#([^"]+)"', told))
    assert status == 409
    assert anchors == {f"task-{task['id']}", "assess", "contact", "ask-closing"}
    assert all(f'id="{anchor}"' in page for anchor in anchors)
    assert told.count("<li>") == told.count("<a "), "nothing is listed without a way to settle it"


async def test_a_wrong_time_is_named_by_its_field_and_what_was_typed_stays(net: Stage, desk: Desk) -> None:
    id = await taken_on(net, "r1")
    typed = {"kind": "telephone", "at": LATER, "reached": "yes", "note": "grandmother answered"}
    status, page = await desk.send(f"/cases/{id}/contacts", typed)
    assert status == 422
    assert "Must not lie in the future. When" in page
    assert "grandmother answered" in page
    assert (await net.get(f"/v1/cases/{id}")).json()["contacts"] == []


async def test_words_are_covered_until_asked_for_and_the_look_is_on_a_page(net: Stage, desk: Desk) -> None:
    id = await taken_on(net, "r1")
    visit = {
        "kind": "visit", "at": "2026-11-20T10:00:00+08:00", "reached": True, "note": "all were at home",
        "address": {"text": "1 Lane, Minxiong", "source": "school"},
    }  # fmt: skip
    made = await net.did(f"/v1/cases/{id}/contacts", visit)
    await net.did(f"/v1/cases/{id}/contacts", {"kind": "telephone", "at": "2026-11-21T10:00:00Z", "reached": False})
    page = await desk.page(f"/cases/{id}")
    assert "address from: from the school" in page
    assert "1 Lane" not in page and "all were at home" not in page
    assert made["contact_id"] not in await desk.page(f"/cases/{id}?kind=telephone")
    _, uncovered = await desk.send(f"/cases/{id}/looks", {"contact": made["contact_id"]})
    assert "1 Lane, Minxiong" in uncovered and "all were at home" in uncovered
    assert f"/cases/{id}#{made['contact_id']}" in await desk.page("/looks")
    await desk.sign_in("caseworker")
    assert (await net.http.get("/looks")).status_code == 403


async def test_a_leavers_caseload_is_handed_out_from_the_page_of_the_week(net: Stage, desk: Desk) -> None:
    ids = [await taken_on(net, report) for report in ("r1", "r2", "r3")]
    week = await desk.page("/friday")
    [path] = set(re.findall(r'href="(/caseloads[^"]+)"', week))
    fields = hidden(await desk.page(path.replace("&amp;", "&")))
    form = fields | {"to_unit": [PROTECTION] * 3, "to_person": ["甲", "", "乙"], "reason": "leaves"}
    status, page = await desk.send("/caseloads", form)
    assert status == 200
    assert page.count("Offered, waiting to be taken") == 3
    offered = [(await net.get(f"/v1/cases/{id}")).json()["handovers"][0] for id in ids]
    assert {each["to_person"] for each in offered} == {"甲", "乙"}
    status, again = await desk.send("/caseloads", fields | {"to_unit": PROTECTION, "to_person": "", "reason": "leaves"})
    assert (status, 'id="problem"' in again) == (422, True)


async def test_a_case_in_somebodys_hands_without_a_next_step_is_on_the_week_until_it_has_one(
    net: Stage, desk: Desk
) -> None:
    id = await taken_on(net, "r1")
    assert 'id="nothing_planned"' in await desk.page("/friday")
    await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": f"{LATER}:00Z"})
    assert 'id="nothing_planned"' not in await desk.page("/friday")


async def test_two_people_under_one_covered_name_are_told_apart_where_they_are_ticked(net: Stage, desk: Desk) -> None:
    await net.decide(decided("r1", family=["a"], people=FAMILY))
    page = await desk.page(f"/cases/{(await net.case_of('r1'))['case_id']}")
    legends = [" ".join(each.split()) for each in re.findall(r"<legend>(.*?)</legend>", page, re.DOTALL)]
    assert any(legend.endswith("2019") for legend in legends)
    assert any(legend.endswith("1990") for legend in legends)
