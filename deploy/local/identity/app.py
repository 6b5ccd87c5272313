"""The provider's endpoints: discovery, keys, the page that asks who you are, tokens, userinfo, and the way out."""

from base64 import b64decode
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Form, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse

from identity.settings import Client, Person, Settings
from identity.tokens import Asked, Tokens, claims_of, is_same

HERE = Path(__file__).parent
COOKIE = "identity_session"
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class WrongAsked(Exception):
    """A request that no honest client sends: shown to the person, never redirected to an address that it names."""


class Provider:
    """The people, the clients, and who is signed in."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = settings.issuer
        self.people = {each.username: each for each in settings.identity_people}
        self.clients: dict[str, Client] = settings.identity_clients
        self.tokens = Tokens(settings.issuer)

    @property
    def document(self) -> dict[str, Any]:
        """The discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/sign-out",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "authorization_response_iss_parameter_supported": True,
            "scopes_supported": ["openid", "profile"],
        }

    def asked(self, params: dict[str, str]) -> Asked:
        """What a client asks for. Raises WrongAsked."""
        client = self.clients.get(params.get("client_id", ""))
        if client is None or not client.may_send_to(params.get("redirect_uri", "")):
            raise WrongAsked("這個服務沒有登記，或回傳網址不符。 This service, or its address, is not registered.")
        if params.get("response_type") != "code" or "openid" not in params.get("scope", "").split():
            raise WrongAsked("只提供授權碼流程。 Only the code flow with the scope openid is offered.")
        if params.get("code_challenge_method") != "S256" or not params.get("code_challenge"):
            raise WrongAsked("需要 PKCE (S256)。 PKCE with S256 is needed.")
        names = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")
        return Asked(**{name: params.get(name, "") for name in names})

    def person(self, username: str, password: str) -> Person | None:
        found = self.people.get(username)
        return found if found and is_same(found.password.get_secret_value(), password) else None

    def client(self, authorization: str) -> str | None:
        """The client that presents its secret (RFC 6749, 2.3.1), or None."""
        kind, _, coded = authorization.partition(" ")
        if kind.lower() != "basic":
            return None
        name, _, secret = b64decode(coded).decode("utf-8", "replace").partition(":")
        known = self.clients.get(name)
        return name if known and is_same(known.secret.get_secret_value(), secret) else None


def create_app(settings: Settings) -> FastAPI:
    """The provider as an ASGI application."""
    provider = Provider(settings)
    tokens = provider.tokens
    templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True)
    app = FastAPI(title="Identity provider of the demonstration", version="1", openapi_url=None)
    app.state.provider = provider

    def page(status: int = 200, asked: Asked | None = None, problem: str = "", **facts: Any) -> Response:
        # A browser applies `form-action` to every redirect that follows a form.
        where = "{0.scheme}://{0.netloc}".format(urlsplit(asked.redirect_uri)) if asked else ""
        policy = f"default-src 'none'; style-src 'self'; form-action 'self' {where}; frame-ancestors 'none'"
        text = templates.get_template("page.html").render(people=provider.people.values(), problem=problem, **facts)
        return HTMLResponse(text, status, {"Content-Security-Policy": policy, **_NO_STORE})

    def back(asked: Asked, person: Person) -> Response:
        query = {"code": tokens.code(asked, person), "state": asked.state, "iss": provider.issuer}
        return RedirectResponse(f"{asked.redirect_uri}?{urlencode(query)}", 303, _NO_STORE)

    @app.exception_handler(WrongAsked)
    async def wrong(_: Request, error: Exception) -> Response:
        return page(400, problem=str(error))

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return provider.document

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        return tokens.jwks

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        asked = provider.asked(dict(request.query_params))
        person = tokens.signed_in(request.cookies.get(COOKIE, ""))
        if person and request.query_params.get("prompt") != "login":
            return back(asked, person)
        return page(asked=asked, params=dict(request.query_params))

    @app.post("/authorize")
    async def signed_in(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = provider.asked(form)
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise WrongAsked("請由本頁登入。 Sign in from this page.")
        person = provider.person(form.pop("username", ""), form.pop("password", ""))
        if person is None:
            return page(401, asked, "帳號或密碼不符。 The name or the password is not right.", params=form)
        answer = back(asked, person)
        answer.set_cookie(COOKIE, tokens.sign_in(person), httponly=True, samesite="lax")
        return answer

    @app.post("/token")
    async def token(
        request: Request,
        grant_type: Annotated[str, Form()] = "",
        code: Annotated[str, Form()] = "",
        redirect_uri: Annotated[str, Form()] = "",
        code_verifier: Annotated[str, Form()] = "",
    ) -> Response:
        client = provider.client(request.headers.get("authorization", ""))
        if client is None:
            return JSONResponse({"error": "invalid_client"}, 401, _NO_STORE | {"WWW-Authenticate": "Basic"})
        if grant_type != "authorization_code":
            return JSONResponse({"error": "unsupported_grant_type"}, 400, _NO_STORE)
        told = tokens.exchange(code, client, redirect_uri, code_verifier)
        return JSONResponse(told or {"error": "invalid_grant"}, 200 if told else 400, _NO_STORE)

    @app.get("/userinfo")
    async def userinfo(request: Request) -> Response:
        person = tokens.of_access(request.headers.get("authorization", "").removeprefix("Bearer "))
        if person is None:
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        return JSONResponse(claims_of(person), headers=_NO_STORE)

    @app.get("/sign-out")
    async def sign_out(request: Request, client_id: str = "", post_logout_redirect_uri: str = "") -> Response:
        tokens.sign_out(request.cookies.get(COOKIE, ""))
        client = provider.clients.get(client_id)
        known = client is not None and client.may_end_at(post_logout_redirect_uri)
        answer = RedirectResponse(post_logout_redirect_uri, 303) if known else page(out=True)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return answer

    @app.get("/style.css")
    async def style() -> Response:
        return FileResponse(HERE / "static" / "style.css")

    @app.get("/")
    async def home() -> Response:
        return page()

    @app.get("/healthz")
    @app.get("/readyz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    return app
