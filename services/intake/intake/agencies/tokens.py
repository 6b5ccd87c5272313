"""Tokens of OpenID providers beside keys: signed, meant for us, not expired, of a client that an agency registered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from kit.problems import Forbidden, Unauthorized
from pydantic_core import from_json

from intake.agencies.issuers import Issuer, IssuerKeys
from intake.agencies.store import Agencies
from intake.domain.access import Scope, expanded
from intake.domain.agency import Agency, OauthClient

ALGORITHMS = ("RS256", "ES256")
LEEWAY = 30
"""Seconds by which clocks may differ."""
LONGEST = 8 * 1024
_WRONG: Mapping[str, tuple[str, str]] = {
    "malformed": ("This is not a JSON Web Token: send the access token as the provider issued it.",
                  "不是有效的 JSON Web Token：請原樣送出提供者核發的 access token。"),
    "algorithm": ("This token is not signed with RS256 or ES256: have the provider sign with one of them.",
                  "權杖未以 RS256 或 ES256 簽章：請於提供者端改用其中之一。"),
    "issuer": ("This token's issuer is unknown here: ask the county to register it.",
               "不認得權杖的發行者（iss）：請洽縣市登記。"),
    "key": ("This token names a signing key that its issuer does not publish: get a new token.",
            "發行者未公布權杖所用的簽章金鑰（kid）：請重新取得權杖。"),
    "signature": ("This token's signature is invalid: get a new token.", "權杖簽章無效：請重新取得權杖。"),
    "expired": ("This token has expired: get a new one.", "權杖已逾期：請重新取得。"),
    "nbf": ("This token is not valid yet: check your provider's clock.", "權杖尚未生效：請檢查提供者的時鐘。"),
    "iat": ("This token was issued in the future: check your provider's clock.",
            "權杖核發時間在未來：請檢查提供者的時鐘。"),
    "aud": ("This token is for another audience: ask the provider for one for this service.",
            "權杖的對象（aud）不是本服務：請向提供者申請給本服務的權杖。"),
    "claims": ("This token lacks a required claim: exp, aud, or the client's id.",
               "權杖缺少必要的聲明：exp、aud 或用戶端代碼。"),
    "client": ("No agency has registered this client: ask the county to add it to your agency.",
               "沒有機關登記此用戶端：請洽縣市將其加入貴機關。"),
}  # fmt: skip


class Tokens:
    """Finds the agency of a token."""

    def __init__(self, issuers: Sequence[Issuer], agencies: Agencies) -> None:
        self._issuers = {each.issuer: (each, IssuerKeys(each)) for each in issuers}
        self._agencies = agencies

    def takes(self, secret: str) -> bool:
        """Whether a bearer secret is a token rather than a key: keys have no dots."""
        return bool(self._issuers) and "." in secret

    async def agency_of(self, token: str) -> Agency:
        """The agency of a token's client, narrowed to the token's scopes.

        Raises Unauthorized with what is wrong, Forbidden for a token without a scope, Unavailable without keys.
        """
        header, told = _unverified(token)
        issuer, keys = self._issuer(told.get("iss"))
        key = await keys.of(_text(header.get("kid")))
        if key is None:
            raise wrong("key")
        try:
            claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
            _rules(issuer).validate(claims)
        except JoseError as error:
            raise wrong(_reason(error)) from None
        client = next((found for name in issuer.claims if (found := _text(claims.get(name)))), None)
        if client is None:
            raise wrong("claims")
        agency = await self._agencies.with_client(OauthClient(issuer.issuer, client))
        if agency is None:
            raise wrong("client")
        return _narrowed(agency, issuer, claims)

    def _issuer(self, named: object) -> tuple[Issuer, IssuerKeys]:
        known = self._issuers.get(named) if isinstance(named, str) else None
        if known is None:
            raise wrong("issuer")
        return known


def wrong(reason: str) -> Unauthorized:
    """The problem with a token, by its code; it quotes nothing of the token."""
    en, zh = _WRONG[reason]
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return Unauthorized(en, zh, errors=[{"at": "", "code": f"token_{reason}", "en": en, "zh": zh}], headers=headers)


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, not yet verified: good for choosing the key, and nothing else."""
    if len(token) > LONGEST:
        raise wrong("malformed")
    try:
        parts = jws.extract_compact(token.encode())
        header, told = parts.headers(), from_json(parts.payload)
    except (JoseError, ValueError):
        raise wrong("malformed") from None
    if not isinstance(told, dict):
        raise wrong("malformed")
    # Before any key is touched: neither `none`, nor a public key taken for the secret of an HMAC.
    if header.get("alg") not in ALGORITHMS:
        raise wrong("algorithm")
    # No extension of RFC 7515 is known here, and a token that names one must be refused by whoever does not know it.
    if "crit" in header:
        raise wrong("malformed")
    return header, told


def _rules(issuer: Issuer) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=LEEWAY,
        iss={"essential": True, "value": issuer.issuer},
        aud={"essential": True, "value": issuer.audience},
        exp={"essential": True},
    )


def _reason(error: JoseError) -> str:
    match error:
        case ExpiredTokenError():
            return "expired"
        case BadSignatureError():
            return "signature"
        case UnsupportedAlgorithmError():
            return "algorithm"
        case MissingClaimError():
            return "claims"
        case ClaimError():
            return error.claim if error.claim in _WRONG else "claims"
        case _:
            return "signature"


def _narrowed(agency: Agency, issuer: Issuer, claims: Mapping[str, Any]) -> Agency:
    if not issuer.scopes:
        return agency
    granted = expanded(scope for name in _scopes_told(claims) for scope in issuer.scopes.get(name, ()))
    scopes: frozenset[Scope] = granted & expanded(agency.scopes) if agency.scopes else granted
    if not scopes:
        raise Forbidden(
            "This token has none of the scopes that this agency may use: ask the provider for one.",
            "權杖不含貴機關可用的範圍（scope）：請向提供者申請。",
        )
    return replace(agency, scopes=scopes)


def _scopes_told(claims: Mapping[str, Any]) -> list[str]:
    """The names of scopes in a token: a text with spaces (RFC 9068), or a list."""
    told = claims.get("scope", claims.get("scp", ""))
    found = told.split() if isinstance(told, str) else told
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
