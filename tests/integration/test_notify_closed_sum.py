"""Live: every event that asked for somebody is in somebody's hand; what was taken on and forgotten is asked again."""

import weakref
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from contracts.cases import CaseAccepted, CaseClosed, CaseContacted, CaseOpened
from contracts.decisions import UnitId
from contracts.roles import Caller
from contracts.topics import CASES
from kit import mongo
from motor.motor_asyncio import AsyncIOMotorClient
from notify.closing import store, watch
from notify.closing.api import Sums, closed_sum
from notify.closing.store import Asks
from notify.domain.closed_sum import HANDS, Ask
from notify.escalation import forgetting
from notify.escalation.store import Runs
from notify.store import Deliveries
from prometheus_client import REGISTRY
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from tests.integration.notify_clock import time_passes
from tests.integration.notify_messages import message
from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    Wire,
    button_of,
    group_of,
    on_stage,
    opened,
    press,
    settings_of,
)
from tests.waiting import until

pytestmark = pytest.mark.real
GROUP = group_of(LEAD)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(watch, "SETTLED", timedelta())
    monkeypatch.setattr(forgetting, "LOOK_EVERY", 0.2)


def of(case: CaseOpened, version: int = 2) -> dict[str, Any]:
    return {"case_id": case.case_id, "county": COUNTY, "version": version}


def accepted(case: CaseOpened) -> CaseAccepted:
    report = {"report_id": case.report_id, "unit": UnitId(LEAD)}
    return CaseAccepted(**of(case), **report, accepted_by="陳社工", accepted_at=datetime.now(UTC))


async def are_sent(stage: Stage, number: int) -> bool:
    return await stage.documents.count_documents({"state": "sent", "step_of": None}) == number


