"""Pages of work without a browser: what is new, what stands in the way, looks, and a caseload handed out."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.deliveries import DeliveryEscalated, DeliveryId
from contracts.reports import ReportId
from contracts.topics import DECISIONS, DELIVERIES
from kit.sealed import KeyVault
from network import desk_pages
from network.cases.contacts import store
from network.tasks import today

from tests.integration.kafka_reading import taken as all_taken
from tests.integration.network_desk import at_desk, clock
from tests.integration.network_life import FAMILY
from tests.integration.network_stage import CENTRE, CITY, PROTECTION, Stage, decided, stage
from tests.integration.signing_in import hidden
from tests.passwords import PASSWORD

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


async def test_a_case_that_nobody_answered_for_is_told_with_whom_was_asked_since(net: Stage, desk: Desk) -> None:
    await net.decide(decided("r1", family=["r1"]), decided("r2", family=["r2"]))
    first, second = [str((await net.case_of(report))["case_id"]) for report in ("r1", "r2")]

    def asked(report: str, whom: str, step: int = 1, *, found: bool = True) -> DeliveryEscalated:
        about: dict[str, Any] = {"delivery_id": DeliveryId(f"d-{report}"), "report_id": ReportId(report)}
        at = datetime.now(UTC) + timedelta(minutes=step)
        return DeliveryEscalated(
            **about, unit=PROTECTION, template="new_case", step=step, whom=whom, found=found, escalated_at=at
        )

    await net.tell(
        DELIVERIES, asked("r1", "on_call"), asked("r1", "supervisor", 2), asked("r2", "on_call", found=False)
    )
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS, DELIVERIES])
    page = await desk.page("/today")
    told = page[page.index('id="unanswered"') : page.index("</section>", page.index('id="unanswered"'))]
    assert "The supervisor was asked" in told and "The person on call" not in told and first[:8] in told
    assert "A step found nobody to ask" in told and second[:8] in told
    await net.did(f"/v1/cases/{first}/acceptances", {"report_id": "r1", "accepted_by": "陳社工"})
    assert first[:8] not in (await desk.page("/today")).partition('id="unanswered"')[2].partition("</section>")[0]


async def test_what_is_mine_is_shown_however_much_my_unit_owes_before_it(
    net: Stage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(today, "MOST", 2)
    id = await taken_on(net, "r1")
    for year in (2027, 2028):
        await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": f"{year}-01-01T00:00Z"})
    task = {"unit": PROTECTION, "what": "visit", "person": "supervisor 陳", "due_at": f"{LATER}:00Z"}
    mine = await net.did(f"/v1/cases/{id}/tasks", task)
    shown = set(re.findall(r'data-task="([^"]+)"', await desk.page("/today")))
    assert len(shown) == 3 and mine["id"] in shown
    assert set((await net.http.get("/today/owed")).json()["owed"]) == shown, "nothing new is told of what is shown"


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


async def test_a_task_and_a_contact_that_are_sent_twice_are_there_once(net: Stage) -> None:
    case = f"/cases/{await taken_on(net, 'r1')}"
    async with at_desk(net, PROTECTION) as worker:
        await worker.does(case, f"{case}/tasks", unit=PROTECTION, what="counselling", due_at=LATER)
        await worker.does(case, f"{case}/contacts", kind="visit", at=clock(0.1), reached="yes")
    found = (await net.get(f"/v1{case}")).json()
    assert [task["what"] for task in found["tasks"]].count("counselling") == 1
    assert len(found["contacts"]) == 1


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
    assert "address: from the school" in page
    assert "1 Lane" not in page and "all were at home" not in page
    assert f'id="{made["contact_id"]}"' not in await desk.page(f"/cases/{id}?kind=telephone")
    _, uncovered = await desk.send(f"/cases/{id}/looks", {"contact": made["contact_id"]})
    assert "1 Lane, Minxiong" in uncovered and "all were at home" in uncovered
    assert f"/cases/{id}#{made['contact_id']}" in await desk.page("/looks")
    await desk.sign_in("caseworker")
    assert (await net.http.get("/looks")).status_code == 403


async def test_what_a_closing_and_a_task_say_is_read_by_who_decides_and_the_look_is_on_record(
    net: Stage, desk: Desk
) -> None:
    id = await taken_on(net, "r1")
    task = await net.did(f"/v1/cases/{id}/tasks", {"unit": PROTECTION, "what": "visit", "note": "ring twice"})
    await net.did(f"/v1/tasks/{task['id']}/completion", {})
    home = {"text": "1 Lane, Minxiong", "source": "school"}
    visit = {"kind": "visit", "at": "2026-11-20T10:00:00+08:00", "reached": True, "address": home}
    await net.did(f"/v1/cases/{id}/contacts", visit)
    await net.did(f"/v1/cases/{id}/assessments", {"opened": True})
    said = {"reason": "goals_met", "evidence": {"words": "all agreed"}, "return_plan": "grandmother first"}
    closing = (await net.did(f"/v1/cases/{id}/closings", said))["closing_id"]
    page = await desk.page(f"/cases/{id}")
    for part, words in ((task["id"], ["ring twice"]), (closing, ["all agreed", "grandmother first"])):
        assert not [each for each in words if each in page]
        _, uncovered = await desk.send(f"/cases/{id}/looks", {"contact": part})
        assert [each for each in words if each in uncovered] == words
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert [each["contact_id"] for each in looks] == [closing, task["id"]]
    for unit, seen in ((PROTECTION, 2), (CENTRE, 0)):
        assert len((await net.get("/v1/looks", f"supervisor of {unit}")).json()["looks"]) == seen, unit


async def test_a_leavers_caseload_is_handed_out_from_the_page_of_the_week(net: Stage, desk: Desk) -> None:
    ids = [await taken_on(net, report) for report in ("r1", "r2", "r3")]
    week = await desk.page("/friday")
    [path] = set(re.findall(r'href="(/caseloads[^"]+)"', week))
    page = await desk.page(path.replace("&amp;", "&"))
    assert "陳社工 still owns what is listed here: their account must not end before it is taken over." in page
    assert all(f'href="/cases/{id}#hands"' in page for id in ids)
    assert "owns nothing" in await desk.page(f"/caseloads?unit={PROTECTION}&person=nobody")
    fields = hidden(page)
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


async def test_a_week_counts_each_case_once_where_it_waits_and_no_further_than_it_says(
    net: Stage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await taken_on(net, report) for report in ("r1", "r2", "r3")]
    await net.decide(decided("r4", family=["r4"]))
    waiting = (await net.case_of("r4"))["case_id"]
    assert 'id="unseen"' not in await desk.page("/friday"), "taken on today: nobody is late"
    long_ago = datetime.now(UTC) - timedelta(days=29)
    await net.database["cases"].update_many({"unseen_since": {"$ne": None}}, {"$set": {"unseen_since": long_ago}})
    week = await desk.page("/friday")
    unseen = week.partition('id="unseen"')[2].partition("</section>")[0]
    assert "Nobody seen for 28 days" in unseen
    assert {id for id in (*ids, waiting) if id in unseen} == set(ids), "who waits is counted where they wait"
    assert waiting in week.partition('id="waiting_for_a_worker"')[2].partition("</section>")[0]
    monkeypatch.setattr(desk_pages, "MANY", 2)
    monkeypatch.setattr(desk_pages, "MOST", 2)
    unseen = (await desk.page("/friday")).partition('id="unseen"')[2].partition("</section>")[0]
    assert "2+" in unseen
    found, pages = [id for id in ids if id in unseen], [unseen]
    while more := re.search(r'href="(/friday/unseen[^"]+)"', pages[-1]):
        pages.append((await desk.page(more[1].replace("&amp;", "&"))).partition("<main")[2])
        found += [id for id in ids if f"/cases/{id}" in pages[-1]]
    assert (len(pages), sorted(found)) == (2, sorted(ids)), "each once, although nobody tells them apart by time"
    more = re.search(r'href="(/friday/unseen[?]after[^"]+)"', await desk.page("/friday/unseen"))
    assert more
    last = next(id for id in ids if id in more[1])
    await net.database["cases"].update_one({"_id": last}, {"$set": {"unseen_since": datetime.now(UTC)}})
    rest = (await desk.page(more[1].replace("&amp;", "&"))).partition("<main")[2]
    assert [id for id in ids if f"/cases/{id}" in rest] == [found[-1]], "the next page, though the last one was worked"


async def test_a_case_stored_before_it_was_searched_by_what_it_asks_is_brought_up(settings_env: dict[str, str]) -> None:
    async with stage(settings_env) as net:
        await taken_on(net, "r1")
        await net.database["cases"].update_many({}, {"$unset": {"asks": "", "unseen_since": ""}})
    async with stage(settings_env) as net:
        [case] = await net.database["cases"].find().to_list(2)
        assert case["asks"] == ["nothing_planned"]
        assert case["unseen_since"]


async def test_an_address_that_the_case_knows_is_chosen_with_where_it_comes_from_and_another_still_taken(
    net: Stage, desk: Desk, vault: KeyVault
) -> None:
    key = vault.new_key("r1", "report")
    await vault.keep([key])
    said = {"people/0/residence/address": "新港鄉虛構街 77 號", "event/place/address": "1 Lane, Minxiong"}
    await net.decide(decided("r1", family=["a"], people=FAMILY, sealed={"report": key.seal(said)}))
    case = f"/cases/{(await net.case_of('r1'))['case_id']}"
    async with at_desk(net, PROTECTION) as worker:
        written = {"kind": "visit", "source": "school", "text": "1 Lane,  Minxiong"}
        await worker.does(case, f"{case}/contacts", at=clock(2), **written)
        page = await worker.opens(case)
        choices = page.part("contact").partition('name="text"')[0]
        offered = re.findall(r'<option value="(\w+ [^"]+)">([^<]*)</option>', choices)
        shown = {value: " ".join(words.split()) for value, words in offered}
        written_down, of_report = shown.values()
        assert written_down.startswith("from the school · 20"), "words that tell no street stay covered"
        assert of_report.startswith("新港鄉虛構街 ○○ 號 (from the report, 20")
        street = next(value for value in shown if value.startswith("report "))
        await worker.does(case, f"{case}/contacts", kind="visit", at=clock(1), known=street)
        [latest, first] = (await net.get(f"/v1{case}")).json()["contacts"]
        assert latest["address"] == {"id": "r1:people/0/residence/address", "source": "report"}
        assert first["address"]["source"] == "school", "another address is written down as ever"
        page = await worker.does(case, f"{case}/looks", {"contact": latest["contact_id"]})
        assert "新港鄉虛構街 77 號" in page.text
        await vault.destroy("r1")
        page = await worker.opens(case)
        assert "虛構街" not in page.text


async def test_a_plan_has_a_page_to_print_and_its_words_are_shown_once_asked_for(net: Stage, desk: Desk) -> None:
    case = f"/cases/{await taken_on(net, 'r1')}"
    async with at_desk(net, PROTECTION) as worker:
        assert (await worker.opens(f"{case}/plan")).status == 404
        await worker.does(case, f"{case}/assessments", opened="yes")
        agreed = {"goals": ["child_safe"], "what": "counselling", "due_at": LATER, "review_at": LATER}
        await worker.does(case, f"{case}/plans", **agreed, words="Somebody meets them after school.", agreed="yes")
        page = await worker.opens(f"{case}/plan")
        assert all(said in page.text for said in ("Child is safe", "Counselling", "Family agrees"))
        assert "after school" not in page.text
        assert "after school" in (await worker.does(f"{case}/plan", f"{case}/plan")).text
    [look] = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert look["by"] == f"worker of {PROTECTION}"


async def test_a_list_of_cases_is_narrowed_by_choosing(net: Stage, desk: Desk) -> None:
    id = await taken_on(net, "r1")
    async with at_desk(net, "supervisor") as head:
        found = await head.opens(f"/cases?unit={PROTECTION}&person=陳社工")
        assert id in found.text
        [form] = found.forms("/cases")
        fields = {each.name: (each.kind, each.value) for each in form.fields}
        assert fields["unit"] == ("select", PROTECTION)
        assert fields["person"] == ("select", "陳社工")
        assert id not in (await head.opens(f"/cases?unit={PROTECTION}&person=nobody")).text


async def test_a_case_says_where_it_has_older_contacts_than_are_shown(
    net: Stage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await taken_on(net, "r1")
    for day in (19, 20):
        call = {"kind": "telephone", "at": f"2026-11-{day}T10:00:00Z", "reached": False, "note": f"day {day}"}
        made = await net.did(f"/v1/cases/{id}/contacts", call)
    oldest = (await net.get(f"/v1/cases/{id}")).json()["contacts"][1]["contact_id"]
    monkeypatch.setattr(store, "MOST", 1)
    case = (await net.get(f"/v1/cases/{id}")).json()
    assert ([each["contact_id"] for each in case["contacts"]], case["more_contacts"]) == ([made["contact_id"]], True)
    assert "there are older ones" in await desk.page(f"/cases/{id}")
    assert (await desk.send(f"/cases/{id}/looks", {"contact": oldest}))[0] == 200, "found, though not shown"


async def test_each_team_of_a_city_sees_its_own_queue(net: Stage) -> None:
    """Chiayi City: the family team serves whoever lives with somebody under 18, the adult team everybody else."""
    teams = {f"{CITY}/{name}": name for name in ("family_team", "adult_team")}
    for unit, report in teams.items():
        await net.decide(decided(report, "welfare_centre", [report], county=CITY, unit=unit))
        await net.case_of(report, unit)
    for unit, report in teams.items():
        mine = (await net.case_of(report, unit))["case_id"]
        [other] = [(await net.case_of(each, whose))["case_id"] for whose, each in teams.items() if whose != unit]
        tasks = (await net.get("/v1/tasks", unit)).json()["tasks"]
        assert {task["case_id"] for task in tasks} == {mine}
        assert [each["case_id"] for each in (await net.get("/v1/cases", unit)).json()["cases"]] == [mine]
        async with at_desk(net, unit) as worker:
            queue = await worker.opens("/today")
            assert mine in queue.text and other not in queue.text
            assert (await worker.opens(f"/cases/{other}")).status == 404


async def test_two_people_under_one_covered_name_are_told_apart_where_they_are_ticked(net: Stage, desk: Desk) -> None:
    await net.decide(decided("r1", family=["a"], people=FAMILY))
    page = await desk.page(f"/cases/{(await net.case_of('r1'))['case_id']}")
    legends = [" ".join(each.split()) for each in re.findall(r"<legend>(.*?)</legend>", page, re.DOTALL)]
    assert any(legend.endswith("2019") for legend in legends)
    assert any(legend.endswith("1990") for legend in legends)


async def test_a_contact_and_its_next_step_are_one_act_and_what_is_corrected_is_sent_again(net: Stage) -> None:
    id = await taken_on(net, "r1")
    here = f"/cases/{id}"
    async with at_desk(net, PROTECTION) as worker:
        page = await worker.opens(here)
        [form] = page.forms(f"{here}/contacts")
        typed = {"at": clock(0.1), "kind": "telephone", "next": "visit", "next_at": "20266-01-01T10:00"}
        said = [pair for pair in form.filled(dict(typed)) if pair[0] != "next_at"]
        answer = await worker.http.post(f"{here}/contacts", data=dict([*said, ("next_at", typed["next_at"])]))
        assert answer.status_code == 422
        assert (await net.get(f"/v1/cases/{id}")).json()["contacts"] == [], "all of it or nothing"
        [form] = type(page)(422, here, answer.text).forms(f"{here}/contacts")
        right = dict(form.filled({"next_at": clock(-1)}))
        for _ in range(2):
            assert (await worker.http.post(f"{here}/contacts", data=right)).status_code == 200
        case = (await net.get(f"/v1/cases/{id}")).json()
        assert len(case["contacts"]) == 1
        assert [each["what"] for each in case["tasks"] if each["because"]["kind"] == "case"] == ["assess", "visit"]

        answer = await worker.http.post(f"{here}/contacts", data=right | {"kind": "message"})
        assert answer.status_code == 409
        assert "Idempotency-Key" not in answer.text
        [form] = type(page)(409, here, answer.text).forms(f"{here}/contacts")
        assert (await worker.http.post(f"{here}/contacts", data=dict(form.filled({})))).status_code == 200
        assert len((await net.get(f"/v1/cases/{id}")).json()["contacts"]) == 2, "a further one, by intent"
