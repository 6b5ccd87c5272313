"""OpenID Connect: code with PKCE, state and nonce, at any provider; an id token is proven before a word is believed."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from web.keys import public_keys
from web.people import Person
from web.settings import SignIn

ALGORITHMS = ("RS256", "ES256")
LEEWAY = 60
"""Seconds that the clocks of the provider and of this machine may differ."""
CLAIMS = {"username": "preferred_username", "name": "name", "role": "role", "counties": "counties", "units": "units"}
"""Where a provider says what, by default; a dot goes one level down, as in `realm_access.roles`."""
Said = Mapping[str, Any]


class NotSignedIn(Exception):
    """Why nobody was let in: `wrong`, `too_many`, `denied`, `stale`, `away`, `unproven`, `no_role` or `no_county`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True)
class Flow:
    """What one sign-in is asked with, and what its answer must match."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider. Its document and its keys are asked for at every sign-in: keys rotate, sign-ins are rare."""

    def __init__(self, issuer: str, client_id: str, secret: str, claims: Mapping[str, str]) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._secret = secret
        self._claims = CLAIMS | dict(claims)
        # Once: every client would read the world's certificates anew, and the event loop would wait for it.
        self._tls = httpx.create_ssl_context()

    @classmethod
    def of(cls, settings: SignIn) -> "Provider | None":
        """The provider that the settings name, or None."""
        if not settings.oidc_issuer:
            return None
        secret = settings.oidc_client_secret.get_secret_value()
        return cls(settings.oidc_issuer, settings.oidc_client_id, secret, json.loads(settings.oidc_claims))

    async def question(self, flow: Flow) -> str:
        """Where to send the browser. Raises NotSignedIn when the provider is away."""
        async with self._client(flow.redirect_uri) as client:
            known = await self._document(client)
            url, _ = client.create_authorization_url(
                known["authorization_endpoint"], state=flow.state, nonce=flow.nonce, code_verifier=flow.verifier
            )
        return str(url)

    async def answer(self, flow: Flow, code: str) -> tuple[Said, str]:
        """What the provider proves of who came back, and its id token. Raises NotSignedIn."""
        async with self._client(flow.redirect_uri) as client:
            known = await self._document(client)
            try:
                told = await client.fetch_token(known["token_endpoint"], code=code, code_verifier=flow.verifier)
                keys = KeySet([*public_keys(await _json(client, known["jwks_uri"]))])
                said = self._proven(told["id_token"], keys, flow.nonce)
                if self._claims["role"].split(".")[0] not in said and "userinfo_endpoint" in known:
                    said = await _more(client, known["userinfo_endpoint"], said)
            except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as error:
                raise NotSignedIn("unproven") from error
            except httpx.HTTPError as error:
                raise NotSignedIn("away") from error
        return said, str(told["id_token"])

    def person(self, said: Said, roles: Collection[str]) -> Person:
        """The person of proven claims. Raises NotSignedIn without exactly one of `roles`, or without a county."""
        found = [each for each in _listed(self._claim(said, "role")) if each in roles]
        counties = _listed(self._claim(said, "counties"))
        if len(found) != 1:
            raise NotSignedIn("no_role")
        if not counties:
            raise NotSignedIn("no_county")
        username = self._claim(said, "username") or said["sub"]
        name = self._claim(said, "name") or username
        units, subject = _listed(self._claim(said, "units")), f"{self._issuer} {said['sub']}"
        return Person(str(username), str(name), found[0], counties, units, subject)

    async def goodbye(self, id_token: str, back_to: str) -> str | None:
        """Where to end the session at the provider too; None when it has no such place or is away."""
        async with self._client(back_to) as client:
            try:
                known = await self._document(client)
            except NotSignedIn:
                return None
        asked = {"id_token_hint": id_token, "client_id": self._client_id, "post_logout_redirect_uri": back_to}
        place = known.get("end_session_endpoint")
        return str(httpx.URL(place, params=asked)) if place else None

    def is_issuer(self, said: str | None) -> bool:
        """Whether an answer comes from here; None where the provider does not say (RFC 9207)."""
        return said in (None, self._issuer)

    def _client(self, redirect_uri: str) -> Any:
        # Only where there is a provider: it warns that it would rather stand on another client than httpx.
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

        return AsyncOAuth2Client(
            self._client_id,
            self._secret or None,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope="openid profile",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=5,
            verify=self._tls,
        )

    async def _document(self, client: Any) -> Said:
        try:
            known: Said = await _json(client, self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        except (httpx.HTTPError, ValueError) as error:
            raise NotSignedIn("away") from error
        if not isinstance(known, dict) or known.get("issuer") != self._issuer:
            raise NotSignedIn("unproven")
        return known

    def _proven(self, id_token: str, keys: KeySet, nonce: str) -> Said:
        """The claims of an id token that this provider signed for us, now, for this very sign-in. Raises JoseError."""
        said = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(said)
        if said.get("azp", self._client_id) != self._client_id:
            raise ValueError("the id token was issued to another client")
        return said

    def _claim(self, said: Said, what: str) -> Any:
        found: Any = said
        for step in self._claims[what].split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        return found


async def _json(client: Any, url: str) -> Any:
    answer = await client.get(url, auth=None)
    answer.raise_for_status()
    return answer.json()


async def _more(client: Any, url: str, said: Said) -> Said:
    """The claims, with what the provider tells of the same person only when asked."""
    answer = await client.get(url)
    answer.raise_for_status()
    told: Said = answer.json()
    if told.get("sub") != said["sub"]:
        raise ValueError("userinfo tells of somebody else")
    return {**told, **said}


def _listed(value: Any) -> tuple[str, ...]:
    """A claim as a list: providers also write one value, or several with spaces or commas."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
