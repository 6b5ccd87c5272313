"""The simulator's watch: it waits until nothing moves, and says loudly when the books do not balance."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from rich.console import Console, RenderableType
from simulator import tables
from simulator.__main__ import _seconds
from simulator.figures import outcomes, shares
from simulator.watch import COUNTY, Picture, Silence, Stack, look, until_settled
from typer import BadParameter

DAY = "2026-11-22"
STACK = Stack(
    {"dispatch": "http://dispatch", "network": "http://network", "notify": "http://notify", "line": "http://line/"},
    keys={},
    tokens={"analyst": "token-a", "supervisor": "token-s"},
    officers={"supervisor": {"username": "duty", "password": "not a secret"}},
)


class Services:
    """Dispatch, network and notify, deciding one more report each time the ledger is read."""

    def __init__(self, reports: int, stays_open: int = 0) -> None:
        self._reports, self._stays_open, self.decided = reports, stays_open, 0
        self.tokens: set[str] = set()

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.tokens.add(request.headers["Authorization"])
        told = {
            "/v1/ledger": self._ledger,
            "/v1/statistics/outcomes": self._outcomes,
            "/v1/statistics/sources": lambda: {"rows": [{"case_type": "adult_protection", "police": self.decided}]},
            "/v1/statistics/cases": lambda: {"open": 1, "opened": 2, "joined": 1},
            "/v1/statistics/deliveries": self._deliveries,
        }[request.url.path]
        return httpx.Response(200, json=told())

    def _ledger(self) -> dict[str, Any]:
        self.decided = min(self._reports - self._stays_open, self.decided + 1)
        return ledger(self._reports, self.decided)

    def _outcomes(self) -> dict[str, Any]:
        row = dict.fromkeys(("persons", "duplicate", "transferred", "welfare_centre", "no_dispatch", "pending"), 0)
        row |= {"reports": self._reports, "protection": self.decided}
        return {"rows": [{"case_type": "adult_protection"} | row], "total": row}

    def _deliveries(self) -> dict[str, Any]:
        queued = int(self.decided < self._reports - self._stays_open)
        took = {"p50": 0.123, "p99": 1.5, "n": self.decided}
        return {"states": {"sent": self.decided, "queued": queued}, "seconds_from_received_to_sent": took}


def ledger(received: int, decided: int, **more: object) -> dict[str, Any]:
    counts = {"received": received, "decided": {"protection": decided}, "open": received - decided}
    served = {"accepted": decided, "returned": 0, "waiting": 0}
    return {"county": COUNTY, "day": DAY, "equal": True, "overdue": [], "missing": []} | counts | served | more


def printed(what: RenderableType) -> str:
    console = Console(width=160, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(what)
    return captured.get()


async def watched(services: Services, expected: int) -> Picture:
    async with httpx.AsyncClient(transport=httpx.MockTransport(services.answer)) as client:
        return await until_settled(client, STACK, DAY, expected, quiet=0.2)


async def test_the_watch_ends_when_everything_is_decided_and_sent() -> None:
    services = Services(reports=4)
    picture = await watched(services, expected=4)
    assert (picture.received(), picture.open(), picture.queued(), services.decided) == (4, 0, 0, 4)
    assert services.tokens == {"Bearer token-s"}


async def test_a_report_that_waits_for_a_person_does_not_keep_the_watch() -> None:
    picture = await asyncio.wait_for(watched(Services(reports=4, stays_open=1), expected=4), timeout=10)
    assert picture.open() == 1


async def test_a_service_that_is_away_is_said_to_be_so() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    async with httpx.AsyncClient(transport=httpx.MockTransport(away)) as client:
        picture = await look(client, STACK, DAY)
    assert isinstance(picture.cases, Silence)
    told = printed(tables.shown(picture, [], []))
    assert told.count("NO ANSWER") == 5
    assert not tables.is_conserved(picture.ledger)


async def test_everything_is_shown() -> None:
    picture = await watched(Services(reports=3), expected=3)
    told = printed(tables.shown(picture, [], []))
    for part in ("received 收件 3 = decided 已決 3 + open 未決 0", "equal 相符", "p50 0.12 s", "2 opened", "成人保護"):
        assert part in told
    assert "(13%)" in told  # the published share of duplicates stands beside ours
    pages = printed(tables.addresses(STACK))
    assert "http://dispatch/" in pages
    assert "duty / not a secret" in pages


@pytest.mark.parametrize(
    ("more", "word"),
    [({"equal": False}, "NOT EQUAL"), ({"missing": ["r-17"]}, "r-17"), ({"overdue": ["r-18"]}, "r-18")],
)
def test_books_that_do_not_balance_name_the_report(more: Mapping[str, object], word: str) -> None:
    assert word in printed(tables.conservation(ledger(3, 2, **more)))


def test_a_ledger_with_a_missing_report_is_not_conserved() -> None:
    assert tables.is_conserved(ledger(3, 2))
    assert not tables.is_conserved(ledger(3, 2, missing=["r-17"]))
    assert not tables.is_conserved(ledger(3, 2, equal=False))


def test_published_shares_are_those_the_county_printed() -> None:
    total = shares(outcomes("total"))
    assert outcomes("total")["reports"] == 3887
    assert total["duplicate"] == pytest.approx(532 / 3887)
    assert sum(total[name] for name in ("welfare_centre", "protection", "no_dispatch")) == pytest.approx(1.0, abs=0.01)


def test_durations_are_read_in_seconds_and_minutes() -> None:
    assert [_seconds(text) for text in ("90", "60s", "1.5m")] == [90, 60, 90]
    with pytest.raises(BadParameter):
        _seconds("soon")
