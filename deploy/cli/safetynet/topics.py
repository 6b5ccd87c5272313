"""Whether Kafka has what the contracts registry says: every topic, its partitions, replicas and retention."""

from collections.abc import Iterable, Iterator, Mapping
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
    compacted: bool = False


@dataclass(frozen=True)
class Checked:
    """A topic, and what is wrong with it; nothing when `faults` is empty."""

    name: str
    faults: tuple[str, ...]


def registry() -> list[Wanted]:
    """Every topic, and every dead-letter topic of its readers."""
    own = [Wanted(topic.name, topic.partitions, topic.retention_days, topic.compacted) for topic in ALL]
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
        kept = await _configured(admin, known)
    finally:
        await admin.close()
    replicas = place.settings.topic_replication
    return [
        Checked(each.name, faults(each, described.get(name), kept.get(name), replicas)) for name, each in wanted.items()
    ]


async def _configured(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """How long each topic keeps its records (`retention.ms`, -1 for no limit), and what is done with older ones."""
    if not names:
        return {}
    wanted = {"retention.ms": None, "cleanup.policy": None}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(asked):
        for _code, _message, _kind, name, entries in answer.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def faults(
    wanted: Wanted, found: Mapping[str, Any] | None, kept: Mapping[str, str] | None, replicas: int
) -> tuple[str, ...]:
    """What is wrong with a topic, and how to fix it; `found` is Kafka's description of it, None when it is missing.

    `kept`: its settings `retention.ms` and `cleanup.policy`.
    """
    if found is None:
        return ("missing: it is made when its writer or reader starts, or by the chart's KafkaTopic",)
    parts = found["partitions"]
    said = []
    if len(parts) < wanted.partitions:
        said.append(
            f"{len(parts)} partitions, {wanted.partitions} wanted: add them (order within a key holds per count)"
        )
    if (fewest := min((len(part["replicas"]) for part in parts), default=0)) < replicas:
        said.append(f"{fewest} replicas, {replicas} wanted (TOPIC_REPLICATION): reassign its partitions")
    if any(len(part["isr"]) < len(part["replicas"]) for part in parts):
        said.append("replicas out of sync: a broker is away or behind")
    return (*said, *_keeping(wanted, kept)) if kept else tuple(said)


def _keeping(wanted: Wanted, kept: Mapping[str, str]) -> Iterator[str]:
    if wanted.compacted:
        if kept["cleanup.policy"] != "compact":
            yield "forgets what is still so: set cleanup.policy to compact"
        return
    days = timedelta(milliseconds=int(kept["retention.ms"])).days
    if kept["retention.ms"] != "-1" and days < wanted.retention_days:
        yield f"keeps {days} days, {wanted.retention_days} wanted: set retention.ms"


def shown(checked: Iterable[Checked]) -> Table:
    table = Table("topic", "as the contracts say", title="Topics")
    for each in checked:
        table.add_row(each.name, f"[red]{'; '.join(each.faults)}[/]" if each.faults else "[green]yes[/]")
    return table
