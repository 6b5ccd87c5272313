"""Somebody at network's pages without a script: reads a page, fills in one of its forms, sends it as a browser does."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
from rules.spans import TAIPEI

from tests.integration.network_stage import Stage
from tests.passwords import PASSWORD

Typed = str | list[str]
HEADERS = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}


def clock(days_ago: float) -> str:
    """A time as a browser's field writes it, on a clock in Taiwan."""
    return f"{datetime.now(TAIPEI) - timedelta(days=days_ago):%Y-%m-%dT%H:%M}"


@dataclass
class Field:
    """One field; `options` of a select, `value` what a tick or a radio sends where it is `on`."""

    name: str
    kind: str
    value: str = ""
    on: bool = True
    required: bool = False
    options: list[str] = field(default_factory=list)

    def sent(self, typed: dict[str, Typed]) -> Iterator[tuple[str, str]]:
        """What a browser sends of it, once somebody has filled the form in."""
        said = typed.get(self.name)
        if self.kind in ("checkbox", "radio"):
            if self.on if said is None else self.value in ([said] if isinstance(said, str) else said):
                yield self.name, self.value
            return
        value = self.value if said is None else str(said)
        assert not self.options or value in self.options, f"{self.name} offers {self.options}, not {value}"
        assert value or not self.required, f"{self.name} must be filled in"
        yield self.name, value


@dataclass
class Form:
    action: str
    fields: list[Field] = field(default_factory=list)

    def holds(self, fixed: dict[str, str]) -> bool:
        """Whether its hidden fields say this."""
        hidden = {each.name: each.value for each in self.fields if each.kind == "hidden"}
        return fixed.items() <= hidden.items()

    def filled(self, typed: dict[str, Typed]) -> list[tuple[str, str]]:
        missing = typed.keys() - {each.name for each in self.fields}
        assert not missing, f"the form has no {missing}"
        return [pair for each in self.fields for pair in each.sent(typed)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._in: Form | None = None
        self._text: Field | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._in = Form(said.get("action", ""))
            self.forms.append(self._in)
        elif self._in and tag in ("input", "select", "textarea"):
            kind = said.get("type", "text") if tag == "input" else tag
            made = Field(said.get("name", ""), kind, said.get("value", ""), "checked" in said, "required" in said)
            self._in.fields.append(made)
            self._text = made if tag == "textarea" else None
        elif self._in and tag == "option":
            self._option(self._in.fields[-1], said)

    def _option(self, of: Field, said: dict[str, str]) -> None:
        if "selected" in said or not of.options:
            of.value = said["value"]
        of.options.append(said["value"])

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = None
        elif tag == "textarea":
            self._text = None


@dataclass
class Page:
    """What the server showed."""

    status: int
    path: str
    text: str

    def forms(self, action: str) -> list[Form]:
        reader = _Reader()
        reader.feed(self.text)
        return [each for each in reader.forms if each.action == action]

    def part(self, id: str) -> str:
        """From the element of this id to the end of its section."""
        assert f'id="{id}"' in self.text, f"no {id} on {self.path}"
        return self.text.partition(f'id="{id}"')[2].partition("</section>")[0]


@dataclass
class Person:
    """Somebody with a browser of their own."""

    http: httpx.AsyncClient

    async def opens(self, path: str) -> Page:
        return _page(await self.http.get(path))

    async def does(self, path: str, act: str, of: dict[str, str] | None = None, **typed: Typed) -> Page:
        """The page after one form of the page at `path` was filled in and sent; `of` says which of several it is.

        Whoever acts presses twice: whatever a story goes on to count was done once.
        """
        page = await self.opens(path)
        assert page.status == 200, page.text
        found = [form for form in page.forms(act) if form.holds(of or {})]
        assert found, f"no form for {act} on {path}"
        body = urlencode(found[0].filled(typed))
        answer = await self.http.post(act, content=body, headers=HEADERS)
        if answer.history:  # it was done: the page came by another address
            await self.http.post(act, content=body, headers=HEADERS)
        return _page(answer)


@asynccontextmanager
async def at_desk(net: Stage, username: str) -> AsyncIterator[Person]:
    """Somebody who has signed in, and reads English."""
    transport = httpx.ASGITransport(app=net.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://network", follow_redirects=True) as http:
        person = Person(http)
        await person.opens("/sign-in?lang=en")
        page = await person.does("/sign-in", "/sign-in", username=username, password=PASSWORD)
        assert page.path in ("/", "/directory", "/referrals", "/meetings"), page.text
        yield person


def _page(answer: httpx.Response) -> Page:
    return Page(answer.status_code, answer.url.path, answer.text)
