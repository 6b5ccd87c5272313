"""The deck as a page, as slides in a PDF and as a file: one click, for the whole of a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from contracts.roles import May, opens_every
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from kit.problems import NO_STORE, Unprocessable
from rules.counties import choosable
from rules.periods import Span, fixed, is_fixed
from rules.spans import TAIPEI
from web import times
from web.files import as_file
from web.frame import PageRoute, SignedIn, Visit
from web.headers import headers
from web.language import language
from web.report import Document, as_pdf
from web.sheet import Section, in_one_grid

from network.clock import now
from network.periods import Period, period_of
from network.review.deck import Decks

router = APIRouter(include_in_schema=False, route_class=PageRoute)
FIRST_YEAR = 2018


async def decks_of(request: Request) -> Decks:
    decks: Decks = request.app.state.decks
    return decks


Given = Annotated[Decks, Depends(decks_of)]


@dataclass(frozen=True)
class Chosen:
    """Of which county and days: `span` is first/last, else the longest time that everybody is told and ended last."""

    county: Annotated[str, Query(max_length=40)] = ""
    span: Annotated[str, Query(max_length=21)] = ""

    def days(self, *, protect: bool) -> Span:
        """Raises Unprocessable for what is no two days in order."""
        if not self.span:
            return spans(today(), protect=protect)[0]
        first, _, last = self.span.partition("/")
        try:
            found = Span(date.fromisoformat(first), date.fromisoformat(last))
        except ValueError:
            en, zh = "Write the days as 2026-01-01/2026-12-31.", "起訖日請寫成 2026-01-01/2026-12-31。"
            raise Unprocessable(en, zh) from None
        return found

    async def period(self, visit: Visit, span: Span) -> Period:
        """Raises Forbidden for another county, Unprocessable for days that are not in order."""
        return await period_of(self.county or choosable(visit.caller.counties)[0], visit.caller, span.first, span.last)


Ask = Annotated[Chosen, Depends()]


def today() -> date:
    return now().astimezone(TAIPEI).date()


def spans(today: date, *, protect: bool) -> Sequence[Span]:
    """What may be chosen: fixed periods, the latest and longest first; where nothing hides, the year so far as well."""
    ended = [each for year in (today.year - 1, today.year) for each in fixed(year, today)]
    ended += [fixed(year, today)[-1] for year in range(FIRST_YEAR, today.year - 1)]
    ended.sort(key=lambda each: (each.last, -each.first.toordinal()), reverse=True)
    return ended if protect else [Span(date(today.year, 1, 1), today), *ended]


@router.get("/review")
async def page(visit: SignedIn, decks: Given, chosen: Ask) -> Response:
    """True counts for whoever may open every case of the county; others see what analysts are told."""
    visit.must(May.CROSS)
    protect = not opens_every(visit.caller)
    span = chosen.days(protect=protect)
    period = await chosen.period(visit, span)
    saved = span if is_fixed(span.first, span.last, today()) else spans(today(), protect=True)[0]
    return visit.page(
        "review.html", sections=await decks.sections(period, span, visit.word, protect=protect), protect=protect,
        here_county=period.county, choosable=choosable(visit.caller.counties), span=span, saved=saved,
        spans=dict.fromkeys([*spans(today(), protect=protect), span]),
    )  # fmt: skip


@router.get("/review.{format}")
async def file(visit: SignedIn, decks: Given, chosen: Ask, format: Literal["pdf", "xlsx", "csv"]) -> Response:
    visit.must(May.CROSS)
    span = chosen.days(protect=True)
    period = await chosen.period(visit, span)
    sections = await decks.sections(period, span, visit.word, protect=True)
    name = f"review-{period.county}-{span.first}-{span.last}"
    if format != "pdf":
        return as_file(in_one_grid(name, sections), format)
    body = await asyncio.to_thread(as_pdf, _slides(visit, period.county, span, sections), language(visit.request))
    told = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers() | dict(NO_STORE) | told)


def _slides(visit: Visit, county: str, span: Span, sections: Sequence[Section]) -> Document:
    title = f"{visit.word(f'other-counties/{county}')} {visit.label('review')} {span.first} – {span.last}"
    return Document(
        title, f"{visit.label('title')} · {visit.label('subtitle')}",
        f"{visit.label('printed_at')} {times.here(now()):%Y-%m-%d %H:%M}", title, sections,
        notes=(visit.label("every_number_leads"), visit.label("steps_of_five")), slides=True,
    )  # fmt: skip
