"""Messages as notify keeps them: told, answered, failed, on their way up; and the code that a group is told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from notify.domain.escalation import Policy, Step, Taken, begin
from notify.domain.notices import Notice
from notify.store import Delivery, document_with

from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, code_in, group_of, happened
from tests.waiting import until

POLICE = f"{COUNTY}/police"
NEW = "C" + "e" * 32
"""A group that nobody has bound."""
USER = "U" + "7" * 32
"""Whom LINE knows by this id."""
ON_CALL = "caseworker"
"""The name of the account that tests call with as a caseworker."""
NOW = datetime.now(UTC)
POLICY = Policy("p", "v1", (Step(timedelta(minutes=15), "on_call", ("line",)),))
TO_THE_SUPERVISOR = Policy(
    "p", "v1", (Step(timedelta(minutes=15), "on_call", ("line",)), Step(timedelta(hours=9), "supervisor", ("line",)))
)


def message(id: str, *, unit: str = LEAD, minutes: float = 60, county: str = COUNTY, **fields: Any) -> dict[str, Any]:
    """A message as it is kept, queued so long ago."""
    at = NOW - timedelta(minutes=minutes)
    notice = Notice(unit, "new_case", county, f"report-{id}", case_id=f"case-{id}", priority=2)
    delivery = Delivery(id, notice, group_of(unit), at, {}, "{}", run=begin(POLICY, at, 1, at))
    return document_with(delivery) | {"state": "sent", "sent_at": at + timedelta(seconds=3)} | fields


def answered(id: str, seconds: float, by: str = "陳社工", **more: Any) -> dict[str, Any]:
    base = message(id, **more)
    at = base["queued_at"] + timedelta(seconds=seconds)
    run = base["run"] | {"state": "answered", "next_at": None, "answered_by": by, "ended_at": at}
    return base | {"state": "acknowledged", "acknowledged_by": by, "acknowledged_at": at, "run": run}


def failed(id: str, reason: str = "unknown_group", **more: Any) -> dict[str, Any]:
    return message(id, state="failed", reason=reason, failed_at=NOW, sent_at=None, **more)


def asked(id: str, person: str = "caseworker", **fields: Any) -> dict[str, Any]:
    """A message of which the person on call was asked; the supervisor is next in an hour."""
    found = message(id, **fields)
    taken = {**vars(Taken("on_call", NOW, person, "rota v1: turn", ("line",))), "by": ["line"]}
    found["run"] |= {"taken": [taken], "next_at": NOW + timedelta(hours=1)}
    steps = [
        {"after": each.after.total_seconds(), "whom": each.whom, "by": list(each.by)}
        for each in TO_THE_SUPERVISOR.steps
    ]
    found["run"]["policy"] |= {"steps": steps}
    return found


async def told_code(stage: Stage, line: FakeLine, event: dict[str, Any]) -> str:
    before = len(line.replies)
    await stage.webhook(event)
    await until(lambda: len(line.replies) > before)
    return code_in(line.replies[-1])


def line_of(**more: Any) -> FakeLine:
    return FakeLine(names={USER: "阿明", "U1": "社工甲"}, **more)


async def bind(stage: Stage, line: FakeLine, user: str = USER, role: str = ON_CALL) -> None:
    """The person adds the account, and types the code that LINE shows them."""
    before = len(line.replies)
    await stage.webhook(happened("follow", "", source={"type": "user", "userId": user}, replyToken=uuid4().hex))
    await until(lambda: len(line.replies) > before)
    answer = await stage.send("PUT", "/v1/line-user", role, code=code_in(line.replies[-1]))
    assert answer.status_code == 200, answer.text
