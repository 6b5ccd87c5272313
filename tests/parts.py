"""The real parts of a run: where Kafka and MongoDB are, names of one test in them, and keys."""

import asyncio
import base64
import secrets
from dataclasses import dataclass


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


async def drop_databases(url: str, prefix: str) -> None:
    from kit import mongo

    client = mongo.connect(url)
    mine = [name for name in await client.list_database_names() if name.startswith(prefix)]
    await asyncio.gather(*(client.drop_database(name) for name in mine))
    client.close()


async def drop_topics(bootstrap: str, prefix: str) -> None:
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if mine := [name for name in await admin.list_topics() if name.startswith(prefix)]:
            await admin.delete_topics(mine)
    finally:
        await admin.close()


def random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
