"""The page of referrals counted: the equation of each service, loud while something is open."""

from datetime import UTC, datetime

from contracts.roles import May, opens_every
from fastapi import APIRouter
from fastapi.responses import Response
from rules.counties import choosable
from web.frame import PageRoute, SignedIn

from network.figures.api import Given
from network.figures.linked import counted as counted_links
from network.figures.referrals import counted, equation
from network.periods import period_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/figures/referrals")
async def referrals_page(visit: SignedIn, figures: Given, county: str = "") -> Response:
    """Referrals of the last year. Raises Forbidden for a role that counts nothing, or another county."""
    visit.must(May.COUNT)
    mine = choosable(visit.caller.counties)
    here = county or mine[0]
    period = await period_of(here, visit.caller)
    cells = await figures.referrals(period, None, datetime.now(UTC))
    return visit.page(
        "figures_referrals.html", county_shown=here, choosable=mine, by_service=counted(cells, "service"),
        by_provider=counted(cells, "to"), equation=equation,
        by_township=counted(cells, "township") if opens_every(visit.caller) else {},
        linked=counted_links(await figures.linkings(period)),
        names=await figures.names([each.to for each in cells]),
    )  # fmt: skip