async def the_sum(stage: Stage, role: str = "analyst", **query: str) -> dict[str, Any]:
    answer = await stage.get("/v1/statistics/closed-sum", role, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def adds_up(stage: Stage, **hands: int) -> bool:
    found = await the_sum(stage)
    return {name: found[name] for name in hands} == hands


async def test_the_sum_of_what_asked_for_somebody_closes_until_one_is_in_nobodys_hand(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, now = FakeLine(names={"U1": "社工甲"}), datetime.now(UTC)
    on_page, by_press, closed, left, vanished = (opened(number) for number in range(5))
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, on_page, by_press, closed, left, vanished)
        await until(lambda: are_sent(stage, 5))
        code = by_press.case_id.replace("-", "")[:8].upper()
        [card] = [card for _, card in line.seen if code in card["altText"]]
        await stage.webhook(press(button_of(card), GROUP))
        ended = CaseClosed(
            **of(closed), unit=UnitId(LEAD), reports=(closed.report_id,), reason="goals_met", approved_by="李督導",
            closed_at=now, watched_until=now,
        )  # fmt: skip
        await wire.send(CASES, accepted(on_page), ended)
        await until(lambda: adds_up(stage, asked=5, answered=2, needless=1, open=2, lost=0))
        assert (await the_sum(stage))["closes"]
        await stage.documents.delete_one({"report_id": vanished.report_id})
        late = {"$set": {"run.next_at": now + timedelta(hours=9), "run.state": "standing", "due_at": now}}
        await stage.documents.update_one({"report_id": left.report_id}, late)
        await until(lambda: adds_up(stage, asked=5, answered=2, needless=1, open=0, lost=2))
        broken = await the_sum(stage, county=COUNTY)
        far = await the_sum(stage, "far")
        await until(lambda: _tells(stage, 'safetynet_asks{hand="lost"} 2.0'))
    why = sorted(each["why"] for each in broken["in_nobodys_hand"])
    assert (why, broken["closes"], far["asked"]) == (["no_message", "stands_overdue"], False, 0)
    assert [(each["asked"], each["lost"]) for each in broken["days"]] == [(5, 2)]


async def test_the_count_of_a_disasters_day_holds_no_more_than_a_part_of_it(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is open, over, late and without a message; only so many that are lost are held, and all are counted."""
    replies = Replies()
    client: mongo.Client = AsyncIOMotorClient(settings_env["mongo_url"], tz_aware=True, event_listeners=[replies])
    database = mongo.database(client, settings_env["database_prefix"] + "notify")
    await Runs(client, database, Deliveries(database)).prepare()
    late = {"next_at": datetime.now(UTC) - timedelta(hours=1)}
    ended = {"state": "answered", "next_at": None}
    messages = [message(f"m{number:04}", minutes=60 + number) for number in range(1_200)]
    runs = [late, {"state": "ended"}, ended | {"answered_by": "陳社工"}, ended]
    for number, each in enumerate(messages):
        each["run"] |= runs[number % 4]
    await database["deliveries"].insert_many(messages)
    noted = [{"_id": each["_id"], "at": each["queued_at"], "county": COUNTY} for each in messages]
    silent = [{"_id": f"s{number:04}", "at": messages[number]["queued_at"], "county": COUNTY} for number in range(300)]
    await database["asks"].insert_many(noted + silent)
    alive = _alive(monkeypatch)
    watching = watch.SumWatch(Asks(database), frozenset())
    for whole_again in (0.0, inf, 0.0):
        watching.whole_again = whole_again
        await watching.look()
        told = [REGISTRY.get_sample_value("safetynet_asks", {"hand": hand}) for hand in HANDS]
        assert told == [300, 0, 300, 900]
    held = alive["most"]
    listed = await closed_sum(
        Sums(Asks(database), frozenset()), Caller("a", "analyst", frozenset({COUNTY})), None, None
    )
    client.close()
    assert (held <= 2 * 100 + 3 * watch.MOST_NAMED, replies.most) == (True, 100)
    assert [each.delivery_id for each in listed.in_nobodys_hand[-300:]] == [each["_id"] for each in silent[::-1]]
    assert (listed.asked, listed.lost, len(listed.in_nobodys_hand)) == (1_500, 900, 900)
    assert sum(day.asked for day in listed.days) == 1_500


class Replies(CommandListener):
    """How many documents came in one answer, at the most: they are in memory before anybody reads them."""

    most = 0

    def started(self, event: CommandStartedEvent) -> None:
        """Nothing came yet."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        cursor = event.reply.get("cursor", {})
        self.most = max(self.most, len(cursor.get("firstBatch", ())), len(cursor.get("nextBatch", ())))

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing came."""


def _alive(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many asks there are now, at the most."""
    alive = {"now": 0, "most": 0}

    def gone() -> None:
        alive["now"] -= 1

    def made(*values: Any) -> Ask:
        ask = Ask(*values)
        weakref.finalize(ask, gone)
        alive["now"] += 1
        alive["most"] = max(alive.values())
        return ask

    monkeypatch.setattr(store, "AT_ONCE", 100)
    monkeypatch.setattr(store, "Ask", made)
    return alive


async def _tells(stage: Stage, line: str) -> bool:
    return line in (await stage.http.get("/metrics")).text


async def again_of(stage: Stage, case: CaseOpened) -> list[dict[str, Any]]:
    return [each for each in await stage.deliveries(case_id=case.case_id) if each["template"] == "forgotten"]


async def test_what_was_taken_on_and_forgotten_is_asked_again_once_until_work_is_seen(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, forgotten, worked = FakeLine(), opened(1), opened(2)
    settings = settings_of(settings_env)
    async with on_stage(settings, line) as stage, on_stage(settings.model_copy(update={"port": 8999}), line):
        await wire.send(CASES, forgotten, worked, accepted(forgotten), accepted(worked), contacted(worked))
        await until(lambda: adds_up(stage, asked=2, answered=2))
        done = {"report_id": worked.report_id, "run.follow": "done"}
        await until(lambda: stage.documents.count_documents(done))
        await until(lambda: are_sent(stage, 2))
        await time_passes(stage.documents, timedelta(hours=4))
        await until(lambda: again_of(stage, forgotten))
        await until(lambda: are_sent(stage, 3))
        [asked] = await again_of(stage, forgotten)
        assert await again_of(stage, worked) == []
        await until(lambda: adds_up(stage, asked=3, answered=2, open=1, lost=0))
        await wire.send(CASES, contacted(forgotten))
        await until(lambda: adds_up(stage, asked=3, answered=2, needless=1, lost=0))
    assert len(line.seen) == 3
    assert (asked["unit"], "no work was seen" in asked["because"]) == (LEAD, True)


def contacted(case: CaseOpened) -> CaseContacted:
    now = datetime.now(UTC)
    return CaseContacted(
        **of(case, 3), contact_id="c", unit=UnitId(LEAD), units=(UnitId(LEAD),), kind="visit", reached=True, at=now,
        recorded_at=now,
    )  # fmt: skip
