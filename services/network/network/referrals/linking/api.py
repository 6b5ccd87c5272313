"""The API of reports to which no unit was sent: who has room for what the family needs, and what it was advised."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from web.callers import allowed

from network.once import Once
from network.referrals.asking import Offered
from network.referrals.linking.acts import Acts, AdviceBody
from network.referrals.linking.linking import Linking
from network.referrals.views import OfferedView
from network.services import catalogue
from network.tasks.views import View

router = APIRouter(prefix="/v1", tags=["referrals"])


class AdviceView(View):
    advised: tuple[str, ...]
    by: str
    at: datetime
    family_agrees: bool | None


Offers = Mapping[str, Sequence[Offered]]
"""By service."""


class RoomView(View):
    """A service with those who have room for it, the best first; `advice` is a line to call, without a place.

    `nearest`: where nobody serves the township, who offers it nearest to there, to be asked whether they would.
    """

    service: str
    advice: bool
    offers: tuple[OfferedView, ...]
    nearest: tuple[OfferedView, ...] = ()


class LinkingView(View):
    """`state`: open while nothing was done for the family, linked, or ended where a unit was sent after all."""

    report_id: str
    county: str
    township: str | None
    state: str
    decided_at: datetime
    needs: tuple[str, ...]
    services: tuple[str, ...]
    referred: tuple[str, ...]
    referrals: tuple[str, ...] = ()
    advice: tuple[AdviceView, ...]
    room: tuple[RoomView, ...] = ()

    @classmethod
    def of(
        cls, linking: Linking, referrals: Sequence[str] = (), room: Offers | None = None, near: Offers | None = None
    ) -> Self:
        own = {name: getattr(linking, name) for name in cls.model_fields if hasattr(linking, name)}
        advice = tuple(
            AdviceView(advised=each.advised, by=each.by, at=each.at, family_agrees=each.agrees)
            for each in linking.advice
        )
        rooms = tuple(_room(code, offers, (near or {}).get(code, ())) for code, offers in (room or {}).items())
        return cls.model_validate({**own, "advice": advice, "referrals": tuple(referrals), "room": rooms})


class LinkingsView(View):
    """A page, the last decided first; `next` is the `after` of the following page."""

    linkings: tuple[LinkingView, ...]
    next: str | None = None


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.linkings
    return acts


Worker = Annotated[Caller, allowed(May.WORK)]
Given = Annotated[Acts, Depends(acts_of)]


@router.get("/linkings", summary="Reports to which no unit was sent, and what was done for the family")
async def find(
    *,
    state: Literal["open", "linked", "ended"] | None = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Worker,
    acts: Given,
) -> LinkingsView:
    found, following = await acts.find(caller, state, after, limit)
    return LinkingsView(linkings=tuple(map(LinkingView.of, found)), next=following)


@router.get("/linkings/{report_id}", summary="One of them, with who has room for each service")
async def get(report_id: str, caller: Worker, acts: Given) -> LinkingView:
    return await shown(await acts.linking(report_id, caller), acts)


@router.post("/linkings/{report_id}/advice", status_code=201, summary="The family was advised where to turn")
async def advise(report_id: str, body: AdviceBody, caller: Worker, acts: Given, key: Once) -> LinkingView:
    return await shown(await acts.advise(report_id, body, caller, key), acts)


async def shown(linking: Linking, acts: Acts) -> LinkingView:
    sent = await acts.referrals.of_report(linking.report_id)
    room = await acts.room(linking)
    near = await acts.nearest(linking, [code for code, offers in room.items() if not offers])
    return LinkingView.of(linking, [each.id for each in sent], room, near)


def _room(code: str, offers: Sequence[Offered], near: Sequence[Offered]) -> RoomView:
    advice = catalogue().services[code].advice
    shown_, nearest = (tuple(map(OfferedView.model_validate, each)) for each in (offers, near))
    return RoomView(service=code, advice=advice, offers=shown_, nearest=nearest)
