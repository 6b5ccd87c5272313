"""`/analysis`, and the monthly report as a page and as a PDF: for every role, in the counties of who asks."""

import asyncio
from datetime import date
from typing import Annotated, Any

from contracts.roles import May
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from kit.problems import Forbidden
from rules.rises import GAP, RECENT, WEEK, monday
from rules.spans import TAIPEI

from dispatch.board.reading import Reading
from dispatch.figures import behind, pdf
from dispatch.figures.analysis import Analysis
from dispatch.figures.choice import PRESETS, STEPS, Asked, Month, Time
from dispatch.figures.monthly import Monthly, monthly, warned_in_words
from dispatch.figures.sheet import Told
from dispatch.site.door import HEADERS, Door, Visitor, html, remembering
from dispatch.site.pages import Pages
from dispatch.window.shifts import Shifts

WEEKS_WARNED = 4
"""For so long a rise stays on the page."""


def routes(pages: Pages, door: Door, reading: Reading, shifts: Shifts, analysis: Analysis) -> APIRouter:
    """The pages of figures. Whoever may not read reports sees no count under five."""
    router = APIRouter(include_in_schema=False)

    @router.get("/analysis")
    async def figures(request: Request, asked: Annotated[Asked, Depends()], county: str | None = None) -> Response:
        visitor = await door.must_be_in(request)
        where, time = await reading.county_for(visitor.officer, county), asked.time(today())
        frame = await framed(visitor, where)
        shown = await everything(where, frame["county_name"], time, asked.township, _told(visitor))
        text = pages.page("analysis.html", visitor.lang, time=time, township=asked.township, steps=STEPS,
                          presets=PRESETS, today=today().isoformat(), **shown, **frame)  # fmt: skip
        return remembering(html(text), request, visitor.lang)

    @router.get("/analysis/reports")
    async def reports(request: Request, of: Annotated[behind.Asked, Depends()], county: str | None = None) -> Response:
        visitor = await door.must_be_in(request, May.READ)
        where = await reading.county_for(visitor.officer, county)
        if not visitor.officer.reads:
            raise Forbidden("You open the reports of your units alone.", "您只能開啟所屬單位的通報。")
        found = await behind.behind(reading.reports, where, of, visitor.lang, analysis.now())
        text = pages.page("behind.html", visitor.lang, asked=of, **found, **await framed(visitor, where))
        return remembering(html(text), request, visitor.lang)

    @router.get("/report")
    async def report(request: Request, county: str | None = None, month: str | None = None) -> Response:
        visitor = await door.must_be_in(request)
        where = await reading.county_for(visitor.officer, county)
        made = await of_month(visitor, where, month)
        frame = await framed(visitor, where)
        text = pages.page("report.html", visitor.lang, made=made, this_month=today().isoformat()[:7], **frame)
        return remembering(html(text), request, visitor.lang)

    @router.get("/report.pdf")
    async def report_pdf(request: Request, county: str | None = None, month: str | None = None) -> Response:
        visitor = await door.must_be_in(request)
        where = await reading.county_for(visitor.officer, county)
        made = await of_month(visitor, where, month)
        body = await asyncio.to_thread(pdf.rendered, made, visitor.lang, analysis.now())
        name = f'inline; filename="{where}-{made.month}-{visitor.lang}.pdf"'
        return Response(body, media_type="application/pdf", headers=HEADERS | {"Content-Disposition": name})

    async def of_month(visitor: Visitor, where: str, month: str | None) -> Monthly:
        return await monthly(analysis, where, Month.of(month, today()), today(), _told(visitor))

    async def framed(visitor: Visitor, where: str) -> dict[str, Any]:
        frame = await reading.frame(visitor.officer, where, visitor.lang) | visitor.facts
        return frame | {"handed": await shifts.waiting(where)}

    async def everything(where: str, name: str, time: Time, township: str, told: Told) -> dict[str, Any]:
        days = (where, time.first.isoformat(), time.last.isoformat())
        latest = monday(min(time.last, today()))
        weeks = [latest - WEEK * back for back in range(1, WEEKS_WARNED + 1)]
        outcomes, sources, trend, townships, warned = await asyncio.gather(
            analysis.outcomes(days, told), analysis.sources(days, told), analysis.trend(days, time.by, told),
            analysis.townships(days, told), analysis.warnings(where, name, weeks, told),
        )  # fmt: skip
        villages = await analysis.villages(days, township, told) if township else None
        looked = {"recent": RECENT, "gap": GAP, "looked_at": warned_in_words(warned, told)}
        return {"outcomes": outcomes, "sources": sources, "trend": trend, "townships": townships,
                "villages": villages, "warned": warned, "looked": looked, "hide": told.hide}  # fmt: skip

    def today() -> date:
        return analysis.now().astimezone(TAIPEI).date()

    return router


def _told(visitor: Visitor) -> Told:
    return Told(visitor.lang, hide=not visitor.officer.reads)
