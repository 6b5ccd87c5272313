"""Looking for a person among cases: by keys that say nothing of anybody, and with a look on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from contracts.roles import Caller

from network.access import Scope
from network.cases.bodies import PersonBody
from network.cases.domain.case import Case
from network.cases.family import People
from network.cases.store import Cases
from network.clock import now
from network.looks.store import SEARCH, Look, Looks

MOST = 50


@dataclass(frozen=True)
class Found:
    """A page of cases that name a person; `next` is the `after` of the following page."""

    cases: Sequence[Case]
    next: str | None


async def searched(who: PersonBody, caller: Caller, cases: Cases, people: People, looks: Looks) -> Found:
    """The cases of a caller's scope that name a person. Others are not found, and so not counted either."""
    keys = people.keys(who.name, who.birth_date, who.national_id)
    found, following = await cases.naming(Scope.of(caller), keys, who.after, MOST)
    await looks.note_all(_looks(caller, found, people.print_of(keys), now()))
    return Found(found, following)


def _looks(caller: Caller, found: Sequence[Case], sought: str, at: datetime) -> list[Look]:
    """One for each case that is shown; where there is none, one for each county that the caller may see."""
    look = partial(Look, at, caller.name, contact_id="", what=SEARCH, sought=sought)
    if found:
        return [look(county=each.county, case_id=each.id, units=tuple(each.parties)) for each in found]
    units = tuple(sorted(caller.units))
    return [look(county=county, case_id="", units=units) for county in sorted(caller.counties)]
