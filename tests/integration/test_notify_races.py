"""An acceptance and a step that meet: the database decides, hundreds of times; and who watches the watcher."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from contracts.topics import CASES
from kit import mongo
from notify.closing import heartbeat
from notify.domain.escalation import Facts, Found, advance, begin
from notify.domain.notices import Notice
from notify.escalation.store import Advance, Runs
from notify.policies import load_policies
from notify.store import Deliveries, Delivery, Settlement, delivery_of

from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Wire, on_stage, opened, settings_of
from tests.waiting import until

pytestmark = pytest.mark.real
MANY, HANDS = 400, 25
NOW = datetime.now(UTC).replace(microsecond=0)


def message(number: int) -> Delivery:
    run = begin(load_policies().of("unit_work", 1), NOW, 1, NOW - timedelta(minutes=15))
    notice = Notice(LEAD, "new_case", COUNTY, None, None, 1, about=f"a{number}")
    return Delivery(f"d{number}", notice, "C1", NOW, {}, state="sent", run=run)


async def test_of_an_acceptance_and_a_step_that_meet_exactly_one_comes_first(settings_env: dict[str, str]) -> None:
    """Either accepted at step n, and step n+1 never ran, or it ran and the acceptance came after it: never neither."""
    client = mongo.connect(settings_env["mongo_url"])
    database = mongo.database(client, settings_env["database_prefix"] + "notify")
    deliveries = Deliveries(database)
    runs = Runs(client, database, deliveries)
    await deliveries.add([(message(number), None) for number in range(MANY)])
    facts: Facts = {
        "on_call": Found("甲", "turn", frozenset({"mail"})),
        "supervisor": Found(None, "no rota"),
        "last_resort": Found(None, "window", frozenset({"standing"})),
    }
    hands = asyncio.Semaphore(HANDS)

    async def step(one: Delivery) -> bool:
        async with hands:
            after = one.run and advance(one.run, NOW, facts)
            assert one.run and after
            told = Delivery(f"{one.id}:step", one.notice, None, NOW, {}, step_of=one.id, way="mail", person="甲")
            return bool(await runs.save([Advance(one, one.run, after, [told])], NOW))

    async def accept(one: Delivery) -> bool:
        async with hands:
            fields = {"state": "acknowledged", "acknowledged_at": NOW, "run.state": "answered", "run.next_at": None}
            return await deliveries.change(one, [Settlement(one.id, NOW, "acknowledged", fields)])

    async def meet(number: int) -> tuple[bool, bool]:
        one = await deliveries.of(f"d{number}")
        assert one
        acts = (step(one), accept(one)) if number % 2 else (accept(one), step(one))
        results = await asyncio.gather(*acts)
        return (results[0], results[1]) if number % 2 else (results[1], results[0])

    outcomes = await asyncio.gather(*(meet(number) for number in range(MANY)))
    kept = {each["_id"]: delivery_of(each) async for each in database["deliveries"].find({"step_of": None})}
    sent_on = {each["step_of"] async for each in database["deliveries"].find({"step_of": {"$ne": None}})}
    client.close()
    for number, (stepped, accepted) in enumerate(outcomes):
        run = kept[f"d{number}"].run
        assert accepted and run and run.state == "answered", "an acceptance by name always counts"
        assert stepped == bool(run.taken) == (f"d{number}" in sent_on), "a step is whole, with its message, or was not"


async def test_the_heartbeat_outside_stops_when_a_step_is_late(
    settings_env: dict[str, str], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "EVERY", 0.05)
    outside, line, case = FakeLine(token="none"), FakeLine(), opened()
    settings = settings_of(settings_env)
    async with outside.serving() as address:
        watched = settings.model_copy(update={"heartbeat_url": f"{address}/ping"})
        async with on_stage(watched, line) as stage:
            await until(lambda: len(outside.bodies) > 2)
            await wire.send(CASES, case)
            await until(lambda: stage.documents.count_documents({"state": "sent"}))
            monkeypatch.setattr(stage.app.state.escalations._runs, "due", _nothing_is_due)
            late = {"$set": {"run.next_at": datetime.now(UTC) - timedelta(minutes=6)}}
            await stage.documents.update_one({"report_id": case.report_id}, late)
            await until(lambda: _has_stopped(outside))


async def _nothing_is_due(*_: object) -> list[Delivery]:
    """The auditor looks while whoever takes steps is dead."""
    return []


async def _has_stopped(outside: FakeLine) -> bool:
    before = len(outside.bodies)
    await asyncio.sleep(0.5)
    return len(outside.bodies) == before
