"""The demo's meetings on real MongoDB and Kafka: planned, held, called; by two runs but once."""

import httpx
import pytest
from rules.counties import units_of
from simulator.meeting import Meetings
from simulator.watch import Stack

from tests.integration.network_life import opened_case
from tests.integration.network_stage import COUNTY, stage

pytestmark = pytest.mark.real


async def test_two_demo_runs_in_one_folder_hold_their_meetings_once(settings_env: dict[str, str]) -> None:
    async with stage(settings_env) as net:
        for number in range(2):
            await opened_case(net, f"r{number}")
        units = {unit: {"token": unit} for unit in units_of(COUNTY)}
        tokens = {name: name for name in ("supervisor", "secretary")}
        described = Stack({"network": "http://network"}, {}, tokens, {}, units)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=net.app)) as client:
            told = await Meetings(client, described).hold()
            again = await Meetings(client, described).hold()
        assert told == again == "15 planned, 1 held, 3 items, 1 decisions"
        listed = (await net.get("/v1/meetings", "secretary")).json()["meetings"]
        [called] = [each for each in listed if each["state"] == "gathering"]
        pack = (await net.get(f"/v1/meetings/{called['meeting_id']}/pack", "secretary")).json()
        assert (pack["asked"], pack["waiting"]) == (18, 14), "of two cases, and of what the last one left unfinished"
        assert [each["state"] for each in listed].count("held") == 1
        flagged = [each for each in listed if each["collides_with"]]
        assert {each["at"][5:7] for each in flagged} >= {"02"}
