"""The OpenAPI document: FastAPI's, with the route that FastAPI does not see and every error added by hand."""

import json
from datetime import date
from importlib.resources import files
from typing import Any

from contracts.codes import names as codes_of
from contracts.reports import Submission
from fastapi import FastAPI
from pydantic import TypeAdapter

from intake.agencies.api import AgencyAsked, AgencyChanged, RotationAsked
from intake.amending import FIXED
from intake.answers import ProblemShown, Receipt
from intake.apidoc import REFUSALS, completed
from intake.batches.rows import TYPES, Format
from intake.desk.api import PartnerAsked, ThanksAsked
from intake.domain.agency import ALL_COUNTIES
from intake.reading import JSON, LONGEST_REASON, MERGE_PATCH
from intake.reconciling import Listing
from intake.webhooks.api import WebhookAsked

Schema = dict[str, Any]

_POST = ("400", "401", "403", "409", "413", "415", "422", "429", "503")
_PATCH = ("400", "401", "403", "404", "409", "410", "413", "415", "422", "429", "503")
_GET = ("401", "403", "404", "429", "503")
_ME = ("401", "403", "429", "503")
_LIST = ("400", "401", "403", "413", "415", "422", "429", "503")
_UPLOAD = ("400", "401", "403", "413", "415", "422", "429", "503")
_Operations = tuple[tuple[str, str, tuple[str, ...]], ...]
_OPERATIONS: _Operations = (
    ("/v1/batches", "post", _UPLOAD),
    ("/v1/batches/{batch_id}", "get", _GET),
    ("/v1/batches/{batch_id}/rows", "get", (*_GET, "422")),
    ("/v1/reports", "post", _POST),
    ("/v1/reports/{report_id}", "get", _GET),
    ("/v1/reports/{report_id}", "patch", _PATCH),
    ("/v1/reports/{report_id}/receipt", "get", _GET),
    ("/v1/reconciliations", "post", _LIST),
    ("/v1/webhook", "put", (*_LIST, "409")),
    ("/v1/webhook", "get", _GET),
    ("/v1/webhook", "delete", _ME),
    ("/v1/agencies/me", "get", _ME),
    ("/v1/agencies/me/days", "get", (*_ME, "422")),
    ("/v1/agencies/me/gaps", "get", _ME),
    ("/v1/agencies/me/teaching", "get", (*_ME, "422")),
)
"""Operations that need an agency's key, with the refusals of each."""
_ADMINISTRATION: _Operations = (
    ("/v1/agencies", "get", ("401", "403", "503")),
    ("/v1/agencies/silent", "get", ("401", "403", "503")),
    ("/v1/agencies", "post", ("400", "401", "403", "409", "413", "415", "422", "503")),
    ("/v1/agencies/{agency_id}", "get", ("401", "403", "404", "503")),
    ("/v1/agencies/{agency_id}", "patch", ("400", "401", "403", "404", "409", "413", "415", "422", "503")),
    ("/v1/agencies/{agency_id}/days", "get", ("401", "403", "404", "422", "503")),
    ("/v1/agencies/{agency_id}/keys", "post", ("400", "401", "403", "404", "409", "413", "415", "422", "503")),
)
"""Operations that need an administrator's token, with the refusals of each."""
_DESK: _Operations = (
    ("/v1/calls", "post", ("400", "401", "403", "409", "413", "415", "422", "503")),
    ("/v1/statistics/chiefs", "get", ("401", "403", "422", "503")),
    ("/v1/partners", "get", ("401", "403", "503")),
    ("/v1/partners", "post", ("400", "401", "403", "413", "415", "422", "503")),
    ("/v1/partners/{partner_id}/code", "post", ("401", "403", "404", "503")),
    ("/v1/partners/{partner_id}/revocation", "post", ("401", "403", "404", "503")),
    ("/v1/partners/{partner_id}/thanks", "post", ("400", "401", "403", "404", "413", "415", "422", "503")),
)
"""Operations that need a token of the county's own people, with the refusals of each."""
_ONCE = (("/v1/webhook", "put"), ("/v1/agencies", "post"), ("/v1/agencies/{agency_id}/keys", "post"))
"""Operations that make a secret: under a key of its own a request makes one."""
_MONTH, _DAY = r"(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])"
_ROC = r"(0\d\d|3[2-9]|[4-9]\d|1[01]\d)"
_BIRTH_DATE = {
    "description": "1990-03-12, or an ROC date: 0790312, 79/03/12. A year below 32 needs three digits: 029/05/07.",
    "anyOf": [
        {"type": "string", "format": "date", "pattern": rf"^(19|20)\d\d-{_MONTH}-{_DAY}$"},
        {"type": "string", "pattern": rf"^{_ROC}{_MONTH}{_DAY}$"},
        {"type": "string", "pattern": rf"^{_ROC}[/.\-年]{_MONTH}[/.\-月]{_DAY}日?$"},
        {"type": "null"},
    ],
}
_TIME = {
    "description": "With its time zone; neither in the future nor before 1900. What only Taiwan writes, such as "
    "115/11/20 21:40, is Taiwan's time.",
    "anyOf": [{"type": "string", "format": "date-time", "pattern": r"^(19|20)\d\d-"}, {"type": "null"}],
    "examples": ["2026-11-20T21:40:00+08:00"],
}


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` describe every route."""
    of_fastapi = app.openapi

    def openapi() -> Schema:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(of_fastapi())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def example() -> Schema:
    """A report as an agency posts it; everyone in it is fictitious."""
    report: Schema = json.loads((files("intake") / "data" / "example_report.json").read_text("utf-8"))
    return report


def _completed(document: Schema) -> Schema:
    components, paths = document.setdefault("components", {}), document["paths"]
    schemas = components.setdefault("schemas", {})
    schemas |= _added_schemas()
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    components["responses"] = {status: _refusal(status, text) for status, text in REFUSALS.items()}
    paths["/v1/reports"] = {"post": _post_report()}
    for path, method, refusals in _OPERATIONS:
        _guard(paths[path][method], refusals)
    for path, method, refusals in _ADMINISTRATION:
        _guard(paths[path][method], refusals, by="administrator")
    for path, method, refusals in _DESK:
        _guard(paths[path][method], refusals, by="staff")
    _add_bodies(paths)
    for path, method in (*_ONCE, ("/v1/calls", "post")):
        paths[path][method].setdefault("parameters", []).append(_idempotency_key())
    _add_formats(paths)
    return completed(document)


def _added_schemas() -> Schema:
    """The schemas of requests and answers that FastAPI does not see."""
    added = _schemas_of(ProblemShown) | _schemas_of(Receipt) | _strict(_schemas_of(Submission))
    for asked in (WebhookAsked, AgencyAsked, AgencyChanged, RotationAsked, PartnerAsked, ThanksAsked):
        added |= _closed(_schemas_of(asked))
    for name in ("AgencyAsked", "AgencyChanged"):
        added[name]["properties"]["counties"]["anyOf"][0]["items"]["enum"] = _counties()
    return added | {"Listing": _listing()}


def _add_bodies(paths: Schema) -> None:
    paths["/v1/agencies"]["post"]["requestBody"] = _body("AgencyAsked", _NEW_AGENCY)
    paths["/v1/agencies/{agency_id}"]["patch"]["requestBody"] = _body("AgencyChanged", {"active": False})
    paths["/v1/agencies/{agency_id}/keys"]["post"]["requestBody"] = _body("RotationAsked", {"overlap_hours": 24})
    paths["/v1/calls"]["post"]["requestBody"] = _body("Submission", example() | {"told_by": _TOLD_BY})
    paths["/v1/partners"]["post"]["requestBody"] = _body("PartnerAsked", _NEW_PARTNER)
    paths["/v1/partners/{partner_id}/thanks"]["post"]["requestBody"] = _body("ThanksAsked", {"how": "gift"})
    paths["/v1/reports/{report_id}"]["patch"]["requestBody"] = _body("Amendment", _AMENDMENT, kinds=(MERGE_PATCH, JSON))
    paths["/v1/webhook"]["put"]["requestBody"] = _body("WebhookAsked", {"url": "https://agency.example/outcomes"})
    paths["/v1/batches"]["post"] |= _uploading(paths["/v1/batches"]["post"])
    paths["/v1/reconciliations"]["post"]["requestBody"] = _body("Listing", _LISTING)


def _add_formats(paths: Schema) -> None:
    """Answers in other formats than JSON."""
    for path, format in (("/v1/reports/{report_id}/receipt", "text/html"), ("/v1/agencies/me/teaching", "text/csv")):
        paths[path]["get"]["responses"]["200"]["content"][format] = {"schema": {"type": "string"}}
    paths["/v1/batches/template.{format}"]["get"]["responses"] = _template()


def _guard(operation: Schema, refusals: tuple[str, ...], *, by: str = "agency_key") -> None:
    operation["security"] = [{"agency_key": []}, {"agency_token": []}] if by == "agency_key" else [{by: []}]
    operation["responses"].pop("422", None)
    operation["responses"] |= {status: {"$ref": f"#/components/responses/{status}"} for status in refusals}


def _refusal(status: str, text: str) -> Schema:
    headers = (
        {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
        if status in ("429", "503")
        else {}
    )
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShown"}}}
    return {"description": text, "content": content} | ({"headers": headers} if headers else {})


def _post_report() -> Schema:
    return {
        "tags": ["reports"],
        "summary": "Post a report",
        "description": "Durable once it is answered. The same Idempotency-Key, or the same agency's sender_ref, "
        "gives the same receipt and never a second report.",
        "operationId": "post_report_v1_reports_post",
        "parameters": [_idempotency_key()],
        "requestBody": {"required": True, "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/Submission"}, "example": example()}}},
        "responses": {"202": _accepted()},
    }  # fmt: skip


def _amendment(properties: Schema) -> Schema:
    """What may be amended: any field of a report except those that identify it."""
    reason = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON, "pattern": r"\S"}
    changes = {name: schema for name, schema in properties.items() if name not in FIXED}
    changes["oral"] = {"const": False, "description": "This is the written form of an oral report."}
    return {
        "type": "object",
        "description": "A JSON merge patch (RFC 7396) of a report, and the reason for it; empty a list with [].",
        "required": ["reason"],
        "properties": {"reason": reason} | changes,
        "additionalProperties": False,
    }


def _body(schema: str, example: Schema, *, kinds: tuple[str, ...] = (JSON,)) -> Schema:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}
    return {"required": True, "content": dict.fromkeys(kinds, content)}


def _idempotency_key() -> Schema:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "A fresh UUID for each report or secret; send the same one when you repeat the request.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[\x21-\x7e]+$"},
        "example": "0b5c9d0e-6a4f-4f2e-9d0a-3f1f5a7f2c11",
    }


def _accepted() -> Schema:
    return {
        "description": "The report is durable; this is its receipt.",
        "headers": {
            "Location": {"description": "Where to read its status.", "schema": {"type": "string"}},
            "Idempotent-Replayed": {
                "description": "true: the receipt given the first time.",
                "schema": {"type": "string"},
            },
        },
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Receipt"}}},
    }


_AMENDMENT = {"reason": "電話號碼更正", "needs": ["economic_hardship", "relationship_conflict"]}
_LISTING = {"day": "2026-11-20", "sender_refs": ["A11-2026-001042", "A11-2026-001043"]}
_TOLD_BY = {"office": "village_chief", "township": "民雄鄉", "village": "東榮村"}
_NEW_PARTNER = {"county": "chiayi-county", "kind": "shop", "name": "民雄早餐店", "township": "民雄鄉"}
_NEW_AGENCY = {"agency_id": "minxiong-precinct", "source_unit": "police", "counties": ["chiayi-county"]}


def _schemas_of(kind: type) -> Schema:
    schema = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
    parts: Schema = schema.pop("$defs", {})
    return parts | {kind.__name__: schema}


def _strict(schemas: Schema) -> Schema:
    """As requests are judged: no other field, a county of the list, a birth date in either calendar."""
    _closed(schemas)
    schemas["Submission"]["properties"]["county"]["enum"] = _counties()[1:]
    schemas["Person"]["properties"]["birth_date"] = _BIRTH_DATE
    schemas["Submission"]["properties"]["known_at"] = schemas["Occurrence"]["properties"]["occurred_at"] = _TIME
    schemas["ToldBy"]["properties"]["told_at"] = _TIME
    schemas["Submission"]["properties"]["people"] |= {"contains": _having("role", const="subject")}
    happened = (_having("kinds", minItems=1), _having("narrative", type="string", pattern=r"\S"))
    schemas["Submission"]["anyOf"] = [_having("event", **each) for each in happened]
    schemas["Amendment"] = _amendment(schemas["Submission"]["properties"])
    return schemas


def _uploading(operation: Schema) -> Schema:
    """The body of a file, and the answer to one that was sent before."""
    examples = {
        Format.NDJSON: json.dumps(example(), ensure_ascii=False),
        Format.CSV: "案件類型,受理縣市,案情陳述\r\n成人保護,嘉義縣,……\r\n",
    }
    content: Schema = {
        name: {"schema": {"type": "string", "contentMediaType": name}, "example": examples[format]}
        for name, format in TYPES.items()
        if format in examples
    }
    workbook = next(name for name, format in TYPES.items() if format is Format.XLSX)
    content[workbook] = {"schema": {"type": "string", "format": "binary"}}
    again = operation["responses"]["202"] | {"description": "This file was sent before: its batch."}
    return {"requestBody": {"required": True, "content": content}, "responses": operation["responses"] | {"200": again}}


def _template() -> Schema:
    types = [name for name, format in TYPES.items() if format is not Format.NDJSON]
    content = {name: {"schema": {"type": "string", "format": "binary"}} for name in types}
    return {
        "200": {"description": "The template.", "content": content},
        "422": {"$ref": "#/components/responses/422"},
    }


def _listing() -> Schema:
    """Either references, or a range; no schema can express that its first number is not after its last."""
    schema: Schema = _schemas_of(Listing)["Listing"]
    properties = schema["properties"]
    refs, *range_ = (properties[name].pop("anyOf")[0] for name in ("sender_refs", "first_sequence", "last_sequence"))
    day = {"day": properties["day"]}
    by_refs = {"properties": day | {"sender_refs": refs}, "required": ["day", "sender_refs"]}
    by_range = {"properties": day | dict(zip(("first_sequence", "last_sequence"), range_, strict=True))
                | {"count": properties["count"]}, "required": ["day", "first_sequence", "last_sequence"]}  # fmt: skip
    forms = [{"type": "object", "additionalProperties": False} | form for form in (by_refs, by_range)]
    return {"title": "Listing", "description": schema["description"], "oneOf": forms}


def _counties() -> list[str]:
    """What a key may cover: all, or these."""
    return [ALL_COUNTIES, *sorted(codes_of("counties", date.max))]


def _closed(schemas: Schema) -> Schema:
    """No other field."""
    for schema in schemas.values():
        if schema.get("type") == "object":
            schema["additionalProperties"] = False
    return schemas


def _having(name: str, **rule: Any) -> Schema:
    return {"required": [name], "properties": {name: rule}}
