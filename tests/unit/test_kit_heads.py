"""HEAD is answered as GET without a body, at every address of every service."""

from collections.abc import Callable
from typing import Any

import dispatch.app
import dispatch.settings
import httpx
import intake.app
import intake.settings
import network.app
import network.settings
import notify.app
import notify.settings
import pytest
from fastapi import FastAPI

SECRETS = {"notify": {"line_channel_token": "none", "line_channel_secret": "none"}}
SERVICES: dict[str, tuple[Callable[[Any], FastAPI], Any]] = {
    "intake": (intake.app.create_app, intake.settings.Settings),
    "dispatch": (dispatch.app.create_app, dispatch.settings.Settings),
    "network": (network.app.create_app, network.settings.Settings),
    "notify": (notify.app.create_app, notify.settings.Settings),
}
OWN = [("intake", "/form"), ("intake", "/days"), ("intake", "/teaching"), ("intake", "/openapi.json")]


@pytest.mark.parametrize(
    ("service", "path"),
    [(service, path) for service in SERVICES for path in ("/metrics", "/v1/nowhere", "/static/nothing.css")] + OWN,
)
async def test_head_is_answered_as_get_without_a_body(service: str, path: str) -> None:
    create, settings = SERVICES[service]
    app = create(settings.without_secrets(**SECRETS.get(service, {})))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://here") as http:
        got, asked = await http.get(path), await http.head(path)
    assert asked.status_code == got.status_code
    assert asked.headers["content-type"] == got.headers["content-type"]
    assert got.content and not asked.content
    if path != "/metrics":  # which counts the requests themselves
        assert asked.headers["content-length"] == got.headers["content-length"]
