"""OAuth2 client credentials beside keys: who is let in, who is not and why, and keys that rotate."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from web.callers import digest

from tests.integration.intake_running import AGENCIES, CLOSED, Running, a_report, running
from tests.integration.oidc_issuer import Provider, ec, providing, rsa

CLINIC = {"issuer": "https://login.test", "client_id": "clinic"}
SEEDED = [*AGENCIES, {"agency_id": "clinic", "source_unit": "medical", "key_sha256": digest("clinic-key"),
                      "counties": ["chiayi-county"], "oauth_clients": [CLINIC]}]  # fmt: skip
FIRST, SECOND, ELLIPTIC = rsa("first"), rsa("second"), ec("elliptic")
OPS = {"authorization": "Bearer ops-token"}
CALLERS = [{"name": "ops", "role": "administrator", "counties": ["*"], "token_sha256": digest("ops-token")}]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with providing(FIRST, ELLIPTIC) as provider:
        yield provider


@asynccontextmanager
async def knowing(env: dict[str, str], listed: str, **seeded: Any) -> AsyncIterator[Running]:
    """Intake that knows a provider, and the clinic with some things changed."""
    seed = [*SEEDED[:-1], SEEDED[-1] | seeded]
    told = env | {"kafka_bootstrap": CLOSED, "oidc_issuers": listed, "callers": json.dumps(CALLERS)}
    async with running(told, agencies_seed=json.dumps(seed)) as intake:
        yield intake


async def posted(intake: Running, token: str, **report: Any) -> httpx.Response:
    return await intake.post(a_report(**report), authorization=f"Bearer {token}")


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


async def test_a_token_opens_what_its_agencys_key_opens(settings_env: dict[str, str], provider: Provider) -> None:
    async with knowing(settings_env, provider.setting()) as intake:
        tokens = (provider.token(), provider.token(ELLIPTIC, "ES256"), provider.token(client_id=None, azp="clinic"))
        for token in tokens:
            assert (await posted(intake, token)).status_code == 202
            assert (await posted(intake, token, county="tainan-city")).status_code == 403
        me = await intake.http.get("/v1/agencies/me", headers={"authorization": f"Bearer {tokens[0]}"})
        assert (me.json()["agency_id"], me.json()["source_unit"]) == ("clinic", "medical")
        assert {each["agency_id"] for each in await intake.stored()} == {"clinic"}
        assert (await posted(intake, "clinic-key")).status_code == 202
        assert provider.fetched == 1


def unsigned(provider: Provider) -> str:
    head = base64url(b'{"alg":"none"}')
    return f"{head}.{provider.token().split('.')[1]}."


def signed_with_the_public_key(provider: Provider) -> str:
    """The old confusion: the public key, which everyone has, as the secret of an HMAC."""
    head = base64url(b'{"alg":"HS256","kid":"first"}')
    signed = f"{head}.{provider.token().split('.')[1]}"
    return f"{signed}.{base64url(hmac.digest(FIRST.as_pem(private=False), signed.encode(), 'sha256'))}"


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def tampered(provider: Provider) -> str:
    head, _, signature = provider.token().split(".")
    return f"{head}.{provider.token(client_id='police').split('.')[1]}.{signature}"


def with_header(provider: Provider, **more: Any) -> str:
    _, claims, signature = provider.token().split(".")
    return f"{base64url(json.dumps({'alg': 'RS256', 'kid': 'first'} | more).encode())}.{claims}.{signature}"


WRONG = [
    ("alg none", unsigned, "token_algorithm"),
    ("HS256 with the public key", signed_with_the_public_key, "token_algorithm"),
    ("RS512", lambda p: p.token(alg="RS512"), "token_algorithm"),
    ("claims exchanged", tampered, "token_signature"),
    ("a key of nobody's", lambda p: p.token(rsa("first")), "token_signature"),
    ("a key id that is not published", lambda p: p.token(SECOND), "token_key"),
    ("expired", lambda p: p.token(exp=int(time.time()) - 60), "token_expired"),
    ("without an end", lambda p: p.token(exp=None), "token_claims"),
    ("not yet", lambda p: p.token(nbf=int(time.time()) + 300), "token_nbf"),
    ("issued tomorrow", lambda p: p.token(iat=int(time.time()) + 86_400), "token_iat"),
    ("for another service", lambda p: p.token(aud=["payroll"]), "token_aud"),
    ("for nobody", lambda p: p.token(aud=None), "token_claims"),
    ("another issuer", lambda p: p.token(iss="https://elsewhere.test"), "token_issuer"),
    ("no client", lambda p: p.token(client_id=None), "token_claims"),
    ("a client of nobody", lambda p: p.token(client_id="stranger"), "token_client"),
    ("no token", lambda _: "a.b.c", "token_malformed"),
    ("claims that are no object", lambda _: "eyJhbGciOiJSUzI1NiJ9.W10.c2ln", "token_malformed"),
    ("an extension", lambda p: with_header(p, crit=["x"], x=1), "token_malformed"),
    ("extensions that are no list", lambda p: with_header(p, crit=5), "token_malformed"),
    ("too long", lambda p: p.token(filler="x" * 9_000), "token_malformed"),
]


async def test_a_token_that_does_not_hold_is_refused_with_the_reason(
    settings_env: dict[str, str], provider: Provider
) -> None:
    async with knowing(settings_env, provider.setting()) as intake:
        for what, made, reason in WRONG:
            token = made(provider)
            answer = await posted(intake, token)
            assert (what, code(answer)) == (what, (401, reason))
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            assert len(token) < 10 or token.split(".")[1] not in answer.text
        assert await intake.stored() == []


async def test_clocks_may_differ_a_little(settings_env: dict[str, str], provider: Provider) -> None:
    async with knowing(settings_env, provider.setting()) as intake:
        slow, fast = int(time.time()) - 10, int(time.time()) + 10
        for token in (provider.token(exp=slow), provider.token(nbf=fast, iat=fast)):
            assert (await posted(intake, token)).status_code == 202


async def test_keys_rotate_and_a_made_up_key_id_asks_the_provider_once_a_minute(
    settings_env: dict[str, str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with knowing(settings_env, provider.setting()) as intake:
        assert (await posted(intake, provider.token())).status_code == 202
        for number in range(5):
            assert code(await posted(intake, provider.token(rsa(f"made up {number}")))) == (401, "token_key")
        assert provider.fetched == 1
        provider.keys.insert(0, SECOND)
        assert code(await posted(intake, provider.token(SECOND))) == (401, "token_key")
        monkeypatch.setattr("intake.agencies.issuers.REFETCH", 0.0)
        assert (await posted(intake, provider.token(SECOND))).status_code == 202
        assert provider.fetched == 2


async def test_a_withdrawn_key_opens_nothing_after_the_next_fetch_and_a_provider_away_changes_nothing(
    settings_env: dict[str, str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.gate.REMEMBERED", 0.0)
    monkeypatch.setattr("intake.agencies.issuers.KEPT", 0.0)
    async with knowing(settings_env, provider.setting()) as intake:
        token = provider.token()
        assert (await posted(intake, token)).status_code == 202
        provider.away = True
        assert (await posted(intake, token)).status_code == 202
        provider.away = False
        provider.keys.remove(FIRST)
        assert code(await posted(intake, token)) == (401, "token_key")


async def test_without_any_key_the_answer_is_to_try_again_and_agency_keys_still_open(
    settings_env: dict[str, str], provider: Provider
) -> None:
    provider.away = True
    async with knowing(settings_env, provider.setting()) as intake:
        answer = await posted(intake, provider.token())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await posted(intake, "clinic-key")).status_code == 202


async def test_a_tokens_scopes_narrow_what_its_agency_may(settings_env: dict[str, str], provider: Provider) -> None:
    scopes = {"report": ["reports:write"], "look": ["reports:read"], "lists": ["reconciliations"]}
    async with knowing(settings_env, provider.setting(scopes=scopes), scopes=["reports"]) as intake:
        writes, looks = provider.token(scope="openid report"), provider.token(scp=["look"])
        made = await posted(intake, writes)
        assert made.status_code == 202
        for token, status in ((writes, 403), (looks, 200)):
            seen = await intake.http.get(made.headers["location"], headers={"authorization": f"Bearer {token}"})
            assert seen.status_code == status
        for token in (looks, provider.token(scope="lists"), provider.token(scope="openid"), provider.token(scope=7)):
            assert (await posted(intake, token)).status_code == 403


async def test_a_suspended_agencys_tokens_open_nothing(settings_env: dict[str, str], provider: Provider) -> None:
    async with knowing(settings_env, provider.setting(), active=False) as intake:
        assert (await posted(intake, provider.token())).status_code == 403


async def test_an_issuer_may_come_with_its_keys_and_name_the_claim(
    settings_env: dict[str, str], provider: Provider
) -> None:
    listed = json.dumps([{"issuer": provider.issuer, "audience": "safetynet-intake", "jwks": provider.jwks(),
                          "claim": "sub"}])  # fmt: skip
    async with knowing(settings_env, listed) as intake:
        assert (await posted(intake, provider.token(sub="clinic", client_id="police"))).status_code == 202
        assert provider.fetched == 0


async def test_a_client_stands_for_one_agency_and_an_administrator_names_it(
    settings_env: dict[str, str], provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.gate.REMEMBERED", 0.0)
    async with knowing(settings_env, provider.setting(), oauth_clients=[]) as intake:
        assert code(await posted(intake, provider.token())) == (401, "token_client")
        named = await intake.http.patch("/v1/agencies/clinic", json={"oauth_clients": [CLINIC]}, headers=OPS)
        assert named.json()["oauth_clients"] == [CLINIC]
        assert (await posted(intake, provider.token())).status_code == 202
        taken = await intake.http.patch("/v1/agencies/school", json={"oauth_clients": [CLINIC]}, headers=OPS)
        assert taken.status_code == 409
        asked = {"agency_id": "second", "source_unit": "other", "oauth_clients": [CLINIC]}
        assert (await intake.http.post("/v1/agencies", json=asked, headers=OPS)).status_code == 409


@pytest.mark.parametrize(
    "entry",
    [{"jwks_url": "http://elsewhere.test/jwks"}, {}, {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
     {"jwks_url": "https://a.test", "scopes": {"a": ["everything"]}}],
)  # fmt: skip
async def test_an_unsafe_provider_keeps_intake_from_starting(
    settings_env: dict[str, str], entry: dict[str, Any]
) -> None:
    listed = json.dumps([{"issuer": "https://a.test", "audience": "b"} | entry])
    with pytest.raises(ValueError, match=r"jwks|scopes"):
        async with knowing(settings_env, listed):
            pass


async def test_a_limit_binds_one_kind_of_request_and_says_which(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED, "rate_limits": '{"reads": "2/hour"}'}
    async with running(env) as intake:
        answers = [await intake.http.get("/v1/agencies/me") for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert code(answers[-1]) == (429, "limit_reads")
        assert 0 < int(answers[-1].headers["retry-after"]) <= 3600
        assert "2 per 1 hour" in answers[-1].json()["detail"]
        assert (await intake.post()).status_code == 202
        other = await intake.http.get("/v1/agencies/me", headers={"authorization": "Bearer hospital-key"})
        assert other.status_code == 200


async def test_an_agencys_own_limit_takes_the_usual_ones_place(settings_env: dict[str, str]) -> None:
    async with knowing(settings_env, "[]", rates={"reports": "1/hour"}, rate="3/hour") as intake:
        first, second = [await posted(intake, "clinic-key") for _ in range(2)]
        assert (first.status_code, code(second)) == (202, (429, "limit_reports"))
        own = {"authorization": "Bearer clinic-key"}
        seen = [await intake.http.get("/v1/agencies/me", headers=own) for _ in range(3)]
        assert [each.status_code for each in seen] == [200, 200, 429]
        assert code(seen[-1]) == (429, "limit_requests")
