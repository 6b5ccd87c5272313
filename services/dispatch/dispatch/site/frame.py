"""What every page has: its visitor, the county that it is about, and the bar above it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from contracts.languages import Lang
from contracts.roles import May
from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from kit.problems import Forbidden, Problem
from web.language import remembering
from web.sessions import Session

from dispatch.domain.report.actor import Actor
from dispatch.policy import SAMPLE
from dispatch.site.door import HEADERS, Door, Visitor, html
from dispatch.site.officers import Officer
from dispatch.site.pages import Pages
from dispatch.site.words import county as county_name

_A_COUNTY = re.compile(r"[a-z-]{1,40}")
"""An officer of all counties may ask for any text, which goes into names of files and into addresses."""
Form = Mapping[str, str]


@dataclass(frozen=True)
class Site:
    """What pages are made of, whatever they show.

    `counties` are those that have reports; `handed` counts the shifts of a county that nobody has taken over yet.
    """

    pages: Pages
    door: Door
    counties: Callable[[], Awaitable[Sequence[str]]]
    handed: Callable[[str], Awaitable[int]]

    async def counties_of(self, officer: Officer) -> Sequence[str]:
        """Those to choose from, the first of them first."""
        if "*" not in officer.counties:
            return officer.counties
        return sorted({*await self.counties(), SAMPLE}, key=lambda each: (each != SAMPLE, each))

    async def visit(self, request: Request, visitor: Visitor, county: str | None) -> "Visit":
        """The visit of the county that is asked for, or the officer's first. Raises Forbidden for another's."""
        if county and not (visitor.officer.sees(county) and _A_COUNTY.fullmatch(county)):
            raise Forbidden("That county is not yours.", "非您轄管縣市。")
        return Visit(self, request, visitor, county or (await self.counties_of(visitor.officer))[0])


@dataclass(frozen=True)
class Visit:
    """Someone who is signed in asks for a page of a county."""

    site: Site
    request: Request
    visitor: Visitor
    county: str

    @property
    def officer(self) -> Officer:
        return self.visitor.officer

    @property
    def session(self) -> Session:
        return self.visitor.session

    @property
    def lang(self) -> Lang:
        return self.visitor.lang

    @property
    def actor(self) -> Actor:
        """The visitor as the one who acts. Raises Forbidden for a role that may not."""
        return self.visitor.actor

    def of(self, county: str) -> "Visit":
        """The same visit, of the county that what it asks for is of."""
        return replace(self, county=county)

    async def page(self, template: str, problem: Problem | None = None, **facts: Any) -> Response:
        """A page with its bar; after a problem it tells that, and has its status."""
        text = self.site.pages.page(template, self.lang, problem=self.told(problem), **await self._frame(), **facts)
        return remembering(html(text, problem.status if problem else 200), self.request, self.lang)

    async def _frame(self) -> Mapping[str, Any]:
        counties = [
            {"id": each, "name": county_name(each, self.lang)} for each in await self.site.counties_of(self.officer)
        ]
        handed = await self.site.handed(self.county) if self.officer.decides else 0
        name = county_name(self.county, self.lang)
        told = {"county": self.county, "county_name": name, "counties": counties, "handed": handed}
        return self.visitor.facts | told | {"sites": self._sites}

    @property
    def _sites(self) -> Mapping[str, str]:
        """The other services' pages that this visitor may come into."""
        return self.site.pages.sites.open_to(self.officer.role)

    def fragment(self, template: str, status: int = 200, **facts: Any) -> Response:
        """A part of a page, for a board that puts it where it belongs."""
        told = self.visitor.facts | {"county": self.county, "sites": self._sites}
        text = self.site.pages.page(template, self.lang, **told | facts)
        return html(text, status)

    def told(self, problem: Problem | None) -> str | None:
        """What is wrong, in the visitor's language."""
        return problem.said.in_(self.lang) if problem else None


def signed_in(*any_of: May) -> Callable[..., Awaitable[Visit]]:
    """A dependency: the visit of someone who may do any of this. Raises SignInFirst or Forbidden."""

    async def visit(request: Request, site: OfSite, county: str | None = None) -> Visit:
        return await site.visit(request, await site.door.must_be_in(request, *any_of), county)

    return visit


def meant(*any_of: May) -> Callable[..., Awaitable[Visit]]:
    """A dependency: the visit of someone who sent a form of our own. Raises SignInFirst or Forbidden."""

    async def visit(request: Request, site: OfSite, form: Filled, county: str | None = None) -> Visit:
        visitor = await site.door.must_mean_it(request, form.get("csrf", ""), *any_of)
        return await site.visit(request, visitor, county)

    return visit


async def filled(request: Request) -> Form:
    """The fields that were filled in."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str) and value.strip()}


def site_of(request: Request) -> Site:
    """What the composition root made the pages of."""
    made: Site = request.app.state.site
    return made


OfSite = Annotated[Site, Depends(site_of)]
Filled = Annotated[Form, Depends(filled)]


def go_to(path: str) -> Response:
    """Where a page leads once what its form asked for is done."""
    return RedirectResponse(path, 303, HEADERS)
