"""Running a service: one uvicorn process, bounded before any route is asked, that stops gracefully."""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig

from kit import mongo, problems, telemetry
from kit.bodies import BoundedBodies
from kit.connections import Connection
from kit.heads import AnswersHead
from kit.interpreter import settle
from kit.leaving import EndsWithItsReader
from kit.problems import Unavailable
from kit.settings import ServiceSettings
from kit.telemetry import TraceRequests, log

VERSION = "0.1.0"
NOT_STARTED = 3
"""The exit code of a service that could not listen, as uvicorn's own."""
# FastAPI records spans of its own, with paths in them, once a tracer is set up; TraceRequests names routes only.
_NONE_OF_ITS_OWN: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Prepare = Callable[[], Awaitable[None]]
EVERYWHERE = (
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
)
"""Of every answer, the server's own refusals aside; over plain HTTP browsers pass the first by."""


def application(
    title: str, lifespan: Lifespan, prepares: Sequence[Prepare] = (), *, streams: Collection[str] = (),
    lists: Collection[str] = (),
) -> FastAPI:  # fmt: skip
    """An application as every service has it: prepared, traced once, every failure a problem document.

    `prepares` make what must stand before it serves, such as indexes; each may be repeated. `streams` are the paths
    whose routes bound what they read themselves, `lists` the ends of those that take lists of people.
    """

    @asynccontextmanager
    async def prepared(app: FastAPI) -> AsyncIterator[None]:
        await prepare(app)
        async with lifespan(app):
            yield

    app = FastAPI(
        title=title,
        version=VERSION,
        lifespan=prepared,
        telemetry=_NONE_OF_ITS_OWN,
        # No page of FastAPI's own: it would run scripts from elsewhere where people are signed in.
        docs_url=None,
        redoc_url=None,
        # Behind a TLS proxy it would redirect to http://, and key and report would follow in the clear.
        redirect_slashes=False,
    )
    app.state.prepares = tuple(prepares)
    app.add_middleware(BoundedBodies, but=streams, lists=lists)
    app.add_middleware(TraceRequests)
    app.add_middleware(EndsWithItsReader)
    app.add_middleware(AnswersHead)
    problems.install(app)
    app.add_exception_handler(mongo.DatabaseError, _database_failed)
    return app


def add_routes(app: FastAPI, *routers: APIRouter) -> None:
    """Serve the routes of routers as they are.

    `include_router` is for what is added to them, such as a dependency: it builds every route again for each
    application, at its first request: 0.3 s of CPU of network's start.
    """
    for router in routers:
        app.router.routes.extend(router.routes)


async def prepare(app: FastAPI) -> None:
    """Make what must stand before the service serves, and nothing else: for a release that wants it made beforehand."""
    for each in app.state.prepares:
        await each()


async def _database_failed(request: Request, error: Exception) -> JSONResponse:
    log.error("database_failed", error=error)
    problem = Unavailable(
        "The database is away: send the same again, with the same Idempotency-Key if there was one.",
        "資料庫暫時無法使用：請重送相同內容；原有 Idempotency-Key 者請沿用。",
        headers=problems.SOON,
    )
    return problems.response(problem, request)


def serve(app: FastAPI, name: str, settings: ServiceSettings) -> None:
    """Serve `app` until SIGTERM: stop taking, finish what runs, commit, leave."""
    telemetry.install(name, level=settings.log_level, exporter=telemetry.otlp(settings.otlp_endpoint))
    settle()
    running = server(app, settings)
    with suppress(KeyboardInterrupt):
        running.run()
    if not running.started:
        sys.exit(NOT_STARTED)


def server(app: FastAPI, settings: ServiceSettings) -> uvicorn.Server:
    """The server of every service, which bounds what comes before a route is asked."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=Connection,
            # Nobody here speaks it, and its parser would not be ours.
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            headers=list(EVERYWHERE),
            proxy_headers=bool(settings.forwarded_allow_ips),
            forwarded_allow_ips=settings.forwarded_allow_ips,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )
    )


def print_openapi(app: FastAPI) -> None:
    """The OpenAPI document on stdout, as it is committed under `contracts/openapi/`."""
    json.dump(app.openapi(), sys.stdout, ensure_ascii=False, indent=2, sort_keys=True)
    print()
