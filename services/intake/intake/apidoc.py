"""What the OpenAPI document says beyond paths and schemas: version, server, keys, refusals, and examples."""

from collections.abc import Iterator
from typing import Any

from kit.problems import TYPES, Problem

from intake.amending import Gone
from intake.rules import data

Schema = dict[str, Any]

VERSION = "1.9.0"
"""Of the interface, as in the top entry of docs/api-changelog.md."""
ABOUT = (
    "Where partner agencies post reports of harm or need. A 202 means that the report is durable and will be decided "
    "on. Every refusal is a problem (RFC 9457) in zh-TW or English that says how to correct it and repeats nothing of "
    "what was sent."
)
SECURITY = {
    "agency_key": {"type": "http", "scheme": "bearer", "description": "An agency's key."},
    "agency_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of an OpenID provider known to the county (OAuth2 client credentials), "
        "for a client that the agency registered.",
    },
    "staff": {"type": "http", "scheme": "bearer", "description": "A token of a worker, a keeper or a liaison."},
    "administrator": {"type": "http", "scheme": "bearer", "description": "A token of the role administrator."},
}
REFUSALS = {
    "400": "Not JSON in UTF-8, nested too deeply, or a malformed Idempotency-Key.",
    "401": "No key or token, or one that is unknown or no longer valid; the problem says which.",
    "403": "The key is suspended, lacks the scope, or does not cover that county.",
    "404": "This agency sent no such report.",
    "409": "The Idempotency-Key or sender_ref was used for another report, which stands.",
    "410": "The report's personal data were erased.",
    "413": "The body is larger than 256 KiB.",
    "415": "The body is not application/json.",
    "422": "Fields to correct: one entry each.",
    "429": "More requests than one of this agency's limits, which the problem names.",
    "503": "Nothing durable can be promised now: send the same request again.",
}
_KINDS: list[type[Problem]] = [Problem, Gone, *Problem.__subclasses__()]
_REFUSALS = {kind.status: kind for kind in _KINDS}
_ERRORS = {
    "401": ("", "token_expired", "This token has expired: get a new one."),
    "422": ("/case_type", "not_in_list", "Write one of 'adult_protection', 'child_protection'."),
    "429": ("", "limit_batches", "This agency's limit of files is 10 per 1 hour."),
}


def completed(document: Schema) -> Schema:
    """The document with its version, server, keys and examples; an operation that needs no key says so."""
    document["info"] |= {"version": VERSION, "description": ABOUT}
    document["servers"] = [{"url": "/", "description": "The intake that serves this document."}]
    document["components"]["securitySchemes"] = SECURITY
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
        "title": kind.title.en,
        "status": int(status),
        "detail": detail,
        "instance": "/v1/reports",
    }
    if status in _ERRORS:
        told["errors"] = [dict(zip(("at", "code", "detail"), _ERRORS[status], strict=True))]
    return told
