"""What every page of a desk has: who visits it, its words and its bar; a problem is told on a page, never as JSON."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from contracts.languages import Lang
from contracts.roles import Caller, May, may
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from kit.corrections import correction
from kit.problems import MOST_ERRORS, Forbidden, Problem, Unprocessable
from pydantic import BaseModel, ValidationError
from rules.spans import TAIPEI
from starlette.datastructures import FormData

from web.door import Door, SignInFirst
from web.headers import SCRIPT, TRUSTED_TYPES, headers
from web.language import language, remembering
from web.pages import Templates
from web.sessions import Session
from web.sites import Sites
from web.words import Speech

SCRIPTED = headers(*SCRIPT, TRUSTED_TYPES)
Body = TypeVar("Body", bound=BaseModel)
Speaking = Callable[[Lang, datetime], Speech]
"""How a service speaks in a language, at a time."""


class Pages:
    """Renders the templates of a service's folder with the words, the time and the person of one request.

    The bar leads to those of `sites` that its person may come into.
    """

    def __init__(self, folder: Path, speaking: Speaking, sites: Sites) -> None:
        self._templates = Templates(folder)
        self._speaking = speaking
        self._sites = sites

    def show(self, request: Request, session: Session | None, name: str, status: int = 200, **facts: Any) -> Response:
        lang = language(request)
        told = self._speaking(lang, datetime.now(UTC)).facts | self._of_visit(request, session)
        return remembering(
            HTMLResponse(self._templates.page(name, lang, **told | facts), status, SCRIPTED if session else headers()),
            request,
            lang,
        )

    def _of_visit(self, request: Request, session: Session | None) -> dict[str, Any]:
        """What the bar of every page tells of who asked for it, and from which room of the service."""
        here = request.url.path if request.method == "GET" else "/"
        told = {"here": here, "room": request.url.path.split("/")[1], "person": None, "counties": (), "problem": None}
        if session is None:
            return told
        person = session.person
        counties = [each for each in sorted(person.counties) if each != "*"]
        sites = self._sites.open_to(person.role)
        return told | {"person": person, "csrf": session.csrf, "counties": counties, "sites": sites}

    def word(self, code: str, lang: Lang) -> str:
        """What a code is called."""
        return self._speaking(lang, datetime.now(UTC)).word(code)

    def label(self, key: str, lang: Lang) -> str:
        """A key of the catalogue of pages, empty for one without words."""
        return said.in_(lang) if (said := self._templates.words.get(key)) else ""

    def sign_in(self, request: Request, facts: Mapping[str, Any], status: int) -> Response:
        """The page at the door."""
        return self.show(request, None, "sign_in.html", status, **facts)


@dataclass(frozen=True)
class Site:
    """What pages are made of, whatever they show."""

    pages: Pages
    door: Door


@dataclass(frozen=True)
class Visit:
    """Somebody who is signed in asks for a page."""

    site: Site
    request: Request
    session: Session

    @property
    def caller(self) -> Caller:
        return self.session.person.caller

    def word(self, code: str) -> str:
        """What a code is called, in this visit's language."""
        return self.site.pages.word(code, language(self.request))

    def label(self, key: str) -> str:
        """What pages call a field, empty for one without a name."""
        return self.site.pages.label(key, language(self.request))

    def must(self, what: May) -> None:
        """Raises Forbidden for a role that may not."""
        if not may(self.caller.role, what):
            raise Forbidden("This role does not allow that.", "此角色無此權限。")

    def page(self, name: str, problem: Problem | None = None, **facts: Any) -> Response:
        """A page; after a problem it tells that, and has its status."""
        status = problem.status if problem else 200
        return self.site.pages.show(self.request, self.session, name, status, problem=problem, **facts)


class PageRoute(APIRoute):
    """A route whose problems are told on a page; whoever is not signed in is shown the way in."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        answer = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except SignInFirst:
                raise
            except RequestValidationError as error:
                return await _told(request, unprocessable(error.errors()))
            except Problem as problem:
                return await _told(request, problem)

        return told


async def _told(request: Request, problem: Problem) -> Response:
    site = site_of(request)
    session = await site.door.session(request)
    answer = site.pages.show(request, session, "problem.html", problem.status, problem=problem)
    answer.headers.update(problem.headers)
    return answer


def site_of(request: Request) -> Site:
    """What the composition root made the pages of."""
    site: Site = request.app.state.site
    return site


async def signed_in(request: Request, site: Annotated[Site, Depends(site_of)]) -> Visit:
    """A dependency: the visit of somebody who is signed in. Raises SignInFirst."""
    return Visit(site, request, await site.door.must_be_in(request))


class Filled:
    """The fields of a form that were filled in."""

    def __init__(self, form: FormData | None = None) -> None:
        self._form = form or FormData()

    def __getitem__(self, name: str) -> str:
        """The field's text, empty where it was left so."""
        value = self._form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be chosen several times."""
        return [value for value in self._form.getlist(name) if isinstance(value, str) and value]

    def every(self, name: str) -> list[str]:
        """Every value of a field that stands in several rows, also the empty ones."""
        return [value.strip() for value in self._form.getlist(name) if isinstance(value, str)]

    @property
    def words(self) -> str:
        """Everything that was filled in, for telling whether the same is sent again."""
        return urlencode(sorted((name, str(value)) for name, value in self._form.multi_items() if name != "csrf"))

    def time(self, name: str) -> str | None:
        """A time as a browser's field writes it, on a clock in Taiwan; None where it was left empty."""
        try:
            return datetime.fromisoformat(self[name]).replace(tzinfo=TAIPEI).isoformat() if self[name] else None
        except ValueError:
            return self[name]

    def texts(self, *names: str) -> dict[str, str]:
        """These fields, without those that were left empty."""
        return {name: self[name] for name in names if self[name]}


def whole(text: str | None, most: int = 999_999) -> int | None:
    """A number as somebody types it, or an address says it; None for what is none, or for more than `most`: a number
    of thousands of digits is no fault of ours."""
    if not text or not text.isdecimal() or len(text) > len(str(most)):
        return None
    return number if (number := int(text)) <= most else None


async def filled(request: Request) -> Filled:
    return Filled(await request.form())


async def meant(request: Request, site: Annotated[Site, Depends(site_of)]) -> Visit:
    """A dependency: the visit of somebody who sent a form of our own. Raises SignInFirst or Forbidden."""
    form = Filled(await request.form())
    return Visit(site, request, await site.door.must_mean_it(request, form["csrf"]))


SignedIn = Annotated[Visit, Depends(signed_in)]
Meant = Annotated[Visit, Depends(meant)]
Form = Annotated[Filled, Depends(filled)]


def body_of(model: type[Body], fields: Mapping[str, Any]) -> Body:
    """What a form says, as the API takes it. Raises Unprocessable with what to correct."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        raise unprocessable(error.errors(), model) from None


def unprocessable(errors: Any, model: type[BaseModel] | None = None) -> Unprocessable:
    """The wrong fields, with how to correct each."""
    told = [
        {"code": str(each["type"]), "about": ".".join(map(str, each["loc"])), **correction(each, model)._asdict()}
        for each in errors[:MOST_ERRORS]
    ]
    return Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=told)


def go_to(path: str) -> Response:
    """Where a page leads once what its form asked for is done."""
    return RedirectResponse(path, 303, headers())
