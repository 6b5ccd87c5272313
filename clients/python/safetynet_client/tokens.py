"""OAuth2 client credentials: an access token of the agency's provider, fetched when needed, kept until it expires."""

import time
from collections.abc import Generator

import httpx

EARLY = 30.0


class ClientCredentials(httpx.Auth):
    """Gets access tokens at `token_url` (RFC 6749, section 4.4). Give it to a client in place of the agency's key."""

    requires_response_body = True

    def __init__(self, token_url: str, client_id: str, client_secret: str, *, scope: str = "") -> None:
        self._url = token_url
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        self._basic = httpx.BasicAuth(client_id, client_secret)
        self._token, self._until = "", 0.0

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """The request with a token, which is fetched first when there is no valid one."""
        if time.monotonic() >= self._until:
            asked = next(self._basic.auth_flow(httpx.Request("POST", self._url, data=self._form)))
            told = (yield asked).raise_for_status().json()
            self._token = told["access_token"]
            self._until = time.monotonic() + float(told.get("expires_in", 60)) - EARLY
        request.headers["authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            # Withdrawn, or the keys were rotated: the next call fetches another.
            self._until = 0.0
