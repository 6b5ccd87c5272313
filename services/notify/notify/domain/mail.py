"""What a person reads in e-mail: the words of the card, and a link behind which they sign in. Nothing else."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP

from notify.domain.escalation import Whom
from notify.domain.message import Wording, facts_of, link_of
from notify.domain.notices import Notice


def return_address(sender: str, delivery_id: str) -> str:
    """The envelope's sender of one delivery: what bounces names the delivery, and nobody."""
    name, _, domain = sender.partition("@")
    return f"{name}+{delivery_id}@{domain}"


def compose_mail(
    notice: Notice, wording: Wording, whom: Whom | None, *, sender: str, to: str, id: str, sites: Mapping[str, str]
) -> EmailMessage:
    """The message of a step that asks `whom`; without one what the notice itself says.

    Its subject is the task's code alone, as on a lock screen. A repeat has the same Message-ID.
    """
    template, message = wording.templates[notice.template], EmailMessage(policy=SMTP)
    asking = wording.escalations[whom] if whom else template
    message["From"], message["To"] = sender, to
    message["Subject"] = wording.alt_of(notice)
    message["Message-ID"] = f"<{id}@{sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    lines = (asking.title, asking.ask.format(code=notice.code), *facts_of(notice, wording))
    message.set_content("\n".join((*lines, link_of(notice, template, sites), "")))
    return message
