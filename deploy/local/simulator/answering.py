"""People in the units' LINE groups accept work by name: most of it, within a few seconds, as on a good night."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import httpx

SHARE = 0.7
"""The share of tasks accepted while the day runs; the rest is left waiting, and is shown as waiting."""
_LOOK_EVERY = 1.0

Json = Mapping[str, Any]


@asynccontextmanager
async def answering(line: str | None, seed: int) -> AsyncIterator[None]:
    """Someone answers at the LINE stand-in at `line` for the length of a `with`; nobody does without one."""
    if line is None:
        yield
        return
    async with httpx.AsyncClient(base_url=line, timeout=10) as client:
        pressing = asyncio.create_task(_press_on(client, Random(seed)))
        try:
            yield
        finally:
            pressing.cancel()
            await asyncio.gather(pressing, return_exceptions=True)


async def _press_on(client: httpx.AsyncClient, rng: Random) -> None:
    members = {group["id"]: group["members"] for group in (await client.get("/_standin/groups")).json()}
    seen = (await client.get("/_standin/messages")).json()["next"]
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        news = (await client.get("/_standin/messages", params={"since": seen})).json()
        seen = news["next"]
        for message in news["messages"]:
            button = next(_accept_buttons(message["body"]), None)
            if button and rng.random() < SHARE:
                to = message["group_id"]
                who = rng.choice(members[to])["user_id"] if to in members else to
                order = {"message_id": message["id"], "user_id": who, "data": button}
                await client.post("/_standin/press", json=order)


def _accept_buttons(node: Any) -> Iterator[str]:
    """The data of the buttons that accept work, anywhere in a message; a referral is left to whoever reads it."""
    if isinstance(node, dict):
        if node.get("type") == "postback" and str(node["data"]).startswith("accept."):
            yield node["data"]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _accept_buttons(child)
