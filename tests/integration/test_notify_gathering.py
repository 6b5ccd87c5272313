"""Digests and storms: one however many replicas there are, nothing dropped, what joins later told anew."""

import json
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from contracts.cases import CaseAccepted, CaseId, CaseOpened
from contracts.decisions import UnitId
from contracts.tasks import TaskPressing
from contracts.topics import CASES, TASKS
from kit import mongo
from notify.escalation import running
from notify.gathering import store
from notify.gathering.gatherer import Gathering
from notify.store import Delivery, delivery_of
from rules.spans import TAIPEI

from tests.integration.notify_clock import time_passes
from tests.integration.notify_messages import message
from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    Wire,
    group_of,
    joined,
    on_stage,
    opened,
    settings_of,
)
from tests.waiting import until

pytestmark = pytest.mark.real
GROUP, WINDOW = group_of(LEAD), f"{COUNTY}/window"


@pytest.fixture(autouse=True)
def _nobody_is_asked_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LOOK_EVERY", 3_600)


@contextmanager
def routing(folder: Path, *rules: dict[str, Any], **more: Any) -> Iterator[Path]:
    written = yaml.safe_load((files("notify") / "routing.yaml").read_text("utf-8")) | {"version": "own"} | more
    written["rules"] = [*rules, *written["rules"]]
    own = folder / "routing.yaml"
    own.write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    yield own


def digest(id: str, at: datetime, tells: str) -> dict[str, Any]:
    there = at.astimezone(TAIPEI)
    return {"id": id, "at": f"{there:%H:%M:%S}", "tells": tells, "verified": False, "source": "test"}


LATER: dict[str, Any] = dict.fromkeys(("counties", "districts", "sources", "case_types"), "any")
LATER |= {"id": "later", "events": ["task.pressing"], "priorities": [5], "to": "unit_work", "when": "digest"}
LATER |= {"digest": "morning"}


def pressing() -> TaskPressing:
    now = datetime.now(UTC)
    return TaskPressing(
        task_id=str(uuid4()), county=COUNTY, case_id=CaseId(str(uuid4())), what="child.grade", unit=UnitId(LEAD),
        step=100, due_at=now, pressing_at=now,
    )  # fmt: skip


def case_of(priority: int) -> CaseOpened:
    return opened().model_copy(update={"priority": priority})


def text_of(card: dict[str, Any]) -> str:
    return yaml.safe_dump(card, allow_unicode=True)


async def states(stage: Stage, state: Any, **wanted: Any) -> int:
    return int(await stage.documents.count_documents({"state": state, **wanted}))


