"""A typhoon closes the county on the next working day, and what runs over it."""

from datetime import date, datetime, timedelta
from typing import Any

import httpx
from dispatch.window.days.days import Said
from rules.calendars import NATIONAL
from rules.spans import TAIPEI

from tests.integration.dispatch_reports import COUNTY, TODAY, body
from tests.integration.dispatch_stage import Served, Window

FIRST_CONTACT = "welfare_centre.first_contact"


def working_days(number: int) -> list[date]:
    """The next working days of the nation, from tomorrow on."""
    days = (TODAY + timedelta(days=ahead) for ahead in range(1, 40))
    return [day for day in days if NATIONAL.works(day)][:number]


TYPHOON, *_ = working_days(1)
"""The county closes on the next working day."""
OFF = Said(day=TYPHOON, reason="typhoon")


async def post(served: Served, path: str, role: str = "supervisor", key: str = "", **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {served.tokens[role]}"} | ({"Idempotency-Key": key} if key else {})
    return await served.http.post(path, json=body, headers=headers)


async def typhoon(served: Served, **more: Any) -> dict[str, Any]:
    said = await post(served, "/v1/days-off", county=COUNTY, day=str(TYPHOON), reason="typhoon", **more)
    assert said.status_code == 201, said.text
    return dict(said.json())


async def to_a_centre(window: Window, number: int = 1, **changes: Any) -> str:
    """A report that a welfare centre has, with a clock of three working days."""
    event = {"place": {"county": COUNTY, "township": "布袋鎮"}, "kinds": ["self_harm"], "narrative": "自我傷害。"}
    received = await window.received(body(number, event=event) | changes)
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    assert FIRST_CONTACT in {clock.id for clock in (await window.report(id)).decision.clocks}
    return id


async def first_contact(window: Window, id: str) -> datetime:
    clocks = (await window.report(id)).decision.clocks
    return next(clock.due_at for clock in clocks if clock.id == FIRST_CONTACT)


def ends(*off: date) -> datetime:
    """When three working days from now end, without the days that are off."""
    days = [day for day in working_days(9) if day not in off]
    return datetime.combine(days[2], datetime.max.time(), TAIPEI).replace(microsecond=0)
