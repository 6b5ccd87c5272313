"""Every route of dispatch by every role: another role, another county and another session are refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from dispatch.app import create_app
from dispatch.settings import Settings
from fastapi.routing import APIRoute

from tests.integration.test_dispatch_decides import COUNTY, day_now
from tests.integration.test_dispatch_serves import PASSWORD, ROLES, Served, csrf, served

__all__ = ["served"]
pytestmark = pytest.mark.real

ALL = frozenset(ROLES)
READING = frozenset({"officer", "supervisor", "caseworker"})
DECIDING = frozenset({"officer", "supervisor"})
DAYS = {"county": COUNTY, "from": day_now(), "to": day_now()}
CROSSED = {"rows": "case_type", "columns": "outcome"}
OPEN = {
    ("GET", "/"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/back"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
}
REFUSED = {401, 403, 404}
ACTS = ("claim", "release", "decision", "review", "unlink", "undo", "ask", "answered")


@dataclass(frozen=True)
class Guarded:
    """A route, whom it serves, and what to send; `elsewhere` is what another county's supervisor is answered."""

    method: str
    path: str
    roles: frozenset[str]
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    api: bool = False


FORM = {"version": "1", "reason": "after_call", "outcome": "protection"}
GUARDED = [
    Guarded("GET", "/board/rows", ALL, {"county": COUNTY}),
    Guarded("GET", "/board/events", ALL, {"county": COUNTY}),
    Guarded("GET", "/board/reports/{report_id}", READING),
    Guarded("POST", "/board/reports/{report_id}/people/{number}", READING),
    Guarded("POST", "/board/reports/{report_id}/{act}", DECIDING, form=FORM),
    Guarded("POST", "/board/reports/{report_id}/verdicts/{other_id}", DECIDING, form=FORM | {"kind": "not_same"}),
    Guarded("GET", "/handover", DECIDING, {"county": COUNTY}),
    Guarded("POST", "/handover", DECIDING, {"county": COUNTY}),
    Guarded("POST", "/handover/{note_id}", DECIDING, {"county": COUNTY}),
    Guarded("GET", "/analysis", ALL, {"county": COUNTY}),
    Guarded("GET", "/report", ALL, {"county": COUNTY}),
    Guarded("GET", "/report.pdf", ALL, {"county": COUNTY}),
    Guarded("GET", "/v1/decisions/{report_id}", READING, api=True),
    Guarded("POST", "/v1/decisions/{report_id}", DECIDING, form=FORM, api=True),
    Guarded("GET", "/v1/statistics/outcomes", ALL, DAYS, api=True),
    Guarded("GET", "/v1/statistics/sources", ALL, DAYS, api=True),
    Guarded("GET", "/v1/statistics/crosstab", ALL - {"caseworker"}, DAYS | CROSSED, api=True),
    Guarded("GET", "/v1/ledger", ALL, {"county": COUNTY, "day": day_now()}, api=True),
    Guarded("POST", "/sign-out", ALL),
]


def every_route() -> Iterator[tuple[str, str]]:
    """Method and path of every route but the static files and the documents of the API."""
    pending: list[Any] = list(create_app(Settings.without_secrets()).routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods - {"HEAD"})
        elif inner := getattr(route, "original_router", None) or getattr(route, "router", None):
            pending += inner.routes


def test_no_route_is_left_out() -> None:
    assert set(every_route()) == OPEN | {(each.method, each.path) for each in GUARDED}


async def ask(
    served: Served, browser: httpx.AsyncClient, route: Guarded, role: str, path: str, token: str = ""
) -> httpx.Response:
    if route.api:
        headers = {"Authorization": f"Bearer {served.tokens[role]}"} if role != "nobody" else {}
        body = {"json": route.form} if route.form else {}
        return await served.http.request(route.method, path, params=route.query, headers=headers, **body)  # type: ignore[arg-type]
    body = {"data": route.form | {"csrf": token}} if route.method == "POST" else {}
    sent = browser.build_request(route.method, path, params=route.query, **body)  # type: ignore[arg-type]
    answer = await browser.send(sent, stream=True)
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        await answer.aclose()
    else:
        await answer.aread()
    return answer


def paths_of(route: Guarded, id: str) -> list[str]:
    path = (
        route.path.replace("{report_id}", id)
        .replace("{number}", "0")
        .replace("{note_id}", "none")
        .replace("{other_id}", id)
    )
    return [path.replace("{act}", act) for act in ACTS] if "{act}" in path else [path]


def is_right(route: Guarded, role: str, path: str, status: int) -> bool:
    if role == "nobody":
        return status == 401
    if role == "elsewhere":
        return status in REFUSED or path == "/sign-out"
    if role in route.roles:
        return status not in REFUSED or path == "/handover/none"
    return status in REFUSED


@pytest.mark.parametrize("role", [*ROLES, "elsewhere", "nobody"])
async def test_every_route_serves_its_roles_and_nobody_else(served: Served, role: str) -> None:
    [id] = await served.window.decided(1)
    browser = await served.sign_in(role) if role != "nobody" else httpx.AsyncClient(base_url=served.url)
    token = csrf(await browser.get("/")) if role != "nobody" else "guess"
    wrong = {}
    for route in GUARDED:
        for path in paths_of(route, id):
            answer = await ask(served, browser, route, role, path, token)
            if not is_right(route, role, path, answer.status_code):
                wrong[f"{route.method} {path}"] = answer.status_code
    assert wrong == {}
    assert role in READING or await untouched(served, id)


async def untouched(served: Served, id: str) -> bool:
    document = await served.window.document(id)
    looks = served.window.reports._reports.database["looks"]
    return document["decision"]["version"] == 1 and not document.get("claim") and not await looks.count_documents({})


async def test_a_form_with_another_persons_token_is_refused(served: Served) -> None:
    [id] = await served.window.decided(1)
    mine, other = await served.sign_in("officer"), await served.sign_in("supervisor")
    token = csrf(await other.get("/"))
    forms = [route for route in GUARDED if route.method == "POST" and not route.api]
    for route in forms:
        for path in paths_of(route, id):
            assert (await ask(served, mine, route, "officer", path, token)).status_code == 403, path
    assert await untouched(served, id)


async def test_another_persons_session_is_not_ended_by_my_signing_out(served: Served) -> None:
    mine, other = await served.sign_in("officer"), await served.sign_in("officer")
    await mine.post("/sign-out", data={"csrf": csrf(await mine.get("/"))})
    assert (await mine.get("/board/rows", params={"county": COUNTY})).status_code == 401
    assert (await other.get("/board/rows", params={"county": COUNTY})).status_code == 200


async def test_over_https_the_cookie_belongs_to_this_host_alone(served: Served) -> None:
    answer = await served.http.post(
        "/sign-in", data={"username": "officer", "password": PASSWORD}, headers={"X-Forwarded-Proto": "https"}
    )
    assert answer.headers["set-cookie"].startswith("__Host-dispatch_session=")
    assert "secure" in answer.headers["set-cookie"].lower()
