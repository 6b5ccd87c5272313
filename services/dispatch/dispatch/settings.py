"""Settings of dispatch."""

import json
from pathlib import Path

from kit.settings import ServiceSettings
from pydantic import Field, field_validator


class Settings(ServiceSettings):
    """What dispatch is told beyond the settings of every service."""

    officers: str = "[]"
    """JSON list, or the path of a file with one: `{"username", "name", "role", "counties": [..], "password_scrypt"}`.

    `python -m dispatch password` makes the hash of a password that it reads from standard input (see `kit.sessions`).
    """
    session_hours: int = Field(default=12, ge=1, le=24)

    @field_validator("officers")
    @classmethod
    def _is_a_list(cls, value: str) -> str:
        text = Path(value).read_text("utf-8") if value.startswith("/") else value
        if not isinstance(json.loads(text), list):
            raise ValueError("must be a JSON list of officers, or the path of a file that holds one")
        return text
