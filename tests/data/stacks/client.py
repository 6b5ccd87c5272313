"""Posts files by a client stack of Python: `client.py STACK URL FOLDER`; prints the status of each, null for none."""

import asyncio
import http.client
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import requests

STACK, URL, FOLDER = sys.argv[1:]
HEADERS = {"Content-Type": "application/json", "Authorization": "Bearer police-key"}


class BrokenOff(Exception):
    pass


def pieces(body: bytes, *, whole: bool) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    time.sleep(0.2)
    if not whole:
        raise BrokenOff
    yield body[len(body) // 2 :]


async def pieces_async(body: bytes, *, whole: bool) -> AsyncIterator[bytes]:
    for piece in pieces(body, whole=whole):
        yield piece


def with_urllib(body: Any) -> int:
    asked = urllib.request.Request(URL, body, HEADERS)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def with_requests(body: Any) -> int:
    return requests.post(URL, data=body, headers=HEADERS, timeout=30).status_code


def with_httpx(body: Any) -> int:
    return httpx.post(URL, content=body, headers=HEADERS, timeout=30).status_code


def with_http_client(body: Any) -> int:
    wire = http.client.HTTPConnection(urlsplit(URL).netloc, timeout=30)
    wire.request("POST", urlsplit(URL).path, body, HEADERS, encode_chunked=not isinstance(body, bytes))
    return wire.getresponse().status


async def with_aiohttp(body: Any) -> int:
    async with aiohttp.ClientSession() as session, session.post(URL, data=body, headers=HEADERS) as answer:
        return answer.status


POSTS = {"urllib": with_urllib, "requests": with_requests, "httpx": with_httpx, "http.client": with_http_client}


def post(what: str) -> int | None:
    body = (FOLDER_PATH / f"{what}.json").read_bytes()
    try:
        if STACK == "aiohttp":
            slowly = pieces_async(body, whole=what == "slow")
            return asyncio.run(with_aiohttp(slowly if what in ("slow", "broken") else body))
        return POSTS[STACK](pieces(body, whole=what == "slow") if what in ("slow", "broken") else body)
    except (BrokenOff, aiohttp.ClientError, requests.ConnectionError):
        return None


FOLDER_PATH = Path(FOLDER)
print(json.dumps({what: post(what) for what in ("good", "bad", "large", "slow", "broken")}))
