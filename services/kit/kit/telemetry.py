"""Traces, logs and metrics that name no one: ids and codes only, by an allow-list."""

import logging
import sys
import traceback
from asyncio import CancelledError
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import structlog
from contracts.logs import LOGGED
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Span, SpanKind
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALLOWED = LOGGED | frozenset(
    ("event", "level", "timestamp", "service", "trace_id", "span_id", "error", "where", "topic", "partition", "offset",
     "reader", "type", "attempt", "attempts", "count", "path", "status", "method", "seconds", "port", "collection",
     "event_id", "key_id", "ids", "name")
)  # fmt: skip
"""Keys a log line may have: of the domain, and of delivery. Any other is dropped, since free text may hold a person."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()
tracer = trace.get_tracer("safetynet")

REQUESTS = Histogram("safetynet_http_seconds", "Time to answer a request.", ["method", "route", "status"])
CONSUMED = Counter("safetynet_consumed_total", "Records handled.", ["topic", "reader", "result"])
DEAD = Counter("safetynet_dead_letters_total", "Records set aside.", ["topic", "reader", "reason"])
REFERRED = Counter(
    "safetynet_dead_letters_by_reference_total",
    "Records too large to be set aside with their body.",
    ["topic", "reader"],
)
PUBLISHED = Counter("safetynet_published_total", "Events acknowledged by Kafka.", ["topic"])
LEFT = 499
"""The status that is counted where nobody waited for the answer, as nginx counts it: no fault of ours."""
WAITING = Gauge("safetynet_outbox_oldest_seconds", "Age of the oldest event not yet published.", ["collection"])


def install(service: str, *, level: str = "INFO", exporter: SpanExporter | None = None) -> None:
    """Set up JSON logs on stdout and, with an exporter, traces for this process."""
    install_logs(service, level=level)
    # Without an exporter nobody reads a span: its ids still travel, its making (a tenth of a request) is spared.
    sampler = None if exporter else ALWAYS_OFF
    provider = TracerProvider(sampler=sampler, resource=Resource.create({"service.name": service}))
    if exporter:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def install_logs(service: str, *, level: str = "INFO") -> None:
    """JSON logs on stdout, of allowed keys only; what libraries log is named, never quoted."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            _name_errors,
            lambda _, __, entry: _allowed(entry) | {"service": service},
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    _quiet_libraries()


def otlp(endpoint: str | None) -> SpanExporter | None:
    """An exporter to an OpenTelemetry collector, or None without an address."""
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=endpoint)


class _Forwarded(logging.Handler):
    """A library's log record: its place and the class of its error, never its text, which may quote data."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        log.warning("library", name=record.name, where=f"{record.module}:{record.lineno}", error=error)


def _quiet_libraries() -> None:
    logging.basicConfig(handlers=[_Forwarded()], level=logging.WARNING, force=True)


def _with_trace(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        entry["trace_id"] = f"{context.trace_id:032x}"
    return entry


def _name_errors(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = entry.get("error")
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        entry["error"] = type(error).__qualname__
        entry["where"] = " < ".join(f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in reversed(frames))
    return entry


def _allowed(entry: MutableMapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key in ALLOWED}


def carried() -> dict[str, str]:
    """The current trace context as headers (W3C Trace Context), for an event that this work causes."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier


def context_of(headers: Mapping[str, str]) -> Context:
    """The trace context that came with headers."""
    return propagate.extract(headers)


@contextmanager
def spanning(
    name: str, headers: Mapping[str, str] | None = None, *, kind: SpanKind = SpanKind.INTERNAL, **facts: str
) -> Iterator[Span]:
    """A span of this work, child of the trace that `headers` carry; an error is named, its text is left out."""
    context = context_of(headers) if headers is not None else None
    with tracer.start_as_current_span(
        name, context, kind, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(trace.StatusCode.ERROR, type(error).__qualname__)
            raise


class TraceRequests:
    """Pure ASGI: a server span and a histogram for each request, by route and never by its path or query."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"] if key == b"traceparent"
        }
        status = 500

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = perf_counter()
        with spanning(scope["method"], headers, kind=SpanKind.SERVER) as span:
            try:
                await self.app(scope, receive, note)
            except CancelledError:
                status = LEFT
                raise
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                span.update_name(f"{scope['method']} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
                REQUESTS.labels(scope["method"], route, str(status)).observe(perf_counter() - began)
