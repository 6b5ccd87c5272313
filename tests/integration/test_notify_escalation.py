"""Nobody accepts: the next one is asked, each step once whatever races, and never after an answer by name."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.cases import CaseAccepted, CaseClosed, CaseOpened, CaseReturned
from contracts.decisions import UnitId
from contracts.topics import CASES
from kit import mongo

from tests.integration.notify_messages import ON_CALL, USER, bind, line_of
from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    Stage,
    Wire,
    button_of,
    group_of,
    happened,
    on_stage,
    opened,
    press,
    settings_of,
)
from tests.waiting import until

pytestmark = pytest.mark.real
GROUP, WINDOW = group_of(LEAD), group_of(f"{COUNTY}/window")


async def on_duty(stage: Stage, unit: str = LEAD, person: str = ON_CALL, **more: Any) -> None:
    turns = {"people": [person], "since": "2026-01-01"}
    answer = await stage.send("PUT", "/v1/rota", "supervisor", unit=unit, turns=turns, **more)
    assert answer.status_code == 200, answer.text


async def sent(stage: Stage, wire: Wire, case: CaseOpened | None = None) -> tuple[CaseOpened, dict[str, Any]]:
    """A case whose message LINE has taken."""
    case = case or opened()
    await wire.send(CASES, case)
    return case, await until(lambda: told(stage, case, "sent"))


async def told(stage: Stage, case: CaseOpened, state: str) -> dict[str, Any] | None:
    listed = await stage.deliveries(report_id=case.report_id)
    return next((each for each in listed if each["step_of"] is None and each["state"] == state), None)


async def steps_of(stage: Stage, case: CaseOpened, least: int) -> Mapping[str, Any] | None:
    listed = await stage.deliveries(report_id=case.report_id)
    return next((each for each in listed if len(each["steps"]) >= least), None)


async def fall_due(stage: Stage, message: Mapping[str, Any]) -> None:
    """The time of the next step has come."""
    past = {"$set": {"run.next_at": datetime.now(UTC) - timedelta(seconds=1)}}
    await stage.documents.update_one({"_id": message["delivery_id"], "run.state": "open"}, past)


async def has_ended(stage: Stage, message: Mapping[str, Any]) -> bool:
    found = await stage.documents.find_one({"_id": message["delivery_id"]})
    return bool(found and found["run"]["state"] in ("answered", "ended") and found["run"]["next_at"] is None)


async def all_steps_left(stage: Stage, message: Mapping[str, Any]) -> bool:
    waiting = {"step_of": message["delivery_id"], "state": "queued"}
    return await stage.documents.count_documents(waiting) == 0


async def test_the_person_on_call_is_mentioned_and_written_to_and_accepts_by_name(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = line_of()
    async with on_stage(settings_of(settings_env), line) as stage:
        await bind(stage, line)
        await on_duty(stage)
        case, message = await sent(stage, wire)
        await fall_due(stage, message)
        await until(lambda: len(line.whole) == 3)
        await until(lambda: all_steps_left(stage, message))
        escalated = await told(stage, case, "escalated")
        alone = next(messages for to, messages in line.whole if to == USER)
        [mentioned] = [messages for to, messages in line.whole if to == GROUP and len(messages) == 2]
        await stage.webhook(press(button_of(alone[0]), "", user=USER))
        accepted = await until(lambda: told(stage, case, "acknowledged"))
        await fall_due(stage, message)
        assert not await stage.app.state.runs.due(datetime.now(UTC), 10)
        published = await wire.published(stage)
    [step] = escalated["steps"] if escalated else [None]
    assert (step["whom"], step["person"], step["by"]) == ("on_call", ON_CALL, ["mention", "line"])
    assert step["because"] == f"{LEAD} on_call v1: turn"
    assert mentioned[1]["substitution"]["who"]["mentionee"] == {"type": "user", "userId": USER}
    assert (accepted["acknowledged_by"], accepted["bound"], len(accepted["steps"])) == (ON_CALL, True, 1)
    types = [each["type"] for each in published if each["delivery_id"] == message["delivery_id"]]
    assert types == ["delivery.sent", "delivery.escalated", "delivery.acknowledged"]


async def test_without_a_rota_the_window_is_told_at_once_and_accepts(settings_env: dict[str, str], wire: Wire) -> None:
    line = line_of()
    async with on_stage(settings_of(settings_env), line) as stage:
        case, message = await sent(stage, wire)
        await fall_due(stage, message)
        escalated = await until(lambda: steps_of(stage, case, 4))
        answer = (await stage.get("/v1/escalations")).json()
        listed, more = answer["escalations"], answer["more"]
        runs = stage.app.state.runs
        everything = await runs.unanswered(frozenset("*"), frozenset(), 10)
        assert (more, everything[1]) == (0, len(listed))
        assert await runs.unanswered(frozenset("*"), frozenset({"far/unit"}), 10) == ([], 0), "counted after the units"
        far = (await stage.get("/v1/escalations", "far")).json()["escalations"]
        await until(lambda: len(line.seen) == 2)
        await until(lambda: all_steps_left(stage, message))
        to, card = line.seen[-1]
        await stage.webhook(press(button_of(card), WINDOW))
        await until(lambda: told(stage, case, "acknowledged"))
        assert (await stage.get("/v1/escalations")).json()["escalations"] == []
    assert [(each["whom"], each["because"], each["by"]) for each in escalated["steps"]] == [
        ("on_call", "no rota", []),
        ("on_call", "no rota", []),
        ("supervisor", "no rota", []),
        ("last_resort", f"{COUNTY}/window", ["window", "standing"]),
    ]
    assert (to, escalated["state"], escalated["next_step_at"]) == (WINDOW, "escalated", None)
    assert ([each["delivery_id"] for each in listed], far) == ([message["delivery_id"]], [])


async def test_a_unit_without_a_group_is_escalated_at_once(settings_env: dict[str, str], wire: Wire) -> None:
    line, case = line_of(), opened(lead=f"{COUNTY}/education")
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        lost = await until(lambda: steps_of(stage, case, 4))
        await until(lambda: [to for to, _ in line.seen] == [WINDOW])
    assert (lost["state"], lost["reason"]) == ("failed", "unknown_group")


def answers(case: CaseOpened) -> dict[str, CaseAccepted | CaseReturned | CaseClosed]:
    now, of = datetime.now(UTC), {"case_id": case.case_id, "county": COUNTY, "version": 2}
    report = {"report_id": case.report_id, "unit": UnitId(LEAD)}
    return {
        "accepted on the page": CaseAccepted(**of, **report, accepted_by="陳社工", accepted_at=now),
        "given back": CaseReturned(**of, **report, reason="not_ours", returned_by="陳社工", returned_at=now),
        "closed": CaseClosed(
            **of, unit=UnitId(LEAD), reports=(case.report_id,), reason="goals_met", approved_by="李督導", closed_at=now,
            watched_until=now,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("how", ["accepted on the page", "given back", "closed"])
async def test_what_was_answered_elsewhere_never_escalates(settings_env: dict[str, str], wire: Wire, how: str) -> None:
    line = line_of()
    async with on_stage(settings_of(settings_env), line) as stage:
        case, message = await sent(stage, wire)
        await wire.send(CASES, answers(case)[how])
        await until(lambda: has_ended(stage, message))
        await fall_due(stage, message)
        await stage.app.state.escalations.take_due()
        listed = await told(stage, case, "sent")
    assert listed and listed["steps"] == []


async def test_an_answer_to_what_was_asked_before_does_not_end_what_is_asked_now(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, case = line_of(), opened().model_copy(update={"version": 3})
    async with on_stage(settings_of(settings_env), line) as stage:
        case, message = await sent(stage, wire, case)
        earlier, other = answers(case)["accepted on the page"], opened()
        await wire.send(CASES, earlier, other)
        await until(lambda: told(stage, other, "sent"))
        await fall_due(stage, message)
        await until(lambda: steps_of(stage, case, 4))


async def test_who_cannot_calls_the_next_one_at_once(settings_env: dict[str, str], wire: Wire) -> None:
    line = line_of()
    async with on_stage(settings_of(settings_env), line) as stage:
        await bind(stage, line)
        await on_duty(stage)
        case, message = await sent(stage, wire)
        await fall_due(stage, message)
        await until(lambda: len(line.whole) == 3)
        await until(lambda: all_steps_left(stage, message))
        alone = next(messages for to, messages in line.whole if to == USER)
        refusal = button_of(alone[0], 1)
        await stage.webhook(press(refusal, GROUP, user="U1"))
        await until(lambda: any("已讀" in reply for reply in line.replies))
        assert not await steps_of(stage, case, 2), "nobody speaks for the person who was asked"
        await stage.webhook(press(refusal, "", user=USER))
        escalated = await until(lambda: steps_of(stage, case, 4))
    assert [(each["because"], each["by"]) for each in escalated["steps"][1:]] == [
        ("cannot", []),
        ("no rota", []),
        (f"{COUNTY}/window", ["window", "standing"]),
    ]


async def test_what_waits_when_somebody_accepts_never_leaves(settings_env: dict[str, str], wire: Wire) -> None:
    """LINE answers nothing while the step's message is tried; the acceptance comes from the group meanwhile."""
    line = line_of()
    async with on_stage(settings_of(settings_env), line) as stage:
        case, message = await sent(stage, wire)
        line.fault = lambda key: None if key == message["delivery_id"] else "lost"
        await fall_due(stage, message)
        await until(lambda: len(line.asked) >= 3)
        await stage.webhook(press(button_of(line.seen[0][1]), GROUP))
        await until(lambda: told(stage, case, "acknowledged"))
        line.fault = lambda _: None
        await until(lambda: all_steps_left(stage, message))
        [step] = [each for each in await stage.deliveries(report_id=case.report_id) if each["step_of"]]
    assert len(line.seen) == 1
    assert (step["state"], step["reason"], step["acknowledged_by"]) == ("acknowledged", "answered", "社工甲")


