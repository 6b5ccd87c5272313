"""Units refer families to providers of the demo's directory: answered, refused, by a link, by telephone, or not yet."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from simulator.directory import Keepers
from simulator.watch import COUNTY, Stack

STATES = ("sent", "waiting", "accepted", "refused", "started", "done", "withdrawn")
_MOST = 200
_AWAY = timedelta(days=9)

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Referring:
    """Acts at network's API, each by the side whose turn it is."""

    client: httpx.AsyncClient
    stack: Stack

    async def refer(self) -> str:
        """Tell each story of one opened case, the first ones; said in one line. A later day tells none again."""
        providers = await Keepers(self.client, self.stack).write()
        cases = (await self.ask("/v1/cases", county=COUNTY, state="opened", limit="100"))["cases"]
        first = sorted(cases, key=lambda each: (each["opened_at"], each["case_id"]))
        ours = [each for each in first if each["lead"]["unit"] in self.stack.units]
        for story, case in zip(_STORIES, ours, strict=False):
            await story(self, case["case_id"], self.stack.units[case["lead"]["unit"]]["token"])
        return told(providers, await self._states())

    async def ask(self, path: str, **query: str) -> Any:
        """What a supervisor of the county is shown."""
        token = self.stack.tokens["supervisor"]
        answer = await self.client.get(self._url(path), params=query, headers=_bearer(token))
        return answer.raise_for_status().json()

    async def send(self, case_id: str, token: str, service: str, to: str, **more: Any) -> Json | None:
        """A new referral, once for each case and provider; None where it was sent before, or its case has ended."""
        body = {"service": service, "case_id": case_id, "to": to, "family_agrees": True,
                "note": "請先以電話與主責社工聯繫。", **more}  # fmt: skip
        headers = _bearer(token) | {"Idempotency-Key": f"demo:{case_id}:{service}:{to}"}
        answer = await self.client.post(self._url("/v1/referrals"), json=body, headers=headers)
        if answer.status_code == httpx.codes.CONFLICT:
            return None
        sent: Json = answer.raise_for_status().json()
        return sent if sent["state"] == "sent" and len(sent["history"]) == 1 else None

    async def act(self, referral: Json, act: str, token: str, **body: Any) -> Any:
        url = self._url(f"/v1/referrals/{referral['referral_id']}/{act}")
        answer = await self.client.post(url, json=body, headers=_bearer(token))
        return answer.raise_for_status().json()

    async def by_link(self, link: str, **answer: str) -> None:
        """Somebody without an account opens the link on a telephone, and answers once."""
        found = await self.client.post(self._url(urlsplit(link).path), data=answer)
        found.raise_for_status()

    @property
    def partner(self) -> str:
        return self.stack.tokens["partner"]

    def _url(self, path: str) -> str:
        return self.stack.services["network"] + path

    async def _states(self) -> Mapping[str, int]:
        pages = {state: await self.ask("/v1/referrals", state=state, limit=str(_MOST)) for state in STATES}
        return {state: len(page["referrals"]) for state, page in pages.items()}


async def _helped(demo: Referring, case_id: str, lead: str) -> None:
    """From the question to the person's own word."""
    if sent := await demo.send(case_id, lead, "counselling", "hope"):
        await demo.act(sent, "acceptance", demo.partner)
        await demo.act(sent, "start", demo.partner)
        await demo.act(sent, "completion", demo.partner, outcome="goals_met")
        await demo.act(sent, "confirmation", lead, confirmed_by_person=True)


async def _refused(demo: Referring, case_id: str, lead: str) -> None:
    """No room, said on the telephone: who is next best is asked instead."""
    if sent := await demo.send(case_id, lead, "food_bank", "budai-food-bank"):
        said = {"name": "值班志工", "channel": "telephone"}
        back = await demo.act(sent, "refusal", lead, reason="no_capacity", answered_by=said)
        best = back["next_best"][0]["provider"]
        await demo.send(case_id, lead, "food_bank", best, instead_of=sent["referral_id"])


async def _by_link(demo: Referring, case_id: str, lead: str) -> None:
    if sent := await demo.send(case_id, lead, "mental_health_care", "puzi-mental-health"):
        link = await demo.act(sent, "links", lead)
        await demo.by_link(link["link"], act="acceptance", name="個管窗口")


async def _waits(demo: Referring, case_id: str, lead: str) -> None:
    if sent := await demo.send(case_id, lead, "parenting_guidance", "hope"):
        await demo.act(sent, "waiting", demo.partner, expected=(datetime.now(UTC) + _AWAY).isoformat())


async def _unanswered(demo: Referring, case_id: str, lead: str) -> None:
    await demo.send(case_id, lead, "youth_service", "zhuqi-youth")


async def _begun(demo: Referring, case_id: str, lead: str) -> None:
    if sent := await demo.send(case_id, lead, "counselling", "hope"):
        await demo.act(sent, "acceptance", demo.partner)
        await demo.act(sent, "start", demo.partner)


Story = Callable[[Referring, str, str], Awaitable[None]]
_STORIES: tuple[Story, ...] = (_helped, _refused, _by_link, _waits, _unanswered, _begun)


def told(providers: int, states: Mapping[str, int]) -> str:
    """`11 providers 名冊單位; sent 2, waiting 1, ...`."""
    return f"{providers} providers 名冊單位; " + ", ".join(f"{state} {states.get(state, 0)}" for state in STATES)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
