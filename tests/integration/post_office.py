"""A mail server beside notify, and a colleague who is written to there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.integration.notify_stage import LEAD, FakeLine, Stage, on_stage, settings_of

ADDRESS, PERSON = "lin.hsiaomei@county.example", "caseworker"


@dataclass
class Post:
    """A mail server that remembers what came, and answers as it is told."""

    answer: str = "250 OK"
    came: list[Envelope] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.came.append(envelope)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer


@asynccontextmanager
async def post_office(
    env: dict[str, str], line: FakeLine, post: Post, *, unit: str = LEAD, **more: object
) -> AsyncIterator[Stage]:
    """A notify with a mail server, a person on call for a unit who has no LINE, and their address."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(post), "127.0.0.1", 0)
    mail = {
        "mail_host": "127.0.0.1",
        "mail_port": server.sockets[0].getsockname()[1],
        "mail_security": "none",
        "mail_sender": "notices@county.example",
    }
    try:
        async with on_stage(settings_of(env, **mail, **more), line) as stage:
            assert (await stage.send("PUT", "/v1/mail-address", PERSON, address=ADDRESS)).status_code == 200
            turns = {"people": [PERSON], "since": "2026-01-01"}
            assert (await stage.send("PUT", "/v1/rota", "supervisor", unit=unit, turns=turns)).status_code == 200
            yield stage
    finally:
        server.close()