async def test_two_replicas_and_acceptances_that_meet_their_steps(settings_env: dict[str, str], wire: Wire) -> None:
    """Each step is taken once; a message is accepted at a step or goes on, and nothing follows an acceptance."""
    line, cases = line_of(), [opened(number) for number in range(30)]
    settings = settings_of(settings_env)
    async with on_stage(settings, line) as one, on_stage(settings.model_copy(update={"port": 8999}), line) as two:
        await bind(one, line)
        await on_duty(one)
        await wire.send(CASES, *cases)
        messages = [await until(lambda case=case: told(one, case, "sent")) for case in cases]
        cards = {card["altText"].split()[-1]: card for _, card in line.seen}
        before = {message["delivery_id"]: datetime.now(UTC) for message in messages}
        await asyncio.gather(*(fall_due(one, message) for message in messages))
        turns = [stage.app.state.escalations.take_due() for stage in (one, two) for _ in range(5)]
        codes = [case.case_id.replace("-", "")[:8].upper() for case in cases]
        pressed = [one.webhook(press(button_of(cards[code]), GROUP)) for code in codes[::2]]
        await asyncio.gather(*turns, *pressed)
        for case in cases[::2]:
            await until(lambda case=case: told(one, case, "acknowledged"))
        for case in cases[1::2]:
            await until(lambda case=case: steps_of(one, case, 1))
        documents = [each async for each in one.documents.find({})]
    steps = [(each["step_of"], each["way"], each["person"]) for each in documents if each["step_of"]]
    assert len(before) == 30
    assert len(set(steps)) == len(steps)
    for each in documents:
        if each["step_of"] is None:
            ways = [way for taken in each["run"]["taken"] for way in taken["by"]]
            assert sorted(ways) == sorted(way for of, way, _ in steps if of == each["_id"])
            assert len(each["run"]["taken"]) == (1 if each["state"] == "sent" else len(each["run"]["taken"]))
            assert all(taken["at"] <= (each["acknowledged_at"] or taken["at"]) + SKEW for taken in each["run"]["taken"])


