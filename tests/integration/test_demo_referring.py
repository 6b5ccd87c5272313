"""The demo's directory and its referrals on real MongoDB and Kafka: every story is told, by two runs but once."""

import json
from typing import Any

import httpx
import pytest
from simulator.directory import providers
from simulator.referring import Referring
from simulator.watch import Stack

from tests.integration.network_life import opened_case
from tests.integration.network_stage import COUNTY, PROTECTION, Stage, stage

pytestmark = pytest.mark.real
STORIES = 6
TOKENS = ("supervisor", "keeper", "keeper_2", "partner")


async def every(net: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await net.get("/v1/referrals", "supervisor", limit=200)).json()["referrals"]
    return found


async def test_two_demo_runs_in_one_folder_tell_each_story_once(settings_env: dict[str, str]) -> None:
    async with stage(settings_env) as net:
        for number in range(STORIES):
            await opened_case(net, f"r{number}")
        transport = httpx.ASGITransport(app=net.app)
        described = Stack(
            {"network": "http://network"}, {}, {name: name for name in TOKENS}, {}, {PROTECTION: {"token": PROTECTION}}
        )
        async with httpx.AsyncClient(transport=transport) as client:
            told = await Referring(client, described).refer()
            first = await every(net)
            await opened_case(net, "of the second day")
            again = await Referring(client, described).refer()
        assert told == again == (
            "11 providers 名冊單位; sent 2, waiting 1, accepted 1, refused 1, started 1, done 1, withdrawn 0"
        )  # fmt: skip
        assert first == await every(net), "nothing is written a second time"
        by_state = {each["state"]: each for each in first}
        assert by_state["done"]["confirmed_by_person"] is True
        assert by_state["accepted"]["answered_by"]["channel"] == "link"
        refused = by_state["refused"]
        assert refused["answered_by"]["written_by"] == f"worker of {PROTECTION}"
        [instead] = [each for each in first if each["instead_of"] == refused["referral_id"]]
        assert (instead["provider"], instead["state"]) == ("dalin-food-bank", "sent")

        kept = (await net.get("/v1/directory", "keeper", county=COUNTY, limit=200)).json()["providers"]
        assert {each["id"] for each in kept} == set(providers()) and "hope" in providers()
        assert {each["id"]: each["version"] for each in kept} == {
            id: 2 if "public" in entry else 1 for id, entry in providers().items()
        }, "written once, and looked at once where anybody may look it up"
        assert {each["second_look"] for each in kept if each["public"]} == {"done"}
        secret = json.dumps(kept, ensure_ascii=False)
        assert "保密路" not in secret and "05-000-0199" not in secret
        assert [each["id"] for each in kept if any(site["secret_address"] for site in each["sites"])] == [
            "harbour-house"
        ]
        places = await net.http.get("/public/places", params={"county": COUNTY}, headers={"Accept": "application/json"})
        assert "新港友善商店" in places.text
