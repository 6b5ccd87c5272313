"""From bytes to a report, or to a problem that says how to correct them and echoes nothing of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from contracts.event import Model
from contracts.reports import CaseType, Report, Submission
from kit.bodies import MOST_ITEMS, few, holds_more_than
from kit.problems import MOST_ERRORS, BadRequest, Problem, TooLarge, Unprocessable, UnsupportedMedia
from pydantic import ValidationError
from pydantic_core import from_json, to_json
from starlette.requests import ClientDisconnect, Request

from intake.domain.plausible import mistakes_in
from intake.rules import corrections

DEEPEST = 16
MOST_IN_REPORT = 5_000
"""Fields and items of a report: one at every limit has 4,687."""
LONGEST_REASON = 500
_FIELD = re.compile(r"[a-z][a-z_]{0,39}")
_SOUND = {"case_type": CaseType.CONSULTATION_ADULT, "county": "chiayi-county"}
"""What stands in for a field that does not validate, while the others are judged: nothing is wrong with it."""
_BOM = b"\xef\xbb\xbf"
JSON, MERGE_PATCH = "application/json", "application/merge-patch+json"
_AT = {"no_subject": "/people", "nothing_happened": "/event", "unknown_counties": "/counties", "nobody_named": "/name"}
_LIMITS = ("expected", "min_length", "max_length", "ge", "le")

Entry = dict[str, str]
Read = TypeVar("Read", bound=Model)


async def body_of(request: Request, most: int, *, kinds: tuple[str, ...] = (JSON,)) -> bytes:
    """The body of a JSON request. Raises UnsupportedMedia, TooLarge (without reading on), BadRequest."""
    _must_be_json(request, kinds)
    _must_fit(int(length) if (length := request.headers.get("content-length", "")).isdigit() else 0, most)
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            _must_fit(size, most)
            chunks.append(chunk)
    except ClientDisconnect:
        raise BadRequest("The body did not arrive completely: send it again.", "內容未完整送達：請重新送出。") from None
    # A byte order mark, which JSON lets a reader ignore.
    return b"".join(chunks).removeprefix(_BOM)


def submission_of(body: bytes, now: datetime) -> Submission:
    """A report that is well formed and can be true at `now`. Raises BadRequest, TooLarge or Unprocessable."""
    _must_hold_few(body, MOST_IN_REPORT)
    try:
        submission = Submission.model_validate_json(body, strict=True, extra="forbid")
    except ValidationError as error:
        problem = _problem_with(body, error)
        if isinstance(problem, Unprocessable):
            problem.errors = [*problem.errors, *_entries_of(_mistakes_beside(body, error, now))]
        raise problem from None
    if mistakes := _mistakes(submission, now):
        raise refusal(mistakes)
    return submission


def read_as(kind: type[Read], body: bytes) -> Read:
    """A body, or a row of a file, that validates as `kind`. Raises BadRequest, TooLarge or Unprocessable."""
    _must_hold_few(body, MOST_ITEMS)
    try:
        return kind.model_validate_json(body, strict=True, extra="forbid")
    except ValidationError as error:
        raise _problem_with(body, error) from None


def _mistakes(report: Report, now: datetime) -> dict[str, str]:
    """What cannot be true at `now`: a code for each JSON pointer."""
    return {mistake.at: mistake.code for mistake in mistakes_in(report, now)}


def _mistakes_beside(body: bytes, error: ValidationError, now: datetime) -> dict[str, str]:
    """What cannot be true in the fields that do validate, so that a sender learns of it in the same answer."""
    wrong = {each["loc"][0] for each in _errors(error) if each["loc"]}
    if not wrong:
        return {}
    told = from_json(body)
    sound = _SOUND | {name: value for name, value in told.items() if name not in wrong}
    return _mistakes(Report.model_validate_json(to_json(sound), strict=True), now)


def _errors(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_input=False))


def _of_fields(error: ValidationError) -> Unprocessable:
    """The problem of fields that do not validate."""
    found = _errors(error)[:MOST_ERRORS]
    # A list whose items are wrong is also reported as too short: that says nothing new.
    places = {each["loc"] for each in found}
    told = [each for each in found if each["type"] != "too_short" or not any(_within(each["loc"], at) for at in places)]
    return _unprocessable([_entry(each) for each in told])


def _within(outer: tuple[Any, ...], inner: tuple[Any, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _must_be_json(request: Request, kinds: tuple[str, ...]) -> None:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", parameters, re.IGNORECASE)
    wrong_charset = charset and charset[1].lower() not in ("utf-8", "utf8")
    packed = request.headers.get("content-encoding", "identity").lower() != "identity"
    if kind.strip().lower() not in kinds or wrong_charset or packed:
        raise UnsupportedMedia(
            f"Send Content-Type: {' or '.join(kinds)}, in UTF-8 and without Content-Encoding.",
            f"請以 Content-Type: {' 或 '.join(kinds)}（UTF-8、不壓縮）送出。",
            headers={"Accept-Patch": ", ".join(kinds)} if request.method == "PATCH" else {},
        )


def _must_fit(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(
            f"A report has at most {most} bytes: shorten the narrative, and send attachments another way.",
            f"通報內容上限為 {most} 位元組：請縮短敘述，附件請另行送交。",
            headers={"Connection": "close"},
        )


def amendment_of(body: bytes) -> tuple[dict[str, Any], str]:
    """What an amendment changes, and its reason. Raises BadRequest or Unprocessable."""
    if problem := _misread(body):
        raise problem
    try:
        changes = from_json(body)
    except ValueError:
        raise _not_json("") from None
    if not isinstance(changes, dict):
        raise refusal({"": "model_type"})
    reason = changes.pop("reason", None)
    if not isinstance(reason, str) or not reason.strip() or len(reason) > LONGEST_REASON:
        raise refusal({"/reason": "reason"})
    return changes, reason


def refusal(codes: Mapping[str, str]) -> Unprocessable:
    """The problem of these fields: a code for each JSON pointer."""
    return _unprocessable(_entries_of(codes))


def _entries_of(codes: Mapping[str, str]) -> list[Entry]:
    return [_entry_of(code, at, {}) for at, code in codes.items()]


def _problem_with(body: bytes, error: ValidationError) -> Problem:
    """The problem with a body that is known to be wrong."""
    if problem := _misread(body):
        return problem
    if any(each["type"] == "json_invalid" for each in _errors(error)):
        return _not_json(_position(error))
    return _of_fields(error)


def _misread(body: bytes) -> BadRequest | None:
    """Why no field of this body is looked at, or None."""
    if not _is_utf8(body):
        return BadRequest("The body is not UTF-8: encode it as UTF-8.", "內容不是 UTF-8：請以 UTF-8 編碼。")
    if _is_deep(body):
        return BadRequest(f"The JSON is nested deeper than {DEEPEST} levels.", f"JSON 巢狀超過 {DEEPEST} 層。")
    return None


def _not_json(position: str) -> BadRequest:
    return BadRequest(
        f"The body is not valid JSON{position}: check quotation marks, commas and brackets.",
        "內容不是有效的 JSON：請檢查引號、逗號與括號。",
    )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_deep(body: bytes) -> bool:
    """Whether brackets nest deeper than DEEPEST; in what is no JSON, whether the parser gave up because of it."""
    try:
        return next(islice(_levels(body), DEEPEST, None), None) is not None
    except ValueError as error:
        return "recursion limit" in str(error)


def _must_hold_few(body: bytes, most: int) -> None:
    """Raises TooLarge, or BadRequest, before anything is validated: each wrong item would be an error of its own."""
    if holds_more_than(most, body):
        raise _misread(body) or TooLarge(few(most).en, few(most).zh)


def _levels(body: bytes) -> Iterator[list[Any]]:
    """The objects and arrays of a JSON text, level by level. Raises ValueError where it is none."""
    level = _containers([from_json(body)])
    while level:
        yield level
        level = _containers(child for each in level for child in (each.values() if isinstance(each, dict) else each))


def _containers(values: Iterable[Any]) -> list[Any]:
    return [each for each in values if isinstance(each, dict | list)]


def _position(error: ValidationError) -> str:
    """Where the JSON breaks off, without what is there."""
    told = str(_errors(error)[0].get("ctx", {}).get("error", ""))
    found = re.search(r" at line \d+ column \d+$", told)
    return found[0] if found else ""


def _unprocessable(errors: Sequence[Entry]) -> Unprocessable:
    return Unprocessable(
        "Correct the fields below and send the report again.", "請更正下列欄位後重新送出。", errors=errors
    )


def _entry(error: Any) -> Entry:
    code, at = _code(error), _pointer(error["loc"])
    facts = {name: str(value) for name, value in error.get("ctx", {}).items() if name in _LIMITS}
    return _entry_of(code, _AT.get(code, at), facts)


def _code(error: Any) -> str:
    if error["type"] == "value_error":
        # The first word of an error of ours is its code.
        kind = str(error.get("ctx", {}).get("error", "")).partition(":")[0]
    else:
        kind = str(error["type"])
        if error["loc"] and error["loc"][-1] == "birth_date" and kind != "missing":
            kind = "birth_date"
    return kind if kind in corrections() else "other"


def _entry_of(code: str, at: str, facts: dict[str, str]) -> Entry:
    words = corrections()[code]
    return {"at": at, "code": words["code"], "en": words["en"].format(**facts), "zh": words["zh"].format(**facts)}


def _pointer(steps: Iterable[int | str]) -> str:
    """A JSON pointer (RFC 6901); a name that no field of ours could have may be a person's: it is left out."""
    return "".join(f"/{step}" if isinstance(step, int) or _FIELD.fullmatch(step) else "/?" for step in steps)
