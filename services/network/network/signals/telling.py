"""What follows a question: alarms for a supervisor, a line and a task for the family's lead; each once."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from network.clock import now
from network.signals.domain.asking import Asking, Touched
from network.signals.domain.curiosity import alarms
from network.signals.rules import rules
from network.signals.store import Askings

EVERY = 1.0
MOST = 100
HEAR_ASKING, ASKED_IN_PLACES = "hear_asking", "asked_in_places"


class Leads(Protocol):
    async def tell(self, case: Touched, asking: Asking, what: str | None, at: datetime) -> None:
        """A line in the story of a case and, for `what`, a task of its lead; the same again changes nothing."""


class Telling:
    """Whoever answers for a family hears who asked."""

    def __init__(self, askings: Askings, leads: Leads, clock: Callable[[], datetime] = now) -> None:
        self._askings = askings
        self._leads = leads
        self._clock = clock

    async def tell(self) -> bool:
        """Tell of the next questions that nobody has heard of; whether there are more."""
        untold = await self._askings.untold(MOST)
        for asking in untold:
            at = self._clock()
            found = await self._alarms(asking)
            what = await self._owed(asking)
            for case in asking.cases:
                quiet = not case.open or case.county in rules().tells_lead.counties_without
                await self._leads.tell(case, asking, None if quiet else what, at)
            await self._askings.tell(asking.id, found)
        return len(untold) == MOST

    async def _alarms(self, asking: Asking) -> tuple[str, ...]:
        since = asking.at - rules().lately
        mine = [each for each in await self._askings.by(asking.asker.id, since) if each.at <= asking.at]
        of_one = [each for each in await self._askings.about(asking.about, since) if each.at <= asking.at]
        guarded = await self._askings.guarded_by(asking.about)
        return alarms(asking, mine, of_one, guarded, rules().signs)

    async def _owed(self, asking: Asking) -> str:
        """Three hospitals in three nights are more than one question."""
        told = rules().tells_lead
        lately = await self._askings.about(asking.about, asking.at - told.places_within)
        places = {each.asker.unit for each in lately if each.at <= asking.at} | {asking.asker.unit}
        return ASKED_IN_PLACES if len(places) >= told.places else HEAR_ASKING
