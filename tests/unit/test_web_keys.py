"""The keys of a provider: one that is odd or broken keeps nobody out."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey
from web.keys import public_keys

GOOD = RSAKey.generate_key(2048, parameters={"kid": "good"}).as_dict(private=False)
CURVE = ECKey.generate_key("P-256", parameters={"kid": "curve"}).as_dict(private=False)


@pytest.mark.parametrize(
    "odd",
    [
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "odd"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "odd"},
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA", "kid": "odd"},
        {"kty": "RSA", "n": "not a number", "e": "AQAB", "kid": "odd"},
        {"kty": "quantum", "kid": "odd"},
        {"kid": "odd"},
        GOOD | {"use": "enc", "kid": "odd"},
        "odd",
        None,
    ],
    ids=["Ed25519", "symmetric", "P-521", "broken RSA", "unknown kind", "no kind", "for encryption", "text", "null"],
)
def test_an_odd_key_is_passed_over_and_the_others_go_on(odd: Any) -> None:
    assert [key.kid for key in public_keys({"keys": [odd, GOOD, CURVE]})] == ["good", "curve"]


@pytest.mark.parametrize("jwks", [None, [], "keys", {}, {"keys": None}, {"keys": []}, {"keys": 7}], ids=str)
def test_what_is_not_a_key_set_holds_no_keys(jwks: object) -> None:
    assert public_keys(jwks) == []
