"""No list of this service ends in silence: what is beyond it is counted, and a link away."""

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from network.cases.contacts import store
from network.tasks.store import Tasks

from tests.integration.network_desk import Person, at_desk, clock
from tests.integration.network_life import ago, ahead, taken, visit
from tests.integration.network_stage import CENTRE, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def walked(who: Person, path: str, what: str, more: str) -> list[str]:
    """What a pattern finds on a page and on every page that its link leads to."""
    found: list[str] = []
    while path:
        text = (await who.opens(path)).text
        found += re.findall(what, text)
        link = re.search(rf'href="({more}[^"]*after=[^"#]+)', text)
        path = link[1].replace("&amp;", "&") if link else ""
    return found


async def test_today_counts_what_it_does_not_list_and_leads_to_all_of_it(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await taken(net, clocks=())
    for day in (-400, 9, 9, 9, 9):
        due = {"unit": PROTECTION, "what": "visit", "due_at": f"{clock(-day)}:00+08:00"}
        await net.did(f"/v1/cases/{id}/tasks", due, PROTECTION)
    for module in ("desk_pages", "tasks.today"):
        monkeypatch.setattr(f"network.{module}.MOST", 2)
    async with at_desk(net, PROTECTION) as worker:
        text = " ".join((await worker.opens("/today")).text.split())
        assert '<a href="#later">Later <b class="num">4</b></a>' in text
        assert '<a class="overdue" href="#overdue">Overdue <b class="num">1</b></a>' in text
        assert "3 more are not listed here" in text
        found = await walked(worker, "/today/all", r'data-task="([^"]+)"', "/today/all")
        assert len(found) == len(set(found)) == 5


async def test_what_waits_and_what_is_handed_to_us_is_counted_and_listed_to_its_end(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await net.decide(*(decided(f"r{n}") for n in range(3)))
    ids = [str((await net.case_of(f"r{n}"))["case_id"]) for n in range(3)]
    for number, id in enumerate(ids):
        await net.did(f"/v1/cases/{id}/acceptances", {"report_id": f"r{number}"}, PROTECTION)
        await net.did(f"/v1/cases/{id}/handovers", {"to": CENTRE, "reason": "area_changed"}, PROTECTION)
    await net.decide(*(decided(f"w{n}") for n in range(3)))
    for n in range(3):
        await net.case_of(f"w{n}")
    monkeypatch.setattr("network.desk_pages.MOST", 2)
    async with at_desk(net, CENTRE) as other, at_desk(net, PROTECTION) as worker:
        page = await other.opens("/today")
        assert '<b class="num">2+</b>' in page.part("today")
        assert 'href="/today/handed"' in page.part("handed")
        found = await walked(other, "/today/handed", r'href="/cases/([^"#]+)#hands"', "/today/handed")
        assert sorted(found) == sorted(ids)
        assert '<b class="num">3</b>' in (await worker.opens("/today")).part("today").partition("state=waiting")[2]


async def test_older_contacts_are_a_link_away(net: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await taken(net)
    for day in range(1, 6):
        await net.did(f"/v1/cases/{id}/contacts", visit(kind="telephone", at=ago(day), until=None, seen=[]), PROTECTION)
    monkeypatch.setattr(store, "MOST", 2)
    found: list[str] = []
    after: dict[str, str] | None = {}
    while after is not None:
        page = (await net.get(f"/v1/cases/{id}/contacts", PROTECTION, **after)).json()
        found += [each["at"] for each in page["contacts"]]
        after = {"after": page["next"]} if page["next"] else None
    assert len(found) == 5 and found == sorted(found, reverse=True)
    async with at_desk(net, PROTECTION) as worker:
        shown = await walked(
            worker, f"/cases/{id}", r'<li id="([^"]+)"><time[^>]*>[^<]*</time> <b>Telephone', f"/cases/{id}"
        )
        assert len(shown) == len(set(shown)) == 5


async def test_older_looks_are_a_link_away(net: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        body = {"name": "林小美", "birth_date": f"2019-03-1{number}"}
        await net.did("/v1/cases/searches", body, PROTECTION)
    page = (await net.get("/v1/looks", "supervisor", limit="3")).json()
    rest = (await net.get("/v1/looks", "supervisor", limit="3", after=page["next"])).json()
    prints = [each["sought"] for each in (*page["looks"], *rest["looks"])]
    assert (len(prints), len(set(prints)), rest["next"]) == (5, 5, None)
    assert (await net.get("/v1/looks", "supervisor", after="no such")).status_code == 422
    monkeypatch.setattr("network.looks.pages.MOST", 2)
    async with at_desk(net, "supervisor") as supervisor:
        shown = await walked(supervisor, "/looks", r'<span class="code soft">([0-9a-zA-Z_-]+)</span>', "/looks")
        assert sorted(shown) == sorted(each[-8:] for each in prints)


async def given(net: Stage, id: str, days: int) -> str:
    due = {"unit": PROTECTION, "what": "visit", "due_at": ahead(days)}
    return str((await net.did(f"/v1/cases/{id}/tasks", due, PROTECTION))["id"])


async def test_today_counts_what_it_lists_though_something_is_done_meanwhile(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await taken(net, clocks=())
    ids = [await given(net, id, 9 + day) for day in range(3)]
    count = Tasks.count

    async def done_meanwhile(self: Tasks, *asked: Any) -> int:
        monkeypatch.setattr(Tasks, "count", count)
        await net.did(f"/v1/tasks/{ids[0]}/completion", {}, PROTECTION)
        return await count(self, *asked)

    async with at_desk(net, PROTECTION) as worker:
        monkeypatch.setattr(Tasks, "count", done_meanwhile)
        text = " ".join((await worker.opens("/today")).text.split())
        shown = re.findall(r'data-task="([^"]+)"', text)
        counts = re.findall(
            r'<a (?:class="\w+" )?href="#(?:overdue|today|week|later)">[\w ]+ <b class="num">(-?\d+)', text
        )
        assert ids[0] in shown
        assert sum(map(int, counts)) == len(shown)


async def test_what_stays_due_is_on_the_next_page_though_the_last_one_of_a_page_is_due_later_by_now(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await taken(net, clocks=())
    first, second, third, fourth = [await given(net, id, 20 + day) for day in range(4)]
    page = (await net.get("/v1/tasks", PROTECTION, limit="2", due_before=ahead(60))).json()
    own = [each["id"] for each in page["tasks"] if each["id"] in (first, second, third, fourth)]
    while second not in own:
        page = (await net.get("/v1/tasks", PROTECTION, limit="1", after=page["next"])).json()
        own += [each["id"] for each in page["tasks"]]
    monkeypatch.setattr("network.desk_pages.MOST", len(await owed_by_now(net, second)))
    async with at_desk(net, PROTECTION) as worker:
        link = re.search(r'href="(/today/all[?]after=[^"]+)"', (await worker.opens("/today/all")).text)
        assert link
        moved = {"$set": {"due": clock_in(90), "due_at": clock_in(90)}}
        await net.database["tasks"].update_one({"_id": second}, moved)
        rest = (await net.get("/v1/tasks", PROTECTION, limit="2", after=page["next"])).json()
        assert [each["id"] for each in rest["tasks"]] == [third, fourth]
        assert third in (await worker.opens(link[1])).text


async def owed_by_now(net: Stage, last: str) -> list[str]:
    """The ids of what is due first, to the last of them."""
    ids = [each["id"] for each in (await net.get("/v1/tasks", PROTECTION)).json()["tasks"]]
    return ids[: ids.index(last) + 1]


def clock_in(days: int) -> datetime:
    return datetime.fromisoformat(ahead(days))
