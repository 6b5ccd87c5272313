"""A service as browsers and other services reach it: served on a port of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import httpx
import uvicorn
from fastapi import FastAPI
from stack.ports import free_port

TLS = httpx.create_ssl_context()
"""Made once: reading the world's certificates takes longer than most tests."""


__all__ = ["caller", "free_port", "serving"]


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
