"""The units work on their cases, a fortnight in a minute: visited, assessed, shared, handed over, closed, come back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from simulator.day import PlannedReport
from simulator.post import Result
from simulator.watch import COUNTY, Stack

_MOST = 100
_VISIT_EVERY, _VISIT_TAKES = 14, 12
"""Minutes: as many visits as one unit's worker makes here are of one day."""
_COUNTS = ("waiting", "accepted", "opened", "not_opened", "closing", "closed", "reopened")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """Acts at network's API, each by the unit whose turn it is."""

    client: httpx.AsyncClient
    stack: Stack
    visits: Counter[str] = field(default_factory=Counter)

    def visit(self, case: Json) -> Json:
        """A visit by the lead, before its others of this day: nobody is in two places at once."""
        self.visits[case["lead"]["unit"]] += 1
        return _visit(case, self.visits[case["lead"]["unit"]] * _VISIT_EVERY)

    async def ask(self, path: str, token: str, **query: str | int) -> Any:
        answer = await self.client.get(self._url(path), params=query, headers=_bearer(token))
        return answer.raise_for_status().json()

    async def act(self, path: str, token: str, body: Json) -> Any:
        """What network answered; None where it says that this cannot be now. Raises HTTPStatusError for all else."""
        answer = await self.client.post(self._url(path), json=dict(body), headers=_bearer(token))
        return None if answer.status_code == httpx.codes.CONFLICT else answer.raise_for_status().json()

    def of(self, unit: str) -> str:
        return self.stack.units[unit]["token"]

    def _url(self, path: str) -> str:
        return self.stack.services["network"] + path


async def live(client: httpx.AsyncClient, stack: Stack) -> list[str]:
    """Take the cases that somebody accepted through a fortnight, each by the next of a few lives.

    The answer are the reports of the cases that are closed then.
    """
    desk, token = Desk(client, stack), stack.tokens["supervisor"]
    found = await desk.ask("/v1/cases", token, county=COUNTY, state="accepted", limit=_MOST)
    for number, case in enumerate(each for each in found["cases"] if each["lead"]["unit"] in stack.units):
        await _LIVES[number % len(_LIVES)](desk, case)
    closed = await desk.ask("/v1/cases", token, county=COUNTY, state="closed", limit=_MOST)
    return [report["report_id"] for case in closed["cases"] for report in case["reports"]]


def reported_again(
    plan: Sequence[PlannedReport], results: Sequence[Result], closed: Sequence[str]
) -> list[PlannedReport]:
    """One report more about a family whose case was closed, of something that happened just now."""
    known = {result.receipt["report_id"]: place for place, result in enumerate(results) if result.receipt}
    for place in (known[each] for each in closed if each in known):
        first = plan[place]
        event = first.body["event"] | {"occurred_at": _at(minutes=-1)}
        body = {name: value for name, value in first.body.items() if name != "sequence"}
        body |= {"sender_ref": f"{body['sender_ref']}-2", "event": event, "known_at": _at(minutes=-1)}
        return [PlannedReport(first.minute, first.source, "returning", body, place)]
    return []


async def states(client: httpx.AsyncClient, stack: Stack) -> dict[str, int]:
    """How many cases are in each state, at most a hundred of each."""
    desk, token = Desk(client, stack), stack.tokens["supervisor"]
    found = {each: await desk.ask("/v1/cases", token, county=COUNTY, state=each, limit=_MOST) for each in _COUNTS}
    return {state: len(page["cases"]) for state, page in found.items()}


async def _stays(desk: Desk, case: Json) -> None:
    """Nobody came yet: its tasks are on the list."""
    await desk.act(f"/v1/cases/{case['case_id']}/contacts", _lead(desk, case), _call(reached=False))


async def _opened(desk: Desk, case: Json) -> None:
    await desk.act(f"/v1/cases/{case['case_id']}/contacts", _lead(desk, case), desk.visit(case))
    body = {
        "opened": True,
        "needs": ["economic_hardship", "relationship_conflict"],
        "service_mode": "family_preservation",
    }
    await desk.act(f"/v1/cases/{case['case_id']}/assessments", _lead(desk, case), body)


async def _not_opened(desk: Desk, case: Json) -> None:
    await desk.act(f"/v1/cases/{case['case_id']}/contacts", _lead(desk, case), desk.visit(case))
    body = {"opened": False, "reason": "no_need"}
    await desk.act(f"/v1/cases/{case['case_id']}/assessments", _lead(desk, case), body)


