"""The door of every service with pages: in by password or by the provider, out again, and who is in."""

import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from html import escape
from typing import Annotated, Any
from urllib.parse import urlsplit

from contracts.roles import entering
from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from kit.mongo import Database
from kit.problems import Forbidden, Unauthorized, response
from kit.serve import add_routes
from kit.telemetry import log

from web.attempts import Attempts
from web.cookies import Cookies
from web.headers import headers
from web.oidc import Flow, NotSignedIn, Provider
from web.people import People
from web.sessions import Session, Sessions
from web.settings import SignIn

_STATUS = {"too_many": 429, "away": 503, "no_role": 403, "no_county": 403}
_LOCAL = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f]*")
FLOW_SECONDS = 600
"""How long someone may take at the provider."""
DEVICE_SECONDS = 180 * 24 * 60 * 60
MOST_NAMES = 8
"""A duty room's browser is many people's."""
Show = Callable[[Request, Mapping[str, str | bool | None], int], Response]
"""Renders a service's sign-in page with `problem` (a word of NotSignedIn), `next`, `password` and `provider`."""


class SignInFirst(Unauthorized):
    """Nobody is signed in."""

    def __init__(self) -> None:
        super().__init__("Sign in first.", "請先登入。")


class Door:
    """Knows who is signed in, and lets people in and out. `name` goes before the cookies' names.

    Cookies know no ports, and the pages of other services may share a host.
    """

    def __init__(
        self,
        name: str,
        people: People,
        sessions: Sessions,
        attempts: Attempts,
        *,
        provider: Provider | None,
        cookies: Cookies,
        public_url: str = "",
    ) -> None:
        self.sessions = sessions
        self._attempts = attempts
        self._cookies = cookies
        self._name = name
        self._people = people
        self._provider = provider
        self._public_url = public_url.rstrip("/")

    @classmethod
    def of(cls, name: str, database: Database, settings: SignIn, *, key: bytes) -> "Door":
        """The door of a service, for the roles that enter it; `key` is the service's own secret."""
        people, provider = People(settings.officers), Provider.of(settings)
        hours, minutes = settings.session_hours, settings.session_idle_minutes
        sessions = Sessions(database, people, roles=entering(name), hours=hours, idle_minutes=minutes)
        return cls(
            name, people, sessions, Attempts(database, people),
            provider=provider, cookies=Cookies(key, name), public_url=settings.public_url,
        )  # fmt: skip

    async def prepare(self) -> None:
        await self.sessions.prepare()
        await self._attempts.prepare()

    @property
    def ways(self) -> dict[str, str | bool | None]:
        """How one may come in, for the page that asks."""
        return {"password": bool(self._people) or self._provider is None, "provider": self._provider is not None}

    async def session(self, request: Request) -> Session | None:
        return await self.sessions.of(request.cookies.get(self._cookie(request, "session")))

    async def must_be_in(self, request: Request) -> Session:
        """Raises SignInFirst when nobody is signed in."""
        if session := await self.session(request):
            return session
        raise SignInFirst

    async def must_mean_it(self, request: Request, csrf: str) -> Session:
        """The session of a form that came from our own page. Raises SignInFirst or Forbidden."""
        must_be_same_site(request)
        session = await self.must_be_in(request)
        if not hmac.compare_digest(csrf.encode(), session.csrf.encode()):
            raise Forbidden("Reload the page and send the form again.", "請重新整理頁面後再送出。")
        return session

    async def enter(self, request: Request, username: str, password: str) -> str:
        """A new session's token for a person with a password. Raises NotSignedIn."""
        must_be_same_site(request)
        address, device = request.client.host if request.client else "", self._device(request, username)
        if not await self._attempts.may_try(username, address, device):
            raise NotSignedIn("too_many")
        person = await self._people.with_password(username, password)
        if person is None:
            raise NotSignedIn("wrong")
        if person.role not in self.sessions.roles:
            raise NotSignedIn("no_role")
        await self._attempts.forgive(username, address, device)
        return await self.sessions.open(person)

    async def ask(self, request: Request, where: str) -> Response:
        """Send a browser to the provider. Raises NotSignedIn when it is away."""
        if self._provider is None:
            raise NotSignedIn("away")
        flow = Flow(f"{self.home(request)}/sign-in/back", *(secrets.token_urlsafe(32) for _ in range(3)))
        answer = RedirectResponse(await self._provider.question(flow), 303, headers())
        self._set(answer, request, "flow", self._cookies.seal(vars(flow) | {"next": where}), samesite="lax")
        return answer

    async def back(self, request: Request) -> tuple[str, str]:
        """A new session's token for who comes back from the provider, and where to go. Raises NotSignedIn."""
        query, token = request.query_params, request.cookies.get(self._cookie(request, "flow"), "")
        flow = self._cookies.open(token, FLOW_SECONDS)
        if flow is None or flow["state"] != query.get("state") or self._provider is None:
            raise NotSignedIn("stale")
        if "error" in query or not self._provider.is_issuer(query.get("iss")):
            raise NotSignedIn("denied")
        asked = Flow(flow["redirect_uri"], flow["state"], flow["nonce"], flow["verifier"])
        said, id_token = await self._provider.answer(asked, query.get("code", ""))
        person = self._provider.person(said, self.sessions.roles)
        return await self.sessions.open(person, id_token), flow["next"]

    def known_here(self, request: Request, answer: Response, username: str) -> Response:
        """The answer to someone who had the right password: guesses made elsewhere count no more against them here."""
        said = self._devices(request)
        names = [username, *(each for each in said["names"] if each != username)][:MOST_NAMES]
        self._set(answer, request, "device", self._cookies.seal(said | {"names": names}), samesite="strict",
                  max_age=DEVICE_SECONDS)  # fmt: skip
        return answer

    async def admitted(self, request: Request, answer: Response, token: str) -> Response:
        """The answer to someone who was let in: whatever session this browser had before is over."""
        await self.sessions.close(request.cookies.get(self._cookie(request, "session")))
        self._set(answer, request, "session", token, samesite="strict")
        answer.delete_cookie(
            self._cookie(request, "flow"), httponly=True, secure=self._is_secure(request), samesite="lax"
        )
        return answer

    async def leave(self, request: Request, session: Session) -> Response:
        """Ends the session here, and at the provider where it came from."""
        await self.sessions.end(session.id)
        home = self.home(request) + "/"
        there = await self._provider.goodbye(session.id_token, home) if self._provider and session.id_token else None
        # A form may lead nowhere but to its own site (`form-action`), a page may.
        answer = moving_on(there) if there else RedirectResponse("/", 303, headers())
        name = self._cookie(request, "session")
        answer.delete_cookie(name, httponly=True, secure=self._is_secure(request), samesite="strict")
        return answer

    def home(self, request: Request) -> str:
        """Where browsers find these pages."""
        return self._public_url or f"{request.url.scheme}://{request.url.netloc}"

    def _devices(self, request: Request) -> dict[str, Any]:
        """What this browser proves of itself: an id, and who had the right password on it."""
        said = self._cookies.open(request.cookies.get(self._cookie(request, "device"), ""), DEVICE_SECONDS)
        return said or {"id": secrets.token_urlsafe(16), "names": []}

    def _device(self, request: Request, username: str) -> str | None:
        said = self._devices(request)
        return said["id"] if username in said["names"] else None

    def _is_secure(self, request: Request) -> bool:
        """Whether browsers come over https, whatever the last stretch to us is."""
        return request.url.scheme == "https" or self._public_url.startswith("https:")

    def _cookie(self, request: Request, what: str) -> str:
        """The cookie's name: over https no other host or path can set it."""
        return f"__Host-{self._name}_{what}" if self._is_secure(request) else f"{self._name}_{what}"

    def _set(
        self, answer: Response, request: Request, what: str, token: str, *, samesite: str, max_age: int | None = None
    ) -> None:
        answer.set_cookie(
            self._cookie(request, what),
            token,
            max_age=max_age,
            httponly=True,
            secure=self._is_secure(request),
            samesite="lax" if samesite == "lax" else "strict",
        )


