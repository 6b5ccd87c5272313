"""Intake's OpenAPI document: whole, honest, and with examples that hold."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from contracts.reports import Submission
from intake.app import create_app
from intake.openapi import example
from intake.settings import Settings
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.contract.openapi_schema import validator


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings.without_secrets()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for pointer in references(document):
        found: Any = document
        for step in pointer.removeprefix("#/").split("/"):
            found = found[step]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


OPEN = {"GET /v1/batches/template.{format}"}


def test_every_v1_route_tells_its_errors_and_needs_a_key(document: dict[str, Any]) -> None:
    v1 = {name: operation for name, operation in operations(document) if "/v1/" in name and name not in OPEN}
    told = {name: set(operation["responses"]) for name, operation in v1.items()}
    assert set(told) == {
        "POST /v1/reports",
        "GET /v1/reports/{report_id}",
        "PATCH /v1/reports/{report_id}",
        "GET /v1/reports/{report_id}/receipt",
        "POST /v1/reconciliations",
        "GET /v1/agencies",
        "GET /v1/agencies/silent",
        "POST /v1/agencies",
        "GET /v1/agencies/{agency_id}",
        "PATCH /v1/agencies/{agency_id}",
        "POST /v1/agencies/{agency_id}/keys",
        "PUT /v1/webhook",
        "GET /v1/webhook",
        "DELETE /v1/webhook",
        "POST /v1/batches",
        "GET /v1/batches/{batch_id}",
        "GET /v1/batches/{batch_id}/rows",
        "GET /v1/agencies/me",
        "GET /v1/agencies/me/days",
        "GET /v1/agencies/me/gaps",
        "GET /v1/agencies/me/teaching",
        "GET /v1/agencies/{agency_id}/days",
        "POST /v1/calls",
        "GET /v1/statistics/chiefs",
        "GET /v1/partners",
        "POST /v1/partners",
        "POST /v1/partners/{partner_id}/code",
        "POST /v1/partners/{partner_id}/revocation",
        "POST /v1/partners/{partner_id}/thanks",
    }
    assert told["POST /v1/reports"] == {"202", "400", "401", "403", "409", "413", "415", "422", "429", "503"}
    assert all({"401", "403", "503"} <= statuses for statuses in told.values())
    assert all(operation["security"] for operation in v1.values())
    assert "HTTPValidationError" not in json.dumps(document)


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)


def test_the_examples_hold(document: dict[str, Any]) -> None:
    posting = document["paths"]["/v1/reports"]["post"]
    body = posting["requestBody"]["content"]["application/json"]
    answer = posting["responses"]["202"]["content"]["application/json"]
    amending = document["paths"]["/v1/reports/{report_id}"]["patch"]["requestBody"]["content"]["application/json"]
    listing = document["paths"]["/v1/reconciliations"]["post"]["requestBody"]["content"]["application/json"]
    for each in (body, answer, amending, listing):
        validator(document, each["schema"]).validate(each["example"])
    Submission.model_validate_json(json.dumps(example()), strict=True, extra="forbid")


@pytest.mark.parametrize(
    "changes",
    [{"colour": "red"}, {"county": "mars"}, {"people": []}, {"case_type": "x"}, {"event": {}},
     {"people": [{"role": "witness"}]}, {"event": {"narrative": "  "}},
     {"people": [{"role": "subject", "age": 3}]},
     {"people": [{"role": "subject", "birth_date": "03/12/1990"}]}],
)  # fmt: skip
def test_the_schema_refuses_what_the_service_refuses(document: dict[str, Any], changes: dict[str, Any]) -> None:
    assert not validator(document, {"$ref": "#/components/schemas/Submission"}).is_valid(example() | changes)


@pytest.mark.parametrize("born", ["0790312", "79/03/12", "790312", "1990-03-12"])
def test_the_schema_takes_both_calendars(document: dict[str, Any], born: str) -> None:
    report = example() | {"people": [{"role": "subject", "birth_date": born}]}
    assert validator(document, {"$ref": "#/components/schemas/Submission"}).is_valid(report)
