"""Steps that are due: the gravest first, many in one transaction, each once, and none held up by another."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from contracts.decisions import UnitId
from kit import mongo
from kit.mongo import Collection
from notify.domain.escalation import Facts, Found, begin
from notify.domain.notices import Notice
from notify.escalation import running
from notify.escalation.reach import Reach
from notify.escalation.running import Escalations
from notify.escalation.store import IS_OPEN, Runs
from notify.policies import load_policies
from notify.store import Deliveries, Delivery, Settlement
from notify.writing import Writer

from tests.integration.notify_stage import COUNTY, LEAD

pytestmark = pytest.mark.real
NOW = datetime.now(UTC).replace(microsecond=0)
BROKEN = f"{COUNTY}/broken"


@dataclass
class Ways:
    """Stands in for whom a step finds: somebody, by mail alone; of a unit whose rota cannot be read nobody."""

    asked: list[str] = field(default_factory=list)

    async def groups_of(self, _: set[str]) -> Mapping[str, str]:
        return {}

    async def facts(self, notice: Notice, _: Mapping[str, str], __: datetime) -> Facts:
        self.asked.append(notice.unit)
        if notice.unit == BROKEN:
            raise ValueError(BROKEN)
        found = Found("甲", "turn", frozenset({"mail", "line"}))
        return {"on_call": found, "supervisor": found, "last_resort": Found(None, "window", frozenset({"standing"}))}


class Writes:
    """Stands in for what writes a step's message."""

    def step(self, id: str, message: Delivery, _: str, __: None, *, at: datetime, **more: Any) -> Delivery:
        return Delivery(id, message.notice, None, at, {}, step_of=message.id, way=more["way"], person=more["person"])


@dataclass(frozen=True)
class Replica:
    """What takes steps, and how it is looked at."""

    escalations: Escalations
    runs: Runs
    deliveries: Deliveries
    ways: Ways
    documents: Collection

    async def taken(self) -> list[str]:
        found = self.documents.find({"run.taken.0": {"$exists": True}}).sort("_id", 1)
        return [each["_id"] async for each in found]


