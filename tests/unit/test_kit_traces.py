"""A span says which route was asked and how it was answered: nothing that a caller wrote, wherever it stands."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from kit.serve import application
from kit.telemetry import spanning
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

PERSON = "林小美-Q222222220-0912345678"
ASCII = "canary-0912345678"


@asynccontextmanager
async def _nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def service() -> TestClient:
    app = application("a service", lifespan=_nothing)

    @app.api_route("/people/{name}", methods=["GET", "POST"])
    async def person(name: str) -> str:
        if name == "none":
            raise HTTPException(404, PERSON)
        if name == "broken":
            raise ValueError(PERSON)
        return name

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", f"/people/{PERSON}", {}),
        ("GET", f"/people/x?name={PERSON}&phone={ASCII}", {}),
        ("GET", f"/{ASCII}", {}),
        ("GET", "/people/none", {}),
        ("GET", "/people/broken", {}),
        ("POST", "/people/x", {"user-agent": ASCII, "referer": f"https://x/{ASCII}", "cookie": f"session={ASCII}"}),
        ("GET", "/people/x", {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tracestate": f"x={ASCII}"}),
        (
            "GET",
            "/people/x",
            {"baggage": f"name={ASCII}", "x-forwarded-for": ASCII, "authorization": f"Bearer {ASCII}"},
        ),
        ("GET", "/people/x", {"traceparent": ASCII}),
    ],
)
def test_a_request_leaves_nothing_of_its_caller_in_its_span(
    service: TestClient, spans: InMemorySpanExporter, method: str, path: str, headers: dict[str, str]
) -> None:
    service.request(method, path, headers=headers, content=PERSON.encode() if method == "POST" else None)
    found = spans.get_finished_spans()
    assert found
    for span in found:
        text = json.dumps(json.loads(span.to_json()), ensure_ascii=False)
        assert set(span.attributes or {}) == {"http.route", "http.response.status_code"}
        assert not any(each in text for each in (PERSON, ASCII, "林小美", "0912345678")), text
        assert span.events == ()


def test_what_breaks_is_named_by_its_class_alone(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="林小美"), spanning("work", {}, report_id="r1"):
        raise ValueError(PERSON)
    [span] = spans.get_finished_spans()
    assert (span.status.description, span.events) == ("ValueError", ())
