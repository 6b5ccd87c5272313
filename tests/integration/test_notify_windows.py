"""A unit's window in the directory says whose group hears; the unit's own where nobody has one there."""

from typing import Any

import pytest
from contracts.directory import UnitDescribed
from contracts.topics import CASES, DIRECTORY

from tests.integration.kafka_reading import taken
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Wire, group_of, on_stage, opened, settings_of
from tests.kafka_here import HERE
from tests.parts import Names, Parts
from tests.waiting import until

pytestmark = pytest.mark.real
POLICE, NOBODY = f"{COUNTY}/police", f"{COUNTY}/nobody"


def described(version: int, heard_by: str | None, **more: Any) -> UnitDescribed:
    windows = [{"purpose": "unit_work", "heard_by": heard_by}]
    facts = {"provider": "minxiong", "county": COUNTY, "unit": LEAD, "name": "民雄社福中心", "windows": windows}
    return UnitDescribed.model_validate(facts | {"version": version} | more)


async def test_a_message_goes_to_the_group_that_the_latest_description_names(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    wire, line = Wire(HERE, names.topics), FakeLine()
    async with on_stage(settings_of(settings_env), line) as stage:
        for told, group in (
            (described(2, POLICE), POLICE),
            (described(1, None), POLICE),  # came late: an earlier version changes nothing
            (described(3, NOBODY), LEAD),
            (described(4, POLICE, withdrawn=True), LEAD),
            (described(5, POLICE, valid_to="2020-01-01"), LEAD),
        ):
            await wire.send(DIRECTORY, told)
            await taken(HERE, names.topics, "notify", [DIRECTORY])
            seen = len(line.seen)
            event = opened()
            await wire.send(CASES, event)
            await until(lambda seen=seen: len(line.seen) > seen)
            assert line.seen[-1][0] == group_of(group), told
            [delivery] = await stage.deliveries(report_id=event.report_id)
            assert (delivery["unit"], "by its window" in delivery["because"]) == (LEAD, group == POLICE)