async def test_two_events_of_one_millisecond_on_two_replicas_make_one_digest(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    line, first, second, late = FakeLine(), pressing(), pressing(), pressing()
    with routing(tmp_path, LATER, digests=[digest("morning", datetime.now(UTC) + timedelta(hours=6), "open")]) as own:
        settings = settings_of(settings_env, routing_file=own)
        async with on_stage(settings, line) as one, on_stage(settings.model_copy(update={"port": 8999}), line) as two:
            await wire.send(TASKS, first, second)
            await until(lambda: _are(one, 2, "queued"))
            assert line.seen == []
            await time_passes(one.documents, timedelta(hours=6))
            for stage in (one, two):
                stage.app.state.gatherer.woken.set()
            await until(lambda: _are(one, 2, "sent", told_in={"$type": "string"}))
            [listed] = await one.deliveries(case_id=first.case_id or "")
            await wire.send(TASKS, late)
            await until(lambda: _are(one, 1, "queued"))
            await time_passes(one.documents, timedelta(hours=24))
            await until(lambda: _are(one, 3, "sent", told_in={"$type": "string"}))
            published = await wire.published(one)
    assert [to for to, _ in line.seen] == [GROUP, GROUP]
    assert "有 2 件" in text_of(line.seen[0][1])
    assert (listed["rule"], listed["state"]) == ("own/later", "sent")
    assert sorted(each["template"] for each in published) == ["digest_morning"] * 2 + ["task_over"] * 3


async def _are(stage: Stage, number: int, state: Any, **wanted: Any) -> bool:
    return await states(stage, state, **wanted) == number


async def test_the_morning_says_how_many_households_were_not_visited_in_one_line(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    line, over = FakeLine(), {"case_id": None, "what": "visit_household"}
    morning = digest("morning", datetime.now(UTC) + timedelta(hours=6), "open") | {"keeps": ["visit_over"]}
    with routing(tmp_path, digests=[morning]) as own:
        async with on_stage(settings_of(settings_env, routing_file=own), line) as one:
            await wire.send(TASKS, *(pressing().model_copy(update=over) for _ in range(3)))
            await until(lambda: _are(one, 3, "queued"))
            assert line.seen == [], "nobody is woken at midnight"
            await time_passes(one.documents, timedelta(hours=6))
            one.app.state.gatherer.woken.set()
            await until(lambda: _are(one, 3, "sent", told_in={"$type": "string"}))
    [(to, card)] = line.seen
    assert to == GROUP and "家戶逾期未訪視 ×3" in text_of(card) and "/households?state=overdue" in text_of(card)


async def test_in_a_storm_the_gravest_ring_and_the_rest_is_told_together_and_what_joins_it_anew(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    line, storm = FakeLine(), {"cards": 5, "within": "60m", "every": "10m"}
    cases = [case_of(3) for _ in range(30)]
    gravest, answered = case_of(1), cases[-1]
    with routing(tmp_path, storm=storm) as own:
        async with on_stage(settings_of(settings_env, routing_file=own), line) as stage:
            await wire.send(CASES, *cases[:20], gravest, *cases[20:])
            await until(lambda: _are(stage, 31, {"$in": ["sent", "queued"]}))
            await until(lambda: _are(stage, 0, "queued", gathers=None))
            at_once = await states(stage, "sent")
            accepted = CaseAccepted(
                case_id=answered.case_id, version=2, county=COUNTY, report_id=answered.report_id, unit=UnitId(LEAD),
                accepted_by="陳社工", accepted_at=datetime.now(UTC),
            )  # fmt: skip
            await wire.send(CASES, accepted)
            await until(lambda: _are(stage, 1, "queued", **{"run.state": "answered"}))
            await time_passes(stage.documents, timedelta(minutes=10))
            await until(lambda: _are(stage, 30 - at_once, "sent", told_in={"$type": "string"}))
            [waited] = await stage.deliveries(report_id=answered.report_id)
            late = case_of(4)
            await wire.send(CASES, late)
            await until(lambda: _are(stage, 1, "queued"))
            await time_passes(stage.documents, timedelta(minutes=10))
            await until(lambda: _are(stage, 0, "queued"))
    # The gravest counts as one of the five only if it came with them.
    assert at_once in (5, 6) and [to for to, _ in line.seen] == [GROUP] * (at_once + 2)
    texts = [text_of(card) for _, card in line.seen]
    assert any(gravest.case_id.replace("-", "")[:8].upper() in text for text in texts[:at_once])
    assert f"有 {30 - at_once} 件" in texts[-2] and "有 1 件" in texts[-1]
    assert late.case_id.replace("-", "")[:8].upper() in texts[-1]
    assert (waited["state"], waited["reason"]) == ("acknowledged", "answered")


async def test_the_digest_of_an_hour_is_told_once_by_three_replicas_and_after_a_restart(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    line, soon = FakeLine(), opened(collaborators=[f"{COUNTY}/police"])
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, soon)
        await until(lambda: _are(stage, 2, "sent"))
    line.seen.clear()
    now = datetime.now(UTC)
    due = now - timedelta(minutes=1)
    hours = [digest("morning", due, "open"), digest("tonight", due, "breaches") | {"until": "23:59:59"}]
    with routing(tmp_path, digests=hours) as own:
        settings = settings_of(settings_env, routing_file=own)
        replicas = [settings.model_copy(update={"port": port}) for port in (8997, 8998, 8999)]
        first, second, third = (on_stage(each, line) for each in replicas)
        async with first as stage, second as two, third as three:
            for each in (stage, two, three):
                await until(lambda each=each: len(each.app.state.gatherer.held) == 2)
            await until(lambda: _are(stage, 4, "sent", digest_of={"$type": "string"}))
        async with on_stage(replicas[0], line) as stage:
            await until(lambda: len(stage.app.state.gatherer.held) == 2)
            await until(lambda: _are(stage, 0, "queued"))
    assert sorted(to for to, _ in line.seen) == sorted([GROUP, group_of(f"{COUNTY}/police")] * 2)
    code = soon.case_id.replace("-", "")[:8].upper()
    assert all(code in text_of(card) for _, card in line.seen)


async def test_a_digest_after_a_disaster_is_made_a_unit_at_a_time_also_where_two_share_a_group(
    settings_env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each, line, alive = 40, FakeLine(), {"now": 0, "most": 0}
    units = [LEAD, WINDOW, *(f"{COUNTY}/{name}" for name in ("police", "health", "education"))]
    groups = {unit: group_of(unit) for unit in units} | {WINDOW: GROUP}

    def gone() -> None:
        alive["now"] -= 1

    def read(document: dict[str, Any]) -> Delivery:
        found = delivery_of(document)
        weakref.finalize(found, gone)
        alive["now"] += 1
        alive["most"] = max(alive.values())
        return found

    monkeypatch.setattr(store, "delivery_of", read)
    now = datetime.now(UTC)
    with routing(tmp_path, digests=[digest("morning", now - timedelta(minutes=1), "open")]) as own:
        settings = settings_of(settings_env, routing_file=own, line_groups=json.dumps(groups))
        client = mongo.connect(settings.mongo_url)
        documents = mongo.database(client, settings.database_prefix + "notify")["deliveries"]
        kept = [message(f"{unit} {number}", unit=unit) for unit in units for number in range(each)]
        for one in kept:
            one["run"]["next_at"] = now + timedelta(hours=1)
        await documents.insert_many(kept)
        client.close()
        async with on_stage(settings, line) as stage:
            await until(lambda: _are(stage, len(units), "sent", digest_of={"$type": "string"}))
    assert sorted(to for to, _ in line.seen) == sorted(groups.values())
    assert all(f"{each} 件" in text_of(card) for _, card in line.seen)
    assert alive["most"] <= 2 * each + 1


async def test_one_event_is_one_card_in_a_group_of_two_units(settings_env: dict[str, str], wire: Wire) -> None:
    line, again = FakeLine(), joined(opened())
    shared = {"line_groups": f'{{"{LEAD}": "{GROUP}", "{WINDOW}": "{GROUP}"}}'}
    async with on_stage(settings_of(settings_env, **shared), line) as stage:
        await wire.send(CASES, again)
        await until(lambda: _are(stage, 2, "sent"))
        listed = {each["template"]: each for each in await stage.deliveries(report_id=again.report_id)}
    [(_, card)] = line.seen
    assert "處遇中再通報" in text_of(card) and "postback" in text_of(card)
    assert listed["re_report_in_service"]["told_in"] == listed["re_report"]["delivery_id"]


async def test_a_replica_that_looked_before_another_one_told_tells_nothing_again(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    line, first, second = FakeLine(), pressing(), pressing()
    with routing(tmp_path, LATER, digests=[digest("morning", datetime.now(UTC) + timedelta(hours=6), "open")]) as own:
        async with on_stage(settings_of(settings_env, routing_file=own), line) as stage:
            await wire.send(TASKS, first, second)
            await until(lambda: _are(stage, 2, "queued"))
            gatherer, now = stage.app.state.gatherer, datetime.now(UTC)
            [(key, seen)] = (await gatherer.gatherings.due(now + timedelta(days=1), 10)).items()
            of = Gathering("morning", key, LEAD, GROUP)
            assert await gatherer.gatherings.tell(gatherer._digest(of, seen, seen, now))
            later = replace(of, number=await gatherer.gatherings.told_before(key))
            assert not await gatherer.gatherings.tell(gatherer._digest(later, seen, seen, now))
            await until(lambda: _are(stage, 2, "sent", told_in={"$type": "string"}))
    assert [to for to, _ in line.seen] == [GROUP]


@pytest.mark.parametrize("field", ["digest_of", "step_of", "about", "person"])
async def test_no_look_up_by_a_text_reads_every_message(settings_env: dict[str, str], field: str) -> None:
    async with on_stage(settings_of(settings_env), FakeLine()) as stage:
        plan = await stage.documents.find({field: "one of them"}).explain()
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])


async def test_what_is_kept_for_a_gathering_is_not_in_the_way_of_what_is_due(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    with routing(tmp_path, storm={"cards": 2, "within": "60m", "every": "10m"}) as own:
        async with on_stage(settings_of(settings_env, routing_file=own), FakeLine()) as stage:
            await wire.send(CASES, *(case_of(3) for _ in range(12)))
            await until(lambda: _are(stage, 10, "queued"))
            due = {"state": "queued", "next_attempt_at": {"$lte": datetime.now(UTC)}}
            assert await stage.documents.count_documents(due) == 0
