"""What a sender says beside a body: which request it is."""

import re

from kit.problems import BadRequest
from starlette.requests import Request

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(request: Request) -> str | None:
    """The header Idempotency-Key. Raises BadRequest for a malformed one."""
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequest(
            "Idempotency-Key has 1 to 255 visible ASCII characters: use a fresh UUID for each report.",
            "Idempotency-Key 為 1 至 255 個可見 ASCII 字元：每份通報請用新的 UUID。",
        )
    return key
