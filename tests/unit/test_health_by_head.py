"""Every service answers HEAD where load balancers ask for health."""

from collections.abc import Callable
from typing import Any

import dispatch.app
import dispatch.settings
import intake.app
import intake.settings
import network.app
import network.settings
import notify.app
import notify.settings
import pytest
from fastapi import FastAPI
from starlette.routing import Match

SECRETS = {"notify": {"line_channel_token": "none", "line_channel_secret": "none"}}
SERVICES: dict[str, tuple[Callable[[Any], FastAPI], Any]] = {
    "intake": (intake.app.create_app, intake.settings.Settings),
    "dispatch": (dispatch.app.create_app, dispatch.settings.Settings),
    "network": (network.app.create_app, network.settings.Settings),
    "notify": (notify.app.create_app, notify.settings.Settings),
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_every_service_answers_head_where_get_asks_for_health(service: str, path: str) -> None:
    create, settings = SERVICES[service]
    scope = {"type": "http", "path": path, "method": "HEAD"}
    routes = create(settings.without_secrets(**SECRETS.get(service, {}))).router.routes
    assert any(route.matches(scope)[0] is Match.FULL for route in routes)
