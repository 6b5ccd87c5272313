"""What the window does for a family to which no unit was sent: sees who has room, and writes down an advice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from contracts.event import derived_id
from contracts.roles import Caller
from kit.paging import Page
from kit.problems import Conflict, NotFound
from pydantic import Field

from network import words
from network.access import Scope
from network.clock import now
from network.once import Key, must_be_the_same
from network.referrals.asking import Offered, Offers
from network.referrals.bodies import Body, Text
from network.referrals.linking.linking import Advice, Linking, advised
from network.referrals.linking.store import Linkings
from network.referrals.store import Referrals
from network.sealing import Sealing
from network.services import ServiceCode, catalogue


class AdviceBody(Body):
    """What the family was told to turn to; `family_agrees` null where nobody asked them. `note` is sealed."""

    advised: Annotated[tuple[ServiceCode, ...], Field(min_length=1, max_length=20)]
    family_agrees: bool | None = None
    note: Text | None = None


@dataclass(frozen=True)
class Acts:
    """Acts of the window, which is without a unit or the county's unit `window`."""

    linkings: Linkings
    referrals: Referrals
    offers: Offers
    sealing: Sealing

    async def linking(self, report_id: str, caller: Caller) -> Linking:
        """Raises NotFound, also for a report of another county, and for a unit's worker."""
        found = await self.linkings.get(report_id)
        if found is None or not Scope.of(caller).covers(found.county, {found.window}):
            raise NotFound("There is no such report.", "查無此通報。")
        return found

    async def find(self, caller: Caller, state: str | None, after: str | None, limit: int) -> Page[Linking]:
        """Those of a caller's counties; none for who works for a unit."""
        scope = Scope.of(caller)
        counties = {county for county in scope.counties if not scope.units or f"{county}/window" in scope.units}
        return await self.linkings.find(Scope(frozenset(counties)), state, after, limit) if counties else ([], None)

    async def room(self, linking: Linking) -> Mapping[str, Sequence[Offered]]:
        """Who has room for each service that the decision named or a need asks for, the best first."""
        known = catalogue()
        asked = (*linking.services, *(code for need in linking.needs for code in known.meeting(need)))
        codes = [code for code in dict.fromkeys(asked) if code in known.services]
        found = {code: await self.offers.offering(linking.county, code, linking.township) for code in codes}
        return {code: [each for each in offers if not each.is_full] for code, offers in found.items()}

    async def nearest(self, linking: Linking, codes: Sequence[str]) -> Mapping[str, Sequence[Offered]]:
        """Who offers these services nearest to the family, of which nobody serves its township."""
        if linking.township is None:
            return {}
        return {code: await self.offers.nearest(linking.county, code, linking.township) for code in codes}

    async def advise(self, report_id: str, body: AdviceBody, caller: Caller, key: Key | None) -> Linking:
        """Raises NotFound, and Conflict where a unit was sent after all, or for another body under a used key."""
        found, at = await self.linking(report_id, caller), now()
        id = str(derived_id("network", f"advice:{report_id}:{caller.name}", key.id) if key else uuid4())
        note = await self.sealing.seal(report_id, body.note) if body.note else None
        advice = Advice(id, body.advised, caller.name, at, body.family_agrees, note, key.sent if key else None)

        def change(linking: Linking) -> Linking:
            if known := next((each for each in linking.advice if each.id == id), None):
                must_be_the_same(known.sent, advice.sent)
            elif not linking.is_due:
                said = words.of("missing.unit_sent")
                raise Conflict(said.en, said.zh, errors=[{"code": "unit_sent", "about": report_id, **said._asdict()}])
            return advised(linking, advice)

        return await self.linkings.change(report_id, found.county, change, by=caller.name, at=at)
