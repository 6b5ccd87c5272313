"""What the OpenAPI document says beyond paths and schemas: its version, where it holds, an example of every answer."""

from collections.abc import Iterator
from typing import Any

from kit.problems import TYPES, Problem

from intake.amending import Gone
from intake.rules import data

Schema = dict[str, Any]

VERSION = "1.3.0"
"""Of the interface; the top entry of docs/api-changelog.md is the same."""
ABOUT = (
    "Where partner agencies post reports of harm or need. A 202 means that the report is durable and will be decided "
    "on. Every refusal is a problem (RFC 9457) in zh-TW or English that says how to mend it and repeats nothing of "
    "what was sent."
)
_KINDS: list[type[Problem]] = [Problem, Gone, *Problem.__subclasses__()]
_REFUSALS = {kind.status: kind for kind in _KINDS}
_ERRORS = {
    "401": ("", "token_expired", "This token has expired: get a new one."),
    "422": ("/case_type", "not_in_list", "Write one of 'adult_protection', 'child_protection'."),
    "429": ("", "limit_batches", "This agency's limit of files is 10 per 1 hour."),
}


def completed(document: Schema) -> Schema:
    """The document with its version, server and examples; what needs no key says so."""
    document["info"] |= {"version": VERSION, "description": ABOUT}
    document["servers"] = [{"url": "/", "description": "The intake that this document is of."}]
    for status, response in document["components"]["responses"].items():
        response["content"]["application/problem+json"]["example"] = _refusal(status, response["description"])
    examples = data("examples")
    for operation in _operations(document):
        operation.setdefault("security", [])
        for content in _contents(operation):
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if name in examples:
                content.setdefault("example", examples[name])
    return document


def _operations(document: Schema) -> Iterator[Schema]:
    for path in document["paths"].values():
        yield from path.values()


def _contents(operation: Schema) -> Iterator[Schema]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield from response.get("content", {}).values()


def _refusal(status: str, detail: str) -> Schema:
    kind = _REFUSALS[int(status)]
    told: Schema = {
        "type": TYPES + kind.slug,
        "title": kind.title[0],
        "status": int(status),
        "detail": detail,
        "instance": "/v1/reports",
    }
    if status in _ERRORS:
        told["errors"] = [dict(zip(("at", "code", "detail"), _ERRORS[status], strict=True))]
    return told
