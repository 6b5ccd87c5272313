"""Settings of who may come in: machine callers everywhere, people where a service has pages."""

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlsplit

from kit.settings import JsonList, JsonObject
from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator


class Access(BaseModel):
    """What every service is told beside: who may call its API."""

    callers: JsonList = "[]"
    """JSON list of machine callers: `{"name", "role", "counties": [..], "token_sha256"}`."""


class SignIn(Access):
    """What a service with pages is told: who may come in, and how."""

    officers: JsonList = "[]"
    """JSON list, or the path of a file with one: `{"username", "name", "role", "counties": [..], "password_hash"}`.

    `python -m dispatch password` makes the hash of a password that it reads from standard input. An entry with
    `"units": [..]` sees only the cases that these units lead or take part in; so does an entry of `callers`.
    """
    session_hours: int = Field(default=12, ge=1, le=24)
    session_idle_minutes: int = Field(default=240, ge=5, le=1440)
    """A session ends when nothing was asked for so long: a county setting; a night without reports is no absence."""
    public_url: str = ""
    """Where browsers find these pages, such as `https://board.example.gov.tw`; what they asked for when empty.

    Needed with a provider, but for one on this machine.
    """
    public_dispatch_url: str = ""
    """Where a browser reaches dispatch's board; with it, pages of the other services lead there."""
    public_intake_url: str = ""
    """The same of intake's desk."""
    public_network_url: str = ""
    """The same of network's cases."""
    public_notify_url: str = ""
    """The same of notify's messages."""
    oidc_issuer: str = ""
    """The OpenID Connect provider, as its discovery document names itself; people have passwords alone when empty."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_claims: JsonObject = "{}"
    """Which claims say `username`, `name`, `role`, `counties` and `units`, where they differ from `web.oidc.CLAIMS`."""

    @property
    def sites(self) -> Mapping[str, str]:
        """The pages of the services, by name; empty where nobody said where they are."""
        told = {
            "intake": self.public_intake_url, "dispatch": self.public_dispatch_url,
            "network": self.public_network_url, "notify": self.public_notify_url,
        }  # fmt: skip
        return {name: url.rstrip("/") for name, url in told.items()}

    @field_validator("oidc_issuer", "public_url")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if value and urlsplit(value).scheme != "https" and not _is_here(value):
            raise ValueError("must be an https address; http is for this machine alone")
        return value

    @model_validator(mode="after")
    def _is_registered(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("oidc_client_id is needed with oidc_issuer: the name under which the provider knows this")
        if self.oidc_issuer and not self.public_url and not _is_here(self.oidc_issuer):
            raise ValueError(
                "public_url is needed with oidc_issuer: without it the Host header of a request would say "
                "where the provider sends people back to"
            )
        return self


def _is_here(url: str) -> bool:
    """Whether it is on this machine, where a demonstration is."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost")
