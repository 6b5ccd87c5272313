"""What the chart knows of Kafka: `python -m deploy.tools.topics > deploy/chart/files/topics.yaml`."""

import sys
from typing import Any

import yaml

from contracts import topics

HEAD = "# Generated from contracts.topics by `python -m deploy.tools.topics`: do not edit.\n"


def registry() -> str:
    """Every topic with its writer, its readers and their dead-letter topics, as YAML."""
    return HEAD + yaml.safe_dump({"topics": [_entry(topic) for topic in topics.ALL]}, sort_keys=False)


def _entry(topic: topics.Topic) -> dict[str, Any]:
    return {
        "name": topic.name,
        "partitions": topic.partitions,
        **({"compacted": True} if topic.compacted else {"retentionDays": topic.retention_days}),
        "writer": topic.writer,
        "readers": [{"name": reader, "deadLetters": topic.dead_letters(reader)} for reader in topic.readers],
    }


if __name__ == "__main__":
    sys.stdout.write(registry())
