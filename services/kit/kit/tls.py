"""Whom a client of HTTPS believes."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """The world's certificate authorities, read once: to read them holds up the loop for a tenth of a second."""
    return httpx.create_ssl_context(trust_env=False)
