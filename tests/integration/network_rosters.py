"""Rows of lists as intake tells them, and hands to reach their households."""

from datetime import UTC, datetime
from typing import Any

from contracts.rosters import RosterEntryListed
from contracts.topics import ROSTERS

from tests.integration.kafka_reading import taken
from tests.integration.network_stage import COUNTY, Stage

LISTED = datetime(2023, 2, 17, 2, tzinfo=UTC)
DUE = datetime(2023, 3, 17, 15, 59, 59, tzinfo=UTC)


def listed(id: str, *keys: str, roster: str = "social_assistance", **more: Any) -> RosterEntryListed:
    entry: dict[str, Any] = {"county": COUNTY, "township": "民雄鄉"} | more.pop("entry", {})
    return RosterEntryListed.model_validate({
        "entry_id": id, "roster": roster, "answerable": "social_affairs.assistance", "agency_id": "a",
        "source_unit": "social_affairs", "entry": entry, "sealed": {}, "received_at": LISTED, "visit_due_at": DUE,
        "visit_source": "Chiayi County deck 2023", "visit_verified": True, "keys": keys,
    } | more)  # fmt: skip


async def came(net: Stage, *entries: RosterEntryListed) -> None:
    await net.tell(ROSTERS, *entries)
    await taken(net.kafka, net.prefix, "network", [ROSTERS])


async def households(net: Stage, role: str = "officer", **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    query["limit"] = "200"
    while True:
        page = (await net.get("/v1/households", role, **query, **after)).json()
        found += page["households"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


async def screened(net: Stage, household: dict[str, Any], result: str, **more: Any) -> dict[str, Any]:
    return await net.did(f"/v1/households/{household['household_id']}/screening", {"result": result, **more})


async def counts(net: Stage, role: str = "officer", **query: str) -> dict[str, Any]:
    period = {"county": COUNTY, "from": "2023-01-01", "to": "2023-12-31"}
    answer = await net.get("/v1/statistics/rosters", role, **period | query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
