"""The deck as a page, as slides in a PDF and as a file: one click, for the whole of a time."""

import asyncio
from collections import Counter
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
from web.files import as_file, must_be_fixed, named
from web.frame import PageRoute, SignedIn, Visit
from web.headers import headers
from web.language import language
from web.report import Document, as_pdf
from web.sheet import Section, in_one_grid

from network.access import Scope
from network.activities.sheets import Say
from network.clock import now
from network.meetings.reading import rulebook
from network.periods import Period, period_of
from network.review.deck import Decks
from network.review.rooms import HELD, MEETING_OF

router = APIRouter(include_in_schema=False, route_class=PageRoute)
FIRST_YEAR = 2018


async def decks_of(request: Request) -> Decks:
    decks: Decks = request.app.state.decks
    return decks


Named = Annotated[str, Query(max_length=40)]
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
        "review.html", sections=await decks.sections(period, span, saying(visit), protect=protect), protect=protect,
        here_county=period.county, choosable=choosable(visit.caller.counties), span=span, saved=saved,
        spans=dict.fromkeys([*spans(today(), protect=protect), span]),
    )  # fmt: skip


@router.get("/review.{format}")
async def file(visit: SignedIn, decks: Given, chosen: Ask, format: Literal["pdf", "xlsx", "csv"]) -> Response:
    visit.must(May.CROSS)
    span = chosen.days(protect=True)
    period = await chosen.period(visit, span)
    sections = await decks.sections(period, span, saying(visit), protect=True)
    name = f"review-{period.county}-{span.first}-{span.last}"
    if format != "pdf":
        return as_file(in_one_grid(name, sections), format)
    body = await asyncio.to_thread(as_pdf, _slides(visit, period.county, span, sections), language(visit.request))
    told = {"Content-Disposition": named("inline", f"{name}.pdf")}
    return Response(body, media_type="application/pdf", headers=headers() | dict(NO_STORE) | told)


@router.get("/review/meetings")
async def meetings(visit: SignedIn, decks: Given, chosen: Ask, purpose: Named = "") -> Response:
    """The single meetings behind a number of the deck, those in which one's units have part."""
    visit.must(May.MEET)
    span = chosen.days(protect=False)
    period = await chosen.period(visit, span)
    met, items = await decks.rooms.held(period, Scope.of(visit.caller).of_county(period.county), purpose or None)
    decided = Counter(each.meeting_id for item in items for each in item.decisions)
    return visit.page(
        "review_meetings.html", met=met, decided=decided, held=HELD, say=saying(visit), here_county=period.county,
        span=span, purpose=purpose, meeting_of=MEETING_OF,
    )  # fmt: skip


@router.get("/review/rosters")
async def rosters(visit: SignedIn, decks: Given, chosen: Ask, roster: Named = "") -> Response:
    """The rows of a list by township, told as the deck tells them."""
    visit.must(May.CROSS)
    protect = not opens_every(visit.caller)
    span = chosen.days(protect=protect)
    period = await chosen.period(visit, span)
    if protect:
        must_be_fixed(span.first, span.last, today())
    made = await decks.rooms.townships(period, span, saying(visit), now(), roster, protect=protect)
    return visit.page(
        "review_rosters.html", sections=[made] if made.sheet.rows else [], protect=protect, here_county=period.county,
        span=span, roster=roster,
    )  # fmt: skip


def saying(visit: Visit) -> Say:
    """What codes are called; what meetings are for, as the rules of meetings call it."""
    lang, purposes = language(visit.request), rulebook().purposes

    def say(code: str) -> str:
        known = purposes.get(code.removeprefix(MEETING_OF)) if code.startswith(MEETING_OF) else None
        return (known.zh if lang == "zh" else known.en) if known else visit.word(code.removeprefix(MEETING_OF))

    return say


def _slides(visit: Visit, county: str, span: Span, sections: Sequence[Section]) -> Document:
    title = f"{visit.word(f'other-counties/{county}')} {visit.label('review')} {span.first} – {span.last}"
    return Document(
        title, f"{visit.label('title')} · {visit.label('subtitle')}",
        f"{visit.label('printed_at')} {times.here(now()):%Y-%m-%d %H:%M}", title, sections,
        notes=(visit.label("every_number_leads"), visit.label("steps_of_five")), slides=True,
    )  # fmt: skip
