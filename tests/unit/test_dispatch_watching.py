"""The gauges of the window say what the ledger and the clocks say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from dispatch.domain.period import Period
from dispatch.figures import gauges
from dispatch.figures.ledger import Counters, ledger
from prometheus_client import REGISTRY

TODAY = Period("chiayi-county", date(2026, 11, 22), date(2026, 11, 22))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def gauge(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"county": "chiayi-county"} | labels)


@pytest.mark.parametrize(("received", "difference"), [(5, 0), (7, 2)])
async def test_the_difference_is_what_is_neither_decided_nor_open(
    monkeypatch: pytest.MonkeyPatch, received: int, difference: int
) -> None:
    rows: list[dict[str, Any]] = [
        {"_id": {"stage": "accepted", "outcome": "protection"}, "reports": 3},
        {"_id": {"stage": "pending", "outcome": None}, "reports": 2},
    ]
    count = {"received": received, "counted_at": NOW, "unanswered": []}
    today = ledger(TODAY, rows, count=count, overdue=["a"], here=set())

    async def counters(*_: object) -> Counters:
        return Counters(waits={}, overdue=1, due_soon=4, next_at=None, today=today, equation="right")

    class OneCounty:
        async def counties(self) -> list[str]:
            return ["chiayi-county"]

        async def by_level(self, *_: object) -> dict[int, int]:
            return {80: 3}

    monkeypatch.setattr(gauges, "counters_of", counters)
    await gauges.measure(OneCounty(), OneCounty(), NOW)  # type: ignore[arg-type]

    assert gauge("safetynet_conservation_difference") == difference
    assert gauge("safetynet_clocks_at_risk", state="overdue") == 1
    assert gauge("safetynet_clocks_at_risk", state="due_soon") == 4
    assert {each: gauge("safetynet_clocks_level", level=each) for each in ("0", "50", "80", "100")} == {
        "0": 0, "50": 0, "80": 3, "100": 0}  # fmt: skip