SKEW = timedelta(seconds=2)


async def test_an_emergency_does_not_wait_for_line_to_come_back(settings_env: dict[str, str], wire: Wire) -> None:
    line, case = line_of(fault=lambda _: "401"), opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        await wire.send(CASES, case)
        escalated = await until(lambda: steps_of(stage, case, 4))
    assert escalated["steps"][-1]["by"] == ["standing"]


async def test_lines_id_of_a_person_is_nowhere_in_the_clear(settings_env: dict[str, str], wire: Wire) -> None:
    line, settings = line_of(), settings_of(settings_env)
    async with on_stage(settings, line) as stage:
        await bind(stage, line)
        await on_duty(stage)
        _, message = await sent(stage, wire)
        await fall_due(stage, message)
        await until(lambda: len(line.whole) == 3)
        await until(lambda: all_steps_left(stage, message))
        client = mongo.connect(settings.mongo_url)
        database = mongo.database(client, settings.database_prefix + "notify")
        kept = [str(each) for name in await database.list_collection_names() async for each in database[name].find({})]
        assert await stage.app.state.people.line_id(ON_CALL) == USER
        assert (await stage.send("DELETE", f"/v1/line-user/{ON_CALL}", "supervisor")).status_code == 204
        assert await stage.app.state.people.line_id(ON_CALL) is None
        client.close()
    assert kept and not any(USER in each for each in kept)


