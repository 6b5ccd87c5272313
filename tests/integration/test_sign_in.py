"""Signing in at the county's provider: what must be proven, what ends, and what no stranger can make of it."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from identity.tokens import claims_of
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from kit import mongo
from pydantic import ValidationError
from web.attempts import MOST_ANYWHERE, MOST_TRIES, MOST_WAITING, TURN_SECONDS, Attempts
from web.cookies import Cookies
from web.door import FLOW_SECONDS
from web.oidc import Flow, NotSignedIn, Provider
from web.passwords import PASSWORDS
from web.people import People, Person
from web.sessions import Session, Sessions
from web.settings import SignIn

from tests.integration.signing_in import COUNTY, PASSWORD, County, county, hidden, someone
from tests.parts import Names, Parts
from tests.serving import caller

pytestmark = pytest.mark.real


@pytest.fixture
async def at(settings_env: dict[str, str]) -> AsyncIterator[County]:
    async with county(settings_env) as found:
        yield found


async def is_in(browser: httpx.AsyncClient, url: str) -> bool:
    return 'action="/sign-out"' in (await browser.get(url + "/")).text


# --- the way in ----------------------------------------------------------------------------------------------------


async def test_somebody_of_the_county_signs_in_and_is_led_on_to_where_they_wanted(at: County) -> None:
    browser = at.browser()
    wanted = await browser.get(f"{at.dispatch}/analysis?days=7", headers={"Accept": "text/html"})
    assert wanted.status_code == 401
    assert "/sign-in/provider?next=/analysis%3Fdays%3D7" in wanted.text
    answer = await at.sign_in(browser, "supervisor", next="/analysis?days=7")
    assert 'content="0;url=/analysis?days=7"' in answer.text
    assert "supervisor 王" in (await browser.get(f"{at.dispatch}/")).text


async def test_the_question_carries_pkce_state_and_nonce(at: County) -> None:
    asked = await at.browser().get(f"{at.dispatch}/sign-in/provider")
    query = parse_qs(urlsplit(asked.headers["location"]).query)
    assert (query["code_challenge_method"], query["response_type"]) == (["S256"], ["code"])
    assert all(len(query[name][0]) >= 40 for name in ("state", "nonce", "code_challenge"))
    cookie = asked.headers["set-cookie"].lower()
    assert "samesite=lax" in cookie and "httponly" in cookie


async def test_who_is_in_at_dispatch_is_in_at_network_with_one_click(at: County) -> None:
    browser = at.browser()
    await at.sign_in(browser, "caseworker")
    assert not await is_in(browser, at.network)
    back = await at.to_provider(browser, at.network)
    answer = await browser.get(back.headers["location"])
    assert answer.status_code == 200
    assert await is_in(browser, at.network)


@pytest.mark.parametrize(("username", "words"), [("guest", "沒有可用的角色"), ("nowhere", "沒有所屬縣市")])
async def test_an_account_without_a_role_or_a_county_is_told_so_and_not_let_in(
    at: County, username: str, words: str
) -> None:
    browser = at.browser()
    answer = await at.sign_in(browser, username)
    assert answer.status_code == 403
    assert words in answer.text
    assert not await is_in(browser, at.dispatch)


async def test_network_lets_nobody_in_who_works_no_cases(at: County) -> None:
    browser = at.browser()
    answer = await at.sign_in(browser, "analyst", at.network)
    assert answer.status_code == 403
    assert not await is_in(browser, at.network)


async def test_a_provider_that_is_away_is_told_plainly(settings_env: dict[str, str]) -> None:
    async with county(settings_env, oidc_issuer="http://127.0.0.1:9") as at:
        answer = await at.browser().get(f"{at.dispatch}/sign-in/provider")
    assert answer.status_code == 503
    assert "無法連線" in answer.text


@pytest.mark.parametrize("role_claim", ["realm.roles", "groups"])
async def test_claims_are_found_where_the_settings_say(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch, role_claim: str
) -> None:
    def elsewhere(person: Any) -> dict[str, Any]:
        roles = ["offline_access", person.role]
        place = {"realm": {"roles": roles}} if "." in role_claim else {"groups": roles}
        return {"sub": "7", "login": person.username, "areas": " ".join(person.counties)} | place

    monkeypatch.setattr("identity.tokens.claims_of", elsewhere)
    claims = json.dumps({"username": "login", "name": "login", "role": role_claim, "counties": "areas"})
    async with county(settings_env, oidc_claims=claims) as at:
        browser = at.browser()
        await at.sign_in(browser, "officer")
        assert await is_in(browser, at.dispatch)


# --- what must be proven -------------------------------------------------------------------------------------------


def lies(at: County) -> dict[str, Any]:
    """Ways to forge an id token, each from what the right one says."""
    key, stranger = at.provider.tokens._key, RSAKey.generate_key(2048, {"kid": "x", "alg": "RS256"})
    rs256 = {"alg": "RS256", "kid": key.kid}
    shared = OctKey.import_key("between us".ljust(32, "."))
    return {
        "the truth": lambda said: jwt.encode(rs256, said, key),
        "another key": lambda said: jwt.encode(rs256, said, stranger),
        "a key of the client": lambda said: jwt.encode({"alg": "HS256"}, said, shared, algorithms=["HS256"]),
        "no signature": lambda said: jwt.encode({"alg": "none"}, said, key, algorithms=["none"]),
        "another issuer": lambda said: jwt.encode(rs256, said | {"iss": "https://elsewhere.example"}, key),
        "another audience": lambda said: jwt.encode(rs256, said | {"aud": "another"}, key),
        "issued to another": lambda said: jwt.encode(rs256, said | {"aud": ["safety-net", "x"], "azp": "x"}, key),
        "over": lambda said: jwt.encode(rs256, said | {"exp": int(time.time()) - 120}, key),
        "no end": lambda said: jwt.encode(rs256, {k: v for k, v in said.items() if k != "exp"}, key),
        "another nonce": lambda said: jwt.encode(rs256, said | {"nonce": "of another day"}, key),
        "no nonce": lambda said: jwt.encode(rs256, {k: v for k, v in said.items() if k != "nonce"}, key),
        "the public key for a secret": lambda said: _by_public_key(key, said),
        "a key of its own": lambda said: jwt.encode(
            rs256 | {"kid": "x", "jwk": stranger.as_dict(private=False)}, said, stranger
        ),
        "a key that is elsewhere": lambda said: jwt.encode(
            rs256 | {"kid": "x", "jku": "https://x.example"}, said, stranger
        ),
        "not yet": lambda said: jwt.encode(rs256, said | {"nbf": int(time.time()) + 600}, key),
        "issued tomorrow": lambda said: jwt.encode(rs256, said | {"iat": int(time.time()) + 86_400}, key),
        "nothing at all": lambda _: "x.y.z",
    }


def _by_public_key(key: Any, said: dict[str, Any]) -> str:
    """The old confusion: the public key, which everyone has, as the secret of an HMAC."""
    parts = [json.dumps(each).encode() for each in ({"alg": "HS256", "kid": key.kid}, said)]
    signed = ".".join(_base64url(each) for each in parts)
    return f"{signed}.{_base64url(hmac.digest(key.as_pem(private=False), signed.encode(), 'sha256'))}"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


async def test_an_id_token_that_is_not_proven_lets_nobody_in(at: County, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, let_in = at.provider.tokens, []
    for name, lie in lies(at).items():

        def forged(asked: Any, person: Any, lie: Any = lie) -> str:
            now = int(time.time())
            said = {"iss": tokens._issuer, "aud": asked.client_id, "iat": now, "exp": now + 300, "nonce": asked.nonce}
            return str(lie(claims_of(person) | said))

        monkeypatch.setattr(tokens, "_id_token", forged)
        browser = at.browser()
        answer = await at.sign_in(browser, "supervisor")
        if answer.status_code != 401 or await is_in(browser, at.dispatch):
            let_in.append(name)
    assert let_in == ["the truth"]


async def test_an_answer_for_another_browser_or_used_twice_lets_nobody_in(at: County) -> None:
    mine, stranger = at.browser(), at.browser()
    page = await at.to_provider(mine, at.dispatch)
    form = hidden(page.text) | {"username": "officer", "password": PASSWORD}
    there = (await mine.post(f"{at.provider.issuer}/authorize", data=form)).headers["location"]
    await stranger.get(f"{at.dispatch}/sign-in/provider")
    assert (await stranger.get(there)).status_code == 401
    flow = dict(mine.cookies)
    assert (await mine.get(there)).status_code == 200
    again = caller(cookies=flow)
    assert (await again.get(there)).status_code == 401
    assert not await is_in(stranger, at.dispatch) and not await is_in(again, at.dispatch)


async def test_a_code_without_the_verifier_of_its_browser_is_worth_nothing(at: County) -> None:
    mine, thief = at.browser(), at.browser()
    page = await at.to_provider(mine, at.dispatch)
    form = hidden(page.text) | {"username": "supervisor", "password": PASSWORD}
    stolen = parse_qs(
        urlsplit((await mine.post(f"{at.provider.issuer}/authorize", data=form)).headers["location"]).query
    )
    asked = await thief.get(f"{at.dispatch}/sign-in/provider")
    own = parse_qs(urlsplit(asked.headers["location"]).query)
    answer = await thief.get(
        f"{at.dispatch}/sign-in/back", params={"code": stolen["code"][0], "state": own["state"][0]}
    )
    assert answer.status_code == 401
    assert not await is_in(thief, at.dispatch)


# --- what no stranger can make of it -------------------------------------------------------------------------------

ELSEWHERE = ("https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)",
             "evil.example", "http:evil", "/%0d%0aSet-Cookie:x=y\r\n", "")  # fmt: skip


@pytest.fixture
async def attempts(settings_env: dict[str, str]) -> AsyncIterator[Attempts]:
    client = mongo.connect(settings_env["mongo_url"])
    people = People(json.dumps([someone("officer") | {"password_hash": PASSWORDS.hash(PASSWORD)}]))
    yield Attempts(mongo.database(client, settings_env["database_prefix"] + "guesses"), people)
    client.close()


async def test_one_address_guesses_for_itself_and_locks_nobody_out_elsewhere(attempts: Attempts) -> None:
    guesses = [await attempts.may_try("officer", "10.0.0.1") for _ in range(12 * MOST_TRIES)]
    assert guesses == [True] * MOST_TRIES + [False] * 11 * MOST_TRIES
    assert await attempts.may_try("officer", "10.0.0.2")


async def test_guesses_from_everywhere_make_newcomers_wait_and_lock_nobody_out(
    attempts: Attempts, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def noted(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("web.attempts.asyncio.sleep", noted)
    for number in range(MOST_ANYWHERE):
        assert await attempts.may_try("officer", f"10.0.1.{number}")
    assert waits == []
    assert await attempts.may_try("officer", "10.0.2.1"), "the right password may come from there"
    assert waits == [TURN_SECONDS]
    assert await attempts.may_try("officer", "10.0.2.2", "a device of theirs")
    assert waits == [TURN_SECONDS]


async def test_only_so_many_wait_for_their_turn(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.attempts.TURN_SECONDS", 0.05)
    monkeypatch.setattr("web.attempts.MOST_ANYWHERE", 0)
    many = await asyncio.gather(
        *(attempts.may_try("officer", f"10.0.3.{number}") for number in range(2 * MOST_WAITING))
    )
    assert MOST_WAITING <= sum(many) < 2 * MOST_WAITING


async def test_invented_names_and_addresses_of_one_subscriber_cost_few_counters(attempts: Attempts) -> None:
    for number in range(60):
        await attempts.may_try(f"invented-{number}", f"2001:db8::{number:x}")
    assert await attempts._tries.count_documents({}) <= 32


async def test_who_signed_in_here_before_comes_in_while_others_guess_at_the_same_address(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.attempts.MOST_TRIES", most := 2)
    people = [someone("officer") | {"password_hash": PASSWORDS.hash(PASSWORD)}]
    async with county(settings_env, officers=json.dumps(people)) as at:

        async def tried(browser: httpx.AsyncClient, password: str) -> int:
            form = {"username": "officer", "password": password}
            return (await browser.post(f"{at.dispatch}/sign-in", data=form)).status_code

        known, guesser = at.browser(), at.browser()
        assert await tried(known, PASSWORD) == 303
        guessed = [await tried(guesser, f"guess {number}") for number in range(most + 1)]
        assert guessed == [401] * most + [429]
        known.cookies.delete("dispatch_session")
        assert await tried(known, PASSWORD) == 303
        forged = caller(cookies={"dispatch_device": known.cookies["dispatch_device"][:-4] + "AAAA"})
        assert await tried(forged, PASSWORD) == 429
        assert await tried(at.browser(), PASSWORD) == 429
        wrong = [await tried(known, f"guess {number}") for number in range(most + 1)]
        assert wrong == [401] * most + [429], "a stolen device guesses no better"


async def test_nobody_who_is_not_signed_in_writes_a_document(at: County, settings_env: dict[str, str]) -> None:
    for url in (at.dispatch, at.network):
        for path in ("/", "/sign-in", "/sign-in/provider", "/sign-in/back?state=x&code=y", "/sign-in/provider?next=/a"):
            for _ in range(3):
                await at.browser().get(url + path)
    client = mongo.connect(settings_env["mongo_url"])
    for service in ("dispatch", "network"):
        database = mongo.database(client, settings_env["database_prefix"] + service)
        for collection in ("sessions", "sign_in_flows", "sign_in_tries"):
            assert await database[collection].count_documents({}) == 0, (service, collection)
    client.close()


@pytest.mark.parametrize("far", ["https://login.county.example", "https://127.0.0.2"])
def test_without_its_public_address_no_sign_in_at_a_provider_starts(far: str) -> None:
    told = {"oidc_issuer": far, "oidc_client_id": "safety-net"}
    with pytest.raises(ValidationError, match="public_url is needed"):
        SignIn.model_validate(told)
    with pytest.raises(ValidationError, match="https"):
        SignIn.model_validate(told | {"public_url": "http://board.county.example"})
    assert SignIn.model_validate(told | {"public_url": "https://board.county.example"})
    assert SignIn.model_validate(told | {"oidc_issuer": "http://127.0.0.1:8106"}), "the demonstration, on this machine"


async def test_the_address_people_are_sent_back_to_is_no_request_s_to_choose(settings_env: dict[str, str]) -> None:
    async with county(settings_env, public_url="https://board.county.example") as at:
        asked = await at.browser().get(f"{at.dispatch}/sign-in/provider", headers={"Host": "evil.example"})
    assert "redirect_uri=https%3A%2F%2Fboard.county.example%2Fsign-in%2Fback" in asked.headers["location"]
    assert asked.headers["set-cookie"].startswith("__Host-dispatch_flow="), "who comes over https has Secure cookies"


async def test_a_sign_in_leads_nowhere_else(at: County) -> None:
    for next in ELSEWHERE:
        answer = await at.sign_in(at.browser(), "officer", next=next)
        assert 'content="0;url=/"' in answer.text, next
        page = await at.browser().get(f"{at.dispatch}/sign-in", params={"next": next})
        assert f"/sign-in/provider?next=/{chr(34)}" in page.text, next


async def test_a_session_set_beforehand_is_not_the_one_that_is_signed_in(at: County) -> None:
    browser = at.browser()
    browser.cookies.set("dispatch_session", "chosen by a stranger", domain="127.0.0.1")
    await at.sign_in(browser, "officer")
    stranger = caller(cookies={"dispatch_session": "chosen by a stranger"})
    assert not await is_in(stranger, at.dispatch)


async def test_signing_in_again_ends_the_session_before(at: County) -> None:
    browser = at.browser()
    await at.sign_in(browser, "officer")
    before = caller(cookies={"dispatch_session": browser.cookies["dispatch_session"]})
    assert await is_in(before, at.dispatch)
    back = await at.to_provider(browser, at.dispatch)
    await browser.get(back.headers["location"])
    assert await is_in(browser, at.dispatch)
    assert not await is_in(before, at.dispatch)


async def test_another_site_can_sign_nobody_in(settings_env: dict[str, str]) -> None:
    from web.passwords import PASSWORDS

    people = [someone("officer") | {"password_hash": PASSWORDS.hash(PASSWORD)}]
    async with county(settings_env, officers=json.dumps(people)) as at:
        form = {"username": "officer", "password": PASSWORD}
        for url in (at.dispatch, at.network):
            for header in (
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site"},
                {"Origin": "https://e.example"},
            ):
                assert (await at.browser().post(f"{url}/sign-in", data=form, headers=header)).status_code == 403
            assert (await at.browser().post(f"{url}/sign-in", data=form, headers={"Origin": url})).status_code == 303


async def test_over_https_every_cookie_belongs_to_this_host_alone(at: County) -> None:
    header = {"X-Forwarded-Proto": "https"}
    asked = await at.browser().get(f"{at.dispatch}/sign-in/provider", headers=header)
    assert asked.headers["set-cookie"].startswith("__Host-dispatch_flow=")
    assert "secure" in asked.headers["set-cookie"].lower() and "path=/" in asked.headers["set-cookie"].lower()


# --- the way out, and what holds at once ---------------------------------------------------------------------------


async def test_signing_out_ends_the_session_here_and_at_the_provider(at: County) -> None:
    browser = at.browser()
    await at.sign_in(browser, "officer")
    kept = caller(cookies=dict(browser.cookies))
    page = await browser.get(f"{at.dispatch}/")
    answer = await browser.post(f"{at.dispatch}/sign-out", data={"csrf": hidden(page.text)["csrf"]})
    assert f"{at.provider.issuer}/sign-out?id_token_hint=" in answer.text
    there = answer.text.split('content="0;url=')[1].split('"')[0].replace("&amp;", "&")
    back = await browser.get(there)
    assert (back.status_code, back.headers["location"]) == (303, f"{at.dispatch}/")
    assert not await is_in(kept, at.dispatch)
    assert 'name="username"' in (await at.to_provider(browser, at.dispatch)).text


async def test_a_role_lowered_at_the_provider_holds_in_every_open_session_at_once(at: County) -> None:
    first, second = at.browser(), at.browser()
    await at.sign_in(first, "supervisor")
    assert (await first.get(f"{at.dispatch}/handover")).status_code == 200
    at.now_is("supervisor", role="analyst")
    await at.sign_in(second, "supervisor")
    assert (await first.get(f"{at.dispatch}/handover")).status_code == 403


# --- sessions ------------------------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def later(self, **span: float) -> None:
        self.time += timedelta(**span)


LISTED = {"username": "wang", "name": "王", "role": "officer", "counties": [COUNTY],
          "password_hash": PASSWORDS.hash("unused")}  # fmt: skip
OFFICER = Person("wang", "王", "officer", (COUNTY,))


def sessions(parts: Parts, names: Names, clock: Clock, *listed: dict[str, Any]) -> Sessions:
    database = mongo.database(mongo.connect(parts.mongo), names.databases + "door")
    people = People(json.dumps(listed))
    return Sessions(database, people, roles=("officer", "analyst"), hours=12, idle_minutes=60, now=clock)


async def test_a_session_ends_when_nothing_was_asked_for_an_hour(parts: Parts, names: Names) -> None:
    clock = Clock()
    kept = sessions(parts, names, clock, LISTED)
    token = await kept.open(OFFICER)
    for _ in range(3):
        clock.later(minutes=59)
        assert await kept.of(token)
    clock.later(minutes=61)
    assert await kept.of(token) is None


async def test_a_board_that_only_listens_keeps_no_session_alive(parts: Parts, names: Names) -> None:
    clock = Clock()
    kept = sessions(parts, names, clock, LISTED)
    session = await kept.of(await kept.open(OFFICER))
    assert session
    for minutes, there in ((30, {session.id: OFFICER}), (29, {session.id: OFFICER}), (2, {})):
        clock.later(minutes=minutes)
        assert await kept.still([session.id, "another"]) == there


async def test_a_session_ends_after_twelve_hours_whatever_is_asked(parts: Parts, names: Names) -> None:
    clock = Clock()
    kept = sessions(parts, names, clock, LISTED)
    token = await kept.open(OFFICER)
    for _ in range(25):
        clock.later(minutes=30)
        found = await kept.of(token)
    assert found is None


async def test_whoever_is_taken_off_the_list_or_lowered_is_so_at_once(parts: Parts, names: Names) -> None:
    clock = Clock()
    token = await sessions(parts, names, clock, LISTED).open(OFFICER)
    lowered: Session | None = await sessions(parts, names, clock, LISTED | {"role": "analyst"}).of(token)
    assert lowered and lowered.person.role == "analyst"
    assert await sessions(parts, names, clock, LISTED | {"role": "caseworker"}).of(token) is None
    assert await sessions(parts, names, clock).of(token) is None


async def test_the_database_holds_no_token(parts: Parts, names: Names) -> None:
    kept = sessions(parts, names, Clock(), LISTED)
    token = await kept.open(OFFICER)
    held = await kept._sessions.find_one({})
    assert held and token not in json.dumps(held, default=str)


def test_a_sign_in_at_the_provider_may_take_ten_minutes() -> None:
    clock = Clock()
    cookies = Cookies(b"k" * 32, "dispatch", lambda: clock().timestamp())
    token = cookies.seal({"state": "s"})
    clock.later(minutes=9)
    assert cookies.open(token, FLOW_SECONDS) == {"state": "s"}
    clock.later(minutes=2)
    assert cookies.open(token, FLOW_SECONDS) is None


@pytest.mark.parametrize("token", ["", "x", "gAAAAAB" + "A" * 100, "密"])
def test_what_another_sealed_is_nothing(token: str) -> None:
    cookies = Cookies(b"k" * 32, "dispatch")
    others = (Cookies(b"k" * 32, "network"), Cookies(b"j" * 32, "dispatch"))
    assert [cookies.open(each, 600) for each in (token, *(other.seal({"state": "s"}) for other in others))] == [
        None
    ] * 3


async def test_a_user_name_that_passes_to_another_account_opens_nothing_of_the_first(
    parts: Parts, names: Names
) -> None:
    kept = sessions(parts, names, Clock())
    first = replace(OFFICER, subject="https://login.example first")
    token = await kept.open(first, "id token")
    newcomer = replace(OFFICER, role="analyst", subject="https://login.example second")
    await kept.open(newcomer, "id token")
    before = await kept.of(token)
    await kept.open(replace(first, role="analyst"), "id token")
    after = await kept.of(token)
    assert before and before.person == first
    assert after and after.person.role == "analyst"


async def test_an_answer_that_names_another_provider_lets_nobody_in(at: County) -> None:
    browser = at.browser()
    page = await at.to_provider(browser, at.dispatch)
    form = hidden(page.text) | {"username": "officer", "password": PASSWORD}
    there = urlsplit((await browser.post(f"{at.provider.issuer}/authorize", data=form)).headers["location"])
    query = urlencode(
        {name: each[0] for name, each in parse_qs(there.query).items()} | {"iss": "https://elsewhere.example"}
    )
    assert (await browser.get(there._replace(query=query).geturl())).status_code == 401
    assert not await is_in(browser, at.dispatch)


async def test_a_provider_that_says_it_is_another_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def metadata(client: object, url: str) -> dict[str, str]:
        return {"issuer": "https://elsewhere.example", "authorization_endpoint": "https://elsewhere.example/authorize"}

    monkeypatch.setattr("web.oidc._json", metadata)
    provider = Provider("https://id.example", "safety-net", "secret", {})
    with pytest.raises(NotSignedIn):
        await provider.question(Flow("https://here.example/sign-in/back", "s", "n", "v"))
