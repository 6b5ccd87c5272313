"""Who of a programme a row names: found by keys that say nothing of anybody, and with a look on record."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from contracts.roles import Caller

from network.access import Scope
from network.clock import now
from network.looks.store import SEARCH, Look, Looks
from network.programmes.asking import People
from network.programmes.store import Enrolments, InIt


@dataclass(frozen=True)
class Finding:
    """Looks in one programme of a county, for somebody, as far as they may see; each person asked for is a look."""

    county: str
    programme: str
    caller: Caller
    enrolments: Enrolments
    people: People
    looks: Looks
    clock: Callable[[], datetime] = now

    def keys(self, name: str, born: date | None, national_id: str) -> frozenset[str]:
        """The keys under which somebody is known; none for one who is not told from others."""
        return frozenset(self.people.keys(name or None, born, national_id or None))

    async def of(self, keys: Collection[str]) -> Sequence[InIt]:
        """The enrolments of whoever is known so: those that are open, else those that were."""
        found = await self.enrolments.of_people(self._scope, self.programme, keys)
        shown = [each for each in found if each.is_open] or found
        await self.looks.note_all(self._looks(keys, shown, self.clock()))
        return shown

    async def beside(self, lists: Collection[Mapping[str, frozenset[str]]]) -> Sequence[InIt]:
        """Everybody who is in it now, to hold beside lists of others; each row of theirs is somebody asked for."""
        ours = await self.enrolments.people(self._scope, self.programme)
        at, by_key = self.clock(), {each.person: each for each in ours if each.person}
        asked = {keys for rows in lists for keys in rows.values() if keys}
        found = ((keys, [by_key[key] for key in sorted(keys & by_key.keys())]) for keys in asked)
        await self.looks.note_all([look for keys, there in found for look in self._looks(keys, there, at)])
        return ours

    @property
    def _scope(self) -> Scope:
        return Scope(frozenset({self.county}), self.caller.units)

    def _looks(self, keys: Collection[str], found: Sequence[InIt], at: datetime) -> list[Look]:
        """One for each enrolment that is shown, or one that says that there was none."""
        if not keys:
            return []
        sought = self.people.print_of(sorted(keys))
        look = partial(Look, at, self.caller.name, self.county, what=SEARCH, sought=sought)
        if not found:
            return [look(case_id="", contact_id="", units=tuple(sorted(self.caller.units)))]
        return [look(case_id=each.case_id, contact_id=each.id, units=each.units) for each in found]
