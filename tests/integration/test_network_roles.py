"""Every route of network by every role: another role, another county and another session are refused."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from contracts.roles import ROLES
from fastapi.routing import APIRoute
from network.app import create_app
from network.settings import Settings

from tests.integration import network_stage
from tests.integration.network_stage import COUNTY, PASSWORD, Stage, decided, stage
from tests.integration.signing_in import hidden

pytestmark = pytest.mark.real

WORKING, COUNTING = {"officer", "supervisor", "caseworker"}, {"officer", "supervisor", "caseworker", "analyst"}
OPEN = {
    ("GET", "/"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/provider"), ("GET", "/sign-in/back"),
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
}  # fmt: skip
ELSEWHERE = "tainan"


@dataclass(frozen=True)
class Guarded:
    """A route, whom it serves, what it is asked, and what another county is answered."""

    method: str
    path: str
    roles: set[str]
    elsewhere: int
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/v1")


TAKEN = {"report_id": "r1"}
BACK = TAKEN | {"reason": "wrong_area"}
# Every route of network. A new one is added here, or the test fails: who may, and what it is asked.
GUARDED = [
    Guarded("GET", "/cases/{id}", WORKING, 404),
    Guarded("POST", "/cases/{id}/acceptances", WORKING, 404, body=TAKEN),
    Guarded("POST", "/cases/{id}/returns", WORKING, 404, body=BACK),
    Guarded("GET", "/v1/cases", WORKING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/cases/{id}", WORKING, 404),
    Guarded("POST", "/v1/cases/{id}/acceptances", WORKING, 404, body=TAKEN),
    Guarded("POST", "/v1/cases/{id}/returns", WORKING, 404, body=BACK),
    Guarded("GET", "/v1/statistics/cases", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/resources", WORKING, 404, {"report_id": "helped"}),
    Guarded("POST", "/sign-out", WORKING, 303),
]


def every_route() -> Iterator[tuple[str, str]]:
    pending: list[Any] = list(create_app(Settings.without_secrets()).routes)
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


@pytest.fixture
async def net(settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(network_stage, "ROLES", tuple(ROLES))
    async with stage(settings_env) as found:
        yield found


async def signed_in(net: Stage, role: str) -> str:
    """The cookie and the form token of a role, empty for who may not come in."""
    net.http.cookies.clear()
    answer = await net.http.post("/sign-in", data={"username": role, "password": PASSWORD})
    net.http.cookies.clear()
    if role not in WORKING:
        assert answer.status_code in (401, 403), role
    return str(answer.cookies.get("network_session", ""))


async def ask(net: Stage, route: Guarded, role: str, cookie: str, path: str, csrf: str) -> httpx.Response:
    if route.is_api:
        headers = {"Authorization": f"Bearer {role}"} if role != "nobody" else {}
        body = {"json": route.body} if route.body else {}
        return await net.http.request(route.method, path, params=route.query, headers=headers, **body)  # type: ignore[arg-type]
    headers = {"Cookie": f"network_session={cookie}"}
    data = {"data": route.body | {"csrf": csrf}} if route.method == "POST" else {}
    return await net.http.request(route.method, path, params=route.query, headers=headers, **data)  # type: ignore[arg-type]


def is_right(route: Guarded, role: str, status: int) -> bool:
    if role == "nobody" or (role not in WORKING and not route.is_api and role != ELSEWHERE):
        return status == 401
    if role == ELSEWHERE:
        return status == (route.elsewhere if route.is_api else 401)
    return status not in {401, 403, 404} if role in route.roles else status == 403


@pytest.mark.parametrize("role", [*ROLES, ELSEWHERE, "nobody"])
async def test_every_route_serves_its_roles_and_nobody_else(net: Stage, role: str) -> None:
    await net.decide(decided("r1", family=["a"]), decided("r2", family=["a"]), decided("helped", "no_dispatch"))
    case = await net.case_of("r1")
    cookie, wrong = await signed_in(net, role), {}
    page = await net.http.get("/", headers={"Cookie": f"network_session={cookie}"})
    for route in GUARDED:
        path = route.path.replace("{id}", case["case_id"])
        answer = await ask(net, route, role, cookie, path, hidden(page.text).get("csrf", "guess"))
        if not is_right(route, role, answer.status_code):
            wrong[f"{route.method} {path}"] = answer.status_code
    assert wrong == {}


async def test_whoever_accepts_second_at_the_page_is_told_who_was_faster(net: Stage) -> None:
    await net.decide(decided("r1"))
    path = f"/cases/{(await net.case_of('r1'))['case_id']}/acceptances"
    answers = []
    for role in ("caseworker", "supervisor"):
        cookie = await signed_in(net, role)
        headers = {"Cookie": f"network_session={cookie}"}
        csrf = hidden((await net.http.get("/", headers=headers)).text)["csrf"]
        answers.append(await net.http.post(path, data=TAKEN | {"csrf": csrf}, headers=headers))
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "caseworker 陳" in answers[1].text


async def test_a_form_without_its_token_or_with_another_persons_changes_nothing(net: Stage) -> None:
    await net.decide(decided("r1"))
    case = await net.case_of("r1")
    mine, other = await signed_in(net, "caseworker"), await signed_in(net, "supervisor")
    stolen = hidden((await net.http.get("/", headers={"Cookie": f"network_session={other}"})).text)["csrf"]
    for csrf in ("guess", stolen):
        for route in (each for each in GUARDED if each.method == "POST" and not each.is_api):
            answer = await ask(net, route, "caseworker", mine, route.path.replace("{id}", case["case_id"]), csrf)
            assert answer.status_code == 403, route.path
    assert (await net.case_of("r1"))["reports"][0].get("accepted_by") is None
