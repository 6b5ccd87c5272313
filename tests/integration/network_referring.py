"""Providers with room, a case in hand, and a referral of its family: where stories of referrals begin."""

from typing import Any

from tests.integration.network_stage import COUNTY, PROTECTION, Stage, decided

YEAR = {"adult_protection": 891, "child_protection": 330, "sexual_assault_adult": 46, "consultation_adult": 83}
"""Chiayi County 2020: 1,350 reports to which no unit was sent."""
SERVICES = {
    "adult_protection": ("advice_113", "counselling"), "child_protection": ("advice_113", "parenting_guidance"),
    "sexual_assault_adult": ("advice_113", "sexual_assault_support"),
    "consultation_adult": ("advice_1957", "employment_service"),
}  # fmt: skip
TALK = {"id": "talk", "service": "counselling"}


async def keep(net: Stage, provider: str, left: int | None = None, **more: Any) -> None:
    offer = TALK | ({"places": {"left": left, "of": 9}} if left is not None else {}) | more
    body = {"county": COUNTY, "name": f"單位 {provider}", "services": [offer]}
    answer = await net.http.put(f"/v1/directory/{provider}", json=body, headers={"Authorization": "Bearer keeper"})
    assert answer.status_code == 200, answer.text


async def case_in_hand(net: Stage, report: str = "r1") -> str:
    await net.decide(decided(report))
    id = str((await net.case_of(report))["case_id"])
    await net.did(f"/v1/cases/{id}/acceptances", {"report_id": report}, PROTECTION)
    return id


async def refer(net: Stage, case_id: str, role: str = PROTECTION, **more: Any) -> dict[str, Any]:
    body = {"service": "counselling", "case_id": case_id, "note": "canary-note", "family_agrees": True}
    return await net.did("/v1/referrals", body | more, role)
