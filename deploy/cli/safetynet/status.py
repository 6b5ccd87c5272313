"""The state of the services: ready or not and why, and the figures that an operator needs first."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.table import Table

from safetynet.place import Place

ANSWERS_WITHIN = 5.0
Sample = tuple[Mapping[str, str], float]


@dataclass(frozen=True)
class Answer:
    """One service's answer: `state` is ready, not ready, stuck or the kind of error; `figures` by metric."""

    service: str
    state: str
    away: tuple[str, ...] = ()
    figures: Mapping[str, list[Sample]] = field(default_factory=dict)

    @property
    def well(self) -> bool:
        return self.state == "ready"

    def total(self, metric: str) -> float:
        return sum(value for _, value in self.figures.get(metric, ()))

    def most(self, metric: str) -> float:
        return max((value for _, value in self.figures.get(metric, ())), default=0.0)


async def ask_all(place: Place) -> list[Answer]:
    """The answer of every service whose address is known, all asked at once."""
    async with httpx.AsyncClient(timeout=ANSWERS_WITHIN) as client:
        return await asyncio.gather(*(_ask(client, name, place.address(name)) for name in place.services))


async def _ask(client: httpx.AsyncClient, service: str, address: str) -> Answer:
    try:
        alive, ready, metrics = [await client.get(f"{address}/{path}") for path in ("healthz", "readyz", "metrics")]
    except httpx.HTTPError as error:
        return Answer(service, f"does not answer ({type(error).__name__})")
    away = tuple(part for part, holds in ready.json()["parts"].items() if not holds)
    state = "stuck" if alive.status_code != httpx.codes.OK else str(ready.json()["status"])
    return Answer(service, state, away, _figures(metrics.text))


def _figures(text: str) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.startswith("safetynet_"):
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def services(answers: Iterable[Answer]) -> Table:
    """A line for each service."""
    table = Table("service", "state", "away", "lag", "oldest unpublished", "dead letters", title="Services")
    for each in answers:
        lag, outbox = each.total("safetynet_consumer_lag"), each.most("safetynet_outbox_oldest_seconds")
        dead = each.total("safetynet_dead_letters_total")
        state = f"[{'green' if each.well else 'red'}]{each.state}[/]"
        table.add_row(each.service, state, ", ".join(each.away), f"{lag:.0f}", f"{outbox:.0f} s", f"{dead:.0f}")
    return table


def counties(answers: Iterable[Answer]) -> Table:
    """A line for each county: conservation of today, and the legal clocks."""
    table = Table("county", "unaccounted today", "overdue", "due soon", title="Counties")
    for county, row in sorted(_by_county(answers).items()):
        table.add_row(county, *(f"{row.get(name, 0):.0f}" for name in ("difference", "overdue", "due_soon")))
    return table


def _by_county(answers: Iterable[Answer]) -> dict[str, dict[str, float]]:
    rows: dict[str, dict[str, float]] = {}
    for each in answers:
        for labels, value in each.figures.get("safetynet_conservation_difference", ()):
            rows.setdefault(labels["county"], {})["difference"] = value
        for labels, value in each.figures.get("safetynet_clocks_at_risk", ()):
            rows.setdefault(labels["county"], {})[labels["state"]] = value
    return rows
