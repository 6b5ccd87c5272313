"""Silent senders, from reports on the real database."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from intake.silence import SILENT, Listening
from intake.store import Reports
from kit.auth import digest
from kit.mongo import Document

from tests.integration.intake_running import CLOSED, nowhere, running, until

CALLERS = [{"name": "w", "role": "officer", "counties": ["*"], "token_sha256": digest("officer-token")}]
NOW = datetime.now(UTC)


def received(agency: str, at: datetime, **more: Any) -> Document:
    day = (at + timedelta(hours=8)).date().isoformat()
    return {"agency_id": agency, "received_at": at, "day": day, "county": "chiayi-county", "answered": True} | more


def hourly(agency: str, until: datetime, **more: Any) -> list[Document]:
    """Two reports in every hour of three weeks."""
    return [received(agency, until - timedelta(minutes=30 * number), **more) for number in range(2 * 24 * 21)]


async def test_only_who_is_silent_longer_than_its_rhythm_is_named(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED, "callers": json.dumps(CALLERS)}
    async with running(env, listen_seconds=0.2) as intake:
        documents = [
            *hourly("silent", NOW - timedelta(hours=6)),
            *hourly("well", NOW - timedelta(minutes=40)),
            *hourly("trial", NOW - timedelta(hours=6), county="sandbox"),
            received("new", NOW - timedelta(days=3)),
        ]
        await intake.database["reports"].insert_many(documents)
        listening = Listening(Reports(intake.database, nowhere), every=60)
        (found,) = await listening.listen(NOW)
        assert found.agency_id == "silent"
        assert 9 < found.expected < 15
        assert abs(found.last_at - (NOW - timedelta(hours=6))) < timedelta(seconds=1)
        await intake.database["reports"].insert_one(received("silent", NOW))
        assert await listening.listen(NOW + timedelta(minutes=1)) == []


async def test_an_officer_sees_them_and_an_agency_does_not(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED, "callers": json.dumps(CALLERS)}
    async with running(env) as intake:
        await intake.database["reports"].insert_many(hourly("silent", NOW - timedelta(hours=6)))
    async with running(env) as intake:
        headers = {"authorization": "Bearer officer-token"}

        async def named() -> list[Any]:
            answer = await intake.http.get("/v1/agencies/silent", headers=headers)
            return [each["agency_id"] for each in answer.json()["agencies"]]

        await until(named)
        assert await named() == ["silent"]
        assert (await intake.http.get("/v1/agencies/silent")).status_code == 401
        assert SILENT._value.get() == 1