def install(app: FastAPI, door: Door, show: Show) -> None:
    """Give an application its way in and out; a browser that is not signed in is shown the way in, and led on after."""

    async def sign_in_first(request: Request, error: Exception) -> Response:
        assert isinstance(error, SignInFirst)
        path, is_home = request.url.path, request.url.path == "/"
        if request.method != "GET" or not (is_home or "text/html" in request.headers.get("accept", "")):
            return response(error, request)
        where = local(f"{path}?{request.url.query}" if request.url.query else path)
        return show(request, door.ways | {"problem": None, "next": where}, 200 if is_home else 401)

    add_routes(app, routes(door, show))
    app.add_exception_handler(SignInFirst, sign_in_first)


def routes(door: Door, show: Show) -> APIRouter:
    """The way in and out: `/sign-in`, `/sign-in/provider`, `/sign-in/back` and `/sign-out`."""
    router = APIRouter(include_in_schema=False)

    def refused(request: Request, why: str | None, where: str, status: int) -> Response:
        return show(request, door.ways | {"problem": why, "next": where}, status)

    @router.get("/sign-in")
    async def sign_in_page(request: Request, next: str = "/") -> Response:
        return refused(request, None, local(next), 200)

    @router.post("/sign-in")
    async def sign_in(
        request: Request,
        username: Annotated[str, Form(max_length=80)],
        password: Annotated[str, Form(max_length=200)],
        next: Annotated[str, Form(max_length=500)] = "/",
    ) -> Response:
        try:
            token = await door.enter(request, username, password)
        except NotSignedIn as error:
            log.warning("sign_in_refused", method="password", type=error.word)
            return refused(request, error.word, local(next), _STATUS.get(error.word, 401))
        log.info("signed_in", method="password")
        answer = door.known_here(request, RedirectResponse(local(next), 303, headers()), username)
        return await door.admitted(request, answer, token)

    @router.get("/sign-in/provider")
    async def ask(request: Request, next: str = "/") -> Response:
        try:
            return await door.ask(request, local(next))
        except NotSignedIn as error:
            return refused(request, error.word, local(next), _STATUS.get(error.word, 401))

    @router.get("/sign-in/back")
    async def back(request: Request) -> Response:
        try:
            token, where = await door.back(request)
        except NotSignedIn as error:
            log.warning("sign_in_refused", method="provider", type=error.word)
            return refused(request, error.word, "/", _STATUS.get(error.word, 401))
        log.info("signed_in", method="provider")
        # A redirect would still be the provider's doing, and a Strict cookie stays at home then.
        return await door.admitted(request, moving_on(where), token)

    @router.post("/sign-out")
    async def sign_out(request: Request, csrf: Annotated[str, Form(max_length=80)]) -> Response:
        return await door.leave(request, await door.must_mean_it(request, csrf))

    return router


def local(where: str) -> str:
    """`where` if it is a path of this very site, else the start page."""
    return where if len(where) <= 500 and _LOCAL.fullmatch(where) else "/"


def moving_on(where: str) -> Response:
    """A page that leads on by itself."""
    to = escape(where, quote=True)
    return HTMLResponse(
        '<!doctype html><html lang="zh-Hant-TW"><head><meta charset="utf-8"><title>Safety Net</title>'
        f'<meta http-equiv="refresh" content="0;url={to}"></head>'
        f'<body><main><h1><a href="{to}">繼續 Continue</a></h1></main></body></html>',
        headers=headers(),
    )


def must_be_same_site(request: Request) -> None:
    """Raises Forbidden for a form that another site made the browser send."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is None and origin is not None:
        site = "same-origin" if urlsplit(origin).netloc == request.headers.get("host") else "cross-site"
    if site not in (None, "same-origin", "none"):
        raise Forbidden("Send this form from its own page.", "請由原頁面送出表單。")
