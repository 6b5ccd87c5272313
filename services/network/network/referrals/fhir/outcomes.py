"""Failures as FHIR tells them: an OperationOutcome that says what to correct, and where."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from contracts.languages import Lang
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from kit.corrections import correction
from kit.problems import MOST_ERRORS, NO_STORE, BadRequest, Problem, preferred
from pydantic import BaseModel, ValidationError

MEDIA = "application/fhir+json"
_CODES: Mapping[int, str] = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 409: "conflict", 412: "conflict",
    413: "too-long", 415: "not-supported", 422: "invalid", 429: "throttled", 503: "transient",
}  # fmt: skip
"""FHIR's issue types (IssueType) by the status of the answer."""
_OURS: Mapping[str, str] = {
    "/body/at": "Task.executionPeriod", "/body/expected": "Task.restriction.period.end",
    "/body/outcome": "Task.output", "/body/reason": "Task.statusReason",
}  # fmt: skip
"""Where the acts' own fields stand in a Task."""


def outcome(problem: Problem, lang: Lang) -> dict[str, Any]:
    """The OperationOutcome of a problem: an issue for each thing that is wrong, else one in all."""
    code = _CODES.get(problem.status, "processing")
    issues = [
        _issue(code, each.get(lang) or each["en"], _OURS.get(each["at"], each["at"]) if "at" in each else None)
        for each in problem.errors
    ]
    return {"resourceType": "OperationOutcome", "issue": issues or [_issue(code, problem.said.in_(lang), None)]}


def _issue(code: str, text: str, at: str | None) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": "error", "code": code, "details": {"text": text}}
    return issue | ({"expression": [at]} if at else {})


def invalid(error: ValidationError, model: type[BaseModel]) -> Problem:
    """What is wrong in a resource that somebody sent, each where it stands."""
    name = model.__name__
    errors = [
        {"at": _expression(name, each["loc"]), "code": each["type"], **correction(each, model)._asdict()}
        for each in error.errors()[:MOST_ERRORS]
    ]
    return BadRequest("Correct the elements below and send again.", "請更正下列項目後重新送出。", errors=errors)


def _expression(name: str, steps: tuple[int | str, ...]) -> str:
    """FHIRPath: `Task.output[0].type`."""
    return name + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in steps)


def _of_parameters(error: RequestValidationError) -> Problem:
    errors = [
        {"at": f"http.{each['loc'][-1]}", "code": each["type"], **correction(each)._asdict()} for each in error.errors()
    ]
    return BadRequest("Correct the parameters below.", "請更正下列參數。", errors=errors)


class FhirRoute(APIRoute):
    """A route whose failures are OperationOutcomes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                problem: Problem = _of_parameters(error)
            except Problem as error:
                problem = error
            body = outcome(problem, preferred(request))
            return JSONResponse(body, problem.status, problem.headers | NO_STORE, media_type=MEDIA)

        return told
