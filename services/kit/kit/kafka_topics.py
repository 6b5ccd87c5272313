"""The topics of Kafka as the registry describes them: created where they are missing."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from contracts.topics import DEAD_LETTER_DAYS, Topic
from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity


def topics_of(
    reader: str, writes: Iterable[Topic], reads: Iterable[Topic], *, prefix: str, replication: int
) -> list[NewTopic]:
    """What the service `reader` writes and reads, with where it sets aside what it cannot read."""

    def new(name: str, partitions: int, kept: dict[str, str]) -> NewTopic:
        return NewTopic(prefix + name, partitions, replication, topic_configs=kept)

    reads = list(reads)
    own = [new(each.name, each.partitions, _kept(each)) for each in {*writes, *reads}]
    return own + [new(each.dead_letters(reader), 1, _for_days(DEAD_LETTER_DAYS)) for each in reads]


def _kept(topic: Topic) -> dict[str, str]:
    return {"cleanup.policy": "compact"} if topic.compacted else _for_days(topic.retention_days)


def _for_days(days: int) -> dict[str, str]:
    return {"retention.ms": str(days * 24 * 60 * 60 * 1000)}


@asynccontextmanager
async def administering(bootstrap: str, security: BaseSecurity | None = None) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client over connections of its own. Raises KafkaError or OSError when Kafka is away."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **parse_security(security))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def ensure_topics(bootstrap: str, topics: Iterable[NewTopic], security: BaseSecurity | None = None) -> None:
    """Create the topics that are missing; those that exist are left as they are."""
    async with administering(bootstrap, security) as admin:
        there = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in there]
        if not missing:
            return
        answer = await admin.create_topics(missing)
    for name, code, *_ in answer.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise for_code(code)(name)
