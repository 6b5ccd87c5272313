"""What no JSON Schema can say: leave out generated bodies that only a clock, or an order of two numbers, can refuse."""

import json
from datetime import UTC, datetime
from typing import Any

import schemathesis
from contracts.times import At
from intake.batches.rows import TYPES
from intake.reading import submission_of
from kit.problems import Problem
from pydantic import TypeAdapter, ValidationError

BEYOND_SCHEMAS = {"in_future", "nothing_happened", "nothing_listed", "not_a_whole_number", "not_a_date"}
"""`nothing_happened` of a narrative of blanks that JSON Schema takes for signs."""
TIME: TypeAdapter[datetime] = TypeAdapter(At)


@schemathesis.serializer(*TYPES)
def as_it_is(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """A file is sent as its text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@schemathesis.hook
def filter_body(context: schemathesis.HookContext, body: Any) -> bool:
    """False for what has a time to come, a day of no calendar, a range backwards, or a whole number as 1.0."""
    if not isinstance(body, dict):
        return True
    if any(isinstance(value, float) for value in body.values()):
        return False
    if "first_sequence" in body:
        return not _whole(body, "first_sequence") > _whole(body, "last_sequence")
    if body.get("key_until"):
        return _is_read(body["key_until"])
    try:
        submission_of(json.dumps(body).encode(), datetime.now(UTC))
    except Problem as problem:
        return not {each["code"] for each in problem.errors} <= BEYOND_SCHEMAS or not problem.errors
    return True


def _is_read(time: Any) -> bool:
    """False for a time before anybody's, or on no clock of the earth."""
    try:
        TIME.validate_python(time)
    except ValidationError:
        return False
    return True


def _whole(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0
