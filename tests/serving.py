"""A service as browsers and other services reach it: served on a port of this machine."""

import asyncio
import itertools
import os
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

import httpx
import uvicorn
from fastapi import FastAPI

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = range(20_000 + WORKER * 2_000, 22_000 + WORKER * 2_000)
"""Below those that the system gives to outgoing connections, and each worker's own: none is taken in between."""

TLS = httpx.create_ssl_context()
"""Made once: reading the world's certificates takes longer than most tests."""


_TURN = itertools.cycle(random.sample(PORTS, len(PORTS)))


def free_port() -> int:
    """A port that nobody listens on, and that is not given again before all the others were."""
    for port in _TURN:
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a cycle does not end")


@asynccontextmanager
async def serving(app: FastAPI, port: int = 0, *, lifespan: Literal["auto", "off"] = "auto") -> AsyncIterator[str]:
    """The address of `app`, served until the block ends; on a free port unless one is given."""
    port = port or free_port()
    config = uvicorn.Config(app, port=port, lifespan=lifespan, log_config=None, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started and not running.done():
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


def caller(url: str = "", **more: Any) -> httpx.AsyncClient:
    """A client as patient as a busy machine needs."""
    return httpx.AsyncClient(base_url=url, timeout=60, verify=TLS, **more)
