"""Settings of notify."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from kit.settings import JsonList, JsonObject, ServiceSettings
from pydantic import Field, FilePath, SecretStr, model_validator
from web.settings import SignIn

from notify.line import Access
from notify.mail.server import Server


class Settings(ServiceSettings, SignIn):
    """The settings of every service, and notify's own."""

    line_api_base: str = "https://api.line.me"
    line_channel_token: SecretStr = SecretStr("")
    """A channel access token. One in a mounted secret file of this name is read again when LINE refuses it."""
    line_channel_token_file: FilePath | None = None
    """A file that holds the token, in place of the above: read again when LINE refuses what it held."""
    line_channel_id: str = ""
    """With it notify asks LINE for tokens of 15 minutes, by this id and the secret, and needs no other."""
    line_channel_secret: SecretStr
    line_groups: JsonObject = "{}"
    """JSON object of unit id to LINE group id, or the path of a file with one."""
    line_timeout_seconds: float = Field(default=10, gt=0, le=30)
    line_concurrency: int = Field(default=20, ge=1, le=200)
    line_backoff_seconds: float = Field(default=1, gt=0)
    """The wait after the first doubtful answer; doubles with each, up to five minutes."""
    line_doubt_seconds: float = Field(default=60, gt=0, le=3600)
    """After so long without an answer of LINE an emergency goes by the second channel, and one message asks for all."""
    heartbeat_url: str = ""
    """Asked every minute while no step of an escalation is late; whoever watches it rings when it stays away."""
    line_unbound_press: Literal["accepts", "is_seen"] = "accepts"
    """What a press does whose LINE user is bound to no account: accept under the name that LINE shows, or nothing."""
    escalation_file: FilePath | None = None
    """The county's escalation policies, in place of those that the service brings."""
    routing_file: FilePath | None = None
    """The county's routing, in place of the one that the service brings."""
    mail_host: str = ""
    """The mail server; without one there is no second channel."""
    mail_port: int = Field(default=587, ge=1, le=65535)
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    mail_username: str = ""
    mail_password: SecretStr = SecretStr("")
    mail_sender: str = "notices@localhost"
    """Whom mail comes from; what bounces goes to this address with the delivery after a plus sign."""
    webhook_networks: JsonList = "[]"
    """Networks (JSON list of CIDRs) that groups' webhooks may reach beside the internet, there also by plain http."""
    webhook_ports: JsonList = "[443]"
    """Ports (JSON list) at which they may reach the public internet."""
    public_network_url: str = "http://127.0.0.1:8103"
    """Where a unit's browser reaches network's case pages: a message links there."""
    public_dispatch_url: str = "http://127.0.0.1:8102"
    public_notify_url: str = "http://127.0.0.1:8104"
    """Where a message about the news or a test leads."""

    @model_validator(mode="after")
    def _has_a_token(self) -> Self:
        if not (self.line_channel_id or self.line_channel_token_file or self.line_channel_token.get_secret_value()):
            raise ValueError("line_channel_id, line_channel_token_file or line_channel_token is needed")
        return self

    @property
    def line(self) -> Access:
        """How LINE is reached."""
        folder = self.model_config.get("secrets_dir")
        mounted = (
            Path(str(folder)) / "line_channel_token" if folder and "LINE_CHANNEL_TOKEN" not in os.environ else None
        )
        return Access(
            self.line_api_base,
            self.line_channel_token.get_secret_value(),
            self.line_channel_token_file or (mounted if mounted and mounted.is_file() else None),
            self.line_channel_id,
            self.line_channel_secret.get_secret_value(),
        )

    @property
    def mail(self) -> Server:
        """The mail server, if there is one."""
        password = self.mail_password.get_secret_value()
        return Server(
            self.mail_host, self.mail_port, self.mail_sender, self.mail_username, password, self.mail_security
        )

    @property
    def groups(self) -> Mapping[str, str]:
        found: dict[str, str] = json.loads(self.line_groups)
        return found
