"""The API of figures: counts alone, nobody's case."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from contracts.roles import Caller, May, opens_every
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from web.callers import allowed

from network.figures.linked import counted as counted_links
from network.figures.rates import Counted, definition, opening_rate, service_rate
from network.figures.referrals import Count, answers_of, counted, equation
from network.figures.store import Figures
from network.periods import Asked

router = APIRouter(prefix="/v1/statistics", tags=["figures"])


class RateView(BaseModel):
    """One case type; rates are shares of 1, null of nothing. `not_opened` by reason."""

    case_type: str
    received: int
    duplicate: int
    protection: int
    service_rate: float | None
    dispatched: int
    assessed: int
    opened: int
    not_opened: Mapping[str, int]
    undecided: int
    opening_rate: float | None


class RatesView(BaseModel):
    county: str
    service_rate_by: str
    verified: bool
    rates: tuple[RateView, ...]


class NeedView(BaseModel):
    need: str
    cases: int
    rank: int


class NeedsView(BaseModel):
    """Needs of opened cases (開案需求面向): a case that needs two things counts under both."""

    county: str
    needs: tuple[NeedView, ...]
    total: int


class PairView(BaseModel):
    units: tuple[str, str]
    visits: int


class PairsView(BaseModel):
    county: str
    pairs: tuple[PairView, ...]


class ReturnView(BaseModel):
    reason: str
    closed: int
    returned: int
    share: float | None


class ReturnsView(BaseModel):
    """Cases closed in a period, and how many of their families came back within the watch and the year after it."""

    county: str
    reasons: tuple[ReturnView, ...]


class ReferralCountView(BaseModel):
    """Referrals of one service, provider or township: sent = answered (by answer) + open + withdrawn.

    `open` have no answer, `waiting` of them were told until about when, `overdue` are beyond the promised day.
    `hours_to_answer` on average. `closed_loop_rate`: of those not withdrawn, the share that is done and of which the
    person said whether they got what they came for (`got_it` said so). `kept`: of so many it still held so long after.
    """

    of: str
    sent: int
    answered: Mapping[str, int]
    open: int
    waiting: int
    overdue: int
    withdrawn: int
    equation: str
    balanced: bool
    hours_to_answer: float | None
    answered_in_time: int
    done: int
    closed: int
    got_it: int
    closed_loop_rate: float | None
    sessions: int
    outcomes: Mapping[str, int]
    kept: Mapping[str, int]


class ReferralCountsView(ReferralCountView):
    """All referrals of a county in a period, and by service, provider (its unit), township, group and year sent.

    Townships to whoever may open every case alone: the days are any, and one of Alishan on one day is somebody.
    """

    county: str
    services: tuple[ReferralCountView, ...]
    providers: tuple[ReferralCountView, ...]
    townships: tuple[ReferralCountView, ...]
    groups: tuple[ReferralCountView, ...]
    years: tuple[ReferralCountView, ...]


class LinkedServiceView(BaseModel):
    """A family that was referred to two services counts under both."""

    service: str
    referred: int
    advised: int


class LinkingsView(BaseModel):
    """Reports to which no unit was sent: `no_dispatch` = referred + advised alone + open."""

    county: str
    no_dispatch: int
    referred: int
    advised: int
    open: int
    balanced: bool
    services: tuple[LinkedServiceView, ...]


async def figures_of(request: Request) -> Figures:
    figures: Figures = request.app.state.figures
    return figures


Given = Annotated[Figures, Depends(figures_of)]
Counts = Annotated[Caller, allowed(May.COUNT)]


@router.get("/rates", summary="Service rate and opening rate by case type")
async def rates(period: Asked, figures: Given) -> RatesView:
    by = definition()
    counted = await figures.reports(period)
    rows = tuple(_rate(each, found, service_rate(found, by)) for each, found in counted.items())
    return RatesView(county=period.county, service_rate_by=by.source, verified=by.verified, rates=rows)


@router.get("/needs", summary="What the families of opened cases need, by the six dimensions")
async def needs(period: Asked, figures: Given) -> NeedsView:
    found = sorted((await figures.needs(period)).items(), key=lambda each: (-each[1], each[0]))
    rows = tuple(NeedView(need=need, cases=cases, rank=number) for number, (need, cases) in enumerate(found, 1))
    return NeedsView(county=period.county, needs=rows, total=sum(each.cases for each in rows))


@router.get("/joint-visits", summary="Joint visits by each pair of systems")
async def joint_visits(period: Asked, figures: Given) -> PairsView:
    found = sorted((await figures.joint_visits(period)).items())
    return PairsView(county=period.county, pairs=tuple(PairView(units=each, visits=count) for each, count in found))


@router.get("/returns", summary="Families that came back after their case was closed, by the closing's reason")
async def returns(period: Asked, figures: Given) -> ReturnsView:
    closed, back = await figures.closed(period), await figures.returned(period)
    rows = tuple(
        ReturnView(reason=each, closed=count, returned=back.get(each, 0), share=round(back.get(each, 0) / count, 4))
        for each, count in sorted(closed.items())
    )
    return ReturnsView(county=period.county, reasons=rows)


@router.get("/referrals", summary="Referrals: sent = answered by answer + open + withdrawn")
async def referrals(
    period: Asked, figures: Given, caller: Counts, service: Annotated[str | None, Query(max_length=64)] = None
) -> ReferralCountsView:
    cells = await figures.referrals(period, service, datetime.now(UTC))
    whole = counted(cells).get("", Count())
    parts = {
        name: tuple(_referral_row(key, count, key if by == "service" else service) for key, count in found.items())
        for name, by in (
            ("services", "service"),
            ("providers", "to"),
            ("townships", "township"),
            ("groups", "group"),
            ("years", "year"),
        )
        for found in [counted(cells, by)]
    } | ({} if opens_every(caller) else {"townships": ()})
    return ReferralCountsView(
        **_referral_row(service or "", whole, service).model_dump(), county=period.county, **parts
    )


@router.get("/linkings", summary="No unit sent: no dispatch = referred + advised + nothing done yet")
async def linkings(period: Asked, figures: Given) -> LinkingsView:
    found = counted_links(await figures.linkings(period))
    services = tuple(
        LinkedServiceView(service=code, referred=each.referred, advised=each.advised)
        for code, each in sorted(found.services.items())
    )
    return LinkingsView(
        county=period.county, no_dispatch=found.no_dispatch, referred=found.referred, advised=found.advised,
        open=found.open, balanced=found.is_balanced, services=services,
    )  # fmt: skip


def _referral_row(of: str, count: Count, service: str | None) -> ReferralCountView:
    return ReferralCountView(
        of=of, sent=count.sent, answered={each.code: count.answered[each.code] for each in answers_of(service, count)},
        open=count.open, waiting=count.waiting, overdue=count.overdue, withdrawn=count.withdrawn,
        equation=equation(service, count), balanced=count.is_balanced, hours_to_answer=count.hours_to_answer,
        answered_in_time=count.in_time, done=count.done, closed=count.closed, got_it=count.got_it,
        closed_loop_rate=count.closed_loop_rate, sessions=count.sessions, outcomes=count.outcomes, kept=count.kept,
    )  # fmt: skip


def _rate(case_type: str, found: Counted, rate: float | None) -> RateView:
    return RateView(
        case_type=case_type, received=found.received, duplicate=found.outcomes.get("duplicate", 0),
        protection=found.outcomes.get("protection", 0), service_rate=rate, dispatched=found.dispatched,
        assessed=found.assessed, opened=found.opened, not_opened=found.not_opened,
        undecided=found.dispatched - found.assessed, opening_rate=opening_rate(found),
    )  # fmt: skip
