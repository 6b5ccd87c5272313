"""The stand-in's settings, from its environment."""

from pydantic import Field
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """Environment variables, by the field's name in capitals; `port` is that of the page, `mail_port` of SMTP."""

    host: str = "127.0.0.1"
    port: int = 8107
    mail_port: int = 8125
    mail_kept: int = Field(default=500, ge=1)
    """So many messages are shown, the newest; they end with the process."""
