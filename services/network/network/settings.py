"""Settings of the network service."""

import base64
import json
from pathlib import Path

from kit.settings import ServiceSettings
from pydantic import SecretStr, field_validator


class Settings(ServiceSettings):
    """What every service is told, and who may sign in at the pages."""

    port: int = 8103
    officers: str = "[]"
    """JSON list, or the path of a file that holds it: `{"username", "name", "role", "counties", "password_scrypt"}`.

    Here and in `callers`, an entry with `"units": [..]` sees only the cases that these units lead or take part in.
    """

    @field_validator("officers")
    @classmethod
    def _is_a_list_of_people(cls, value: str) -> str:
        text = Path(value).read_text("utf-8") if value.startswith("/") else value
        if not isinstance(json.loads(text), list):
            raise ValueError("must be a JSON list of people, or the path of a file that holds one")
        return text

    @classmethod
    def without_secrets(cls) -> "Settings":
        """Enough to describe the service, not to run it."""
        key = SecretStr(base64.b64encode(bytes(32)).decode())
        return cls(master_key=key, blind_index_key=key)
