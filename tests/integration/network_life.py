"""A case at the protection team, and what is done with it through the API: what stories about cases share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.decisions import PersonKey
from rules.calendars import NATIONAL
from rules.spans import TAIPEI

from tests.integration.network_stage import PROTECTION, Stage, decided

CHILD = "person:child"
FAMILY = (
    PersonKey(key=CHILD, role="subject", birth_year=2019),
    PersonKey(key="person:mother", role="other", relation="mother", birth_year=1990),
)
PLAN = "若再通報，先到外婆家，聯絡導師"


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def ahead(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def at_work(days: float) -> str:
    """So many days ahead, or on the next day on which the county works."""
    at = datetime.now(UTC) + timedelta(days=days)
    while not NATIONAL.works(at.astimezone(TAIPEI).date()):
        at += timedelta(days=1)
    return at.isoformat()


async def taken(net: Stage, report: str = "r1", by: str = "陳社工", **more: Any) -> str:
    """The id of a case that somebody of the protection team took on."""
    family: dict[str, Any] = {"family": ["a"], "people": FAMILY}
    await net.decide(decided(report, **(family | more)))
    case = await net.case_of(report)
    body = {"report_id": report, "accepted_by": by}
    await net.did(f"/v1/cases/{case['case_id']}/acceptances", body, PROTECTION)
    return str(case["case_id"])


async def case_at(net: Stage, id: str) -> dict[str, Any]:
    return dict((await net.get(f"/v1/cases/{id}")).json())


async def opened_case(net: Stage, report: str) -> str:
    """A case that protection accepted and opened."""
    await net.decide(decided(report, family=[report]))
    id = str((await net.case_of(report))["case_id"])
    await net.did(f"/v1/cases/{id}/acceptances", {"report_id": report}, PROTECTION)
    body = {"opened": True, "needs": ["economic_hardship"], "service_mode": "family_preservation"}
    await net.did(f"/v1/cases/{id}/assessments", body, PROTECTION)
    return id


async def owed(net: Stage, id: str) -> dict[str, str]:
    """Ids of the open tasks of a case, by what they are."""
    case = await case_at(net, id)
    return {task["what"]: task["id"] for task in case["tasks"] if task["state"] == "open"}


def visit(**more: Any) -> dict[str, Any]:
    at_home = {"text": "民雄鄉虛構路 1 號", "source": "family"}
    body = {
        "kind": "visit",
        "at": ago(0.9),
        "until": ago(0.85),
        "announced": False,
        "with": ["family"],
        "reached": True,
    }
    return body | {"address": at_home, "seen": [{"person": CHILD, "alone": True}]} | more
