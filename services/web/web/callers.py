"""Machine callers: a bearer token names a caller, its role and its counties; deny by default."""

import hashlib
import hmac
import json
from collections.abc import Collection
from typing import Any

from contracts.roles import Caller, May, who
from fastapi import Depends, Request, Response
from kit.problems import NO_STORE, Forbidden, Unauthorized


def digest(secret: str) -> str:
    """SHA-256 of a random 256-bit secret: how tokens and keys are stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def bearer(request: Request) -> str:
    """The bearer token of a request. Raises Unauthorized without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(
            "Send the header Authorization: Bearer <key>.",
            "請以 Authorization: Bearer <金鑰> 標頭送出。",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return token.strip()


class Callers:
    """The callers a service knows, by the digest of their token."""

    def __init__(self, listed: str) -> None:
        self._known = [
            (entry["token_sha256"], Caller(entry["name"], entry["role"], *_bounds(entry)))
            for entry in json.loads(listed)
        ]

    def of(self, token: str) -> Caller | None:
        sent = digest(token)
        return next((caller for known, caller in self._known if hmac.compare_digest(known, sent)), None)

    def called(self, name: str) -> list[Caller]:
        """Those of a name."""
        return [caller for _, caller in self._known if caller.name == name]

    def admit(self, request: Request, response: Response, roles: Collection[str]) -> Caller:
        """The caller of a request, whose answer is not to be cached. Raises Unauthorized, or Forbidden for a role."""
        response.headers.update(NO_STORE)
        caller = self.of(bearer(request))
        if caller is None:
            raise Unauthorized("This token is unknown.", "權杖無效。", headers={"WWW-Authenticate": "Bearer"})
        if caller.role not in roles:
            raise Forbidden("This role does not allow that.", "此角色無此權限。")
        return caller


def allowed(what: May) -> Any:
    """A FastAPI dependency: the caller, one of `app.state.callers`, if its role may do this."""

    async def caller(request: Request, response: Response) -> Caller:
        callers: Callers = request.app.state.callers
        return callers.admit(request, response, who(what))

    return Depends(caller)


def must_cover(caller: Caller, county: str) -> None:
    """Raises Forbidden for a county outside the caller's bounds."""
    if not caller.sees(county):
        raise Forbidden("This token does not cover that county.", "此權杖不含該縣市。")


def _bounds(entry: dict[str, list[str]]) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(entry["counties"]), frozenset(entry.get("units", ()))
