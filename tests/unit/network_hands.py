"""A case in somebody's hands, another unit that takes part in it, and an offer to others."""

from datetime import timedelta

from network.cases.domain import collaborations, handovers
from network.cases.domain.case import Case
from network.cases.domain.handovers import Hands

from tests.unit.network_day import COUNTY, PROTECTION, T0, Day, decided

POLICE = f"{COUNTY}/police"
LATER = T0 + timedelta(days=1)


def at_work(*collaborators: str) -> Case:
    """A case in somebody's hands."""
    day = Day()
    day.decide(decided("r1", family="a", collaborators=collaborators))
    day.press("r1", PROTECTION)
    return day.case("r1")


def with_police(case: Case) -> Case:
    """The case once the police took part by name."""
    asked = collaborations.ask(case, POLICE, ("patrol",), LATER, by="陳社工", cause="ask", at=T0)
    return collaborations.join(asked, asked.collaborators[-1].id, by="周警員", cause="join", at=T0)


def offered(case: Case, to: Hands, of: Hands | None = None, cause: str = "offer") -> Case:
    return handovers.offer(case, to, reason="leaves", by="王督導", cause=cause, at=LATER, of=of)
