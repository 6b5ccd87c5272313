"""A server that answers from a script, to see what a client does with answers that are hard to get otherwise."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Told:
    """One answer; a status of 0 breaks the connection off."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Scripted:
    """The answers still to give, and the requests that came: path and headers."""

    url: str = ""
    answers: list[Told] = field(default_factory=list)
    came: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def scripted(*answers: Told) -> Iterator[Scripted]:
    script = Scripted(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            script.came.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            told = script.answers.pop(0)
            if not told.status:
                self.close_connection = True
                return
            body = json.dumps(told.body).encode()
            self.send_response(told.status)
            for name, value in (told.headers | {"content-length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PATCH = do_POST  # noqa: N815 -- the names that the library asks for

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
