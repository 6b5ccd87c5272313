"""Who is on call tonight: every unit's worker, by LINE and by mail, so that what nobody answers goes on to somebody."""

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from simulator.watch import COUNTY, TAIPEI, Stack

WINDOW = f"{COUNTY}/window"
WITHOUT_LINE = (f"{COUNTY}/mental_health", f"{COUNTY}/labour")
"""Their workers have mail alone, so that the second channel is seen at work."""
_CODE = re.compile(r"驗證碼 (\S+?),")
_LOOKS, _LOOK_EVERY = 50, 0.1

Json = Mapping[str, Any]


class Roster:
    """Writes the rotas at notify, and makes each worker a friend of the account at the LINE stand-in."""

    def __init__(self, client: httpx.AsyncClient, stack: Stack) -> None:
        self._client = client
        self._notify, self._line = stack.services["notify"], stack.services["line"]
        self._stack = stack

    async def write(self) -> None:
        """Once for each unit; what an earlier day of the same stack wrote stays as it is."""
        groups = (await self._client.get(f"{self._line}/_standin/groups")).raise_for_status().json()
        members = {group["name"]: [member["user_id"] for member in group["members"]] for group in groups}
        supervisor = await self._reached(self._stack.tokens["supervisor"], "supervisor", members[WINDOW][0])
        officer = await self._reached(self._stack.tokens["officer"], "officer", members[WINDOW][1])
        await self._on_duty(WINDOW, officer, "on_call")
        for unit, worker in self._stack.units.items():
            line_user = None if unit in WITHOUT_LINE else members[unit][0]
            person = await self._reached(worker["token"], worker["username"], line_user)
            await self._on_duty(unit, person, "on_call")
            await self._on_duty(unit, supervisor, "supervisor")

    async def _reached(self, token: str, username: str, line_user: str | None) -> str:
        """By mail, and by LINE where they have it; what the account is called on a rota."""
        told = await self._ask("PUT", "/v1/mail-address", token, {"address": f"{username}@{COUNTY}.example"})
        if line_user:
            await self._bound(token, line_user)
        return str(told["name"])

    async def _bound(self, token: str, line_user: str) -> None:
        """A friend of the account, who types the code that LINE told them."""
        seen = await self._client.get(f"{self._line}/_standin/messages")
        await self._client.put(f"{self._line}/_standin/friends/{line_user}")
        if (await self._client.get(f"{self._notify}/v1/line-user", headers=_bearer(token))).is_success:
            return
        code = await self._told(line_user, seen.raise_for_status().json()["next"])
        await self._ask("PUT", "/v1/line-user", token, {"code": code})

    async def _told(self, line_user: str, since: int) -> str:
        """The code in the reply to whoever became a friend. Raises TimeoutError when none comes."""
        for _ in range(_LOOKS):
            news = await self._client.get(f"{self._line}/_standin/messages", params={"since": since})
            for reply in news.raise_for_status().json()["replies"]:
                code = _CODE.search(str(reply["body"].get("text", "")))
                if reply["group_id"] == line_user and code:
                    return code[1]
            await asyncio.sleep(_LOOK_EVERY)
        raise TimeoutError(f"LINE told {line_user} no code to bind it by")

    async def _on_duty(self, unit: str, person: str, duty: str) -> None:
        order = {
            "unit": unit,
            "duty": duty,
            "turns": {"people": [person], "since": f"{datetime.now(TAIPEI) - timedelta(days=1):%Y-%m-%d}"},
        }
        await self._ask("PUT", "/v1/rota", self._stack.tokens["supervisor"], order)

    async def _ask(self, method: str, path: str, token: str, body: Json | None = None) -> Any:
        answer = await self._client.request(method, self._notify + path, json=body, headers=_bearer(token))
        return answer.raise_for_status().json()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
