"""Meetings through the API: what stories about meetings share."""

from collections.abc import Sequence
from typing import Any

from tests.integration.network_stage import COUNTY, LABOUR, POLICE, PROTECTION, Stage

SIX = (PROTECTION, POLICE, LABOUR, f"{COUNTY}/health", f"{COUNTY}/education", f"{COUNTY}/civil_affairs")
SECRETARY = "secretary"


async def planned(net: Stage, at: str, role: str = SECRETARY, **more: Any) -> str:
    """The id of a meeting of six units."""
    body = {"level": "bureau", "purpose": "bureau", "at": at, "units": SIX, "chair": PROTECTION, "host": PROTECTION}
    return str((await net.did("/v1/meetings", body | more, role))["meeting_id"])


async def series(net: Stage, purpose: str, year: int, dates: Sequence[str] = (), **more: Any) -> list[dict[str, Any]]:
    """The meetings of a year's plan of one series."""
    body = {"level": "bureau", "purpose": purpose, "units": SIX, "chairs": [PROTECTION], "host": PROTECTION}
    plan = {"year": year, "dates": list(dates), "first_chair": more.pop("first_chair", None)}
    made = await net.did("/v1/series", body | more, SECRETARY)
    return list((await net.did(f"/v1/series/{made['series_id']}/plan", plan, SECRETARY))["meetings"])


async def at_meeting(net: Stage, id: str, role: str = SECRETARY) -> dict[str, Any]:
    return dict((await net.get(f"/v1/meetings/{id}", role)).json())


async def come(net: Stage, id: str, units: Sequence[str] = SIX, role: str = SECRETARY) -> dict[str, Any]:
    """Somebody of each unit is there."""
    return await net.did(f"/v1/meetings/{id}/attendance", {"present": [{"unit": each} for each in units]}, role)


async def topic(net: Stage, id: str, what: str = "hard_case", role: str = SECRETARY, **more: Any) -> str:
    """The id of a further item on an agenda."""
    before = {each["item_id"] for each in (await at_meeting(net, id))["items"]}
    after = await net.did(f"/v1/meetings/{id}/items", {"topic": what, "reason": "needs_several"} | more, role)
    [made] = [each["item_id"] for each in after["items"] if each["item_id"] not in before]
    return str(made)


async def decide(
    net: Stage, id: str, item: str, lead: str, due_at: str, role: str = SECRETARY, **more: Any
) -> dict[str, Any]:
    """The last decision of an item."""
    body = {"what": "visit_together", "lead": lead, "due_at": due_at} | more
    after = await net.did(f"/v1/meetings/{id}/items/{item}/decisions", body, role)
    [found] = [each for each in after["items"] if each["item_id"] == item]
    return dict(found["decisions"][-1])


async def item_on(net: Stage, id: str, item: str, role: str = SECRETARY) -> dict[str, Any]:
    """An item as an agenda has it, those too that left it."""
    meeting = await at_meeting(net, id, role)
    [found] = [each for each in (*meeting["items"], *meeting["gone"]) if each["item_id"] == item]
    return dict(found)
