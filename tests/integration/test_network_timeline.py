"""The story of a case across the four services: taken, decided, sent, accepted, and every act; filtered by links."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts.cases import CaseId
from contracts.decisions import Because
from contracts.deliveries import DeliveryFailed, DeliveryId, DeliverySent
from contracts.reports import ReportId
from contracts.topics import DECISIONS, DELIVERIES

from tests.integration.kafka_reading import taken as all_taken
from tests.integration.network_desk import at_desk
from tests.integration.network_life import FAMILY, visit
from tests.integration.network_stage import CENTRE, POLICE, PROTECTION, T0, Stage, decided, pressed, stage

pytestmark = pytest.mark.real

RULES = (
    Because(row="danger_sign", zh="有立即危險", en="In danger now", facts={"event.danger": "weapon"}),
    Because(row="other", zh="其他", en="Something else", decided=False),
)
"""The facts are the report's: the story does not keep them."""


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def told(net: Stage) -> str:
    """The id of a case that every service has a part in; each event came twice."""
    taken: dict[str, Any] = {"received_at": T0 - timedelta(hours=1), "decided_at": T0, "because": RULES}
    first = decided("r1", family=["a"], people=FAMILY, decided_by="table:chiayi-county:2026-01-01", **taken)
    again = decided("r1", family=["a"], people=FAMILY, version=2, decided_by="王值班", **taken)
    for decision in (first, again):
        id = str(uuid4())
        await net.decide(decision, id=id)
        await net.decide(decision, id=id)
    case = await net.case_of("r1")
    about: dict[str, Any] = {"report_id": ReportId("r1"), "case_id": CaseId(case["case_id"])}
    sent = DeliverySent(delivery_id=DeliveryId("d1"), unit=PROTECTION, template="new_case", sent_at=T0, **about)
    failed = DeliveryFailed(
        delivery_id=DeliveryId("d2"), unit=POLICE, template="take_part", reason="quota", failed_at=T0, **about
    )  # fmt: skip
    for event in (sent, failed, pressed("r1", PROTECTION)):
        id = str(uuid4())
        await net.tell(DELIVERIES, event, event, id=id)
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS, DELIVERIES])
    await net.did(f"/v1/cases/{case['case_id']}/contacts", visit(), PROTECTION)
    return str(case["case_id"])


async def lines(net: Stage, id: str, **query: str) -> list[tuple[str, str, str | None]]:
    answer = await net.get(f"/v1/cases/{id}/timeline", **query)
    assert answer.status_code == 200, answer.text
    return [(each["service"], each["what"], each["by"]) for each in answer.json()["lines"]]


async def test_a_case_tells_what_each_service_did_once_and_in_time(net: Stage) -> None:
    id = await told(net)
    found = await lines(net, id)
    assert sorted(each for each in found if each[0] != "network") == [
        ("dispatch", "decided.protection", "table:chiayi-county:2026-01-01"),
        ("dispatch", "decided.protection", "王值班"),
        ("intake", "report_taken", None),
        ("notify", "acknowledged", "陳社工"),
        ("notify", "failed.quota", None),
        ("notify", "sent.new_case", None),
    ]
    acts = [what for service, what, _ in found if service == "network"]
    assert sorted(acts) == ["accepted", "contact.visit", "opened", "redecided"]
    times = [each["at"] for each in (await net.get(f"/v1/cases/{id}/timeline")).json()["lines"]]
    assert times == sorted(times, reverse=True)
    [rule] = {
        str(each["rule"]) for each in (await net.get(f"/v1/cases/{id}/timeline", service="dispatch")).json()["lines"]
    }
    assert "danger_sign" in rule
    assert "weapon" not in str([each async for each in net.database["steps"].find()])


async def test_a_story_is_filtered_by_service_and_by_what_it_is_about(net: Stage) -> None:
    id = await told(net)
    assert {service for service, _, _ in await lines(net, id, service="notify")} == {"notify"}
    assert [what for _, what, _ in await lines(net, id, about="contacts")] == ["contact.visit"]
    assert await lines(net, id, service="notify", about="contacts") == []
    assert (await net.get(f"/v1/cases/{id}/timeline", service="elsewhere")).status_code == 422
    assert (await net.get(f"/v1/cases/{id}/timeline", CENTRE)).status_code == 404


async def test_a_report_of_before_stories_were_kept_tells_its_decision_and_that_it_is_thin(net: Stage) -> None:
    id = await told(net)
    await net.decide(decided("r2", family=["a"], people=FAMILY))
    await net.case_of("r2")
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS, DELIVERIES])
    await net.database["steps"].delete_many({"report_id": "r1"})
    answer = (await net.get(f"/v1/cases/{id}/timeline", service="dispatch")).json()
    assert answer["thin"] == ["r1"]
    assert {(each["what"], each["report_id"], each["unit"]) for each in answer["lines"]} == {
        ("decided.protection", "r1", PROTECTION), ("decided.protection", "r2", PROTECTION),
    }  # fmt: skip
    async with at_desk(net, PROTECTION) as worker:
        page = (await worker.opens(f"/cases/{id}")).part("timeline")
        assert "1 report is older than this story" in page


