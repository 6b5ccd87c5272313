"""Cases that an earlier release stored are brought up when network starts, once, by however many replicas."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kit import mongo
from kit.mongo import Database
from network.app import create_app
from network.cases.documents import NEVER
from rules.counties import settings_of

from tests.integration.network_life import taken
from tests.integration.network_stage import COUNTY, PROTECTION, T0, decided, settings, stage

pytestmark = pytest.mark.real


def before_december(case: dict[str, Any]) -> dict[str, Any]:
    """A case as it was stored before December 2026: its tasks inside, and nobody's by name."""
    fields = ("_id", "county", "opened_at", "family_keys", "reports", "history", "version")
    task = {
        "id": "dispatch", "unit": PROTECTION, "report_id": "old", "due_at": T0, "source": "statute", "verified": True,
        "state": "open", "closed_at": None, "closed_by": None,
    }  # fmt: skip
    lead = {name: case["lead"][name] for name in ("unit", "outcome", "accepted_by", "accepted_at")}
    return {name: case[name] for name in fields} | {
        "lead": lead, "state": "open", "collaborators": [], "tasks": [task], "meetings": [],
    }  # fmt: skip


async def stored_earlier(database: Database, ids: dict[str, str]) -> None:
    """What the cases of these reports would be, had earlier releases stored them."""
    await database["tasks"].delete_many({"case_id": {"$in": list(ids.values())}})
    await database["cases"].update_many({"_id": {"$in": [ids["bare"], ids["waits"]]}}, {"$set": {"next_due": NEVER}})
    await database["cases"].update_many({"_id": ids["unasked"]}, {"$set": {"next_due": NEVER}, "$unset": {"asks": ""}})
    old = await database["cases"].find_one({"_id": ids["old"]})
    assert old
    await database["cases"].replace_one({"_id": ids["old"]}, before_december(old))


async def test_every_case_that_is_not_over_owes_something_by_a_day_whichever_release_stored_it(
    settings_env: dict[str, str],
) -> None:
    async with stage(settings_env) as net:
        ids = {}
        for letter, report in zip("xyz", ("bare", "unasked", "waits"), strict=True):
            await net.decide(decided(report, family=[letter], clocks=()))
            ids[report] = str((await net.case_of(report))["case_id"])
        for report in ("bare", "unasked"):
            body = {"report_id": report, "accepted_by": "陳社工"}
            await net.did(f"/v1/cases/{ids[report]}/acceptances", body, PROTECTION)
        ids["old"] = await taken(net, "old")
    client = mongo.connect(settings_env["mongo_url"])
    database = mongo.database(client, settings_env["database_prefix"] + "network")
    await stored_earlier(database, ids)
    apps = [create_app(settings(settings_env)) for _ in range(2)]
    await asyncio.gather(*(prepare() for app in apps for prepare in app.state.prepares))

    now = datetime.now(UTC)
    found = [each async for each in database["tasks"].find({"state": "open"})]
    owed = {
        name: [(task["what"], task["person"]) for task in found if task["case_id"] == id] for name, id in ids.items()
    }
    what = "assess"
    assert owed == {
        "bare": [(what, "陳社工")],
        "unasked": [(what, "陳社工")],
        "waits": [("next_step", None)],
        "old": [(what, "陳社工")],
    }
    for task in found:
        within = settings_of(COUNTY).next_step_within if task["person"] is None else settings_of(COUNTY).assessed_within
        assert timedelta() <= now + within - task["due_at"] < timedelta(minutes=1), "counted from the start"
    async for case in database["cases"].find({}):
        assert case["open"] and case["next_due"] < NEVER
        assert "tasks" not in case and "asks" in case
    client.close()
