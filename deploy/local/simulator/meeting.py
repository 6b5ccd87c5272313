"""The demo's meetings: the year as it is planned, one that was held today with a decision, one that is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from simulator.watch import COUNTY, TAIPEI, Stack

SIX = ("protection", "police", "health", "education", "labour", "civil_affairs")
CHAIRS = SIX[:4]
"""In turn, as Chiayi County's deck of 2023 prints them."""
_WRITTEN = {
    "labour": ("已會談一次，案主有就業意願，可配合日班。", "安排職訓並陪同面試。"),
    "health": ("門診追蹤中，服藥規律。", "每月由心衛社工電話關懷。"),
}
"""What two of the units have handed in; the others owe their parts."""
_CASES, _MOST = 3, 100

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Meetings:
    """Acts at network's API, by the secretary and by the units that write their parts."""

    client: httpx.AsyncClient
    stack: Stack

    async def hold(self) -> str:
        """Plan, hold and call, unless an earlier day did; said in one line."""
        if not (await self._ask("/v1/series"))["series"]:
            await self._plan()
            cases = (await self._ask("/v1/cases", "supervisor", county=COUNTY, state="opened", limit=str(_MOST)))[
                "cases"
            ]
            ids = [each["case_id"] for each in sorted(cases, key=lambda each: (each["opened_at"], each["case_id"]))]
            await self._held()
            await self._called(ids[:_CASES])
        return told(await self._figures())

    async def _plan(self) -> None:
        """The twelve of the high-risk meeting, and one of child protection, which collides with that of February."""
        year = datetime.now(TAIPEI).year
        rhythm = {"every": "month", "nth": 3, "weekday": 1}
        first = await self._series("high_risk_violence", year, {"rhythm": rhythm}, ())
        february = next(each["at"][:10] for each in first if each["at"][5:7] == "02")
        await self._series("child_protection_joint", year, {}, (february,))

    async def _series(self, purpose: str, year: int, more: Json, dates: tuple[str, ...]) -> list[Json]:
        body = {"level": "bureau", "purpose": purpose, "chairs": [_unit(each) for each in CHAIRS], **_sitting(), **more}
        made = await self._act("/v1/series", "secretary", body)
        plan = {"year": year, "dates": list(dates), "first_chair": _unit("education")}
        found: list[Json] = (await self._act(f"/v1/series/{made['series_id']}/plan", "secretary", plan))["meetings"]
        return found

    async def _held(self) -> None:
        """Five of six came; a decision is its lead's task at once, and the minutes wait for the chair."""
        id = await self._meeting(timedelta(hours=-2), room="第一會議室")
        item = await self._item(id, {"topic": "pupils_out_of_school", "reason": "needs_several"})
        present = [{"unit": _unit(each)} for each in SIX[:5]]
        await self._act(f"/v1/meetings/{id}/attendance", "secretary", {"present": present})
        body = {"what": "list_to_civil_affairs", "lead": _unit("protection"), "collaborators": [_unit("education")],
                "due_at": _at(timedelta(days=14)), "evidence": "counted"}  # fmt: skip
        await self._act(f"/v1/meetings/{id}/items/{item}/decisions", "secretary", body)
        await self._act(f"/v1/meetings/{id}/end", "secretary", {})

    async def _called(self, cases: list[str]) -> None:
        """In six days: each unit owes its part of each case, and two have written theirs."""
        id = await self._meeting(timedelta(days=6), room="第二會議室")
        items = [await self._item(id, {"case_id": each, "reason": "needs_several"}) for each in cases]
        await self._act(f"/v1/meetings/{id}/call", "secretary", {})
        for unit, (text, proposal) in _WRITTEN.items():
            for item in items:
                url = f"{self.stack.services['network']}/v1/meetings/{id}/items/{item}/paper"
                headers = _bearer(self.stack.units[_unit(unit)]["token"])
                answer = await self.client.put(url, json={"text": text, "proposal": proposal}, headers=headers)
                answer.raise_for_status()

    async def _meeting(self, ahead: timedelta, **more: str) -> str:
        body = {"level": "bureau", "purpose": "bureau", "at": _at(ahead), "chair": _unit("protection"), **_sitting()}
        return str((await self._act("/v1/meetings", "secretary", body | more))["meeting_id"])

    async def _item(self, id: str, body: Json) -> str:
        """The id of a further item of an agenda."""
        before = {each["item_id"] for each in (await self._ask(f"/v1/meetings/{id}"))["items"]}
        after = await self._act(f"/v1/meetings/{id}/items", "secretary", body)
        return next(str(each["item_id"]) for each in after["items"] if each["item_id"] not in before)

    async def _figures(self) -> Json:
        now = datetime.now(TAIPEI)
        last = max(f"{now.year}-12-31", f"{now + timedelta(days=30):%Y-%m-%d}")
        asked = {"county": COUNTY, "from": f"{now.year}-01-01", "to": last}
        found: Json = await self._ask("/v1/statistics/meetings", "supervisor", **asked)
        return found

    async def _ask(self, path: str, by: str = "secretary", **query: str) -> Any:
        answer = await self.client.get(self._url(path), params=query, headers=_bearer(self.stack.tokens[by]))
        return answer.raise_for_status().json()

    async def _act(self, path: str, by: str, body: Json) -> Any:
        answer = await self.client.post(self._url(path), json=dict(body), headers=_bearer(self.stack.tokens[by]))
        return answer.raise_for_status().json()

    def _url(self, path: str) -> str:
        return self.stack.services["network"] + path


def told(figures: Json) -> str:
    """`15 planned, 1 held, 4 items, 1 decisions`."""
    return (
        f"{figures['planned']} planned, {figures['held']} held, {figures['items']} items, "
        f"{figures['decisions_taken']} decisions"
    )


def _sitting() -> Json:
    return {"host": _unit("protection"), "units": [_unit(each) for each in SIX], "minutes": 120}


def _unit(name: str) -> str:
    return f"{COUNTY}/{name}"


def _at(ahead: timedelta) -> str:
    return (datetime.now(TAIPEI) + ahead).isoformat()


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
