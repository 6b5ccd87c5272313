"""A county's figures as pages, for every role; whoever may not read reports sees no count under five."""

import asyncio
from datetime import date, timedelta
from typing import Annotated, Any

from contracts.roles import May
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from rules.periods import is_fixed, latest
from rules.rises import GAP, RECENT, WEEK, monday

from dispatch.domain.period import Period
from dispatch.figures import pdf
from dispatch.figures.analysis import Analysis, analysis_of
from dispatch.figures.choice import PRESETS, STEPS, Asked, Month, Time
from dispatch.figures.monthly import Monthly, monthly, warned_in_words
from dispatch.figures.senders import COLUMNS
from dispatch.figures.sheet import Audience
from dispatch.site import words
from dispatch.site.door import HEADERS
from dispatch.site.frame import Visit, signed_in

WEEKS_WARNED = 4
"""A rise stays on the page for this many weeks."""
router = APIRouter(include_in_schema=False)


Counts = Annotated[Visit, Depends(signed_in(May.COUNT))]
Counted = Annotated[Analysis, Depends(analysis_of)]
Days = Annotated[int, Query(ge=1, le=365)]


@router.get("/analysis")
async def figures(visit: Counts, analysis: Counted, asked: Annotated[Asked, Depends()]) -> Response:
    time = _told_to(visit, asked.time(analysis.today), analysis.today)
    tables = await _tables(visit, analysis, time, asked.township)
    chosen: dict[str, Any] = {"time": time, "township": asked.township, "steps": STEPS, "presets": PRESETS}
    return await visit.page("analysis.html", today=analysis.today.isoformat(), **chosen, **tables)


@router.get("/report")
async def report(visit: Counts, analysis: Counted, month: str | None = None) -> Response:
    made = await _monthly(visit, analysis, month)
    return await visit.page("report.html", made=made, this_month=analysis.today.isoformat()[:7])


@router.get("/report.pdf")
async def report_pdf(visit: Counts, analysis: Counted, month: str | None = None) -> Response:
    made = await _monthly(visit, analysis, month)
    body = await asyncio.to_thread(pdf.rendered, made, visit.lang, analysis.now())
    name = f'inline; filename="{visit.county}-{made.month}-{visit.lang}.pdf"'
    return Response(body, media_type="application/pdf", headers=HEADERS | {"Content-Disposition": name})


@router.get("/senders")
async def senders(
    visit: Annotated[Visit, Depends(signed_in(May.SENDERS))], analysis: Counted, days: Days = 30
) -> Response:
    last = analysis.today
    found = await analysis.senders(Period(visit.county, last - timedelta(days=days - 1), last))
    facts: dict[str, Any] = {"columns": COLUMNS, "days": days, "now": analysis.now(), "when": words.time}
    return await visit.page("senders.html", senders=found, **facts)


def _told_to(visit: Visit, time: Time, today: date) -> Time:
    """The time that was asked for; to whoever may not read reports a fixed one, the quarter that ended last."""
    if visit.officer.reads or is_fixed(time.first, time.last, today):
        return time
    return Time(latest(today).first, latest(today).last, time.by)


async def _tables(visit: Visit, analysis: Analysis, time: Time, township: str) -> dict[str, Any]:
    period, audience = Period(visit.county, time.first, time.last), audience_of(visit)
    last_week = monday(min(time.last, analysis.today))
    weeks = [last_week - WEEK * back for back in range(1, WEEKS_WARNED + 1)]
    county = words.county(visit.county, visit.lang)
    outcomes, sources, trend, townships, warned = await asyncio.gather(
        analysis.outcomes(period, audience), analysis.sources(period, audience),
        analysis.trend(period, time.by, audience), analysis.townships(period, audience),
        analysis.warnings(visit.county, county, weeks, audience),
    )  # fmt: skip
    villages = await analysis.villages(period, township, audience) if township else None
    looked = {"recent": RECENT, "gap": GAP, "looked_at": warned_in_words(warned, audience)}
    return {"outcomes": outcomes, "sources": sources, "trend": trend, "townships": townships,
            "villages": villages, "warned": warned, "looked": looked, "hide": audience.hide}  # fmt: skip


async def _monthly(visit: Visit, analysis: Analysis, month: str | None) -> Monthly:
    chosen = Month.of(month, analysis.today)
    return await monthly(analysis, visit.county, chosen, analysis.today, audience_of(visit))


def audience_of(visit: Visit) -> Audience:
    """Whoever may not read the reports themselves sees no small count of them."""
    return Audience(visit.lang, hide=not visit.officer.reads)
