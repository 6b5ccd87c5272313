"""Duties exchanged by two people, atomically; a calendar under a secret address; one's own page."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from pytest_asyncio import fixture

from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, on_stage, settings_of
from tests.integration.signing_in import hidden

pytestmark = pytest.mark.real
POLICE = f"{COUNTY}/police"
DAY = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


def span(day: int) -> dict[str, str]:
    start = DAY + timedelta(days=day)
    return {"start": start.isoformat(), "end": (start + timedelta(hours=12)).isoformat()}


@fixture
async def stage(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    """The caseworker has the even nights, the officer the odd ones."""
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), FakeLine()) as running:
        shifts = [span(day) | {"person": ("caseworker", "officer")[day % 2]} for day in range(4)]
        answer = await running.send("PUT", "/v1/rota", "supervisor", unit=LEAD, shifts=shifts)
        assert answer.status_code == 200, answer.text
        yield running


async def offered(stage: Stage, **more: Any) -> Any:
    order = {"unit": LEAD, "to": "officer", "given": span(0), "back": span(1)} | more
    answer = await stage.post("/v1/rota/swaps", "caseworker", **order)
    assert answer.status_code == 201, answer.text
    return answer.json()["swap_id"]


async def answered(stage: Stage, id: str, answer: str, role: str = "officer") -> int:
    return (await stage.post(f"/v1/rota/swaps/{id}/answer", role, answer=answer)).status_code


async def nights(stage: Stage) -> list[str | None]:
    [rota] = (await stage.get("/v1/rota")).json()["rotas"]
    starts = [datetime.fromisoformat(span(day)["start"]) for day in range(4)]
    final = [(datetime.fromisoformat(each["start"]), each["person"]) for each in rota["final"]]
    return [next(person for at, person in reversed(final) if at <= start) for start in starts]


async def test_a_swap_stands_in_the_rota_once_both_have_confirmed_and_not_before(stage: Stage) -> None:
    id = await offered(stage)
    assert await nights(stage) == ["caseworker", "officer", "caseworker", "officer"]
    for role in ("caseworker", "supervisor", "far"):
        assert await answered(stage, id, "accept", role) == 404, "only whom it was offered to can accept"
    assert await answered(stage, id, "withdraw", "officer") == 404
    assert await answered(stage, id, "accept") == 200
    assert await nights(stage) == ["officer", "caseworker", "caseworker", "officer"]
    for answer in ("accept", "refuse"):
        assert await answered(stage, id, answer) == 409
    assert await answered(stage, id, "withdraw", "caseworker") == 409
    [rota] = (await stage.get("/v1/rota")).json()["rotas"]
    assert (rota["version"], rota["written_by"], {each["swap"] for each in rota["overrides"]}) == (
        2, "caseworker, officer", {id}
    )  # fmt: skip


async def test_of_many_answers_at_once_one_counts_and_no_duty_is_given_twice(stage: Stage) -> None:
    once, again = await offered(stage), await offered(stage, to="officer", back=None)
    answers = await asyncio.gather(
        *(answered(stage, each, "accept") for each in (once, again, once, again)),
        answered(stage, once, "withdraw", "caseworker"),
    )
    assert answers.count(200) <= 2 and set(answers) <= {200, 409}
    [rota] = (await stage.get("/v1/rota")).json()["rotas"]
    swaps = (await stage.get("/v1/rota/swaps", "caseworker")).json()["swaps"]
    accepted = {each["swap_id"] for each in swaps if each["state"] == "accepted"}
    assert {each["swap"] for each in rota["overrides"]} == accepted
    assert len(accepted) == rota["version"] - 1 <= 1


async def test_an_offer_that_the_rota_has_overtaken_is_refused(stage: Stage) -> None:
    id = await offered(stage)
    shifts = [span(day) | {"person": "second"} for day in range(4)]
    await stage.send("PUT", "/v1/rota", "supervisor", unit=LEAD, shifts=shifts)
    assert await answered(stage, id, "accept") == 409
    swaps = (await stage.get("/v1/rota/swaps", "officer")).json()["swaps"]
    assert [each["state"] for each in swaps] == ["offered"]
    assert await answered(stage, id, "withdraw", "caseworker") == 200
    mine = {"unit": LEAD, "to": "officer", "given": span(0)}
    assert (await stage.post("/v1/rota/swaps", "caseworker", **mine)).status_code == 409
    assert (await stage.post("/v1/rota/swaps", "caseworker", **mine | {"to": "caseworker"})).status_code == 422
    assert (await stage.post("/v1/rota/swaps", "police", **mine)).status_code == 404
    assert (await stage.post("/v1/rota/swaps", "far", **mine)).status_code == 404


async def test_the_same_offer_under_a_key_is_made_once(stage: Stage) -> None:
    headers = {"Authorization": "Bearer token-of-caseworker", "Idempotency-Key": "k"}
    order = {"unit": LEAD, "to": "officer", "given": span(0)}
    answers = [await stage.http.post("/v1/rota/swaps", json=order, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await stage.get("/v1/rota/swaps", "officer")).json()["swaps"]) == 1


async def test_a_calendar_is_read_by_its_secret_address_alone_until_it_is_revoked(stage: Stage) -> None:
    assert (await stage.get("/v1/calendar", "caseworker")).status_code == 404
    path = (await stage.post("/v1/calendar", "caseworker")).json()["path"]
    told = await stage.http.get(path)
    assert told.headers["content-type"] == "text/calendar; charset=utf-8"
    assert told.headers["cache-control"] == "no-store"
    assert len(Calendar.from_ical(told.content).walk("VEVENT")) == 2
    assert path.split("/")[-1].removesuffix(".ics") not in str(await stage.app.state.feeds.of("caseworker"))
    assert (await stage.get("/v1/calendar", "caseworker")).json()["path"] is None, "it is told once"
    newer = (await stage.post("/v1/calendar", "caseworker")).json()["path"]
    assert [(await stage.http.get(each)).status_code for each in (path, newer)] == [404, 200]
    assert (await stage.send("DELETE", "/v1/calendar", "caseworker")).status_code == 204
    assert (await stage.http.get(newer)).status_code == 404
    assert (await stage.http.get("/calendars/guess.ics")).status_code == 404


async def test_ones_own_page_offers_confirms_and_makes_a_calendar(stage: Stage) -> None:
    mine, other, second = [await stage.visitor(each) for each in ("caseworker", "officer", "second")]
    given, back = ("|".join(span(day).values()) for day in (0, 1))
    form = {"unit": LEAD, "duty": "on_call", "given": given, "with": f"officer|{back}", "key": "once"}
    for _ in range(2):
        assert (await mine.post("/mine/swaps", **form)).status_code == 303
    [swap] = (await stage.get("/v1/rota/swaps", "officer")).json()["swaps"]
    assert "確認換班" in (await other.get("/mine")).text
    assert "確認換班" not in (await mine.get("/mine")).text
    assert "caseworker" not in (await second.get("/mine")).text.split("</header>")[1]
    assert (await second.post(f"/mine/swaps/{swap['swap_id']}", answer="accept")).status_code == 404
    assert (await other.post(f"/mine/swaps/{swap['swap_id']}", answer="accept")).status_code == 303
    assert (await nights(stage))[:2] == ["officer", "caseworker"]
    made = await mine.post("/mine/calendar")
    assert "http://notify/calendars/" in made.text
    assert "/calendars/" not in (await mine.get("/mine")).text
    wrong = await mine.post("/mine/mail", address="nowhere")
    assert (wrong.status_code, 'value="nowhere"' in wrong.text) == (422, True)
    assert (await mine.post("/mine/mail", address="chen@example.org")).status_code == 303
    shown = (await mine.get("/mine")).text
    assert "已登錄" in shown and "chen@" not in shown
    assert (await mine.post("/mine/line", code="WRONG234")).status_code == 404
    assert hidden(shown)["csrf"]
