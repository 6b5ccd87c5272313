"""Meetings by random acts through the API, two at once and sent again: nothing disappears and each decision is owed."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.network_life import ahead, taken
from tests.integration.network_meeting import SECRETARY, SIX, at_meeting, come, decide, planned, topic
from tests.integration.network_stage import PROTECTION, Stage, stage

pytestmark = pytest.mark.real
LEVELS = ("case_conference", "district", "bureau", "county")
OF_MEETINGS = (
    "call", "cancellation", *("attendance",) * 4, "end", *("items",) * 4, "minutes/approval",
)  # fmt: skip
OF_ITEMS = ("deferral", "drop", "raise", "answer", "closing", "decisions", "decisions", "note")
OF_DECISIONS = ("outcome", "outcome", "telling", "adoption", "withdrawal")
OPEN = ("open", "not_done")


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


class Somebody:
    """Does whatever comes to mind."""

    def __init__(self, net: Stage, chance: random.Random, cases: list[str]) -> None:
        self._net, self._chance, self._cases = net, chance, cases
        self.meetings: list[str] = []

    async def plans(self) -> None:
        level, at = self._chance.choice(LEVELS), ahead(self._chance.randint(1, 300))
        more = {"level": level, "purpose": level, "quorum": {"least": 3}, "minutes": self._chance.choice((20, 60))}
        self.meetings.append(await planned(self._net, at, **more))

    async def acts(self, step: int) -> None:
        if self._chance.random() < 0.1:
            return await self.plans()
        id = self._chance.choice(self.meetings)
        path, items = f"/v1/meetings/{id}", (await at_meeting(self._net, id))["items"]
        act = self._chance.choice(OF_MEETINGS)
        if items and self._chance.random() < 0.7:
            item = self._chance.choice(items)
            path, act = f"{path}/items/{item['item_id']}", self._chance.choice(OF_ITEMS)
            if item["decisions"] and self._chance.random() < 0.5:
                decision = self._chance.choice(item["decisions"])
                path, act = f"{path}/decisions/{decision['decision_id']}", self._chance.choice(OF_DECISIONS)
        role = PROTECTION if act == "minutes/approval" else SECRETARY
        sent = self._body(act)
        for _ in range(self._chance.choice((1, 1, 2))):  # sent again under its key it changes nothing
            answer = await self._net.post(f"{path}/{act}", sent, role, key=f"k{step}")
            assert answer.status_code < 500, (path, act, answer.text)
        return None

    def _body(self, act: str) -> dict[str, Any]:
        chance = self._chance
        why: dict[str, Any] = {"reason": "because"}
        came = [{"unit": each} for each in chance.sample(SIX, chance.choice((2, 5)))]
        decision = {"what": "visit_together", "lead": chance.choice(SIX), "due_at": ahead(3)}
        decision["tells_person"] = chance.choice((None, {"how": "in_person"}))
        decision["collaborators"] = chance.sample(SIX, 2)
        about = chance.choice(({"topic": "hard_case"}, {"case_id": chance.choice(self._cases)}))
        outcome = {"state": chance.choice(("done", "not_done", "not_possible")), "evidence": "visited"}
        return {
            "attendance": {"present": came}, "items": about | why,
            "raise": {"to": chance.choice(LEVELS[1:])} | why, "answer": {"text": "x"}, "note": {"text": "x"},
            "decisions": decision, "outcome": outcome | why, "call": {}, "end": {}, "closing": {}, "telling": {},
            "adoption": {}, "minutes/approval": {},
        }.get(act, why)  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_on_an_agenda_disappears_and_each_decision_ends_or_is_owed_once(net: Stage, seed: int) -> None:
    chance = random.Random(seed)
    cases = [await taken(net, f"r{each}", family=[f"f{each}"], people=()) for each in range(3)]
    somebody = Somebody(net, chance, cases)
    for _ in range(6):
        await somebody.plans()
    first = somebody.meetings[0]
    await come(net, first)
    await decide(net, first, await topic(net, first), PROTECTION, ahead(3))
    for step in range(150):
        await asyncio.gather(*(somebody.acts(2 * step + each) for each in range(chance.choice((1, 2)))))
    await _holds(net)


async def _holds(net: Stage) -> None:
    found = {name: await net.database[name].find().to_list(None) for name in ("meetings", "items", "tasks")}
    meetings = {each["_id"]: each for each in found["meetings"]}
    owed: dict[str, list[str]] = {}
    for task in found["tasks"]:
        if task["state"] == "open":
            owed.setdefault(task["because"]["id"], []).append(task["what"])
    open_ = [each for each in found["items"] if each["state"] == "open"]
    matters = [(each["case_id"] or each["_id"], each["purpose"]) for each in open_]
    assert len(matters) == len(set(matters)), "never on two agendas as two items"
    for item in found["items"]:
        standing, is_open = [each for each in item["sittings"] if each["left"] is None], item["state"] == "open"
        assert len(standing) == (is_open and item["meeting_id"] is not None), item
        assert owed.get(item["_id"], []).count("plan_meeting") == (is_open and item["meeting_id"] is None), item
        if standing:
            meeting = meetings[item["meeting_id"]]
            assert meeting["state"] in ("planned", "called", "gathering", "held") and not meeting["ended_at"], meeting
        for each in item["decisions"]:
            mine, telling = owed.get(each["id"], []), each["telling"]
            assert mine.count("visit_together") == (each["state"] in OPEN), each
            untold = telling and not telling["told_at"] and each["state"] not in ("proposed", "withdrawn")
            assert mine.count("tell_decision") == bool(untold), each
            assert is_open or each["state"] not in (*OPEN, "proposed"), each
    for meeting in found["meetings"]:
        mine = [each for each in owed.get(meeting["_id"], []) if each != "fix_meeting_date"]
        assert len(mine) == (meeting["state"] not in ("minuted", "cancelled")), (meeting["state"], mine)
