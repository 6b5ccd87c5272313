"""Every route of dispatch by every role: another role, another county and another session are refused."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from dispatch.app import create_app
from dispatch.board.acts import Act
from dispatch.publishing.pages import TableAct
from dispatch.settings import Settings
from fastapi.routing import APIRoute

from contracts import roles
from tests.integration.dispatch_reports import COUNTY, day_now
from tests.integration.dispatch_stage import Served, csrf
from tests.passwords import PASSWORD
from tests.serving import caller

pytestmark = pytest.mark.real

ROLES = tuple(role for role in roles.ROLES if role not in ("keeper", "partner", "secretary"))  # of network's rooms
OFFICER, SUPERVISOR, CASEWORKER, ANALYST, LIAISON, ADMINISTRATOR = ROLES
DECIDING = {OFFICER, SUPERVISOR}
READING, CROSSING = DECIDING | {CASEWORKER}, DECIDING | {ANALYST}
COUNTING = READING | CROSSING
DAYS = {"county": COUNTY, "from": day_now(), "to": day_now()}
CROSSED = {"rows": "case_type", "columns": "outcome"}
# For everybody, nobody included: the start page shows the way in.
OPEN = {
    ("GET", "/"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/provider"), ("GET", "/sign-in/back"),
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
}  # fmt: skip
REFUSED = {401, 403, 404}
ACTS = tuple(Act)


@dataclass(frozen=True)
class Guarded:
    """A route, whom it serves, and what to send; `is_there` is False for an id that nobody has."""

    method: str
    path: str
    roles: set[str]
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    api: bool = False
    is_there: bool = True
    is_of_a_county: bool = True


HERE = {"county": COUNTY}
WEEK = {"case_type": "child_protection", "first": day_now(), "last": day_now()}
FIRST, NO_DRAFT = "2021-01-01", "0" * 32
DRAFT, FIRST_DAY = {"revision": "1"}, {"first": FIRST, "last": FIRST}
APPROVAL = DRAFT | {"act": "approve"}
TYPHOON = {"day": day_now(), "reason": "typhoon", "works": False}
IMPROPER = {"version": 1, "shortcomings": [{"at": "/people", "code": "missing"}]}
VISIT = {"version": "1", "investigator": "陳社工"}
FINDING = {"version": "1", "found": "substantiated", "reason": "after_call"}
FORM = {"version": "1", "reason": "after_call", "outcome": "protection"}
# Every route of dispatch. A new one is added here, or the test fails: who may, and what it is asked.
GUARDED = [
    Guarded("GET", "/board/rows", COUNTING, HERE),
    Guarded("GET", "/board/events", COUNTING, HERE),
    Guarded("GET", "/board/reports/{report_id}", READING),
    Guarded("POST", "/board/reports/{report_id}/people/{number}", READING),
    Guarded("POST", "/board/reports/{report_id}/narrative", READING),
    Guarded("POST", "/board/reports/{report_id}/{act}", DECIDING, form=FORM),
    Guarded("POST", "/board/reports/{report_id}/verdicts/{other_id}", DECIDING, form=FORM | {"kind": "not_same"}),
    Guarded("GET", "/handover", DECIDING, HERE),
    Guarded("POST", "/handover", DECIDING, HERE),
    Guarded("POST", "/handover/{note_id}", DECIDING, HERE, is_there=False),
    Guarded("GET", "/analysis", COUNTING, HERE),
    Guarded("GET", "/analysis/reports", READING, HERE | WEEK),
    Guarded("GET", "/report", COUNTING, HERE),
    Guarded("GET", "/report.pdf", COUNTING, HERE),
    Guarded("GET", "/crosstab", CROSSING, HERE),
    Guarded("GET", "/figures/crosstab.{format}", CROSSING, HERE),
    Guarded("GET", "/figures/{name}.{format}", COUNTING, HERE),
    Guarded("GET", "/tables", DECIDING, HERE),
    Guarded("GET", "/tables/versions/{day}", DECIDING, HERE),
    Guarded("GET", "/tables/differences", DECIDING, HERE | {"old": FIRST, "new": FIRST}),
    Guarded("POST", "/tables/drafts", {SUPERVISOR}, HERE, {"day": FIRST}),
    Guarded("GET", "/tables/drafts/{draft_id}", DECIDING, is_there=False),
    Guarded("GET", "/tables/drafts/{draft_id}/replay", DECIDING, is_there=False),
    Guarded("POST", "/tables/drafts/{draft_id}/{act}", {SUPERVISOR}, form={"revision": "1"}, is_there=False),
    Guarded("GET", "/days", DECIDING, HERE),
    Guarded("POST", "/days", {SUPERVISOR}, HERE, {"day": day_now(), "reason": "typhoon"}),
    Guarded("POST", "/days/{day_id}", {SUPERVISOR}, form={"reason": "mistaken"}, is_there=False),
    Guarded("GET", "/senders", DECIDING | {LIAISON, ADMINISTRATOR}, HERE),
    Guarded("GET", "/looks", {SUPERVISOR, ADMINISTRATOR}, HERE),
    Guarded("GET", "/people", {ADMINISTRATOR}, HERE),
    Guarded("POST", "/people", {ADMINISTRATOR}, form={"session": "none"}, is_there=False),
    Guarded("POST", "/sign-out", set(ROLES), is_of_a_county=False),
    Guarded("GET", "/v1/decisions/{report_id}", READING, api=True),
    Guarded("POST", "/v1/decisions/{report_id}", DECIDING, form=FORM, api=True),
    Guarded("POST", "/v1/decisions/{report_id}/acceptance", DECIDING, form=FORM, api=True),
    Guarded("POST", "/v1/decisions/{report_id}/rejection", DECIDING, form=FORM, api=True),
    Guarded("POST", "/v1/decisions/{report_id}/improper", DECIDING, form=IMPROPER, api=True),
    Guarded("GET", "/v1/tables", DECIDING, HERE, api=True),
    Guarded("GET", "/v1/tables/{day}", DECIDING, HERE, api=True),
    Guarded("POST", "/v1/table-drafts", {SUPERVISOR}, form=HERE | {"text": "?"}, api=True),
    Guarded("GET", "/v1/table-drafts/{draft_id}", DECIDING, api=True, is_there=False),
    Guarded("PUT", "/v1/table-drafts/{draft_id}", {SUPERVISOR}, form=DRAFT | {"text": "?"}, api=True, is_there=False),
    Guarded("POST", "/v1/table-drafts/{draft_id}/replays", {SUPERVISOR}, form=FIRST_DAY, api=True, is_there=False),
    Guarded("POST", "/v1/table-drafts/{draft_id}/acts", {SUPERVISOR}, form=APPROVAL, api=True, is_there=False),
    Guarded("GET", "/v1/days-off", DECIDING, DAYS, api=True),
    Guarded("POST", "/v1/days-off", {SUPERVISOR}, form=HERE | TYPHOON, api=True),
    Guarded(
        "POST", "/v1/days-off/{day_id}/withdrawal", {SUPERVISOR}, form={"reason": "mistaken"}, api=True, is_there=False
    ),
    Guarded("POST", "/v1/decisions/{report_id}/investigation", DECIDING, form=VISIT, api=True),
    Guarded("POST", "/v1/decisions/{report_id}/finding", READING, form=FINDING, api=True),
    Guarded("GET", "/v1/statistics/screening", CROSSING, DAYS, api=True),
    Guarded("GET", "/v1/clocks", READING, HERE, api=True),
    Guarded("GET", "/v1/statistics/outcomes", COUNTING, DAYS, api=True),
    Guarded("GET", "/v1/statistics/sources", COUNTING, DAYS, api=True),
    Guarded("GET", "/v1/statistics/crosstab", CROSSING, DAYS | CROSSED, api=True),
    Guarded("GET", "/v1/ledger", COUNTING, HERE | {"day": day_now()}, api=True),
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
    known, there = OPEN | {(each.method, each.path) for each in GUARDED}, set(every_route())
    assert there - known == set(), "a new route: say in GUARDED whom it serves"
    assert known - there == set()


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


PARTS = {
    "number": "0",
    "note_id": "none",
    "draft_id": NO_DRAFT,
    "day_id": NO_DRAFT,
    "day": FIRST,
    "name": "outcomes",
    "format": "csv",
}


def paths_of(route: Guarded, id: str) -> list[str]:
    acts = tuple(TableAct) if route.path.startswith("/tables") else ACTS
    return sorted({route.path.format(report_id=id, other_id=id, act=act, **PARTS) for act in acts})


def is_right(route: Guarded, role: str, status: int) -> bool:
    """Nobody is asked to sign in; another role and another county are refused; who may is answered, if it is there."""
    if role == "nobody":
        return status == 401
    if role == "elsewhere" and route.is_of_a_county:
        return status in REFUSED
    if role not in route.roles | {"elsewhere"}:
        return status == 403 or (status == 404 and "{report_id}" in route.path and not route.api)
    return status not in REFUSED if route.is_there else status in {404, 422}


@pytest.mark.parametrize("role", [*ROLES, "elsewhere", "nobody"])
async def test_every_route_serves_its_roles_and_nobody_else(served: Served, role: str) -> None:
    [id] = await served.window.decided(1)
    browser = await served.sign_in(role) if role != "nobody" else caller(served.url)
    token = csrf(await browser.get("/", follow_redirects=True)) if role != "nobody" else "guess"
    wrong = {}
    for route in GUARDED:
        for path in paths_of(route, id):
            answer = await ask(served, browser, route, role, path, token)
            if not is_right(route, role, answer.status_code):
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


async def test_over_https_every_cookie_belongs_to_this_host_alone(served: Served) -> None:
    answer = await served.http.post(
        "/sign-in", data={"username": "officer", "password": PASSWORD}, headers={"X-Forwarded-Proto": "https"}
    )
    cookies = answer.headers.get_list("set-cookie")
    assert any(each.startswith("__Host-dispatch_session=") for each in cookies)
    assert all(each.startswith("__Host-dispatch_") and "secure" in each.lower() for each in cookies)
