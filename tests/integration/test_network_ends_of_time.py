"""Days and years at the ends of the calendar, and beyond: every way of asking by one answers, or says how to ask."""

import re
from collections.abc import AsyncIterator, Iterator
from inspect import signature
from typing import Any

import pytest
from fastapi.routing import APIRoute
from network.app import PAGES, PAGES_OF_WORKERS

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ahead, taken
from tests.integration.network_meeting import planned
from tests.integration.network_stage import COUNTY, Stage, stage

pytestmark = pytest.mark.real

ENDS = ("0001-01-01", "9999-12-31", "0000", "9999", "99999", "9" * 30, "9" * 5_000, "²")
TIMES = frozenset({"year", "from", "to", "since", "until", "day", "at", "due_before", "on", "month"})


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


def of_api(net: Stage) -> Iterator[tuple[str, str]]:
    """Every address of the OpenAPI document with each of its fields that is a day or a year."""
    for path, acts in net.app.openapi()["paths"].items():
        for field in acts.get("get", {}).get("parameters", ()):
            if field["in"] == "query" and (field["name"] in TIMES or "date" in str(field["schema"])):
                yield path, field["name"]


def of_pages() -> Iterator[tuple[str, str]]:
    """The same of pages; one that names none may read a time of the address by itself."""
    for route in (route for module in (*PAGES, *PAGES_OF_WORKERS) for route in module.router.routes):
        if isinstance(route, APIRoute) and "GET" in route.methods:
            yield from (
                (route.path, name)
                for name in TIMES & signature(route.endpoint).parameters.keys() or {"since", "year", "at"}
            )


async def test_no_day_and_no_year_is_a_fault_of_ours(net: Stage) -> None:
    ids = {"/cases/{id}": f"/cases/{await taken(net)}", "/meetings/{id}": f"/meetings/{await planned(net, ahead(3))}"}
    needed: dict[str, Any] = {"county": COUNTY, "rows": "county", "columns": "county"}
    faults, asked = [], 0

    def filled(path: str) -> str:
        for part, whole in ids.items():
            path = path.replace(part, whole)
        return re.sub(r"\{\w+\}", "none", path)

    async with at_desk(net, "supervisor") as person:
        for path, name in (*of_api(net), *of_pages()):
            for end in ENDS:
                query, asked = needed | {name: end}, asked + 1
                ask = net.get if path.startswith("/v1/") else None
                answer = await (
                    ask(filled(path), "supervisor", **query) if ask else person.http.get(filled(path), params=query)
                )
                if answer.status_code >= 500:
                    faults.append((path, name, end))
    assert not faults
    assert asked > len(ENDS) * len(TIMES)
