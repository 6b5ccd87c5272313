"""OpenID providers whose tokens agencies may bring, and their public keys: fetched, kept, changed as they rotate."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx
from kit.problems import Unavailable
from kit.telemetry import log
from kit.tls import authorities
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from pydantic_core import from_json
from web.keys import Key, public_keys

from intake.domain.access import Scope

KEPT = 3600.0
"""Seconds after which keys are fetched again, so that one the provider withdrew no longer opens anything."""
REFETCH = 60.0
"""Seconds between two fetches for an unknown key id: anyone can make one up."""
AGAIN = 5.0
FETCH_SECONDS = 5.0
MOST = 256 * 1024
SECURE = ("https://", "http://127.0.0.1", "http://localhost")


class Issuer(BaseModel):
    """One provider. `scopes` says what each of its scopes opens; without it the agency's own scopes apply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks_url: str | None = None
    jwks: dict[str, Any] | None = None
    claim: str | None = None
    """The claim that holds the agency's client id; without one `client_id`, or else `azp`."""
    scopes: Mapping[str, tuple[Scope, ...]] = {}

    @property
    def claims(self) -> Sequence[str]:
        return (self.claim,) if self.claim else ("client_id", "azp")

    @model_validator(mode="after")
    def _has_keys_from_a_safe_place(self) -> Self:
        if (self.jwks_url is None) == (self.jwks is None):
            raise ValueError("give either jwks_url or jwks")
        if self.jwks_url and not self.jwks_url.startswith(SECURE):
            raise ValueError("jwks_url must begin with https://")
        if self.jwks and not public_keys(self.jwks):
            raise ValueError("jwks has no RSA or P-256 key to check signatures with")
        return self


class IssuerKeys:
    """The public keys of one provider."""

    def __init__(self, issuer: Issuer) -> None:
        self._url = issuer.jwks_url
        self._keys = public_keys(issuer.jwks) if issuer.jwks else []
        self._tried = -math.inf
        self._fetching = asyncio.Lock()

    async def of(self, kid: str | None) -> Key | None:
        """The key of an id; without an id the only one. Raises Unavailable while no keys could be fetched yet."""
        if self._is_due(kid):
            async with self._fetching:
                if self._is_due(kid):
                    await self._fetch()
        if not self._keys:
            raise Unavailable(
                "The issuer's keys cannot be fetched now: send the same request again, or use your agency's key.",
                "目前無法取得發行者的公鑰：請稍後重送，或改用機關金鑰。",
                headers={"Retry-After": str(math.ceil(AGAIN))},
            )
        return self._found(kid)

    def _is_due(self, kid: str | None) -> bool:
        if self._url is None:
            return False
        wait = AGAIN if not self._keys else REFETCH if self._found(kid) is None else KEPT
        return time.monotonic() - self._tried >= wait

    def _found(self, kid: str | None) -> Key | None:
        if kid is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.kid == kid), None)

    async def _fetch(self) -> None:
        self._tried = time.monotonic()
        try:
            self._keys = public_keys(from_json(await _read(str(self._url)))) or self._keys
        except (httpx.HTTPError, ValueError, TimeoutError) as error:
            # Keep those we have: a provider that is away must not keep agencies from reporting.
            log.warning("issuer_keys_wait", error=error)


async def _read(url: str) -> bytes:
    """The body at a URL. Raises ValueError for one larger than any key set, httpx.HTTPError, TimeoutError."""
    found = bytearray()
    async with (
        asyncio.timeout(FETCH_SECONDS),
        httpx.AsyncClient(timeout=FETCH_SECONDS, trust_env=False, verify=authorities()) as http,
        http.stream("GET", url) as answer,
    ):
        answer.raise_for_status()
        async for chunk in answer.aiter_bytes():
            found += chunk
            if len(found) > MOST:
                raise ValueError("too large for a key set")
    return bytes(found)


def issuers_of(listed: str) -> tuple[Issuer, ...]:
    """The providers of the setting `OIDC_ISSUERS`. Raises ValueError (with what is wrong) for a broken entry."""
    return TypeAdapter(tuple[Issuer, ...]).validate_json(listed)
