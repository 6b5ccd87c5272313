"""How LINE refuses: one exception, its status, and the words of LINE's reference for each cause."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

T = TypeVar("T")
Detail = dict[str, str]

BAD_TOKEN = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
FORBIDDEN = "Access to this API is not available for your account"
NOT_SENT = "Failed to send messages"
NOT_FOUND = "Not found"
ALREADY_ACCEPTED = "The retry key is already accepted"
TOO_MANY = {
    "quota": "You have reached your monthly limit.",
    "rate": "The API rate limit has been exceeded. Try again later.",
    "concurrency": "The number of concurrent requests has exceeded the limit. Try again later.",
}
"""429 by cause; LINE prints the first two texts, and documents the third cause without printing its text."""


class Refused(Exception):
    """A request that LINE answers with an error; `body` is what goes over the wire."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        details: list[Detail] | None = None,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = {"message": message, **({"details": details} if details else {}), **(more or {})}


def parse(raw: bytes) -> Any:
    """The request's JSON; refuses what is not JSON, or nests too deep to be read, with the place."""
    try:
        return json.loads(raw)
    except json.JSONDecodeError as wrong:
        _unreadable(str(wrong.lineno), str(wrong.colno))
    except (UnicodeDecodeError, RecursionError):
        _unreadable("-", "-")


def check(shape: TypeAdapter[T], content: Any) -> T:
    """The content in that shape; refuses another one in the way LINE's three kinds of 400 do."""
    try:
        return shape.validate_python(content)
    except ValidationError as wrong:
        raise _refusal(wrong.errors(include_url=False), content) from wrong


def invalid(property_name: str) -> Refused:
    """A property of the wrong kind; LINE leaves line and column out."""
    return Refused(400, f"The property, '{property_name}', in the request body is invalid (line: -, column: -)")


def _unreadable(line: str, column: str) -> NoReturn:
    raise Refused(400, f"The request body could not be parsed as JSON (line: {line}, column: {column})")


def _refusal(errors: list[ErrorDetails], content: Any) -> Refused:
    for error in errors:
        path = _path(error)
        if (inner := _inside_message(path, content, error["type"])) is not None:
            words = f"A message (messages[{path[1]}]) in the request body is invalid"
            return Refused(400, words, details=[_detail(error, inner)])
        if error["type"].endswith("_type") or error["type"] == "extra_forbidden":
            return invalid(_dotted(path))
    details = [_detail(error, _dotted(_path(error))) for error in errors]
    return Refused(400, f"The request body has {len(details)} error(s)", details=details)


def _path(error: ErrorDetails) -> list[str | int]:
    kept: list[str | int] = [step for step in error["loc"] if not str(step).startswith("<")]
    last = {"union_tag_invalid": "type", "union_tag_not_found": "type", "line_text": "text", "line_label": "label"}
    return [*kept, last[error["type"]]] if error["type"] in last else kept


def _inside_message(path: list[str | int], content: Any, kind_of_error: str) -> str | None:
    """Flex and template faults are told by a path of their own, `/body/contents/0` and `template/actions/0`."""
    if len(path) < 3 or path[0] != "messages" or (len(path) == 3 and kind_of_error != "line"):
        return None
    kind = content["messages"][path[1]]["type"]
    if kind == "flex" and path[2] == "contents":
        return "/" + "/".join(map(str, path[3:]))
    return "/".join(map(str, path[2:])) if kind == "template" and path[2] == "template" else None


def _dotted(path: Iterable[str | int]) -> str:
    joined = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return joined.removeprefix(".")


def _detail(error: ErrorDetails, where: str) -> Detail:
    return {"message": _words(error), "property": where}


def _words(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("missing", "union_tag_not_found"):
        return "May not be empty"
    if kind in ("union_tag_invalid", "literal_error"):
        allowed = str(context.get("expected_tags") or context["expected"])
        return f"Must be one of the following values: [{', '.join(re.findall('[a-zA-Z_0-9-]+', allowed))}]"
    return "unknown property" if kind == "extra_forbidden" else error["msg"]