async def _shared(desk: Desk, case: Json) -> None:
    """One unit joins, another does not: the lead must name another."""
    await _opened(desk, case)
    there = {case["lead"]["unit"], *(each["unit"] for each in case["collaborators"])}
    names = (f"{COUNTY}/{each}" for each in ("labour", "civil_affairs", "mental_health", "health", "education"))
    for unit, answer in zip((each for each in names if each not in there), ("acceptance", "refusal"), strict=False):
        asked = await desk.act(f"/v1/cases/{case['case_id']}/collaborators", _lead(desk, case),
                               {"unit": unit, "asked_for": ["home_visit"], "due_at": _at(days=7)})  # fmt: skip
        if asked:
            body = {} if answer == "acceptance" else {"reason": "no_capacity"}
            await desk.act(f"/v1/collaborations/{asked['collaboration_id']}/{answer}", desk.of(unit), body)
            if answer == "acceptance":
                await _visit_together(desk, case, unit)


async def _visit_together(desk: Desk, case: Json, unit: str) -> None:
    """Planned for tomorrow, and the other unit will be there."""
    body = {"with": [unit, "village_chief"], "at": _at(days=1), "asked_for": ["home_visit"]}
    planned = await desk.act(f"/v1/cases/{case['case_id']}/joint-visits", _lead(desk, case), body)
    for invited in planned["invitations"] if planned else ():
        await desk.act(f"/v1/invitations/{invited['invitation_id']}/acceptance", desk.of(invited["unit"]), {})


async def _offered(desk: Desk, case: Json) -> Json | None:
    await _opened(desk, case)
    to = f"{COUNTY}/protection" if "welfare_centre" in case["lead"]["unit"] else f"{COUNTY}/welfare_centre.minxiong"
    body = {"to": to, "reason": "needs_changed"}
    offered = await desk.act(f"/v1/cases/{case['case_id']}/handovers", _lead(desk, case), body)
    return offered and {"id": offered["handover_id"], "to": to}


async def _handed_over(desk: Desk, case: Json) -> None:
    if offered := await _offered(desk, case):
        await desk.act(f"/v1/handovers/{offered['id']}/acceptance", desk.of(offered["to"]), {})


async def _waits_to_be_taken(desk: Desk, case: Json) -> None:
    await _offered(desk, case)


async def _closing(desk: Desk, case: Json) -> Json | None:
    """Everything done, everybody seen and heard, then asked to close."""
    await _opened(desk, case)
    lead, id = _lead(desk, case), case["case_id"]
    for each in case["collaborators"]:
        if each["state"] == "asked" and each["unit"] in desk.stack.units:
            await desk.act(f"/v1/collaborations/{each['collaboration_id']}/acceptance", desk.of(each["unit"]), {})
    now = await desk.ask(f"/v1/cases/{id}", lead)
    for task in (each for each in now["tasks"] if each["state"] == "open"):
        token = desk.of(task["unit"]) if task["unit"] in desk.stack.units else lead
        await desk.act(f"/v1/tasks/{task['id']}/completion", token, {"evidence": "home_visit"})
    heard = [each["unit"] for each in now["collaborators"]]
    body = {"reason": "goals_met", "evidence": {"heard": heard, "goals": ["safe_at_home"]},
            "return_plan": "家庭或學校再通報時，由原單位接案並先訪視。"}  # fmt: skip
    asked: Json | None = await desk.act(f"/v1/cases/{id}/closings", lead, body)
    return asked


async def _waits_for_approval(desk: Desk, case: Json) -> None:
    await _closing(desk, case)


async def _closed(desk: Desk, case: Json) -> None:
    if asked := await _closing(desk, case):
        await desk.act(f"/v1/closings/{asked['closing_id']}/approval", desk.stack.tokens["supervisor_2"], {})


_LIVES = (
    _closed,
    _opened,
    _shared,
    _stays,
    _waits_for_approval,
    _not_opened,
    _handed_over,
    _closed,
    _waits_to_be_taken,
)


def _visit(case: Json, minutes: int) -> Json:
    """A visit that began so many minutes ago."""
    return {
        "kind": "visit", "at": _at(minutes=-minutes), "until": _at(minutes=_VISIT_TAKES - minutes),
        "announced": True, "with": ["family"],
        "reached": True, "address": {"text": "戶籍地", "source": "household_registration"},
        "seen": [{"person": each["person"], "alone": not number} for number, each in enumerate(case["people"])],
    }  # fmt: skip


def _call(*, reached: bool) -> Json:
    return {"kind": "telephone", "at": _at(minutes=-20), "reached": reached}


def _at(*, days: int = 0, minutes: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days, minutes=minutes)).isoformat()


def _lead(desk: Desk, case: Json) -> str:
    return desk.of(case["lead"]["unit"])


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def told(counted: Mapping[str, int], words: Sequence[str] = _COUNTS) -> str:
    """`waiting 3, accepted 5, ...`."""
    return ", ".join(f"{state} {counted.get(state, 0)}" for state in words)
