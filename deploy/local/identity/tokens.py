"""What the provider remembers and signs: its key, browsers that are signed in, codes that are good once."""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from identity.settings import Person

CODE_SECONDS, TOKEN_SECONDS = 60, 300


@dataclass(frozen=True)
class Asked:
    """What a client asked for, checked."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str


class Tokens:
    """Everything is in memory: restarting the provider signs everyone out."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": secrets.token_hex(4)})
        self._signed_in: dict[str, Person] = {}
        self._codes: dict[str, tuple[float, Asked, Person]] = {}
        self._access: dict[str, tuple[float, Person]] = {}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self._key.as_dict(private=False)]}

    def sign_in(self, person: Person) -> str:
        """A token for the browser of someone whose password was right."""
        token = secrets.token_urlsafe(32)
        self._signed_in[token] = person
        return token

    def signed_in(self, token: str) -> Person | None:
        return self._signed_in.get(token)

    def sign_out(self, token: str) -> None:
        self._signed_in.pop(token, None)

    def code(self, asked: Asked, person: Person) -> str:
        """A code that its client may exchange once, within a minute."""
        code = secrets.token_urlsafe(32)
        self._codes[code] = (time.monotonic() + CODE_SECONDS, asked, person)
        return code

    def exchange(self, code: str, client_id: str, redirect_uri: str, verifier: str) -> dict[str, Any] | None:
        """The answer of the token endpoint; None for a code that expired, was used, or is another client's."""
        until, asked, person = self._codes.pop(code, (0.0, None, None))
        if asked is None or person is None or until < time.monotonic():
            return None
        known = (asked.client_id, asked.redirect_uri, asked.code_challenge)
        if known != (client_id, redirect_uri, challenge_of(verifier)):
            return None
        access = secrets.token_urlsafe(32)
        self._access[access] = (time.monotonic() + TOKEN_SECONDS, person)
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": "openid profile",
        }
        return answer | {"id_token": self._id_token(asked, person)}

    def of_access(self, access: str) -> Person | None:
        until, person = self._access.get(access, (0.0, None))
        return person if until > time.monotonic() else None

    def _id_token(self, asked: Asked, person: Person) -> str:
        now = int(time.time())
        about = {
            "iss": self._issuer,
            "aud": asked.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "nonce": asked.nonce,
        }
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, claims_of(person) | about, self._key)


def claims_of(person: Person) -> dict[str, Any]:
    """What the provider says of a person."""
    return {
        "sub": f"demo:{person.username}",
        "preferred_username": person.username,
        "name": person.name,
        "role": person.role,
        "counties": list(person.counties),
        "units": list(person.units),
    }


def challenge_of(verifier: str) -> str:
    """The PKCE challenge (S256, RFC 7636) of a verifier."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
