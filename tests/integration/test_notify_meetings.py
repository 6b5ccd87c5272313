"""Units hear of meetings in their groups: the call, another date, parts that are due or late, approved minutes."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts.directory import UnitDescribed
from contracts.meetings import ItemIncluded, MeetingCalled, MeetingCancelled, MeetingMoved, MinutesApproved
from contracts.tasks import TaskPressing
from contracts.topics import DIRECTORY, MEETINGS, REFERRALS, TASKS
from notify.groups.purposes import Purpose
from notify.groups.store import Binding

from tests.integration.kafka_reading import taken
from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    Wire,
    group_of,
    on_stage,
    referral_sent,
    settings_of,
)
from tests.waiting import until

pytestmark = pytest.mark.real
POLICE, NOWHERE = f"{COUNTY}/police", f"{COUNTY}/provider.nowhere"
MEETING = "4f6c2e1a-0000-4000-8000-000000000001"
AT = datetime(2026, 12, 17, 6, tzinfo=UTC)
HELD = {
    "meeting_id": MEETING,
    "county": COUNTY,
    "level": "bureau",
    "purpose": "high_risk_violence",
    "host": LEAD,
    "at": AT,
}


@pytest.fixture
async def line() -> FakeLine:
    return FakeLine()


@pytest.fixture
async def stage_(settings_env: dict[str, str], line: FakeLine) -> AsyncIterator[Stage]:
    async with on_stage(settings_of(settings_env), line) as stage:
        yield stage


def texts(card: dict[str, Any]) -> str:
    return json.dumps(card, ensure_ascii=False)


async def test_each_unit_that_is_asked_hears_once_of_the_call_another_date_and_the_minutes(
    stage_: Stage, line: FakeLine, wire: Wire
) -> None:
    units = (POLICE, LEAD, NOWHERE)
    called = MeetingCalled(**HELD, units=units, called_at=AT - timedelta(days=14))
    id = str(uuid4())
    await wire.send(MEETINGS, called, id=id)
    await until(lambda: len(line.seen) == 2)
    await wire.send(MEETINGS, called, id=id)
    item = {"item_id": "i", "county": COUNTY, "level": "bureau", "purpose": "high_risk_violence", "came": "included"}
    await wire.send(MEETINGS, ItemIncluded.model_validate(item | {"meeting_id": MEETING, "included_at": AT}))
    for event in (
        MeetingMoved(**HELD | {"at": AT + timedelta(days=7)}, units=(POLICE,), moved_at=AT),
        MinutesApproved(**HELD, units=(POLICE,), approved_at=AT),
        MeetingCancelled(**HELD, units=(POLICE,), cancelled_at=AT),
    ):
        before = len(line.seen)
        await wire.send(MEETINGS, event)
        await until(lambda seen=before: len(line.seen) > seen)
    assert {group for group, _ in line.seen[:2]} == {group_of(POLICE), group_of(LEAD)}
    assert [group for group, _ in line.seen[2:]] == [group_of(POLICE)] * 3
    cards = [card for _, card in line.seen]
    assert {each["altText"] for each in cards} == {"會議 4F6C2E1A"}
    assert "開會時間:115年12月17日 14:00" in texts(cards[0])
    assert "開會時間:115年12月24日 14:00" in texts(cards[2])
    assert "開會時間" not in texts(cards[3]), "of what was held no time is to come"
    for each in cards:
        [link] = each["contents"]["footer"]["contents"]
        assert link["action"]["label"] == "開啟會議"
        assert f"/meetings/{MEETING}" in link["action"]["uri"]


async def test_a_part_that_is_due_or_late_leads_to_its_item(stage_: Stage, line: FakeLine, wire: Wire) -> None:
    facts = {"task_id": "t1", "county": COUNTY, "unit": POLICE, "due_at": AT, "pressing_at": AT, "about": "item-1"}
    for step in (50, 80, 100):
        await wire.send(TASKS, TaskPressing.model_validate(facts | {"what": "write_paper", "step": step}))
    await until(lambda: len(line.seen) == 2)
    titles = [card["contents"]["header"]["contents"][0]["text"] for _, card in line.seen]
    assert sorted(titles) == ["會議資料將到期", "會議資料逾期"]
    for _, card in line.seen:
        assert "/meeting-items/item-1" in texts(card)


async def test_a_provider_is_addressed_by_name_where_what_it_is_asked_for_may_be_named(
    stage_: Stage, line: FakeLine, wire: Wire
) -> None:
    hope = f"{COUNTY}/provider.hope"
    groups = stage_.app.state.registry.groups
    await groups.bind(group_of(hope), Binding(Purpose.UNIT_WORK, COUNTY, "officer", AT, hope))
    told = UnitDescribed(
        provider="hope", county=COUNTY, unit=hope, name="希望協會", version=1, valid_from=date(2026, 1, 1)
    )
    await wire.send(DIRECTORY, told)
    await taken(wire.bootstrap, wire.prefix, "notify", [DIRECTORY])
    await wire.send(REFERRALS, referral_sent(hope))
    await until(lambda: len(line.seen) == 1)
    await wire.send(REFERRALS, referral_sent(hope, service="shelter"))
    await until(lambda: len(line.seen) == 2)
    known, unnamed = (texts(card) for _, card in line.seen)
    assert "受文單位:希望協會" in known
    assert "受文單位:提供單位" in unnamed
    assert "希望協會" not in unnamed
    for _, card in line.seen:
        assert card["altText"].startswith("轉介 ")
        assert card["contents"]["footer"]["contents"][-1]["action"]["label"] == "開啟轉介"
