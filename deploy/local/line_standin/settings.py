"""The stand-in's settings, from its environment."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Environment variables, by the field's name in capitals: `PORT`, `LINE_CHANNEL_TOKEN` and so on.

    `line_groups` is a JSON or YAML file in the shape of `groups.yaml`; `line_state` a JSON-lines file that outlives the
    process; `line_quota` the monthly limit in messages (none: unlimited); `line_hold` how many seconds a timeout lasts.
    """

    host: str = "127.0.0.1"
    port: int = 8109
    line_channel_token: SecretStr
    line_channel_secret: SecretStr
    line_channel_id: str = "1650000001"
    notify_webhook_url: str | None = None
    line_groups: Path | None = None
    line_state: Path | None = None
    line_quota: int | None = Field(default=None, ge=0)
    line_hold: float = Field(default=60.0, gt=0)
