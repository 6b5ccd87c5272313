"""The pack of a meeting: asked of each unit, handed in or late by name, read by whom it is for, taken away as files."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from docx import Document
from pypdf import PdfReader
from rules.calendars import NATIONAL
from rules.spans import TAIPEI
from web.typesetting import FONTS

from tests.integration.network_life import taken, visit
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, planned, topic
from tests.integration.network_stage import COUNTY, LABOUR, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real

HEALTH, EDUCATION = f"{COUNTY}/health", f"{COUNTY}/education"
SECRET = "相對人前科與出所日期"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


def in_working_days(count: int) -> datetime:
    """A working day so many working days from today, at ten."""
    day = datetime.now(TAIPEI).date()
    while count:
        day += timedelta(days=1)
        count -= NATIONAL.works(day)
    return datetime(day.year, day.month, day.day, 10, tzinfo=TAIPEI)


def clock_at(net: Stage, at: datetime) -> None:
    """What is read and written from now on is read and written then."""
    net.app.state.meetings.clock = lambda: at.astimezone(UTC)


async def write(
    net: Stage, id: str, item: str, unit: str, text: str = "已訪視兩次", role: str = "", **more: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {role or unit}"}
    path = f"/v1/meetings/{id}/items/{item}/paper"
    return await net.http.put(path, json={"unit": unit, "text": text} | more, headers=headers)


async def pack_of(net: Stage, id: str, role: str = SECRETARY) -> dict[str, Any]:
    answer = await net.get(f"/v1/meetings/{id}/pack", role)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_thirty_parts_are_asked_twenty_seven_come_in_time_and_three_are_late_by_name(net: Stage) -> None:
    """Six units and five cases (Kaohsiung City deck 2023, item 79)."""
    at = in_working_days(6)
    id = await planned(net, at.isoformat())
    cases = [await taken(net, f"r{number}", family=[f"family {number}"], people=()) for number in range(5)]
    for case in cases:
        await net.did(f"/v1/meetings/{id}/items", {"case_id": case, "reason": "needs_several"}, SECRETARY)
    items = [each["item_id"] for each in (await at_meeting(net, id))["items"]]
    assert (await pack_of(net, id))["asked"] == 0, "nobody is asked before the meeting is called"
    await net.did(f"/v1/meetings/{id}/call", {}, SECRETARY)
    due = in_working_days(5)
    owed = (await net.get("/v1/tasks", HEALTH, unit=HEALTH)).json()["tasks"]
    assert {(each["what"], datetime.fromisoformat(each["due_at"])) for each in owed} == {("write_paper", due)}
    assert {each["because"]["id"] for each in owed} == set(items)

    late = [(items[0], HEALTH), (items[3], POLICE), (items[4], EDUCATION)]
    for item in items:
        for unit in SIX:
            if (item, unit) not in late:
                assert (await write(net, id, item, unit, role=SECRETARY)).status_code == 200
    assert {each["because"]["id"] for each in (await net.get("/v1/tasks", HEALTH, unit=HEALTH)).json()["tasks"]} == {
        items[0]
    }
    clock_at(net, due + timedelta(minutes=1))
    assert (await write(net, id, items[4], EDUCATION, role=SECRETARY)).status_code == 200
    found = await pack_of(net, id)
    assert (found["asked"], found["in_time"], found["waiting"], found["complete"]) == (30, 27, 2, False)
    assert {(each["item_id"], each["unit"], bool(each["handed_in_at"])) for each in found["late"]} == {
        (items[0], HEALTH, False), (items[3], POLICE, False), (items[4], EDUCATION, True),
    }  # fmt: skip
    assert datetime.fromisoformat(found["due_at"]) == due

    if FONTS.is_dir():
        answer = await net.http.get(
            f"/v1/meetings/{id}/pack.pdf?lang=zh", headers={"Authorization": f"Bearer {SECRETARY}"}
        )
        pages = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
        for words in ("應交 30 份，準時 27 份，逾期 3 份", "主席", "衛政", "已訪視兩次"):
            assert words.replace(" ", "") in "".join(pages.split()), words
    answer = await net.http.get(
        f"/v1/meetings/{id}/pack.docx?lang=en", headers={"Authorization": f"Bearer {SECRETARY}"}
    )
    lines = [each.text for each in Document(BytesIO(answer.content)).paragraphs]
    assert "30 parts asked for, 27 in time, 3 late" in lines
    assert lines.count("已訪視兩次") == 28
    assert len([each for each in lines if each.startswith("Late: ")]) == 3


async def test_a_part_is_read_by_whom_it_is_for_and_each_reading_is_on_record(net: Stage) -> None:
    id = await planned(net, in_working_days(5).isoformat())
    case = await taken(net)
    await net.did(f"/v1/cases/{case}/contacts", visit(), PROTECTION)
    added = await net.did(f"/v1/meetings/{id}/items", {"case_id": case, "reason": "needs_several"}, SECRETARY)
    [item] = [each["item_id"] for each in added["items"]]
    early = await write(net, id, item, POLICE)
    assert early.json()["errors"][0]["code"] == "paper_not_asked"
    await net.did(f"/v1/meetings/{id}/call", {}, SECRETARY)
    assert (await write(net, id, item, POLICE, SECRET, draft=True)).status_code == 200
    assert SECRET not in str(await pack_of(net, id, PROTECTION)), "a draft is its writer's"
    assert SECRET in str(await pack_of(net, id, POLICE))
    assert (await write(net, id, item, POLICE, SECRET, only_for=[PROTECTION])).status_code == 200
    assert (await write(net, id, item, LABOUR, "職缺已備", proposal="媒合清潔工作")).status_code == 200

    for role, reads in (
        (POLICE, True),
        (PROTECTION, True),
        ("supervisor", True),
        (LABOUR, False),
        (HEALTH, False),
        (SECRETARY, False),
    ):
        found = await pack_of(net, id, role)
        parts = {each["unit"]: each for each in found["items"][0]["parts"]}
        assert (parts[POLICE]["text"] == SECRET, parts[POLICE]["may_read"]) == (reads, reads), role
        assert (SECRET in str(found)) is reads, role
        assert parts[LABOUR]["proposal"] == "媒合清潔工作"
        answer = await net.http.get(f"/v1/meetings/{id}/pack.docx", headers={"Authorization": f"Bearer {role}"})
        assert (SECRET in "".join(each.text for each in Document(BytesIO(answer.content)).paragraphs)) is reads, role
    facts = {
        each["what"]: each["count"] for each in (await pack_of(net, id, PROTECTION))["items"][0]["parts"][0]["facts"]
    }
    assert (facts["contacts"], facts["children_seen"]) == (1, 1)

    looks = [each for each in (await net.get("/v1/looks", "supervisor")).json()["looks"] if each["what"] == "paper"]
    assert {(each["by"], each["contact_id"], each["case_id"]) for each in looks} >= {
        (f"worker of {LABOUR}", item, case), (f"worker of {POLICE}", item, case),
    }  # fmt: skip
    assert SECRET not in str([each async for each in net.database["items"].find()])
    for role, status in (("minxiong", 404), ("tainan", 404), ("analyst", 403), ("partner", 403), ("keeper", 403)):
        assert (await net.get(f"/v1/meetings/{id}/pack", role)).status_code == status, role
        assert (await write(net, id, item, POLICE, "x", role=role)).status_code == status, role
    assert (await write(net, id, item, POLICE, "x", role=LABOUR)).status_code == 403, "another unit's part"

    who = {"person": f"worker of {LABOUR}", "reason": "relative"}
    await net.did(f"/v1/meetings/{id}/items/{item}/conflicts", who, SECRETARY)
    assert (await pack_of(net, id, LABOUR))["items"] == [], "who is too near gets no papers"
    assert (await write(net, id, item, LABOUR, "x")).status_code == 404


async def test_papers_go_on_with_their_item_and_are_over_with_the_meeting(net: Stage) -> None:
    first, second = (
        await planned(net, in_working_days(5).isoformat()),
        await planned(net, in_working_days(20).isoformat()),
    )
    item = await topic(net, first)
    await net.did(f"/v1/meetings/{first}/call", {}, SECRETARY)
    await net.did(f"/v1/meetings/{second}/call", {}, SECRETARY)
    assert (await write(net, first, item, LABOUR, "第一次")).status_code == 200
    await net.did(f"/v1/meetings/{first}/items/{item}/deferral", {"reason": "no_time"}, SECRETARY)
    part = {each["unit"]: each for each in (await pack_of(net, second, LABOUR))["items"][0]["parts"]}[LABOUR]
    assert (part["state"], part["text"]) == ("draft", "第一次")
    owed = (await net.get("/v1/tasks", LABOUR, unit=LABOUR)).json()["tasks"]
    assert [each["what"] for each in owed] == ["write_paper"], "one for each meeting it stands on, and it stands on one"
    moved = {"at": in_working_days(25).isoformat(), "reason": "room_taken"}
    await net.did(f"/v1/meetings/{second}/date", moved, SECRETARY)
    owed = (await net.get("/v1/tasks", LABOUR, unit=LABOUR)).json()["tasks"]
    assert [datetime.fromisoformat(each["due_at"]) for each in owed] == [in_working_days(24)]
    await come(net, second)
    await net.did(f"/v1/meetings/{second}/end", {}, SECRETARY)
    assert (await net.get("/v1/tasks", LABOUR, unit=LABOUR)).json()["tasks"] == []
    assert (await write(net, second, item, LABOUR)).json()["errors"][0]["code"] in ("meeting_over", "item_elsewhere")
