"""The messages that came, newest last."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Message:
    """One message to one recipient, as it would lie in their box."""

    at: datetime
    sender: str
    to: str
    subject: str
    text: str


class Mailbox:
    """Everybody's; also the handler of aiosmtpd, which calls it for each message."""

    def __init__(self, most: int) -> None:
        self._messages: deque[Message] = deque(maxlen=most)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        told = message_from_bytes(content, policy=policy.default)
        body = told.get_body(("plain",))
        text = body.get_content() if body else ""
        at, sender, subject = datetime.now(UTC), envelope.mail_from or "", str(told["subject"] or "")
        self._messages.extend(Message(at, sender, to, subject, text) for to in envelope.rcpt_tos)
        return "250 OK"
