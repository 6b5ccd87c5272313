"""Who may call the machine interface for what, and the parameters that its routes share."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated

from contracts.languages import Lang as Spoken
from contracts.roles import Caller, May, may
from fastapi import Depends, Path, Query, Request
from kit.problems import Unprocessable, preferred
from web.callers import allowed, must_cover

from contracts import codes
from dispatch.domain.period import Period
from dispatch.domain.report.actor import Actor

County = Annotated[str, Query(min_length=1, max_length=40, pattern=r"^[a-z-]+$", examples=["chiayi-county"])]
Day = Annotated[date, Query(description="A day in Taipei.", examples=["2026-11-22"])]
From = Annotated[date, Query(alias="from", description="First day in Taipei, included.")]
To = Annotated[date, Query(description="Last day in Taipei, included.")]
ReportId = Annotated[str, Path(min_length=1, max_length=64)]


def counted(what: May) -> Callable[..., Awaitable[Period]]:
    """A dependency: the days of a county that the caller may see. Raises as `allowed`, and Unprocessable."""

    async def period(caller: Annotated[Caller, allowed(what)], county: County, first: From, to: To) -> Period:
        must_see(caller, county)
        if first > to:
            en, zh = "`from` must not be after `to`.", "起日不可晚於迄日。"
            raise Unprocessable(en, zh, errors=[{"at": "/query/from", "code": "after_to", "en": en, "zh": zh}])
        return Period(county, first, to)

    return period


Reads = Annotated[Caller, allowed(May.READ)]
Decides = Annotated[Caller, allowed(May.DECIDE)]
Governs = Annotated[Caller, allowed(May.GOVERN)]
Counts = Annotated[Caller, allowed(May.COUNT)]
Crosses = Annotated[Caller, allowed(May.CROSS)]


def must_see(caller: Caller, county: str) -> None:
    """Raises Forbidden for another county, Unprocessable for an unknown code: its zeros would be equal, too."""
    must_cover(caller, county)
    if county not in codes.names("counties", date.max):
        en = "Write the county's code, such as chiayi-county."
        zh = "請填縣市代碼，如 chiayi-county。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/county", "code": "unknown_county", "en": en, "zh": zh}])


def spoken(request: Request) -> Spoken:
    """The language that `Accept-Language` prefers."""
    return preferred(request)


Lang = Annotated[Spoken, Depends(spoken)]


def actor_of(caller: Caller) -> Actor:
    """The caller as one who acts, never to be taken for the person of the same name at the page."""
    return Actor(caller.name, may(caller.role, May.GOVERN), f"api:{caller.name}")
