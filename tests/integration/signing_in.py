"""A county with its accounts: dispatch, network and the demonstration's provider, served; and a browser's way in."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
from dispatch.app import create_app as dispatch_app
from dispatch.settings import Settings as DispatchSettings
from identity.app import Provider
from identity.app import create_app as identity_app
from identity.settings import Person
from identity.settings import Settings as IdentitySettings
from network.app import create_app as network_app
from network.settings import Settings as NetworkSettings

from tests.serving import caller, free_port, serving

COUNTY = "chiayi-county"
PASSWORD = "a password at the county 中文"
CLIENT = {"OIDC_CLIENT_ID": "safety-net", "OIDC_CLIENT_SECRET": "between us"}
ROLES = ("officer", "supervisor", "caseworker", "analyst", "liaison", "administrator")


def someone(username: str, **facts: Any) -> dict[str, Any]:
    """A person as the provider is told of them."""
    told = {"username": username, "name": f"{username} 王", "role": username, "counties": [COUNTY]}
    return told | {"password": PASSWORD} | facts


STAFF = [*map(someone, ROLES), someone("guest", role="visitor"), someone("nowhere", role="officer", counties=[])]


@dataclass
class County:
    """Where everything is, and the provider to make it lie."""

    dispatch: str
    network: str
    provider: Provider

    def browser(self) -> httpx.AsyncClient:
        return caller()

    def now_is(self, username: str, **facts: Any) -> None:
        """What the provider says of a person from now on."""
        known = self.provider.people[username]
        self.provider.people[username] = Person.model_validate(known.model_dump() | facts)

    async def sign_in(self, browser: httpx.AsyncClient, username: str, url: str | None = None, next: str = "/") -> Any:
        """The answer to a browser that comes back from the provider's page."""
        page = await self.to_provider(browser, url or self.dispatch, next)
        form = hidden(page.text) | {"username": username, "password": PASSWORD}
        back = await browser.post(f"{self.provider.issuer}/authorize", data=form)
        assert back.status_code == 303, back.text
        return await browser.get(back.headers["location"])

    async def to_provider(self, browser: httpx.AsyncClient, url: str, next: str = "/") -> httpx.Response:
        asked = await browser.get(f"{url}/sign-in/provider", params={"next": next})
        assert asked.status_code == 303, asked.text
        return await browser.get(asked.headers["location"])


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


@asynccontextmanager
async def county(env: dict[str, str], **more: str) -> AsyncIterator[County]:
    """Everything served; `more` are settings of dispatch and network."""
    ports = {name: free_port() for name in ("identity", "dispatch", "network")}
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    told = env | {name.lower(): value for name, value in CLIENT.items()} | {"oidc_issuer": at["identity"]} | more
    told |= {"shutdown_seconds": "3"}
    clients = {"safety-net": {"secret": "between us", "addresses": [at["dispatch"], at["network"]]}}
    settings = IdentitySettings(
        issuer=at["identity"], identity_people=json.dumps(STAFF), identity_clients=json.dumps(clients)
    )
    identity = identity_app(settings)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(identity, ports["identity"]))
        for name, app in {
            "dispatch": dispatch_app(DispatchSettings.model_validate(told | {"reads": "false"})),
            "network": network_app(NetworkSettings.model_validate(told)),
        }.items():
            await stack.enter_async_context(serving(app, ports[name]))
        yield County(at["dispatch"], at["network"], identity.state.provider)
