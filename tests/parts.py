"""The real parts of a run: where Kafka and MongoDB are, names of one test in them, and keys."""

import asyncio
import base64
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient


@dataclass(frozen=True)
class Parts:
    """Addresses of the real parts."""

    kafka: str
    mongo: str


@dataclass(frozen=True)
class Names:
    """Prefixes of one test, so that tests share a broker and a database without meeting."""

    topics: str
    databases: str


@dataclass(frozen=True)
class Sweeper:
    """Gives databases and topics to one test after the other.

    Databases are emptied and given again: their indexes cost a test more than all else. Topics are dropped many at a
    time: each time costs a client of Kafka's.
    """

    parts: Parts
    mongo: MongoClient[dict[str, Any]]
    databases: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def at(cls, parts: Parts) -> Iterator[Self]:
        with MongoClient(parts.mongo) as client:
            sweeper = cls(parts, client)
            yield sweeper
            sweeper.drop_topics()
            for name in sweeper.named(tuple(sweeper.databases)):
                client.drop_database(name)

    @contextmanager
    def names(self) -> Iterator[Names]:
        """Prefixes that nobody else has meanwhile."""
        id = secrets.token_hex(4)
        databases = self.databases.pop() if self.databases else f"t{id}_"
        yield Names(f"t{id}.", databases)
        self.empty(databases)
        self.databases.append(databases)
        self.topics.append(f"t{id}.")
        if len(self.topics) >= 25:
            self.drop_topics()

    def named(self, prefix: str | tuple[str, ...]) -> list[str]:
        return [name for name in self.mongo.list_database_names() if name.startswith(prefix)]

    def empty(self, prefix: str) -> None:
        for database in map(self.mongo.__getitem__, self.named(prefix)):
            for name in database.list_collection_names():
                if name == "system.profile":  # a test that profiles leaves it, and nothing deletes from it
                    database.drop_collection(name)
                else:
                    database[name].delete_many({})

    def drop_topics(self) -> None:
        prefixes, self.topics[:] = tuple(self.topics), []
        asyncio.run(_drop_topics(self.parts.kafka, prefixes))


async def _drop_topics(bootstrap: str, prefixes: tuple[str, ...]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if mine := [name for name in await admin.list_topics() if name.startswith(prefixes)]:
            await admin.delete_topics(mine)
    finally:
        await admin.close()


def env_of(parts: Parts, names: Names) -> dict[str, str]:
    return {
        "kafka_bootstrap": parts.kafka,
        "mongo_url": parts.mongo,
        "topic_prefix": names.topics,
        "database_prefix": names.databases,
        "master_key": random_key(),
        "blind_index_key": random_key(),
    }


def random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
