"""What the machine interface rests on, who may call it, and what its parameters are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from contracts.roles import May, may, who
from fastapi import Depends, Path, Query, Request, Response
from kit.auth import Caller, Callers
from kit.mongo import Document
from kit.problems import NotFound, Unprocessable, language

from contracts import codes
from dispatch.domain.actor import Ruler
from dispatch.domain.period import Period
from dispatch.figures.analysis import Analysis
from dispatch.figures.store import Figures
from dispatch.publishing.publication import Publishing
from dispatch.publishing.replays import Replays
from dispatch.window.investigations import Investigating
from dispatch.window.rulings import Rulings
from dispatch.window.stages import concerns
from dispatch.window.store import Reports
from dispatch.window.teaching import Teaching
from dispatch.window.transfers import Transfers

County = Annotated[str, Query(min_length=1, max_length=40, pattern=r"^[a-z-]+$", examples=["chiayi-county"])]
Day = Annotated[date, Query(description="A day in Taipei.", examples=["2026-11-22"])]
From = Annotated[date, Query(alias="from", description="First day in Taipei, included.")]
To = Annotated[date, Query(description="Last day in Taipei, included.")]
ReportId = Annotated[str, Path(min_length=1, max_length=64)]


@dataclass(frozen=True)
class Desk:
    """What the composition root made for machines."""

    callers: Callers
    reports: Reports
    rulings: Rulings
    teaching: Teaching
    transfers: Transfers
    investigating: Investigating
    figures: Figures
    analysis: Analysis
    publishing: Publishing
    replays: Replays
    now: Callable[[], datetime]

    async def report_of(self, report_id: str, caller: Caller) -> Document:
        """The document of a report that the caller may open, the one of its holder first. Raises NotFound."""
        found = next(iter(await self.opened(report_id, caller)), None)
        if found is None:
            raise NotFound("No such report here.", "查無此通報。")
        return found

    async def opened(self, report_id: str, caller: Caller) -> list[Document]:
        """Every county's document of a report, of those that the caller may open."""
        return [each for each in await self.reports.of_report(report_id) if _may_open(caller, each)]


def _may_open(caller: Caller, document: Document) -> bool:
    """Whether a report is of a county, and of a unit where any are named, that the caller may see."""
    return caller.sees(document["county"]) and concerns(document, caller.units)


def desk_of(request: Request) -> Desk:
    made: Desk = request.app.state.desk
    return made


OfDesk = Annotated[Desk, Depends(desk_of)]


def allowed(what: May) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, if its role may do this. Raises Unauthorized or Forbidden."""

    async def caller(request: Request, response: Response, desk: OfDesk) -> Caller:
        return desk.callers.admitted(request, response, who(what))

    return caller


def counted(what: May) -> Callable[..., Awaitable[Period]]:
    """A dependency: the days of a county that the caller may see. Raises as `allowed`, and Unprocessable."""

    async def period(caller: Annotated[Caller, Depends(allowed(what))], county: County, first: From, to: To) -> Period:
        must_see(caller, county)
        if first > to:
            en, zh = "`from` must not be after `to`.", "起日不可晚於迄日。"
            raise Unprocessable(en, zh, errors=[{"at": "/query/from", "code": "after_to", "en": en, "zh": zh}])
        return Period(county, first, to)

    return period


Reads = Annotated[Caller, Depends(allowed(May.READ))]
Decides = Annotated[Caller, Depends(allowed(May.DECIDE))]
Governs = Annotated[Caller, Depends(allowed(May.GOVERN))]
Counts = Annotated[Caller, Depends(allowed(May.COUNT))]
Crosses = Annotated[Caller, Depends(allowed(May.CROSS))]


def must_see(caller: Caller, county: str) -> None:
    """Raises Forbidden for another county, Unprocessable for an unknown code: its zeros would be equal, too."""
    caller.must_see(county)
    if county not in codes.names("counties", date.max):
        en = "Write the county's code, such as chiayi-county."
        zh = "請填縣市代碼，如 chiayi-county。"
        raise Unprocessable(en, zh, errors=[{"at": "/query/county", "code": "unknown_county", "en": en, "zh": zh}])


def spoken(request: Request) -> str:
    """The language that `Accept-Language` prefers."""
    return ("en", "zh")[language(request)]


Lang = Annotated[str, Depends(spoken)]


def ruler(caller: Caller) -> Ruler:
    """The caller as one who acts, never to be taken for the person of the same name at the page."""
    return Ruler(caller.name, may(caller.role, May.GOVERN), f"api:{caller.name}")
