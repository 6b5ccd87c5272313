"""The real parts of a run: where Kafka and MongoDB are, names of one test in them, and keys."""

import asyncio
import base64
import secrets
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from pymongo import MongoClient

from tests.emptying import drop_topics, emptied
from tests.kafka_here import LOGS

TOPICS_AT_ONCE = 10
Answer = TypeVar("Answer")


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
    """Gives databases and topics to one test after the other, emptied.

    Their indexes and partitions cost a test more than all else. Topics are emptied many at a time: each time costs a
    client of Kafka's.
    """

    parts: Parts
    mongo: MongoClient[dict[str, Any]]
    databases: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    """Prefixes whose topics still hold what a test has sent."""
    worn: list[str] = field(default_factory=list)
    """Prefixes that are not given again."""

    @classmethod
    @contextmanager
    def at(cls, parts: Parts) -> Iterator[Self]:
        with MongoClient[dict[str, Any]](parts.mongo) as client:
            sweeper = cls(parts, client)
            yield sweeper
            _run(drop_topics(parts.kafka, (*sweeper.topics, *sweeper.used, *sweeper.worn)))
            for name in sweeper.named(tuple(sweeper.databases)):
                client.drop_database(name)

    @contextmanager
    def names(self, *, fresh: bool = False) -> Iterator[Names]:
        """Prefixes that nobody else has meanwhile; those of `fresh` topics nobody has had before, nor will again."""
        id = secrets.token_hex(4)
        databases = self.databases.pop() if self.databases else f"t{id}_"
        topics = self.topics.pop() if self.topics and not fresh else f"t{id}."
        yield Names(topics, databases)
        LOGS.pop(topics, None)
        self.empty(databases)
        self.databases.append(databases)
        (self.worn if fresh else self.used).append(topics)
        if len(self.used) >= TOPICS_AT_ONCE:
            self.empty_topics()

    def named(self, prefix: str | tuple[str, ...]) -> list[str]:
        return [name for name in self.mongo.list_database_names() if name.startswith(prefix)]

    def empty(self, prefix: str) -> None:
        for database in map(self.mongo.__getitem__, self.named(prefix)):
            for name in database.list_collection_names():
                if name == "system.profile":  # a test that profiles leaves it, and nothing deletes from it
                    database.drop_collection(name)
                else:
                    database[name].delete_many({})

    def empty_topics(self) -> None:
        again = _run(emptied(self.parts.kafka, tuple(self.used)))
        self.topics.extend(again)
        self.worn.extend(set(self.used) - again)
        self.used.clear()


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    """In a thread: a fixture may end while the loop of its tests still runs."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()


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
