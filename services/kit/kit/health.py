"""Health, readiness and metrics of a service."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kit.telemetry import log

Check = Callable[[], Awaitable[bool]]


def routes(checks: Mapping[str, Check], is_moving: Check, notes: Mapping[str, Check] | None = None) -> APIRouter:
    """`/healthz` (fails when only a restart helps), `/readyz` (every check holds), `/metrics` (Prometheus).

    `notes` are told beside the checks and turn nothing away: what is theirs no other process does better.
    """
    router = APIRouter(tags=["operations"])

    @router.get("/healthz", summary="The process runs and takes what waits", responses={503: {"description": "Stuck"}})
    async def healthz() -> JSONResponse:
        moving = await is_moving()
        return JSONResponse({"status": "ok" if moving else "stuck"}, 200 if moving else 503)

    @router.get("/readyz", summary="The service can do its job", responses={503: {"description": "A part is away"}})
    async def readyz() -> JSONResponse:
        parts = {name: await _holds(name, check) for name, check in checks.items()}
        ready = all(parts.values())
        told = {name: await _holds(name, check) for name, check in (notes or {}).items()}
        body = {"status": "ready" if ready else "not ready", "parts": parts} | ({"notes": told} if notes else {})
        return JSONResponse(body, 200 if ready else 503)

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _holds(name: str, check: Check) -> bool:
    try:
        return await check()
    except Exception as error:  # told in the answer and in the log
        log.warning("not_ready", name=name, error=error)
        return False