@pytest.fixture
async def replicas(settings_env: dict[str, str]) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two that share a database, neither of which looks by itself."""
    client = mongo.connect(settings_env["mongo_url"])
    database = mongo.database(client, settings_env["database_prefix"] + "notify")

    def replica() -> Replica:
        deliveries, ways = Deliveries(database), Ways()
        runs = Runs(client, database, deliveries)
        escalations = Escalations(runs, cast("Reach", ways), cast("Writer", Writes()), _nobody_waits)
        return Replica(escalations, runs, deliveries, ways, database["deliveries"])

    one, two = replica(), replica()
    await one.runs.prepare()
    yield one, two
    client.close()


def _nobody_waits() -> None:
    """No pusher runs here."""


def due(id: str, rank: int, *, minutes: float = 1, unit: str = LEAD, policy_of: int = 1) -> Delivery:
    """A message whose first step was due so long ago; by a policy without quiet hours, unless another is meant."""
    policy = load_policies().of("unit_work", policy_of)
    at = NOW - timedelta(minutes=minutes)
    run = begin(policy, at, 1, at - policy.steps[0].after)
    return Delivery(id, Notice(UnitId(unit), "new_case", COUNTY, priority=rank, about=id), "C1", at, {}, run=run)


async def add(replica: Replica, *messages: Delivery) -> None:
    await replica.deliveries.add([(each, None) for each in messages])


async def test_the_gravest_due_are_taken_first_and_of_one_rank_the_longest_due(
    replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = replicas
    monkeypatch.setattr(running, "MOST", 2)
    await add(one, due("ordinary", 3, minutes=90), due("soon", 2, minutes=60))
    await add(one, due("later", 1, minutes=2), due("first", 1, minutes=3), due("next", 2, minutes=70))
    await add(one, due("to come", 1, minutes=-600))
    rounds: list[list[str]] = []
    is_more = True
    while is_more:
        is_more = await one.escalations.take_due()
        rounds.append([each for each in await one.taken() if not any(each in before for before in rounds)])
    assert rounds == [["first", "later"], ["next", "soon"], ["ordinary"]]


async def test_what_is_due_and_what_nobody_has_answered_are_found_by_an_index(
    replicas: tuple[Replica, Replica],
) -> None:
    one, _ = replicas
    await add(one, *(due(f"d{number:02}", 1 + number % 4, minutes=number - 20) for number in range(40)))
    gravest = one.documents.find({"run.state": "open", "run.next_at": {"$lte": NOW}})
    plan = await gravest.sort([("rank", 1), ("run.next_at", 1)]).limit(3).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 3, "what is due is read in its order"
    plan = await one.documents.find(IS_OPEN).sort("run.next_at", 1).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


async def test_what_the_messages_of_a_batch_find_alike_is_looked_up_once(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas
    await add(one, *(due(f"{unit} {number}", 1, unit=unit) for unit in (LEAD, f"{COUNTY}/police") for number in "123"))
    await one.escalations.take_due()
    assert len(await one.taken()) == 6
    assert sorted(one.ways.asked) == sorted([LEAD, f"{COUNTY}/police"])


async def test_one_that_cannot_be_advanced_and_one_that_cannot_be_saved_hold_up_no_other(
    replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = replicas
    monkeypatch.setattr(running, "MOST", 3)
    await add(one, *(due(f"broken {number}", 1, minutes=9, unit=BROKEN) for number in range(3)))
    await add(one, due("twice", 1, minutes=8), *(due(f"whole {number}", 2) for number in range(4)))
    monkeypatch.setattr(Writes, "step", _twice(Writes.step))
    for _ in range(5):
        await one.escalations.take_due()
    assert await one.taken() == [f"whole {number}" for number in range(4)]
    await one.documents.update_many(
        {"_id": {"$in": [f"broken {number}" for number in range(3)]}}, {"$set": {"unit": LEAD}}
    )
    await one.escalations.take_due()
    assert len(await one.taken()) == 4, "not at once"
    assert set(one.escalations._waits) == {"twice", *(f"broken {number}" for number in range(3))}
    one.escalations._waits = dict.fromkeys(one.escalations._waits, NOW)  # as if the time had passed
    await add(one, *(due(f"ordinary {number}", 3) for number in range(9)))
    await one.escalations.take_due()
    taken = await one.taken()
    assert len(taken) == 7, "what could not be advanced was tried again, and before what is less grave"
    assert not [each for each in taken if each.startswith("ordinary")]


def _twice(step: Any) -> Any:
    """The message of one step has an id that is there already."""

    def write(self: Writes, id: str, message: Delivery, *at: Any, **more: Any) -> Delivery:
        return cast("Delivery", step(self, message.id if message.id == "twice" else id, message, *at, **more))

    return write


async def test_what_was_forgotten_is_not_hidden_behind_what_was_answered_before_and_may_wait_longer(
    replicas: tuple[Replica, Replica],
) -> None:
    """An emergency is asked again after 4 hours, an ordinary message after 72."""
    one, _ = replicas
    answered: dict[str, object] = {"run.state": "answered", "run.next_at": None}
    for id, rank, hours in (("ordinary", 3, 6), ("forgotten", 1, 5), ("not yet", 1, 3), ("long ago", 3, 80)):
        await add(one, due(id, rank, policy_of=rank))
        fields = answered | {"run.ended_at": NOW - timedelta(hours=hours)}
        await one.documents.update_one({"_id": id}, {"$set": fields})
    assert [each.id for each in await one.runs.forgotten(NOW, 2)] == ["long ago", "forgotten"]
    await one.runs.asked_again(["long ago"])
    assert [each.id for each in await one.runs.forgotten(NOW, 2)] == ["forgotten"]


async def test_a_batch_that_two_replicas_and_answers_meet_in_is_taken_once_and_never_after_an_answer(
    replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 240
    monkeypatch.setattr(running, "MOST", 60)
    one, two = replicas
    messages = [due(f"d{number:03}", 1 + number % 4) for number in range(many)]
    await add(one, *messages)

    async def accept(some: Sequence[Delivery]) -> None:
        fields = {"state": "acknowledged", "acknowledged_at": NOW, "run.state": "answered", "run.next_at": None}
        for each in some:
            assert await one.deliveries.change(each, [Settlement(each.id, NOW, "acknowledged", fields)])

    async def take(replica: Replica) -> None:
        while await one.documents.count_documents({"run.state": "open", "run.taken": []}):
            await replica.escalations.take_due()

    await asyncio.gather(take(one), take(two), *(accept(messages[first::12]) for first in range(0, 12, 3)))
    kept = {each["_id"]: each async for each in one.documents.find({"step_of": None})}
    told = [each["step_of"] async for each in one.documents.find({"step_of": {"$ne": None}})]
    assert len(kept) == many
    assert sorted(told) == sorted(set(told))
    for number, message in enumerate(messages):
        run, history = kept[message.id]["run"], [each["what"] for each in kept[message.id]["history"]]
        assert len(run["taken"]) == told.count(message.id) == history.count("escalated on_call") <= 1
        assert run["state"] == ("open" if number % 3 else "answered")
        assert history[-1] == ("escalated on_call" if number % 3 else "acknowledged")
