"""Whether Kafka has what the contracts registry says: every topic, its partitions, replicas and retention."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from contracts.topics import ALL, DEAD_LETTER_DAYS
from rich.table import Table

from safetynet.place import Place


@dataclass(frozen=True)
class Wanted:
    """A topic as the registry describes it."""

    name: str
    partitions: int
    retention_days: int


@dataclass(frozen=True)
class Checked:
    """A topic, and what is wrong with it; nothing when `faults` is empty."""

    name: str
    faults: tuple[str, ...]


def registry() -> list[Wanted]:
    """Every topic, and every dead-letter topic of its readers."""
    own = [Wanted(topic.name, topic.partitions, topic.retention_days) for topic in ALL]
    dead = [Wanted(topic.dead_letters(reader), 1, DEAD_LETTER_DAYS) for topic in ALL for reader in topic.readers]
    return own + dead


async def check(place: Place) -> list[Checked]:
    """Each topic of the registry against the cluster. Raises KafkaError when Kafka does not answer."""
    admin = AIOKafkaAdminClient(**place.kafka)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        wanted = {place.topic(each.name): each for each in registry()}
        known = sorted(wanted.keys() & there)
        described = {each["topic"]: each for each in await admin.describe_topics(known)} if known else {}
        kept = await _retention(admin, known)
    finally:
        await admin.close()
    replicas = place.settings.topic_replication
    return [
        Checked(each.name, faults(each, described.get(name), kept.get(name), replicas)) for name, each in wanted.items()
    ]


async def _retention(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """Milliseconds for which each topic keeps its records; -1 for no limit."""
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": None}) for name in names]
    found: dict[str, int] = {}
    for answer in await admin.describe_configs(asked):
        for _code, _message, _kind, name, entries in answer.resources:
            found[name] = next(int(entry[1]) for entry in entries if entry[0] == "retention.ms")
    return found


def faults(wanted: Wanted, found: Mapping[str, Any] | None, kept_ms: int | None, replicas: int) -> tuple[str, ...]:
    """What is wrong with a topic, and how to fix it; `found` is Kafka's description of it, None when it is missing."""
    if found is None:
        return ("missing: it is made when its writer or reader starts, or by the chart's KafkaTopic",)
    parts, days = found["partitions"], timedelta(days=wanted.retention_days)
    said = []
    if len(parts) < wanted.partitions:
        said.append(
            f"{len(parts)} partitions, {wanted.partitions} wanted: add them (order within a key holds per count)"
        )
    if (fewest := min((len(part["replicas"]) for part in parts), default=0)) < replicas:
        said.append(f"{fewest} replicas, {replicas} wanted (TOPIC_REPLICATION): reassign its partitions")
    if any(len(part["isr"]) < len(part["replicas"]) for part in parts):
        said.append("replicas out of sync: a broker is away or behind")
    if kept_ms is not None and kept_ms != -1 and timedelta(milliseconds=kept_ms) < days:
        said.append(
            f"keeps {timedelta(milliseconds=kept_ms).days} days, {wanted.retention_days} wanted: set retention.ms"
        )
    return tuple(said)


def shown(checked: Iterable[Checked]) -> Table:
    table = Table("topic", "as the contracts say", title="Topics")
    for each in checked:
        table.add_row(each.name, f"[red]{'; '.join(each.faults)}[/]" if each.faults else "[green]yes[/]")
    return table
