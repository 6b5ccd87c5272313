"""What a referral promises in working days counts the county's: a typhoon moves it and each task says why."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from contracts.calendar import CalendarChanged, DayTold
from contracts.topics import CALENDAR
from rules.calendars import NATIONAL, Calendar
from rules.spans import Span

from tests.integration.days_off import TYPHOON
from tests.integration.network_referring import case_in_hand, keep, refer
from tests.integration.network_stage import COUNTY, LABOUR, PROTECTION, Stage, decided, stage
from tests.waiting import until

pytestmark = pytest.mark.real
PROMISE = Span(2, "wd")
WINDOW = f"{COUNTY}/window"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


def typhoon(told_at: datetime) -> CalendarChanged:
    day = DayTold(id="d1", day=TYPHOON, says="off", reason="typhoon", told_by="李督導", told_at=told_at)
    return CalendarChanged(county=COUNTY, version=1, days=(day,))


async def due_of(net: Stage, referral: dict[str, Any]) -> datetime:
    found = (await net.get(f"/v1/referrals/{referral['referral_id']}", PROTECTION)).json()
    return datetime.fromisoformat(found["answer_due_at"])


async def owed(net: Stage, unit: str, role: str = "") -> dict[str, dict[str, Any]]:
    """What a unit owes, by what brought it about."""
    found = (await net.get("/v1/tasks", role or unit, unit=unit)).json()["tasks"]
    return {each["because"]["id"]: each for each in found}


async def test_a_typhoon_moves_the_answer_and_each_task_says_why(net: Stage) -> None:
    await keep(net, "hope")
    of_case = await refer(net, await case_in_hand(net))
    person = {"service": "counselling", "person": {"name": "林小美"}, "county": COUNTY, "to": LABOUR}
    of_person = await net.did("/v1/referrals", person, PROTECTION)
    sent = {each["referral_id"]: datetime.fromisoformat(each["sent_at"]) for each in (of_case, of_person)}
    told = max(sent.values()) + timedelta(milliseconds=1)
    await net.tell(CALENDAR, typhoon(told))
    days = Calendar(typhoon(told).days, 1)

    for referral in (of_case, of_person):
        at = sent[referral["referral_id"]]
        assert days.due(PROMISE, at) > NATIONAL.due(PROMISE, at)

        async def has_moved(referral: dict[str, Any] = referral, at: datetime = at) -> bool:
            return await due_of(net, referral) == days.due(PROMISE, at)

        await until(has_moved)
    for unit, referral in ((PROTECTION, of_case), (PROTECTION, of_person), (LABOUR, of_person)):
        id = referral["referral_id"]

        async def says_why(unit: str = unit, id: str = id) -> dict[str, Any] | None:
            task = (await owed(net, unit))[id]
            return task if task["moved"] else None

        task = await until(says_why)
        assert datetime.fromisoformat(task["due_at"]) == days.due(PROMISE, sent[id])
        assert (task["moved"]["day"], task["moved"]["reason"], task["moved"]["told_by"]) == (
            str(TYPHOON), "typhoon", "李督導",
        )  # fmt: skip


async def test_a_family_to_which_no_unit_was_sent_is_referred_by_the_countys_days(net: Stage) -> None:
    await net.decide(decided("r1", "no_dispatch", resources=("food_bank",)))

    async def is_owed() -> dict[str, Any] | None:
        return (await owed(net, WINDOW, "officer")).get("r1")

    task = await until(is_owed)
    since = datetime.fromisoformat(task["since"])
    await net.tell(CALENDAR, typhoon(since + timedelta(milliseconds=1)))

    async def says_why() -> dict[str, Any] | None:
        task = (await owed(net, WINDOW, "officer"))["r1"]
        return task if task["moved"] else None

    moved = await until(says_why)
    days = Calendar(typhoon(since + timedelta(milliseconds=1)).days, 1)
    assert datetime.fromisoformat(moved["due_at"]) == days.due(PROMISE, since)


async def test_what_is_sent_once_the_county_has_said_so_is_promised_by_its_days(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    told = datetime.fromisoformat((await net.get(f"/v1/cases/{case_id}")).json()["history"][-1]["at"])
    await net.tell(CALENDAR, typhoon(told))

    async def is_known() -> Any:
        return await net.database["calendars"].find_one({"_id": COUNTY})

    await until(is_known)
    sent = await refer(net, case_id)
    days = Calendar(typhoon(told).days, 1)
    assert await due_of(net, sent) == days.due(PROMISE, datetime.fromisoformat(sent["sent_at"]))
    assert (await owed(net, PROTECTION))[sent["referral_id"]]["moved"] is None
