"""Every route of notify by every role: another role, another county, another unit and nobody are refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from contracts.roles import ROLES
from fastapi.routing import APIRoute
from notify.app import create_app
from notify.settings import Settings

from tests.integration import notify_stage
from tests.integration.notify_stage import COUNTY, LEAD, FakeLine, Stage, Visitor, on_stage, settings_of

pytestmark = pytest.mark.real

WORKING, COUNTING = {"officer", "supervisor", "caseworker"}, {"officer", "supervisor", "caseworker", "analyst"}
DECIDING, GOVERNING = {"officer", "supervisor"}, {"supervisor"}
SECRETS = ("line_channel_token", "line_channel_secret")
OPEN = {
    ("GET", "/"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/provider"), ("GET", "/sign-in/back"),
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("POST", "/webhooks/line"), ("POST", "/sign-out"),
    ("GET", "/calendars/{secret}.ics"),
}  # fmt: skip


@dataclass(frozen=True)
class Guarded:
    """A route, whom it serves, what it is asked, and the answers of those whom it serves (404: it is not there)."""

    method: str
    path: str
    roles: set[str]
    answer: int = 200
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/v1")


GROUP = {"group": "none", "purpose": "unit_work", "county": COUNTY, "unit": LEAD}
SPAN = {"start": "2030-01-01T20:00:00+08:00", "end": "2030-01-02T08:00:00+08:00"}
SWAP = {"unit": "chiayi-county/labour", "to": "b", "given": SPAN}
OFFER = {"unit": "chiayi-county/labour", "with": "b", "given": "|".join(SPAN.values())}
ALERT = {"purpose": "media_watch", "county": COUNTY, "subject": "x", "answer_by": SPAN["end"]}
"""Its time is too far away."""
# Every route of notify. A new one is added here, or the test fails: who may, and what it is asked.
GUARDED = [
    Guarded("GET", "/v1/deliveries", WORKING, asked={"report_id": "r1"}),
    Guarded("POST", "/v1/deliveries/{delivery_id}/resend", GOVERNING, 404),
    Guarded("GET", "/v1/statistics/deliveries", COUNTING),
    Guarded("GET", "/v1/statistics/closed-sum", COUNTING),
    Guarded("GET", "/v1/quota", COUNTING),
    Guarded("POST", "/v1/bounces", {"administrator"}),
    Guarded("GET", "/v1/alerts", WORKING),
    Guarded("POST", "/v1/alerts", DECIDING, 422, ALERT),
    Guarded("GET", "/v1/alerts/{alert_id}", WORKING, 404),
    Guarded("POST", "/v1/alerts/{alert_id}/answers", WORKING, 404, {"unit": LEAD, "ours": False}),
    Guarded("GET", "/v1/tests", WORKING),
    Guarded("POST", "/v1/tests", GOVERNING, 201, {"county": COUNTY}),
    Guarded("GET", "/v1/tests/{test_id}", WORKING, 404),
    Guarded("POST", "/v1/tests/{test_id}/answers", WORKING, 404),
    Guarded("GET", "/alerts", WORKING),
    Guarded("POST", "/alerts", DECIDING, 422, {"county": COUNTY}),
    Guarded("GET", "/alerts/{alert_id}", WORKING, 404),
    Guarded("POST", "/alerts/{alert_id}/answers", WORKING, 404, {"unit": LEAD, "ours": "false"}),
    Guarded("GET", "/tests", WORKING),
    Guarded("POST", "/tests", GOVERNING, 409, {"county": COUNTY}),
    Guarded("GET", "/tests/{test_id}", WORKING, 404),
    Guarded("POST", "/tests/{test_id}/answers", WORKING, 404),
    Guarded("GET", "/figures", WORKING),
    Guarded("GET", "/figures/now", WORKING),
    Guarded("GET", "/v1/escalations", WORKING),
    Guarded("POST", "/v1/deliveries/{delivery_id}/acceptance", WORKING, 404),
    Guarded("POST", "/v1/deliveries/{delivery_id}/refusal", WORKING, 404),
    Guarded("GET", "/escalations", WORKING),
    Guarded("GET", "/escalations/open", WORKING),
    Guarded("POST", "/escalations/{delivery_id}/acceptance", WORKING, 404),
    Guarded("POST", "/escalations/{delivery_id}/refusal", WORKING, 404),
    Guarded("GET", "/v1/groups", WORKING),
    Guarded("PUT", "/v1/groups", DECIDING, 404, GROUP),
    Guarded("DELETE", "/v1/groups/{group}", DECIDING, 404),
    Guarded("GET", "/groups", WORKING),
    Guarded("POST", "/groups", DECIDING, 404, GROUP),
    Guarded("POST", "/groups/{group}/end", DECIDING, 404),
    Guarded("GET", "/v1/rota", WORKING),
    Guarded("PUT", "/v1/rota", GOVERNING, asked={"unit": LEAD}),
    Guarded("GET", "/v1/rota/holes", WORKING),
    Guarded("GET", "/v1/rota/swaps", WORKING),
    Guarded("POST", "/v1/rota/swaps", WORKING, 404, SWAP),
    Guarded("POST", "/v1/rota/swaps/{swap_id}/answer", WORKING, 404, {"answer": "accept"}),
    Guarded("POST", "/v1/calendar", WORKING, 201),
    Guarded("GET", "/v1/calendar", WORKING),
    Guarded("DELETE", "/v1/calendar", WORKING, 204),
    Guarded("GET", "/mine", WORKING),
    Guarded("POST", "/mine/line", WORKING, 404, {"code": "ABCDEFGH"}),
    Guarded("POST", "/mine/mail", WORKING, 303, {"address": "a@example.org"}),
    Guarded("POST", "/mine/mail/end", WORKING, 303),
    Guarded("POST", "/mine/calendar", WORKING),
    Guarded("POST", "/mine/calendar/end", WORKING, 303),
    Guarded("POST", "/mine/swaps", WORKING, 404, OFFER),
    Guarded("POST", "/mine/swaps/{swap_id}", WORKING, 404, {"answer": "accept"}),
    Guarded("GET", "/rota", WORKING),
    Guarded("GET", "/rota/edit", GOVERNING, asked={"unit": LEAD}),
    Guarded("POST", "/rota/edit", GOVERNING, 303, {"unit": LEAD, "duty": "on_call"}),
    Guarded("GET", "/v1/line-user", WORKING, 404),
    Guarded("PUT", "/v1/line-user", WORKING, 404, {"code": "ABCDEFGH"}),
    Guarded("DELETE", "/v1/line-user/{name}", GOVERNING, 404),
    Guarded("GET", "/v1/mail-address", WORKING, 404),
    Guarded("PUT", "/v1/mail-address", WORKING, asked={"address": "a@example.org"}),
    Guarded("DELETE", "/v1/mail-address/{name}", GOVERNING, 404),
    Guarded("GET", "/deliveries", WORKING),
    Guarded("GET", "/deliveries/by/{what}", WORKING),
    Guarded("POST", "/deliveries/{delivery_id}/resend", GOVERNING, 404),
]


def every_route() -> Iterator[tuple[str, str]]:
    pending: list[Any] = list(create_app(Settings.without_secrets(**dict.fromkeys(SECRETS, "none"))).routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods - {"HEAD"})
        elif inner := getattr(route, "original_router", None) or getattr(route, "router", None):
            pending += inner.routes


def test_no_route_is_left_out() -> None:
    known, there = OPEN | {(each.method, each.path) for each in GUARDED}, set(every_route())
    assert there - known == set(), "a new route: say in GUARDED whom it serves"
    assert known - there == set()


async def ask(stage: Stage, route: Guarded, role: str, visitor: Visitor, csrf: str) -> httpx.Response:
    path = route.path.replace("{delivery_id}", "none").replace("{name}", "nobody").replace("{what}", "group")
    path = path.replace("{group}", "none").replace("{swap_id}", "none").replace("{secret}", "none")
    path = path.replace("{alert_id}", "none").replace("{test_id}", "none")
    if not route.is_api:
        if route.method == "GET":
            return await visitor.get(path, **route.asked)
        return await visitor.post(path, csrf=csrf, **route.asked)
    headers = {"Authorization": f"Bearer token-of-{role}"} if role != "nobody" else {}
    told = {"params": route.asked} if route.method == "GET" else {"json": route.asked}
    return await stage.http.request(route.method, path, headers=headers, **told)  # type: ignore[arg-type]


def is_right(route: Guarded, role: str, status: int) -> bool:
    if role == "nobody" or (role not in WORKING and not route.is_api):
        return status == 401
    return status == (route.answer if role in route.roles else 403)


async def test_every_route_serves_its_roles_and_nobody_else(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify_stage, "ROLES", tuple(ROLES))
    wrong = {}
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), FakeLine()) as stage:
        for role in (*ROLES, "nobody"):
            visitor = await stage.visitor(role)
            csrf = notify_stage.hidden((await visitor.get("/")).text).get("csrf", "guess")
            for route in GUARDED:
                answer = await ask(stage, route, role, visitor, csrf)
                if not is_right(route, role, answer.status_code):
                    wrong[f"{role} {route.method} {route.path}"] = answer.status_code
    assert wrong == {}


async def test_a_form_without_its_token_or_with_another_persons_changes_nothing(settings_env: dict[str, str]) -> None:
    async with on_stage(settings_of(settings_env, kafka_bootstrap="127.0.0.1:1"), FakeLine()) as stage:
        mine, other = await stage.visitor("supervisor"), await stage.visitor("second")
        stolen = notify_stage.hidden((await other.get("/")).text)["csrf"]
        for csrf in ("guess", stolen):
            for route in (each for each in GUARDED if each.method == "POST" and not each.is_api):
                answer = await ask(stage, route, "supervisor", mine, csrf)
                assert answer.status_code == 403, route.path
