"""The contracts as documents: a JSON Schema for each event and for the report, and one AsyncAPI 3 document."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from contracts.event import Event
from contracts.reports import Submission
from contracts.rosters import RosterListing
from contracts.topics import ALL, Topic

Json = dict[str, Any]

_CLOUD_EVENT = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Derived from the cause: a repeat carries the same id."},
        "ce_source": {"type": "string", "description": "/safetynet/<service>"},
        "ce_type": {"type": "string"},
        "ce_subject": {"type": "string", "description": "The aggregate's id, which is also the Kafka key."},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C Trace Context."},
    },
}


def documents() -> Iterator[tuple[str, Json]]:
    """Every generated document as (path below the contracts folder, content)."""
    for topic in ALL:
        for event in topic.events:
            yield f"schemas/{topic.name}/{_type(event)}.json", _schema(event)
    yield "schemas/report.json", _schema(Submission, closed=True)
    yield "schemas/roster_entry.json", _schema(RosterListing, closed=True)
    yield "asyncapi/safetynet.json", _asyncapi()


def write(folder: Path) -> None:
    """Write every document below `folder`, and remove those that no longer have a model."""
    wanted = {folder / path: text(content) for path, content in documents()}
    for stale in {*folder.glob("schemas/**/*.json"), *folder.glob("asyncapi/*.json")} - wanted.keys():
        stale.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


def text(content: Json) -> str:
    """A document in the form in which it is committed."""
    return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _type(event: type[Event]) -> str:
    return str(event.model_fields["type"].default)


def _schema(model: type[BaseModel], *, closed: bool = False) -> Json:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(mode="validation")
    return _close(schema) if closed else schema


def _close(node: Any) -> Any:
    """What an agency posts may hold no unknown field; what readers take from Kafka may."""
    if isinstance(node, list):
        return [_close(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _close(value) for key, value in node.items()}
    return closed | {"additionalProperties": False} if "properties" in node and node.get("type") == "object" else closed


def _asyncapi() -> Json:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Safety Net",
            "version": "1.0.0",
            "description": "Events of a county's social safety net: CloudEvents 1.0, Kafka binary mode.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in ALL},
        "operations": {name: operation for topic in ALL for name, operation in _operations(topic)},
        "components": {
            "messages": {_type(event): _message(topic, event) for topic in ALL for event in topic.events},
            "schemas": {"cloudEventHeaders": _CLOUD_EVENT},
        },
    }


def _channel(topic: Topic) -> Json:
    return {
        "address": topic.name,
        "description": f"Written by {topic.writer}; key: {topic.key}; read by {', '.join(topic.readers)}.",
        "messages": {_type(event): {"$ref": f"#/components/messages/{_type(event)}"} for event in topic.events},
        "bindings": {"kafka": _kafka(topic)},
        "x-dead-letters": {reader: topic.dead_letters(reader) for reader in topic.readers},
    }


def _kafka(topic: Topic) -> Json:
    kept = {"topicConfiguration": {"cleanup.policy": ["compact"]}} if topic.compacted else {}
    return {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": "0.5.0"} | kept


def _operations(topic: Topic) -> Iterator[tuple[str, Json]]:
    channel = {"channel": {"$ref": f"#/channels/{topic.name.replace('/', '~1')}"}}
    yield f"{topic.writer}.writes.{topic.name}", {"action": "send", "summary": f"{topic.writer} writes"} | channel
    for reader in topic.readers:
        yield f"{reader}.reads.{topic.name}", {"action": "receive", "summary": f"{reader} reads"} | channel


def _message(topic: Topic, event: type[Event]) -> Json:
    return {
        "name": _type(event),
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().splitlines()[0],
        "headers": {"$ref": "#/components/schemas/cloudEventHeaders"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"../schemas/{topic.name}/{_type(event)}.json"},
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": "0.5.0"}},
    }
