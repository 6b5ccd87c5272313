"""A sender that writes before it reads gets its answer: the rest of its body is thrown away, within bounds."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from contracts.event import Model
from fastapi import FastAPI, Request
from kit import bodies, health
from kit.bodies import MOST_LISTED, holds_more_than
from kit.problems import Unauthorized
from kit.serve import application
from network.programmes.files_api import ListsBody

FIVE_MB = b'{"words": "' + b"x" * 5_000_000 + b'"}'


class Said(Model):
    words: str


class All(Model):
    numbers: list[int]


@asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    yield


async def holds() -> bool:
    return True


def app() -> FastAPI:
    made = application("Test", nothing)

    @made.post("/said")
    async def said(words: Said) -> int:
        return len(words.words)

    @made.post("/all")
    async def all(of: All) -> int:
        return len(of.numbers)

    @made.post("/form")
    async def form(request: Request) -> int:
        return len((await request.form()).multi_items())

    @made.post("/closed")
    async def closed() -> None:
        raise Unauthorized

    made.include_router(health.routes({"part": holds}, holds))
    return made


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app(), port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def head(path: str, *lines: str, method: str = "POST") -> bytes:
    return "\r\n".join(
        [f"{method} {path} HTTP/1.1", "Host: test", "Content-Type: application/json", *lines, "", ""]
    ).encode()


def answer(port: int, *pieces: bytes) -> bytes:
    """Everything that is answered to a sender that reads nothing before it has sent everything."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        for piece in pieces:
            wire.sendall(piece)
        wire.settimeout(20)
        told = b""
        while piece := wire.recv(65_536):
            told += piece
            if b"connection: close" not in told.lower() and told.endswith(b"}"):
                break
        return told


CHUNK = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
BLIND = {
    "told": (head("/said", f"Content-Length: {len(FIVE_MB)}"), FIVE_MB),
    "in chunks": (head("/said", "Transfer-Encoding: chunked"), CHUNK * 80 + b"0\r\n\r\n"),
    "who has no right": (head("/closed", f"Content-Length: {len(FIVE_MB)}"), FIVE_MB),
    "to a path that is not there": (head("/nowhere", f"Content-Length: {len(FIVE_MB)}"), FIVE_MB),
    "by a wrong method": (head("/said", f"Content-Length: {len(FIVE_MB)}", method="PUT"), FIVE_MB),
}


@pytest.mark.parametrize(("who", "status"), zip(BLIND, (413, 413, 401, 404, 405), strict=True))
def test_who_sends_five_megabytes_before_reading_gets_the_answer(port: int, who: str, status: int) -> None:
    told = answer(port, *BLIND[who])
    assert told.startswith(f"HTTP/1.1 {status} ".encode())
    assert json.loads(told.partition(b"\r\n\r\n")[2])["status"] == status


def test_urllib_is_told_that_its_body_is_too_large(port: int) -> None:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/said", FIVE_MB, {"Content-Type": "application/json"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(asked, timeout=20)
    assert caught.value.code == 413 and json.load(caught.value)["status"] == 413


