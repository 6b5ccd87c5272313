"""A caseload as a file: what a supervisor hands over with, in one language, nobody's bare name, each on record."""

import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import httpx
import pytest
from kit.sealed import KeyVault
from network.cases import export_pages
from openpyxl import load_workbook  # type: ignore[import-untyped]

from tests.integration.network_desk import Person, at_desk
from tests.integration.network_life import CHILD, FAMILY
from tests.integration.network_stage import CENTRE, POLICE, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real

SEEN_AT = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
NAMED = "=cmd|' /C calc'!A0"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def at_work(net: Stage, vault: KeyVault, report: str = "r1", by: str = "陳社工") -> str:
    """A case in which somebody was seen, something is owed and the police take part."""
    key = vault.new_key(report, "report")
    await vault.keep([key])
    sealed = {"report": key.seal({"people/0/name": "林小美", "event/place/address": "民雄鄉虛構街 77 號"})}
    await net.decide(decided(report, family=[report], people=FAMILY, sealed=sealed, clocks=()))
    id = str((await net.case_of(report))["case_id"])
    path = f"/v1/cases/{id}"
    await net.did(f"{path}/acceptances", {"report_id": report, "accepted_by": by})
    place = {"id": f"{report}:event/place/address", "source": "report"}
    seen: dict[str, Any] = {"kind": "visit", "at": SEEN_AT.isoformat(), "reached": True, "address": place, "by": by}
    await net.did(f"{path}/contacts", seen | {"seen": [{"person": CHILD, "alone": True}]})
    await net.did(f"{path}/tasks", {"unit": PROTECTION, "what": "visit", "due_at": "2030-01-02T09:00:00+08:00"})
    asked = await net.did(
        f"{path}/collaborators", {"unit": POLICE, "asked_for": ["counselling"], "due_at": "2030-01-01T09:00:00+08:00"}
    )
    await net.did(f"/v1/collaborations/{asked['collaboration_id']}/acceptance", {"by": "周警員"}, POLICE)
    return id


async def file(who: Person, path: str, **query: str) -> httpx.Response:
    answer = await who.http.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return answer


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.content.startswith("\ufeff".encode()), "Excel needs the mark"
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


async def test_a_line_tells_who_leads_who_was_seen_where_and_all_that_is_owed_by_when(
    net: Stage, vault: KeyVault
) -> None:
    id = await at_work(net, vault)
    async with at_desk(net, "supervisor") as head:
        [line] = rows(await file(head, "/cases/export"))
        assert line == {
            "Case": id[:8], "Case id": id, "Family": "林○○", "Kind": "Child protection", "State": "Accepted",
            "Lead": "Protection team", "Worker": "陳社工", "opened": line["opened"], "Reports": "r1",
            "Last seen": "Subject · Visit", "Last seen at": "2026-11-20 10:30", "Seen by": "陳社工 · Protection team",
            "Seen where": "民雄鄉虛構街 ○○ 號 (from the report)",
            "Next due": "2030-01-01 09:00", "Next owed": "Counselling",
            "Tasks": "Counselling 2030-01-01 09:00 Police 周警員; Visit 2030-01-02 09:00 Protection team",
            "Collaborators": "Police 周警員",
        }  # fmt: skip
        await head.opens("/cases?lang=zh")
        [line] = rows(await file(head, "/cases/export"))
        assert (line["主責"], line["共案"]) == ("保護科", id[:8])


async def test_the_workbook_says_the_same_and_nothing_in_either_runs(net: Stage, vault: KeyVault) -> None:
    await at_work(net, vault, by=NAMED)
    async with at_desk(net, "supervisor") as head:
        [line] = rows(await file(head, "/cases/export"))
        book = load_workbook(BytesIO((await file(head, "/cases/export", format="xlsx")).content))
        heads, values = book.active.iter_rows(values_only=True)
        assert dict(zip(heads, values, strict=True)) == line
        assert line["Worker"] == f"'{NAMED}"
        assert (await head.http.get("/cases/export", params={"format": "exe"})).status_code == 422


async def test_a_file_is_on_record_and_holds_what_its_reader_may_see(
    net: Stage, vault: KeyVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await at_work(net, vault, report) for report in ("r1", "r2")]
    async with at_desk(net, CENTRE) as other, at_desk(net, "supervisor") as head:
        assert rows(await file(other, "/cases/export")) == []
        found = rows(await file(head, "/cases/export", unit=PROTECTION, person="陳社工"))
        assert {line["Case id"] for line in found} == set(ids)
        assert rows(await file(head, "/cases/export", person="nobody")) == []
        [look] = (await net.get("/v1/looks", "supervisor")).json()["looks"]
        assert (look["what"], look["cases"], look["case_id"]) == ("export", 2, "")
        assert "Exported a list of 2 cases" in (await head.opens("/looks")).text
        assert (await net.get("/v1/looks", f"supervisor of {CENTRE}")).json()["looks"] == []
        monkeypatch.setattr(export_pages, "EXPORTED", 1)
        assert "Only the first 1 cases: there are more." in (await file(head, "/cases/export")).text


async def test_what_a_worker_carries_is_a_file_with_what_they_take_part_in_and_owe(net: Stage, vault: KeyVault) -> None:
    ids = [await at_work(net, vault, report) for report in ("r1", "r2")]
    async with at_desk(net, "supervisor") as head:
        page = await head.opens(f"/caseloads?unit={POLICE}&person=周警員")
        link = "/caseloads/export" + page.text.partition('"/caseloads/export')[2].partition('"')[0].replace(
            "&amp;", "&"
        )
        found = rows(await file(head, link))
        assert {line["Case id"] for line in found} == set(ids)
        due = {"unit": PROTECTION, "what": "counselling", "due_at": (SEEN_AT + timedelta(days=900)).isoformat()}
        await net.did(f"/v1/cases/{ids[0]}/tasks", due | {"person": "林社工"})
        [line] = rows(await file(head, "/caseloads/export", unit=PROTECTION, person="林社工"))
        assert "林社工" in line["Tasks"]


async def test_a_caseload_is_of_a_worker_who_is_named(net: Stage) -> None:
    async with at_desk(net, "supervisor") as head:
        for unit, person in (("", ""), (PROTECTION, ""), ("", "陳社工")):
            answer = await head.http.get("/caseloads/export", params={"unit": unit, "person": person})
            assert answer.status_code == 422, "what nobody carries is not everything that is owed"


async def test_the_place_where_somebody_was_last_seen_stands_at_the_top_of_the_case(
    net: Stage, vault: KeyVault
) -> None:
    id = await at_work(net, vault)
    async with at_desk(net, PROTECTION) as worker:
        top = (await worker.opens(f"/cases/{id}")).text.partition("Last seen")[2].partition("</ul>")[0]
        assert "<b>民雄鄉虛構街 ○○ 號</b> from the report" in " ".join(top.split())
        assert "77 號" not in top
        school = {"kind": "session", "at": (SEEN_AT + timedelta(days=1)).isoformat(), "reached": True}
        await net.did(f"/v1/cases/{id}/contacts", school | {"seen": [{"person": CHILD, "alone": False}]})
        top = (await worker.opens(f"/cases/{id}")).text.partition("Last seen")[2].partition("</ul>")[0]
        assert "place not written down" in top
