"""A body is counted before it is validated: wrong items without end become no errors without end."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from contracts.reports import Submission
from intake.openapi import example
from intake.reading import MOST_IN_REPORT, read_as, submission_of
from intake.reconciling import MOST_REFS, Listing
from kit.bodies import MOST_ITEMS
from kit.problems import TooLarge

NOW = datetime.now(UTC)


@pytest.mark.parametrize("item", [b"[]", b"{}", b"1", b"[[[]]]", b'{"a": 1}'])
def test_items_without_end_are_refused_before_any_is_validated(item: bytes) -> None:
    with pytest.raises(TooLarge):
        submission_of(b'{"people": [' + b", ".join([item] * 6_000) + b"]}", NOW)


def test_what_the_contract_allows_is_read_whatever_signs_are_in_its_texts() -> None:
    refs = [f"{number},[{{," for number in range(MOST_REFS)]
    listing = read_as(Listing, json.dumps({"day": "2026-11-30", "sender_refs": refs}).encode())
    assert len(listing.sender_refs or ()) == MOST_REFS
    report = example()
    report["event"]["narrative"] = ",[{" * 6_000
    assert len(submission_of(json.dumps(report).encode(), NOW).event.narrative or "") == 18_000


def test_what_is_full_to_every_limit_of_the_contract_is_within_the_bound() -> None:
    for kind, most in ((Submission, MOST_IN_REPORT), (Listing, MOST_ITEMS)):
        schema = kind.model_json_schema()
        assert most / 2 < values(schema, schema.get("$defs", {})) < most


def values(schema: Mapping[str, Any], named: Mapping[str, Any]) -> int:
    """How many values JSON of a schema can have."""
    if "$ref" in schema:
        return values(named[schema["$ref"].rpartition("/")[2]], named)
    if "anyOf" in schema:
        return max(values(each, named) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return 1 + int(schema["maxItems"]) * values(schema["items"], named)
    return 1 + sum(values(each, named) for each in schema.get("properties", {}).values())