async def test_the_page_filters_by_links_without_a_script(net: Stage) -> None:
    id = await told(net)
    async with at_desk(net, PROTECTION) as worker:
        page = (await worker.opens(f"/cases/{id}")).part("timeline")
        for words in ("Report taken", "王值班", "by the table", "In danger now", "Message sent", "Message not sent"):
            assert words in page, words
        link = f"/cases/{id}?service=notify#timeline"
        assert f'href="{link}"' in page
        page = (await worker.opens(f"/cases/{id}?service=notify")).part("timeline")
        assert "Message sent" in page and "Report taken" not in page
        assert f'href="/cases/{id}?service=notify&amp;about=messages#timeline"' in page


async def test_what_is_done_with_a_report_that_left_the_case_is_told_no_more(net: Stage) -> None:
    id = await told(net)
    await net.decide(decided("r2", family=["a"]))
    await net.case_of("r2")
    await net.decide(decided("r2", "duplicate", version=2, duplicate_of="r1", decided_by="林值班"))
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS, DELIVERIES])
    assert "林值班" not in {by for _, _, by in await lines(net, id)}


async def test_one_services_story_is_whole_however_much_another_has_done(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("network.cases.timeline.MOST", 2)
    id = await told(net)
    assert len(await lines(net, id, service="dispatch")) == 2
    assert len(await lines(net, id, about="messages")) == 2


async def test_older_lines_are_a_link_away_and_each_is_told_once(net: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    id = await told(net)
    whole = (await net.get(f"/v1/cases/{id}/timeline")).json()
    assert whole["next"] is None
    for module in ("timeline.MOST", "pages.MOST_LINES"):
        monkeypatch.setattr(f"network.cases.{module}", 3)
    found: list[dict[str, Any]] = []
    place: dict[str, str] | None = {}
    while place is not None:
        answer = (await net.get(f"/v1/cases/{id}/timeline", **place)).json()
        assert len(answer["lines"]) <= 3
        found, place = found + answer["lines"], answer["next"]
    assert sorted(map(str, found)) == sorted(map(str, whole["lines"]))
    async with at_desk(net, PROTECTION) as worker:
        shown = list[str]()
        path = f"/cases/{id}"
        while path:
            page = (await worker.opens(path)).part("timeline")
            shown += re.findall(r"<li>", page)
            more = re.search(r'href="([^"]+after=[^"]+)#timeline">Older', page)
            path = more[1].replace("&amp;", "&") if more else ""
        assert len(shown) == len(found)


async def test_a_case_that_became_part_of_another_tells_nothing_that_came_after(net: Stage) -> None:
    id = await told(net)
    await net.decide(decided("r2", family=["a"], apart=("r1",)))
    other = (await net.case_of("r2"))["case_id"]
    body = {"report_id": "r2", "accepted_by": "李社工"}
    await net.did(f"/v1/cases/{other}/acceptances", body, PROTECTION)
    merge = await net.did(f"/v1/cases/{other}/merges", {"case_id": id, "reason": "same_household"}, PROTECTION)
    await net.did(f"/v1/merges/{merge['merge_id']}/approval", {}, "supervisor")
    later = datetime.now(UTC) + timedelta(hours=1)
    sent = DeliverySent(
        delivery_id=DeliveryId("d9"), unit=CENTRE, template="decided_again", sent_at=later, report_id=ReportId("r1"),
        case_id=CaseId(other),
    )  # fmt: skip
    await net.tell(DELIVERIES, sent)
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS, DELIVERIES])
    assert ("notify", "sent.decided_again", None) in await lines(net, other)
    assert ("notify", "sent.decided_again", None) not in await lines(net, id)


async def test_what_another_countys_units_did_is_not_told_where_a_report_went(net: Stage) -> None:
    await told(net)
    there = {"county": "tainan-city", "unit": "tainan-city/protection"}
    await net.decide(decided("r1", family=["a"], version=3, decided_by="台南 林值班", **there))
    case = (await net.case_of("r1", "tainan"))["case_id"]
    await all_taken(net.kafka, net.prefix, "network", [DECISIONS, DELIVERIES])
    answer = await net.get(f"/v1/cases/{case}/timeline", "tainan")
    assert {each["by"] for each in answer.json()["lines"] if each["service"] != "network"} == {None, "台南 林值班"}
    assert "notify" not in {each["service"] for each in answer.json()["lines"]}
