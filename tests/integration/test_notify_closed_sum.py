"""Live: every event that asked for somebody is in somebody's hand; what was taken on and forgotten is asked again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.cases import CaseAccepted, CaseClosed, CaseContacted, CaseOpened
from contracts.decisions import UnitId
from contracts.topics import CASES
from notify.closing import watch
from notify.escalation import forgetting

from tests.integration.notify_clock import time_passes
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
