"""Settings of notify."""

import json
import socket
from collections.abc import Mapping

from kit.settings import JsonObject, ServiceSettings
from pydantic import Field, SecretStr
from web.settings import Access


class Settings(ServiceSettings, Access):
    """The settings of every service, and notify's own."""

    line_api_base: str = "https://api.line.me"
    line_channel_token: SecretStr
    line_channel_secret: SecretStr
    line_groups: JsonObject = "{}"
    """JSON object of unit id to LINE group id, or the path of a file with one."""
    line_timeout_seconds: float = Field(default=10, gt=0, le=30)
    line_concurrency: int = Field(default=20, ge=1, le=200)
    line_backoff_seconds: float = Field(default=1, gt=0)
    """The wait after the first doubtful answer; doubles with each, up to five minutes."""
    public_network_url: str = "http://127.0.0.1:8103"
    """Where a unit's browser reaches network's case pages: a message links there."""
    public_dispatch_url: str = "http://127.0.0.1:8102"

    @property
    def groups(self) -> Mapping[str, str]:
        found: dict[str, str] = json.loads(self.line_groups)
        return found

    @property
    def holder(self) -> str:
        """This process among its replicas; the same after a restart, so that it finds its own work again."""
        return f"{socket.gethostname()}:{self.port}"

    @property
    def sites(self) -> Mapping[str, str]:
        return {"network": self.public_network_url.rstrip("/"), "dispatch": self.public_dispatch_url.rstrip("/")}