def test_a_connection_outlives_a_refusal_whose_body_is_small(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        for _ in range(2):
            wire.sendall(head("/closed", "Content-Length: 3"))
            wire.sendall(b"{ }")
            assert wire.recv(65_536).startswith(b"HTTP/1.1 401 ")


def test_who_waits_for_leave_to_send_is_answered_at_once(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(head("/closed", "Content-Length: 5000000", "Expect: 100-continue"))
        wire.settimeout(bodies.SECONDS / 2)
        told = b""
        while b"}" not in told:
            told += wire.recv(65_536)
        assert told.startswith(b"HTTP/1.1 401 ")


def test_nobody_sends_for_ever(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(head("/closed", "Content-Length: 5000000") + b"x")
        told = b""
        while piece := wire.recv(65_536):
            told += piece
    assert told.startswith(b"HTTP/1.1 401 ") and b"connection: close" in told


def test_nobody_sends_more_than_a_bound(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_THROWN_AWAY", 2**20)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(head("/said", "Content-Length: 500000000"))
        with pytest.raises(ConnectionError):
            wire.sendall(b"x" * 500_000_000)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_what_load_balancers_ask_with_head_is_answered_as_get_without_a_body(port: int, path: str) -> None:
    told = answer(port, head(path, "Connection: close", method="HEAD"))
    assert told.startswith(b"HTTP/1.1 200 ") and told.endswith(b"\r\n\r\n")
    assert b"content-length: " in told


def sent(port: int, path: str, body: bytes, kind: str) -> tuple[int, Any]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=20) as told:
            return told.status, json.load(told)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.mark.parametrize("item", [b"[]", b'""', b'{"a":1}', b"[[[]]]", b"1"])
def test_items_without_end_are_refused_before_any_is_validated(port: int, item: bytes) -> None:
    status, told = sent(port, "/all", b'{"numbers":[' + b",".join([item] * 200_000) + b"]}", JSON)
    assert (status, told["detail"]) == (413, "Send at most 25000 fields and items at a time.")


@pytest.mark.parametrize("field", [b"", b"a=1"])
def test_fields_of_a_form_without_end_are_refused_before_any_is_read(port: int, field: bytes) -> None:
    status, told = sent(port, "/form", b"&".join([field] * 100_000), FORM)
    assert (status, told["detail"]) == (413, "Send at most 1000 fields at a time.")


@pytest.mark.parametrize("kind", [
    "application/json", "Application/JSON ; charset=utf-8", "application/merge-patch+json",
    "application/x-www-form-urlencoded+json", "application/fhir+json",
])  # fmt: skip
def test_whatever_is_read_as_json_is_counted(port: int, kind: str) -> None:
    assert sent(port, "/all", b'{"numbers":[' + b",".join([b"1"] * 30_000) + b"]}", kind)[0] == 413


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "utf-32-le"])
def test_items_are_counted_in_every_encoding_that_is_read(port: int, encoding: str) -> None:
    """U+0122 holds the byte of a quotation mark."""
    body = '{"a":"Ģ","numbers":[' + ",".join(["1"] * 60_000) + '],"z":"Ģ"}'
    assert sent(port, "/all", body.encode(encoding), JSON)[0] == 413


def test_a_text_that_never_ends_is_looked_through_once() -> None:
    """A search that began again at each of its quotation marks would not come back within the hour."""
    assert not holds_more_than(25_000, b"," * 20_000 + b'"' + b'\\",' * 10_000)
    assert holds_more_than(25_000, b"," * 25_001 + b'"' + b'\\"' * 1_000_000)


def test_a_list_of_people_may_hold_as_many_as_its_contract_knows() -> None:
    rows = [{"reference": str(n), "national_id": "A1", "name": "x", "birth_date": "2000-01-01"} for n in range(5_000)]
    body = json.dumps({"lists": dict.fromkeys("abcde", rows)}).encode()
    assert not holds_more_than(MOST_LISTED, body)
    ListsBody.model_validate_json(body)


def test_what_is_within_the_bounds_is_read_whatever_signs_are_in_its_texts(port: int) -> None:
    assert sent(port, "/said", json.dumps({"words": ",[{" * 30_000}).encode(), JSON) == (200, 90_000)
    assert sent(port, "/all", json.dumps({"numbers": [1] * 24_000}).encode(), JSON) == (200, 24_000)
    assert sent(port, "/form", b"&".join([b"a=%2C"] * 1_000), FORM) == (200, 1_000)


def test_of_many_wrong_items_the_first_are_told(port: int) -> None:
    status, told = sent(port, "/all", b'{"numbers":[' + b",".join([b"[]"] * 12_000) + b"]}", JSON)
    assert (status, len(told["errors"])) == (422, 100)
