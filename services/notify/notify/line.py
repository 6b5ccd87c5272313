"""LINE's Messaging API: the few calls that notify makes."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from kit.telemetry import log
from kit.tls import authorities

from notify.credentials import Credentials, Fixed, FromFile, NoToken, Stateless
from notify.domain.attempts import Answer
from notify.metrics import PUSHES

MOST_WAIT = 3_600.0
"""The longest Retry-After that is honoured, in seconds: a gateway before LINE may send anything."""
ASIDE = 5
"""Connections for names, replies and figures: apart from those for pushes, so that neither holds up the other."""

Found = Mapping[str, Any]


@dataclass(frozen=True)
class Access:
    """How LINE is reached: the API's address, and the token by a file, by the channel's id and secret, or fixed."""

    base: str
    token: str = ""
    token_file: Path | None = None
    channel_id: str = ""
    channel_secret: str = ""


@dataclass(frozen=True)
class Call:
    """One request, its body as JSON text."""

    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class LineApi:
    """A channel of the Messaging API; to be entered with `running` before it is called."""

    def __init__(self, access: Access, *, seconds: float, connections: int) -> None:
        self._access = access
        self._base = access.base.rstrip("/")
        self._seconds = seconds
        self._connections = connections
        self._credentials: Credentials
        self._pushes: aiohttp.ClientSession
        self._aside: aiohttp.ClientSession

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self._client(self._connections) as self._pushes, self._client(ASIDE) as self._aside:
            self._credentials = self._chosen()
            yield

    async def push(self, to: str, card: str, *, retry_key: str) -> Answer:
        """One push of a message as JSON text. Never raises for faults of LINE or the network: no answer is status 0."""
        began = perf_counter()
        body = f'{{"to":{json.dumps(to)},"messages":[{card}]}}'
        call = Call("POST", "/v2/bot/message/push", body, {"X-Line-Retry-Key": retry_key})
        answer, _ = await self._call(self._pushes, call)
        PUSHES.labels(str(answer.status)).observe(perf_counter() - began)
        return answer

    async def reply(self, reply_token: str, message: str | Mapping[str, Any]) -> Answer:
        """A reply to what someone just did in a group; it costs no quota, and its token lives about a minute."""
        told = {"type": "text", "text": message} if isinstance(message, str) else message
        body = json.dumps({"replyToken": reply_token, "messages": [told]})
        answer, _ = await self._call(self._aside, Call("POST", "/v2/bot/message/reply", body))
        return answer

    async def name_of(self, user_id: str, group_id: str | None) -> str | None:
        """The display name of a group's member, or of a friend; None when LINE does not give it."""
        user = quote(user_id, safe="")
        path = f"/v2/bot/group/{quote(group_id, safe='')}/member/{user}" if group_id else f"/v2/bot/profile/{user}"
        name = (await self.get(path)).get("displayName")
        return name if isinstance(name, str) and name.strip() else None

    async def members(self, group_id: str) -> int | None:
        """How many people a push to this group counts for; None when LINE does not say."""
        count = (await self.get(f"/v2/bot/group/{quote(group_id, safe='')}/members/count")).get("count")
        return count if isinstance(count, int) else None

    async def quota(self) -> tuple[float, int] | None:
        """What LINE still takes this month, infinite without a limit, and has counted; None when it does not say."""
        quota = await self.get("/v2/bot/message/quota")
        used = (await self.get("/v2/bot/message/quota/consumption")).get("totalUsage") if quota else None
        if not isinstance(used, int):
            return None
        if quota.get("type") == "none":
            return float("inf"), used
        limit = quota.get("value")
        return (limit - used, used) if isinstance(limit, int) else None

    async def test_webhook(self) -> Found:
        """LINE sends an empty event to our webhook; what it made of the answer."""
        answer, found = await self._call(self._aside, Call("POST", "/v2/bot/channel/webhook/test", "{}"))
        return found if 200 <= answer.status < 300 else {}

    async def get(self, path: str) -> Found:
        """What LINE tells under a path; nothing when it does not answer or refuses."""
        answer, found = await self._call(self._aside, Call("GET", path))
        return found if 200 <= answer.status < 300 else {}

    async def _call(self, http: aiohttp.ClientSession, call: Call) -> tuple[Answer, Found]:
        """One call; a second one when LINE refuses the token and there is another by now."""
        try:
            token = await self._credentials.token()
            answer = await self._ask(http, call, token)
            if answer[0].status == 401 and (other := await self._credentials.token(refused=token)) != token:
                answer = await self._ask(http, call, other)
        except NoToken as error:
            log.warning("line_gives_no_token", status=error.status)
            return Answer(401 if error.status in (400, 401, 403) else error.status), {}
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("line_silent", path=call.path, error=error)
            return Answer(0), {}
        return answer

    async def _ask(self, http: aiohttp.ClientSession, call: Call, token: str) -> tuple[Answer, Found]:
        headers = {"Authorization": f"Bearer {token}", **call.headers}
        if call.body:
            headers["Content-Type"] = "application/json"
        body, url = call.body.encode() or None, self._base + call.path
        async with http.request(call.method, url, data=body, headers=headers, allow_redirects=False) as response:
            found = _json(await response.read())
            return _answer(response, found), found

    async def _token(self) -> tuple[str, float]:
        """A stateless token and its life in seconds. Raises NoToken."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._access.channel_id,
            "client_secret": self._access.channel_secret,
        }
        async with self._aside.post(self._base + "/oauth2/v3/token", data=form, allow_redirects=False) as response:
            found = _json(await response.read())
            token, life = found.get("access_token"), found.get("expires_in")
            if not (response.status == 200 and isinstance(token, str) and isinstance(life, int)):
                raise NoToken(response.status)
            return token, float(life)

    def _chosen(self) -> Credentials:
        if self._access.channel_id:
            return Stateless(self._token)
        return FromFile(self._access.token_file) if self._access.token_file else Fixed(self._access.token)

    def _client(self, connections: int) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, ssl=authorities()),
            timeout=aiohttp.ClientTimeout(total=self._seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=_egress_proxy(self._base),
        )


def _egress_proxy(base: str) -> str | None:
    """The proxy that HTTPS_PROXY and NO_PROXY name for LINE, read once: at each call it costs as much again."""
    where = urlsplit(base)
    return None if proxy_bypass(where.netloc) else getproxies().get(where.scheme)


def _answer(response: aiohttp.ClientResponse, found: Found) -> Answer:
    message, headers = found.get("message"), response.headers
    wait = headers.get("retry-after", "")
    return Answer(
        response.status,
        message if isinstance(message, str) else "",
        headers.get("x-line-accepted-request-id") or headers.get("x-line-request-id"),
        min(float(wait), MOST_WAIT) if wait.isdecimal() else None,
    )


def _json(content: bytes) -> Found:
    """The JSON object of a response; empty for any other body, such as a gateway's page."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
