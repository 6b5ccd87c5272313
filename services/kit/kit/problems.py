"""Problems as RFC 9457 defines them, in zh-TW or English, never echoing what was sent."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from kit.corrections import correction
from kit.telemetry import log

# Problem
#   Unauthorized  Forbidden  NotFound  Conflict  TooLarge  UnsupportedMedia  Unprocessable  TooMany  Unavailable
TYPES = "urn:safetynet:problem:"
SOON = {"Retry-After": "2"}


class Problem(Exception):
    """Something the caller can correct; the class gives status, title and type."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[tuple[str, str]] = ("Bad request", "請求有誤")

    def __init__(
        self,
        en: str = "",
        zh: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(en or self.title[0])
        self.detail = (en, zh or en)
        self.errors = errors
        self.headers = dict(headers or {})


class BadRequest(Problem):
    pass


class Unauthorized(Problem):
    status, slug, title = 401, "unauthorized", ("Unauthorized", "未經授權")


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", ("Forbidden", "權限不足")


class NotFound(Problem):
    status, slug, title = 404, "not-found", ("Not found", "查無資料")


class Conflict(Problem):
    status, slug, title = 409, "conflict", ("Conflict", "資料衝突")


class TooLarge(Problem):
    status, slug, title = 413, "too-large", ("Too large", "內容過大")


class UnsupportedMedia(Problem):
    status, slug, title = 415, "unsupported-media-type", ("Unsupported media type", "不支援的格式")


class Unprocessable(Problem):
    status, slug, title = 422, "invalid", ("Invalid fields", "欄位有誤")


class TooMany(Problem):
    status, slug, title = 429, "too-many-requests", ("Too many requests", "請求過於頻繁")


class Unavailable(Problem):
    status, slug, title = 503, "unavailable", ("Service unavailable", "服務暫時無法使用")


def language(request: Request) -> int:
    """0 for English, 1 for zh-TW: whichever `Accept-Language` weighs more, English when it names neither."""
    weights = {"en": 0.0, "zh": 0.0}
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        name = tag.split("-")[0].lower()
        if name in weights:
            weights[name] = max(weights[name], float(quality) if quality.replace(".", "", 1).isdecimal() else 1.0)
    return 1 if weights["zh"] > weights["en"] else 0


def response(problem: Problem, request: Request) -> JSONResponse:
    chosen = language(request)
    body: dict[str, Any] = {
        "type": TYPES + problem.slug,
        "title": problem.title[chosen],
        "status": problem.status,
        "detail": problem.detail[chosen] or problem.title[chosen],
        "instance": request.url.path,
    }
    if problem.errors:
        body["errors"] = [_entry(entry, chosen) for entry in problem.errors]
    headers = problem.headers | {"Content-Language": ("en", "zh-TW")[chosen], "Cache-Control": "no-store"}
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def _entry(entry: Mapping[str, str], chosen: int) -> dict[str, str]:
    """One wrong field: `at` (JSON pointer), `code`, and `en` or `zh` as `detail`."""
    return {key: value for key, value in entry.items() if key not in ("en", "zh")} | {
        "detail": entry.get(("en", "zh")[chosen]) or entry.get("en", "")
    }


def install(app: FastAPI) -> None:
    """Answer every failure of `app` with a problem document."""

    async def on_problem(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, Problem)
        return response(error, request)

    async def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers = {"Allow": ", ".join(_methods(request))} if error.status_code == 405 else error.headers
        return response(_of_status(error.status_code, headers), request)

    async def on_validation(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        errors = {entry["at"]: entry for entry in map(_wrong, error.errors())}
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


def _wrong(error: Mapping[str, Any]) -> dict[str, str]:
    en, zh = correction(error)
    # Below a parameter's name come only the types that Pydantic tried.
    steps = error["loc"] if error["loc"][0] == "body" else error["loc"][:2]
    return {"at": "/" + "/".join(map(str, steps)), "code": error["type"], "en": en, "zh": zh}


def _methods(request: Request) -> list[str]:
    """The methods allowed on a request's path, over all its routes: Starlette names only those of the first."""
    routes = request.app.router.routes
    asked = {method: {**request.scope, "method": method} for method in _METHODS}
    return [name for name, scope in asked.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)]


def _of_status(status: int, headers: Mapping[str, str] | None) -> Problem:
    known = next((kind for kind in Problem.__subclasses__() if kind.status == status), None)
    if known:
        return known(headers=headers)
    named = type(
        "Problem",
        (Problem,),
        {"status": status, "slug": f"http-{status}", "title": _TITLES.get(status, ("Error", "錯誤"))},
    )
    found: Problem = named(headers=headers)
    return found


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_TITLES = {405: ("Method not allowed", "不支援的方法"), 500: ("Internal server error", "系統錯誤")}
