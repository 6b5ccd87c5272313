"""An OpenID provider of tests: keys of its own, that it may rotate, served over HTTP on this machine."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

AUDIENCE = "safetynet-intake"


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def ec(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


@dataclass
class Provider:
    """`keys` are those it publishes; `fetched` counts how often somebody asked for them."""

    issuer: str
    url: str
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    fetched: int = 0
    away: bool = False

    def token(self, key: RSAKey | ECKey | None = None, alg: str = "RS256", **changes: Any) -> str:
        """A token of the client `clinic`; a claim of None is left out."""
        signing = key or self.keys[0]
        told = {"iss": self.issuer, "aud": AUDIENCE, "client_id": "clinic", "iat": int(time.time()),
                "exp": int(time.time()) + 300} | changes  # fmt: skip
        claims = {name: value for name, value in told.items() if value is not None}
        return jwt.encode({"alg": alg, "kid": signing.kid}, claims, signing, algorithms=[alg])

    def setting(self, **more: Any) -> str:
        """What `OIDC_ISSUERS` says of it."""
        return json.dumps([{"issuer": self.issuer, "audience": AUDIENCE, "jwks_url": self.url} | more])

    def jwks(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


@asynccontextmanager
async def providing(*keys: RSAKey | ECKey) -> AsyncIterator[Provider]:
    """A provider that serves its key set until the test ends."""
    provider = Provider("https://login.test", "")
    provider.keys.extend(keys)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        provider.fetched += 1
        body = json.dumps(provider.jwks()).encode()
        status = b"503 Away" if provider.away else b"200 OK"
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    provider.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
    async with server:
        yield provider
