"""The county's mail server, and what its answers mean."""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib
from kit.telemetry import log
from kit.tls import authorities

from notify.domain.attempts import Failed, Later, Sent

SECONDS = 20.0


@dataclass(frozen=True)
class Server:
    """The county's mail server; without a host there is no such channel. `tls` from the first byte, or STARTTLS."""

    host: str = ""
    port: int = 25
    sender: str = ""
    username: str = ""
    password: str = ""
    security: str = "starttls"

    async def send(self, message: EmailMessage, sender: str, to: str) -> Sent | Failed | Later:
        """One message to one person, by a connection of its own. Never raises for faults of the server."""
        context: ssl.SSLContext | None = authorities() if self.security != "none" else None
        try:
            await aiosmtplib.send(
                message,
                sender=sender,
                recipients=[to],
                hostname=self.host,
                port=self.port,
                username=self.username or None,
                password=self.password or None,
                use_tls=self.security == "tls",
                start_tls=self.security == "starttls",
                tls_context=context,
                timeout=SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            return judged(error.recipients[0].code, error.recipients[0].message)
        except aiosmtplib.SMTPResponseException as error:
            return judged(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError) as error:
            log.warning("mail_server_silent", error=error)
            return Later("no_answer")
        return Sent(None)


def judged(code: int, text: str) -> Failed | Later:
    """5xx is for good, 4xx is for now; 5.7.x speaks of our own domain or message, so that the box is not at fault."""
    if 500 <= code < 600 and not text.startswith("5.7."):
        return Failed("refused")
    return Later(f"smtp_{code}")
