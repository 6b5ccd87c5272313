"""People who sign in at a page: passwords kept by scrypt, and a signed cookie that says who and until when."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time

from fastapi import Request, Response

from kit.auth import Caller
from kit.problems import Forbidden

COOKIE = "session"
HOURS = 12
_COST = (2**14, 8, 1)
"""scrypt's n, r and p: about 40 ms and 16 MiB a guess."""


def password_scrypt(password: str, salt: bytes | None = None) -> str:
    """How a password is stored: `<n>$<r>$<p>$<salt>$<hash>`, the last two in base64."""
    salt = salt or secrets.token_bytes(16)
    parts = (base64.b64encode(part).decode() for part in (salt, _hash(password, salt, *_COST)))
    return "$".join((*map(str, _COST), *parts))


def _hash(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p)


def _matches(password: str, stored: str) -> bool:
    n, r, p, salt, wanted = stored.split("$")
    found = _hash(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(wanted))


class Sessions:
    """Who may sign in (JSON list of `{"username", "name", "role", "counties", "password_scrypt"}`), and who has.

    The cookie holds a username and an end; the person is looked up at every request: one taken off the list is out.
    """

    def __init__(self, listed: str, key: bytes) -> None:
        entries = json.loads(listed)
        self._people = {
            each["username"]: Caller(each["name"], each["role"], frozenset(each["counties"])) for each in entries
        }
        self._passwords = {each["username"]: each["password_scrypt"] for each in entries}
        self._nobody = password_scrypt(secrets.token_hex(8))
        # A key of its own purpose, so that a cookie proves nothing anywhere else.
        self._key = hmac.new(key, b"sessions", hashlib.sha256).digest()

    async def check(self, username: str, password: str) -> Caller | None:
        """The person, if the password is right; an unknown name takes as long as a wrong password."""
        stored = self._passwords.get(username, self._nobody)
        right = await asyncio.to_thread(_matches, password, stored)
        return self._people.get(username) if right else None

    def sign_in(self, request: Request, response: Response, username: str) -> None:
        """Set the cookie of a person whose password was right."""
        text = base64.urlsafe_b64encode(json.dumps([username, int(time.time()) + HOURS * 3600]).encode()).decode()
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, f"{text}.{self._mac(text)}", max_age=HOURS * 3600, httponly=True, secure=secure, samesite="strict"
        )

    def sign_out(self, response: Response) -> None:
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    def of(self, request: Request) -> Caller | None:
        """Who sent this request, or None when nobody is signed in."""
        text, _, mac = request.cookies.get(COOKIE, "").partition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(text).encode()):
            return None
        username, until = json.loads(base64.urlsafe_b64decode(text))
        return self._people.get(username) if until > time.time() else None

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def must_be_same_site(request: Request) -> None:
    """Raises Forbidden for a form that another site made the browser send."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("Send this form from its own page.", "請由原頁面送出表單。")