# -- the rota


async def test_a_rota_is_written_read_and_its_holes_are_told_at_once(settings_env: dict[str, str], wire: Wire) -> None:
    line = line_of()
    async with on_stage(settings_of(settings_env), line) as stage:
        await stage.app.state.rota_office.dry_run.look_at_all()
        empty = (await stage.get("/v1/rota/holes")).json()["units"]
        assert {each["unit"]: (each["whole"], each["holes"][0]["kind"]) for each in empty}[LEAD] == (True, "nobody")
        await on_duty(stage)
        [alone] = [each for each in (await stage.get("/v1/rota/holes")).json()["units"] if each["unit"] == LEAD]
        hole = alone["holes"][0]
        assert (alone["whole"], hole["kind"], hole["person"]) == (True, "unreachable", ON_CALL)
        await bind(stage, line)
        await on_duty(stage)
        assert LEAD not in [each["unit"] for each in (await stage.get("/v1/rota/holes")).json()["units"]]
        [rota] = (await stage.get("/v1/rota", unit=LEAD)).json()["rotas"]
        assert (rota["version"], rota["written_by"]) == (2, "supervisor")
        assert [(each["person"], each["because"]) for each in rota["final"]] == [(ON_CALL, "turn")]
        del line.names[USER]
        await stage.webhook(happened("unfollow", "", source={"type": "user", "userId": USER}))
        await until(lambda: _has_hole(stage))


async def _has_hole(stage: Stage) -> bool:
    return LEAD in [each["unit"] for each in (await stage.get("/v1/rota/holes")).json()["units"]]


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        ("officer", {}, 403),
        ("far", {}, 403),
        ("supervisor", {"unit": "yunlin-county/police"}, 403),
        ("supervisor", {"unit": "nowhere"}, 422),
        ("supervisor", {"turns": {"people": [], "since": "2026-01-01"}}, 422),
        ("supervisor", {"shifts": [{"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}]}, 422),
        ("supervisor", {"shifts": [{"start": "2026-01-01T00:00:00", "end": "2026-01-02T00:00:00"}]}, 422),
    ],
)
async def test_who_may_write_which_rota(
    settings_env: dict[str, str], role: str, body: dict[str, Any], status: int
) -> None:
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), line_of()) as stage:
        answer = await stage.send("PUT", "/v1/rota", role, **{"unit": LEAD, **body})
    assert answer.status_code == status, answer.text
