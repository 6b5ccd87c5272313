"""Where a new referral comes from and goes to: its county and case, in whose name, who is asked and has room."""

from dataclasses import dataclass

from contracts.roles import Caller
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from rules.counties import units_of
from web.callers import must_cover

from network import words
from network.access import Scope
from network.referrals.asking import Families, Family, Offered, Offers
from network.referrals.bodies import ReferralBody
from network.services import catalogue

PARTNER = "partner"
MOST_OFFERED = 3


@dataclass(frozen=True)
class Place:
    """Where a new referral comes from and goes to; `asking` are the units on the side that asks."""

    county: str
    from_unit: str
    case_id: str | None
    asking: tuple[str, ...]
    to: str
    provider: str | None
    promise: str


class Placing:
    """Finds the place of a new referral."""

    def __init__(self, families: Families, offers: Offers) -> None:
        self._families = families
        self._offers = offers

    async def of(self, body: ReferralBody, caller: Caller) -> Place:
        """Raises NotFound, Forbidden, Unprocessable, and Conflict with who has room where this provider has none."""
        county, family = await self._of(body, caller)
        from_unit = self._from_unit(body, caller, county, family)
        case_id, asking = (family.case_id, family.asking(body.service, from_unit)) if family else (None, (from_unit,))
        to = await self._to(body, county)
        if isinstance(to, Offered):
            return Place(county, from_unit, case_id, asking, to.unit, to.provider, _promise(body, to.promise))
        return Place(county, from_unit, case_id, asking, to, None, _promise(body, None))

    async def _of(self, body: ReferralBody, caller: Caller) -> tuple[str, Family | None]:
        """The county, and the case where there is one. Raises NotFound, Forbidden, Unprocessable, Conflict."""
        case_id = body.case_id
        if caller.role == PARTNER and not body.person:
            raise NotFound("There is no such case or report: name the person.", "查無此共案或通報：請填 person。")
        if body.report_id:
            known = await self._families.of_report(body.report_id)
            if known is None or not caller.sees(known[0]) or not _may_link(caller, *known):
                raise NotFound("There is no such report.", "查無此通報。")
            county, case_id = known
            if case_id is None:
                return county, None
        if case_id:
            family = await self._families.family(case_id)
            if family is None or not Scope.of(caller).covers(family.county, family.parties):
                raise NotFound("There is no such case.", "查無此共案。")
            return family.county, family
        mine = sorted(caller.counties - {"*"})
        county = body.county or (mine[0] if len(mine) == 1 else "")
        if not county:
            raise Unprocessable("Say which county: county.", "請填縣市 county。")
        must_cover(caller, county)
        return county, None

    def _from_unit(self, body: ReferralBody, caller: Caller, county: str, family: Family | None) -> str:
        """In whose name it is sent. Raises Forbidden where the caller speaks for nobody."""
        scope = Scope.of(caller)
        if family:
            units = (
                (body.from_unit,) if body.from_unit in {family.lead, *family.units} else (family.lead, *family.units)
            )
        else:
            units = (body.from_unit or next(iter(sorted(caller.units)), f"{county}/window"),)
        unit = next((each for each in units if each and each.startswith(f"{county}/") and scope.speaks_for(each)), None)
        if unit is None or (caller.role == PARTNER and not caller.units):
            raise Forbidden("You do not speak for that unit.", "您不代表該單位。")
        return unit

    async def _to(self, body: ReferralBody, county: str) -> Offered | str:
        """Who is asked. Raises Conflict where they have no room, with who has; Unprocessable for nobody's id."""
        if body.to is None:
            return await self._first(body, county)
        named = await self._offers.named(body.to, body.service)
        if named is None and body.to in units_of(county):
            return body.to
        if named is None or named.county != county:
            said = words.of("missing.not_offered")
            raise Unprocessable(said.en, said.zh, errors=[{"at": "/body/to", "code": "not_offered", **said._asdict()}])
        if named.is_full:
            raise await self._full(named, body, county)
        return named

    async def _first(self, body: ReferralBody, county: str) -> Offered:
        found = await self._offers.offering(county, body.service, body.township)
        free = [each for each in found if not each.is_full]
        if not free:
            said = words.of("missing.no_provider")
            raise Conflict(said.en, said.zh, errors=[{"code": "no_provider", "about": body.service, **said._asdict()}])
        return free[0]

    async def _full(self, named: Offered, body: ReferralBody, county: str) -> Conflict:
        said = words.of("missing.provider_full")
        found = await self._offers.offering(county, body.service, body.township)
        free = [each for each in found if not each.is_full][:MOST_OFFERED]
        others = [{"code": "next_best", "about": each.provider, "zh": each.name, "en": each.name} for each in free]
        full = {"code": "provider_full", "about": named.provider, **said._asdict()}
        return Conflict(said.en, said.zh, errors=[full, *others])


def _promise(body: ReferralBody, of_provider: str | None) -> str:
    """Within how long an answer is owed: a service may be more urgent than what a provider says of itself."""
    known = catalogue()
    return str(known.services[body.service].promise or of_provider or known.promise)


def _may_link(caller: Caller, county: str, case_id: str | None) -> bool:
    """Of a report to which no unit was sent, the window alone refers; its case's parties otherwise."""
    return case_id is not None or Scope.of(caller).speaks_for(f"{county}/window")
