"""Keepers write the demo's directory, once for each run folder; a second keeper looks at what anybody may look up."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import httpx
import yaml

from simulator.watch import COUNTY, Stack

Json = Mapping[str, Any]
_MOST = 200


@cache
def providers() -> Mapping[str, Json]:
    """The entries by id."""
    found: Mapping[str, Json] = yaml.safe_load((files("simulator") / "directory.yaml").read_text("utf-8"))
    return {id: {"county": COUNTY, **entry} for id, entry in found.items()}


class Keepers:
    """Two people of one office, at network's API."""

    def __init__(self, client: httpx.AsyncClient, stack: Stack) -> None:
        self._client = client
        self._directory = f"{stack.services['network']}/v1/directory"
        self._tokens = stack.tokens

    async def write(self) -> int:
        """How many providers there are then. What an earlier day of the same stack wrote stays as it is."""
        there = {each["id"] for each in await self._found()}
        for id, entry in providers().items():
            if id not in there:
                await self._ask("PUT", f"/{id}", "keeper", json=dict(entry))
        for each in await self._found(unlooked="true"):
            if each["public"] and each["id"] in providers():
                await self._ask("POST", f"/{each['id']}/second-look", "keeper_2", json={"right": True})
        return len(await self._found())

    async def _found(self, **more: str) -> list[Json]:
        asked = {"county": COUNTY, "limit": str(_MOST), **more}
        found: list[Json] = (await self._ask("GET", "", "keeper_2", params=asked))["providers"]
        return found

    async def _ask(self, method: str, path: str, keeper: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[keeper]}"}
        answer = await self._client.request(method, self._directory + path, headers=headers, **more)
        return answer.raise_for_status().json()
