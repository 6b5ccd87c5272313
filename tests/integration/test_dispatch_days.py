"""A typhoon closes a county: its supervisor says so, the clocks that run move and say why, and everybody hears it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from contracts.topics import CALENDAR
from dispatch.policy import policies
from dispatch.publishing.in_force import TablesInForce
from dispatch.publishing.store import Tables
from dispatch.window.days.days import Days, Said
from dispatch.window.days.moving import Moving
from dispatch.window.days.store import Calendars
from kit import mongo
from rules.calendars import NATIONAL
from rules.spans import Span

from tests.integration.days_off import FIRST_CONTACT, OFF, TYPHOON, ends, first_contact, post, to_a_centre, typhoon
from tests.integration.dispatch_reports import CITY, COUNTY, TODAY, instant
from tests.integration.dispatch_stage import LI, Served, Window, being_served, make_window, ruling, sees
from tests.integration.kafka_reading import all_sent, on_topic
from tests.waiting import until

pytestmark = pytest.mark.real


async def moves(window: Window, id: str) -> list[tuple[str, str, datetime | None, datetime | None]]:
    history = (await window.report(id)).history
    return [(each.what, each.who, each.due_before, each.due_at) for each in history if each.clock]


async def test_a_day_is_told_once_and_never_edited(served: Served) -> None:
    first, again = await typhoon(served, key="k"), await typhoon(served, key="k")
    assert first == again
    assert (first["says"], first["by"], first["reason"]) == ("off", "supervisor", "typhoon")
    other = await post(served, "/v1/days-off", key="k", county=COUNTY, day=str(TODAY + timedelta(8)), reason="typhoon")
    assert other.status_code == 409, "one key, another day"
    path = f"/v1/days-off/{first['id']}/withdrawal"
    answers = [
        await post(served, "/v1/days-off", county=COUNTY, day=str(TYPHOON), reason="typhoon"),
        await post(served, path, "elsewhere"),
        await post(served, path, reason="turned_away"),
        await post(served, path),
        await post(served, "/v1/days-off", county=COUNTY, day=str(TYPHOON), reason="because"),
        await post(served, "/v1/days-off", county=COUNTY, day=str(TODAY - timedelta(days=4)), reason="typhoon"),
        await post(served, "/v1/days-off", county=COUNTY, day=str(TODAY + timedelta(days=400)), reason="typhoon"),
    ]
    assert [answer.status_code for answer in answers] == [409, 404, 201, 409, 422, 422, 422]
    found = await served.get("/v1/days-off", "officer", county=COUNTY, **{"from": str(TODAY), "to": str(TYPHOON)})
    assert [(each["day"], each["says"]) for each in found.json()["days"]] == [
        (str(TYPHOON), "off"), (str(TYPHOON), "withdrawn")]  # fmt: skip


async def test_running_clocks_move_and_say_why_and_so_they_do_back(
    served: Served, settings_env: dict[str, str]
) -> None:
    id = await to_a_centre(served.window)
    assert await first_contact(served.window, id) == ends()
    other = await to_a_centre(served.window, 2, county=CITY)
    said = await typhoon(served)
    await until(lambda: moves(served.window, id))
    assert await first_contact(served.window, id) == ends(TYPHOON)
    assert await first_contact(served.window, other) == ends()
    shown = (await served.get(f"/v1/decisions/{id}", "officer")).json()["history"][-1]
    assert (shown["what"], shown["who"], shown["day"], shown["clock"]) == (
        "day_off", "supervisor", str(TYPHOON), FIRST_CONTACT)  # fmt: skip

    await post(served, f"/v1/days-off/{said['id']}/withdrawal")
    async with _office(settings_env) as office:
        await office.moving().move()
    assert await moves(served.window, id) == [
        ("day_off", "supervisor", ends(), ends(TYPHOON)),
        ("day_withdrawn", "supervisor", ends(TYPHOON), ends()),
    ]
    client = mongo.connect(settings_env["mongo_url"])
    await all_sent(mongo.database(client, f"{settings_env['database_prefix']}dispatch")["days_told"])
    client.close()
    records = await on_topic(settings_env["kafka_bootstrap"], settings_env["topic_prefix"], CALENDAR)
    events = [json.loads(record.value) for record in records]
    assert [(each["county"], each["version"], len(each["days"])) for each in events] == [
        (COUNTY, 1, 1), (COUNTY, 2, 2)]  # fmt: skip


async def test_what_was_told_while_nobody_ran_moves_once_whatever_the_replicas(settings_env: dict[str, str]) -> None:
    async with _office(settings_env) as office:
        id = await to_a_centre(office.window)
        await office.days.say(COUNTY, OFF, LI)
        async with being_served(settings_env), being_served(settings_env):
            await until(lambda: moves(office.window, id))
        async with being_served(settings_env) as third:
            second = await to_a_centre(office.window, 2)
            await until(lambda: moves(office.window, second))
            assert (await third.get(f"/v1/decisions/{second}")).is_success
        assert await moves(office.window, id) == [("day_off", LI.name, ends(), ends(TYPHOON))]


async def test_a_kill_in_the_middle_leaves_it_done_once(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _office(settings_env) as office:
        ids = [await to_a_centre(office.window, number) for number in (1, 2, 3)]
        await office.days.say(COUNTY, OFF, LI)
        killed, change, left = office.moving(), office.window.reports.change, [1]

        async def dies(*args: Any, **more: Any) -> Any:
            if not left.pop():
                raise ConnectionError
            left.append(0)
            return await change(*args, **more)

        monkeypatch.setattr(office.window.reports, "change", dies)
        with pytest.raises(ConnectionError):
            await killed.move()
        monkeypatch.undo()
        assert sorted([len(await moves(office.window, id)) for id in ids]) == [0, 0, 1]
        for _ in range(2):
            await office.moving().move()
        assert [len(await moves(office.window, id)) for id in ids] == [1, 1, 1]


async def test_a_clock_that_starts_afterwards_counts_with_it_and_hours_run_on(settings_env: dict[str, str]) -> None:
    async with _office(settings_env) as office:
        before = await to_a_centre(office.window)
        hours = {clock.id: clock.due_at for clock in (await office.window.report(before)).decision.clocks}
        await office.days.say(COUNTY, OFF, LI)
        office.window.handlers._policies = office.in_force
        after = await to_a_centre(office.window, 2)
        await office.moving().move()
        assert await first_contact(office.window, after) == ends(TYPHOON)
        assert await moves(office.window, after) == []
        moved = {clock.id: clock.due_at for clock in (await office.window.report(before)).decision.clocks}
        assert {id for id, due_at in moved.items() if due_at != hours[id]} == {FIRST_CONTACT}


async def test_a_clock_that_was_over_stays_over_and_one_of_an_earlier_release_moves(
    settings_env: dict[str, str],
) -> None:
    async with _office(settings_env) as office:
        over, old = await to_a_centre(office.window, 1), await to_a_centre(office.window, 2)
        for id, started in ((over, 20), (old, 0)):
            decision = (await office.window.document(id))["decision"]
            clock = next(each for each in decision["clocks"] if each["id"] == FIRST_CONTACT)
            clock["span"], clock["started_at"] = None, clock["started_at"] - timedelta(days=started)
            clock["due_at"] = NATIONAL.due(Span(3, "wd"), clock["started_at"])
            await office.window.alter(id, {"decision": decision})
        before = await first_contact(office.window, over)
        await office.days.say(COUNTY, OFF, LI)
        await office.moving().move()
        assert await first_contact(office.window, over) == before
        assert await first_contact(office.window, old) == ends(TYPHOON)


async def test_what_a_replica_decided_by_what_it_read_before_is_counted_too(settings_env: dict[str, str]) -> None:
    async with _office(settings_env) as office:
        moving = office.moving()
        await office.days.say(COUNTY, OFF, LI)
        await moving.move()
        late = await to_a_centre(office.window)
        assert await first_contact(office.window, late) == ends()
        await moving.move()
        assert await first_contact(office.window, late) == ends(TYPHOON)


async def test_what_an_undo_puts_back_is_counted_too(settings_env: dict[str, str]) -> None:
    async with _office(settings_env) as office:
        id, window = await to_a_centre(office.window), office.window
        await window.rulings.rule(id, ruling("protection"), LI, sees)
        await office.days.say(COUNTY, OFF, LI)
        await office.moving().move()
        assert await moves(window, id) == []
        await window.rulings.undo(id, 2, LI, sees)
        assert await first_contact(window, id) == ends(TYPHOON)


async def test_two_who_speak_at_once_are_both_heard(settings_env: dict[str, str]) -> None:
    async with _office(settings_env) as office:
        made_up = Said(
            day=next(TODAY + timedelta(days=n) for n in range(1, 9) if _free(n)), works=True, reason="made_up"
        )
        await asyncio.gather(office.days.say(COUNTY, OFF, LI), office.days.say(COUNTY, made_up, LI))
        assert (await office.calendars.of(COUNTY)).version == 2


def _free(ahead: int) -> bool:
    return not NATIONAL.works(TODAY + timedelta(days=ahead))


@dataclass
class Office:
    """Dispatch's handlers with the days of counties, on a database of their own."""

    window: Window
    calendars: Calendars
    days: Days
    in_force: TablesInForce

    def moving(self) -> Moving:
        """As a process that has just started."""
        return Moving(self.calendars, self.window.reports, self.in_force, instant)


@asynccontextmanager
async def _office(env: dict[str, str]) -> AsyncIterator[Office]:
    client = mongo.connect(env["mongo_url"])
    window, database = make_window(client, env), mongo.database(client, f"{env['database_prefix']}dispatch")
    calendars = Calendars(database, window.reports.outbox._publish)  # type: ignore[arg-type]
    await window.reports.prepare()
    await calendars.prepare()
    in_force = TablesInForce(Tables(client, database), policies(), lambda: float("inf"), calendars)
    yield Office(window, calendars, Days(calendars, instant), in_force)
    client.close()
