"""What comes back: reports of mail servers about a message that they had taken (RFC 3464)."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Literal, TypeAlias

Meaning: TypeAlias = Literal["dead", "ours", "later"]
"""The box is dead; the server blocks us or our message, which is never the person's fault; or it tries again."""

_RETURNS_TO = re.compile(r"\+([0-9a-f]{8}-[0-9a-f-]{27})@")
_MESSAGE_ID = re.compile(r"<([0-9a-f]{8}-[0-9a-f-]{27})@")
_ADDRESSED = ("to", "delivered-to", "x-original-to", "envelope-to")


@dataclass(frozen=True)
class Bounce:
    """A report about one of our messages: `status` is an enhanced status code (RFC 3463), such as 5.1.1."""

    delivery_id: str
    action: str
    status: str

    @property
    def meaning(self) -> Meaning | None:
        """None for a report of success, or one that says nothing that we can act on."""
        if self.action == "delayed" or self.status.startswith("4."):
            return "later"
        if self.action != "failed":
            return None
        return "ours" if self.status.startswith("5.7.") else "dead"


def bounce_of(raw: bytes) -> Bounce | None:
    """The bounce that a message is; None for any other mail, such as somebody's note that they are away."""
    message = message_from_bytes(raw, policy=default)
    fields = _fields(message)
    id = _delivery_of(message)
    if fields is None or id is None:
        return None
    status = (fields.get("status") or "").split()
    return Bounce(id, (fields.get("action") or "").strip().lower(), status[0] if status else "")


def _fields(message: EmailMessage) -> Message | None:
    """The fields of the recipient that a report is about: ours has one recipient."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            of_recipients = [each for each in blocks if isinstance(each, Message) and each.get("action")]
            return of_recipients[0] if of_recipients else None
    return None


def _delivery_of(message: EmailMessage) -> str | None:
    """By the address that it came back to, else by the message that it returns."""
    addressed = " ".join(str(value) for name in _ADDRESSED for value in message.get_all(name, []))
    if found := _RETURNS_TO.search(addressed):
        return found[1]
    ids = (str(part.get("message-id", "")) for part in message.walk() if part is not message)
    return next((found[1] for id in ids if (found := _MESSAGE_ID.search(id))), None)
