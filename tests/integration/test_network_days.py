"""A county closes for a day: dispatch moves its clocks and says so, and what units owe moves with them, once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts.calendar import CalendarChanged, DayTold
from contracts.decisions import Clock
from contracts.event import Event
from kit import mongo
from kit.inbox import Received
from kit.outbox import Outgoing
from network.book import Book
from network.cases.domain.case import ACCEPT
from network.cases.handlers import Handlers
from network.cases.recounting import Recounting
from network.cases.store import Cases
from network.days.moving import Moving
from network.days.store import Calendars
from network.tasks.store import Tasks
from rules.calendars import NATIONAL, Calendar
from rules.spans import Span

from tests.integration.days_off import FIRST_CONTACT, TYPHOON, ends, first_contact, post, to_a_centre, typhoon
from tests.integration.dispatch_reports import RECORD, instant
from tests.integration.dispatch_stage import being_served
from tests.integration.network_stage import COUNTY, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real


async def test_a_typhoon_moves_the_clock_at_the_window_and_the_task_at_the_unit(settings_env: dict[str, str]) -> None:
    async with being_served(settings_env) as served:
        id = await to_a_centre(served.window)
        async with stage(settings_env, real=True) as net:
            assert (await owed(net, id))["due_at"] == at(ends())
            said = await typhoon(served)
            task = await until(lambda: due_at(net, id, ends(TYPHOON)))
            assert (task["moved"]["told_by"], task["moved"]["day"]) == ("supervisor", str(TYPHOON))
            await until(lambda: is_at(served, id, ends(TYPHOON)))
            await post(served, f"/v1/days-off/{said['id']}/withdrawal")
            await until(lambda: due_at(net, id, ends()))
        async with stage(settings_env, real=True) as net:
            second = await to_a_centre(served.window, 2)
            await owed(net, second)
            assert await days_in_history(net, id) == ["day_off", "day_withdrawn"]


async def is_at(served: Any, id: str, due: datetime) -> bool:
    return await first_contact(served.window, id) == due


def at(due: datetime) -> str:
    return due.astimezone(instant().tzinfo).isoformat().replace("+00:00", "Z")


async def owed(net: Stage, report: str) -> dict[str, Any]:
    """What the centre owes for a report in working days."""
    case = await net.case_of(report)
    found = (await net.get(f"/v1/cases/{case['case_id']}")).json()["tasks"]
    return dict(next(each for each in found if each["what"] == FIRST_CONTACT))


async def due_at(net: Stage, report: str, due: datetime) -> dict[str, Any] | None:
    task = await owed(net, report)
    return task if task["due_at"] == at(due) else None


async def days_in_history(net: Stage, report: str) -> list[str]:
    case = await net.case_of(report)
    found = (await net.get(f"/v1/cases/{case['case_id']}")).json()["history"]
    return [each["what"] for each in found if each["what"].startswith("day_")]


async def publish_nothing(_: Outgoing) -> None:
    return None


def received(event: Event) -> Received[Event]:
    return Received(str(uuid4()), event, {}, RECORD)


def closing() -> CalendarChanged:
    day = DayTold(id="d1", day=TYPHOON, says="off", reason="typhoon", told_by="李督導", told_at=instant())
    return CalendarChanged(county=COUNTY, version=1, days=(day,))


async def test_a_kill_between_two_cases_and_two_replicas_leave_it_done_once(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = mongo.connect(settings_env["mongo_url"])
    database = mongo.database(client, settings_env["database_prefix"] + "network")
    book, calendars = Book(client, publish_nothing), Calendars(database)
    tasks = Tasks(book, database)
    cases = Cases(book, database, tasks)
    for each in (tasks, cases, book):
        await each.prepare()
    start = instant()
    clock = Clock(id=FIRST_CONTACT, started_at=start, due_at=NATIONAL.due(Span(3, "wd"), start), source="", span="3wd")
    accept = Clock(id=ACCEPT, started_at=start, due_at=start + timedelta(days=90), source="")
    made = [decided(f"r{n}", "welfare_centre", [f"f{n}"], clocks=(accept, clock)) for n in range(3)]
    await Handlers(cases).on_decisions([received(each) for each in made])
    event = closing()
    await calendars.on_changes([received(event), received(event)])

    monkeypatch.setattr("network.cases.recounting.AT_ONCE", 1)
    change, left = cases.change, [False, True]

    async def dies(*args: Any, **more: Any) -> None:
        if not left.pop():
            raise ConnectionError
        await change(*args, **more)

    monkeypatch.setattr(cases, "change", dies)
    with pytest.raises(ConnectionError):
        await Moving(calendars, Recounting(cases, tasks).count).move()
    monkeypatch.setattr(cases, "change", change)
    assert sorted(await moved(database)) == [0, 0, 1]
    for _ in range(2):
        await Moving(calendars, Recounting(cases, tasks).count).move()
    assert await moved(database) == [1, 1, 1]
    due = Calendar(event.days, 1).due(Span(3, "wd"), start)
    assert [each["due_at"] async for each in database["tasks"].find({"what": FIRST_CONTACT})] == [due] * 3
    assert [each["next_due"] async for each in database["cases"].find({})] == [due] * 3
    client.close()


async def moved(database: mongo.Database) -> Sequence[int]:
    cases = [each async for each in database["cases"].find({})]
    return [sum(note["what"] == "day_off" for note in case["history"]) for case in cases]
