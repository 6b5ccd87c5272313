"""Intake's OpenAPI document as a partner's tools see it: no warning of a linter, examples that hold, a change log."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.openapi_schema import validator

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "contracts/openapi/intake.json"
CHANGES = ROOT / "docs/api-changelog.md"
ANSWERS = {"Receipt", "ReportStatus", "Reconciled", "AgencyShown", "BatchShown", "RowsShown", "WebhookShown",
           "AgencyKnown", "AgenciesKnown", "SilentSenders", "DaysShown", "GapsShown", "TeachingShown"}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    return loaded


def lint(redocly: str, document: Path) -> dict[str, Any]:
    command = [redocly, "lint", str(document), "--config", "contracts/openapi/redocly.yaml", "--format", "json"]
    env = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def test_a_linter_finds_no_error_and_no_warning(redocly: str) -> None:
    told = lint(redocly, DOCUMENT)
    assert told["problems"] == []
    assert (told["totals"]["errors"], told["totals"]["warnings"], told["totals"]["ignored"]) == (0, 0, 0)


def test_the_linter_sees_an_example_that_does_not_hold(redocly: str, document: dict[str, Any], tmp_path: Path) -> None:
    broken = json.loads(json.dumps(document))
    posting = broken["paths"]["/v1/reports"]["post"]["responses"]["202"]["content"]["application/json"]
    posting["example"] = {"serial": 1}
    (tmp_path / "broken.json").write_text(json.dumps(broken), "utf-8")
    assert {each["ruleId"] for each in lint(redocly, tmp_path / "broken.json")["problems"]} == {
        "no-invalid-media-type-examples"
    }


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each answer's schema, and its content."""
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    if status.startswith("2") and "$ref" in content.get("schema", {}):
                        yield content["schema"]["$ref"].rpartition("/")[2], content


def test_every_answer_has_an_example_that_holds(document: dict[str, Any]) -> None:
    shown = [(name, content) for name, content in contents(document) if name in ANSWERS]
    assert {name for name, _ in shown} == ANSWERS
    for _, content in shown:
        validator(document, content["schema"]).validate(content["example"])


def test_every_refusal_has_an_example_that_holds(document: dict[str, Any]) -> None:
    refusals = document["components"]["responses"]
    assert {"400", "401", "403", "404", "409", "410", "413", "415", "422", "429", "503"} <= set(refusals)
    for status, response in refusals.items():
        (content,) = response["content"].values()
        validator(document, content["schema"]).validate(content["example"])
        assert content["example"]["status"] == int(status)


def test_the_change_log_tells_of_this_version(document: dict[str, Any]) -> None:
    entries = re.findall(r"^## (\d+\.\d+\.\d+) \(\d{4}-\d\d-\d\d\)$", CHANGES.read_text("utf-8"), re.MULTILINE)
    assert entries[0] == document["info"]["version"]
    assert entries == sorted(entries, key=lambda each: [int(part) for part in each.split(".")], reverse=True)
