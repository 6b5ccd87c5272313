"""Problems as RFC 9457 defines them, in zh-TW or English, never echoing what was sent."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from contracts.languages import Lang, Said
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from kit.bodies import TooMuch
from kit.corrections import correction
from kit.telemetry import log

# Problem
#   Unauthorized  Forbidden  NotFound  Conflict  TooLarge  UnsupportedMedia  Unprocessable  TooMany  Unavailable
TYPES = "urn:safetynet:problem:"
MOST_ERRORS = 100
"""More wrong fields are not told at a time."""
SOON = {"Retry-After": "2"}
NO_STORE = {"Cache-Control": "no-store"}
"""For whatever may say something about a person: it stays in no cache."""


class Problem(Exception):
    """Something the caller can correct; the class gives status, title and type."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[Said] = Said("請求有誤", "Bad request")

    def __init__(
        self,
        en: str = "",
        zh: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(en or self.title.en)
        self.said = Said(zh or en or self.title.zh, en or self.title.en)
        self.errors = errors
        self.headers = dict(headers or {})


class BadRequest(Problem):
    pass


class Unauthorized(Problem):
    status, slug, title = 401, "unauthorized", Said("未經授權", "Unauthorized")


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", Said("權限不足", "Forbidden")


class NotFound(Problem):
    status, slug, title = 404, "not-found", Said("查無資料", "Not found")


class Conflict(Problem):
    status, slug, title = 409, "conflict", Said("資料衝突", "Conflict")


class TooLarge(Problem):
    status, slug, title = 413, "too-large", Said("內容過大", "Too large")


class UnsupportedMedia(Problem):
    status, slug, title = 415, "unsupported-media-type", Said("不支援的格式", "Unsupported media type")


class Unprocessable(Problem):
    status, slug, title = 422, "invalid", Said("欄位有誤", "Invalid fields")


class TooMany(Problem):
    status, slug, title = 429, "too-many-requests", Said("請求過於頻繁", "Too many requests")


class Unavailable(Problem):
    status, slug, title = 503, "unavailable", Said("服務暫時無法使用", "Service unavailable")


def preferred(request: Request, otherwise: Lang = "en") -> Lang:
    """The language that `Accept-Language` weighs more; `otherwise` when it names neither."""
    weights = {"en": 0.0, "zh": 0.0}
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.split("-")[0].lower()
        if name in weights:
            weights[name] = max(weights[name], float(quality) if quality.replace(".", "", 1).isdecimal() else 1.0)
    if weights["zh"] == weights["en"]:
        return otherwise
    return "zh" if weights["zh"] > weights["en"] else "en"


def response(problem: Problem, request: Request) -> JSONResponse:
    lang = preferred(request)
    body: dict[str, Any] = {
        "type": TYPES + problem.slug,
        "title": problem.title.in_(lang),
        "status": problem.status,
        "detail": problem.said.in_(lang),
        "instance": request.url.path,
    }
    if problem.errors:
        body["errors"] = [_entry(entry, lang) for entry in problem.errors]
    headers = problem.headers | NO_STORE | {"Content-Language": _TAGS[lang]}
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def _entry(entry: Mapping[str, str], lang: Lang) -> dict[str, str]:
    """One wrong field: `at` (JSON pointer), `code`, and `en` or `zh` as `detail`."""
    return {key: value for key, value in entry.items() if key not in ("en", "zh")} | {
        "detail": entry.get(lang) or entry.get("en", "")
    }


def install(app: FastAPI) -> None:
    """Answer every failure of `app` with a problem document."""

    async def on_problem(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return response(error, request)

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers = {"Allow": ", ".join(_methods(request))} if error.status_code == 405 else error.headers
        problem = _of_status(error.status_code, headers)
        if isinstance(error, TooMuch):
            problem.said = error.said
        return response(problem, request)

    async def on_validation(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        body = getattr(getattr(request.scope.get("route"), "body_field", None), "field_info", None)
        told = (_wrong(each, body and body.annotation) for each in error.errors()[:MOST_ERRORS])
        errors = {entry["at"]: entry for entry in told}
        return response(
            Unprocessable(
                "Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=tuple(errors.values())
            ),
            request,
        )

    async def on_error(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", path=request.scope.get("route_path", ""), error=error)
        return response(_of_status(500, None), request)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, on_error)


def _wrong(error: Mapping[str, Any], body: Any) -> dict[str, str]:
    said = correction({**error, "loc": error["loc"][1:]}, body)
    # Below a parameter's name come only the types that Pydantic tried.
    steps = error["loc"] if error["loc"][0] == "body" else error["loc"][:2]
    return {"at": "/" + "/".join(map(str, steps)), "code": error["type"], **said._asdict()}


def _methods(request: Request) -> list[str]:
    """The methods allowed on a request's path, over all its routes: Starlette names only those of the first.

    Whatever takes GET takes HEAD (`kit.heads`).
    """
    routes = request.app.router.routes
    asked = {method: {**request.scope, "method": method} for method in _METHODS}
    taken = {name for name, scope in asked.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)}
    return sorted(taken | ({"HEAD"} if "GET" in taken else set()), key=_METHODS.index)


def _of_status(status: int, headers: Mapping[str, str] | None) -> Problem:
    known = next((kind for kind in Problem.__subclasses__() if kind.status == status), None)
    if known:
        return known(headers=headers)
    kind = type(
        "Problem",
        (Problem,),
        {"status": status, "slug": f"http-{status}", "title": _TITLES.get(status, Said("錯誤", "Error"))},
    )
    problem: Problem = kind(headers=headers)
    return problem


_TAGS: Mapping[Lang, str] = {"zh": "zh-TW", "en": "en"}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_TITLES = {405: Said("不支援的方法", "Method not allowed"), 500: Said("系統錯誤", "Internal server error")}
