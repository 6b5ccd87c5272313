"""Settings of dispatch."""

from kit.settings import JsonList, ServiceSettings
from pydantic import Field


class Settings(ServiceSettings):
    """What dispatch is told beyond the settings of every service."""

    officers: JsonList = "[]"
    """JSON list, or the path of a file with one: `{"username", "name", "role", "counties": [..], "password_scrypt"}`.

    `python -m dispatch password` makes the hash of a password that it reads from standard input (see `kit.sessions`).
    """
    session_hours: int = Field(default=12, ge=1, le=24)
    reads: bool = True
    """False for pods that serve the board and the API alone: they decide nothing and take no part in the group."""
