"""Where an enrolment belongs: whose family, which household of a list, which county and unit, in which version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.roles import Caller
from kit.mongo import Session
from kit.problems import Forbidden, NotFound
from rules.counties import units_of
from rules.spans import TAIPEI
from web.callers import must_cover

from network.access import EVERYWHERE, Scope
from network.programmes import bodies
from network.programmes.asking import Families, Family, Listed
from network.programmes.domain.enrolment import Enrolment, Subject
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import unit_of
from network.programmes.domain.whom import Whom
from network.programmes.problems import wrong
from network.programmes.versions.store import Versions


@dataclass(frozen=True)
class Place:
    """Where a new enrolment belongs."""

    county: str
    unit: str
    subject: Subject


class Places:
    """Cases, households and units, as far as whoever asks may see them."""

    def __init__(self, families: Families, versions: Versions) -> None:
        self._families = families
        self._versions = versions

    async def new(self, body: bodies.EnrolmentBody, caller: Caller, at: datetime) -> tuple[Place, Programme]:
        """Where somebody who enters at a time belongs, in which version. Raises NotFound, Forbidden, Unprocessable."""
        family = await self.family(body.case_id or "", caller)
        listed = await self._listed(body.household_id, caller)
        here = family or listed
        county = here.county if here else _county(body, caller)
        found = await self._versions.in_force(county, at.astimezone(TAIPEI).date(), body.programme)
        if not found:
            known = [each.programme.programme for each in await self._versions.in_force(county, at.date())]
            names = ", ".join(known)
            raise wrong("programme", f"Write one of {names}.", f"請填下列其中之一：{names}。")
        programme = found[0].programme
        subject = Subject(family.case_id if family else None, body.person, listed.id if listed else None)
        unit = _of_unit(body, county, programme, caller)
        if unit not in units_of(county) and not await self._families.is_described(unit):
            raise wrong("unit", "The directory has no such provider today.", "資源名冊目前無此服務單位。")
        return Place(county, unit, subject), programme

    async def family(self, case_id: str, caller: Caller) -> Family | None:
        """The case that somebody is of; None where none is said. Raises NotFound for one that is not the caller's."""
        family = await self._families.family(case_id) if case_id else None
        if case_id and (family is None or not Scope.of(caller).covers(family.county, family.parties)):
            raise NotFound("There is no such case.", "查無此共案。")
        return family

    async def ids(self, case_id: str | None) -> tuple[str, ...]:
        """The ids under which the enrolments of a case are kept: its own, and those of what it was merged from."""
        family = await self._families.family(case_id) if case_id else None
        return tuple(sorted(family.ids)) if family else (case_id,) if case_id else ()

    async def whom(self, subject: Subject, county: str, programme: Programme, session: Session) -> Whom:
        return await whom(subject, county, programme, self._families, session)

    async def _listed(self, id: str | None, caller: Caller) -> Listed | None:
        """The household that is enrolled; None where none is said. Raises NotFound for one that is not the caller's."""
        listed = await self._families.household(id) if id else None
        if id and (listed is None or not Scope.of(caller).covers(listed.county, listed.parties)):
            raise NotFound("There is no such household.", "查無此家戶。")
        return listed

    async def serves(self, it: Enrolment, scope: Scope) -> bool:
        """Whether somebody has part in the case that an enrolment is of."""
        family = await self._families.family(it.subject.case_id) if it.subject.case_id else None
        return bool(family and scope.covers(family.county, family.parties))


async def whom(subject: Subject, county: str, programme: Programme, families: Families, session: Session) -> Whom:
    """Everything under which a subject may be in a programme already, as a transaction finds it: merged cases are one
    family, a household that a list gathered into another is that one, a person is known under several keys; and a case
    and a household on lists that name one person are one."""
    family = await families.family(subject.case_id, session) if subject.case_id else None
    listed = await families.household(subject.household_id, session) if subject.household_id else None
    people = frozenset(await families.keys_of(subject.person, session)) if subject.person else frozenset[str]()
    case, household = (frozenset((id,) if id else ()) for id in (subject.case_id, subject.household_id))
    cases, households = family.ids if family else case, listed.ids if listed else household
    if programme.of == "person":
        return Whom.one(people, cases, households)
    keys = (family.keys if family else frozenset()) | (listed.keys if listed else frozenset())
    alone = not (case or household)
    roof = await families.roof(county, people if alone else keys, session)
    return Whom("household", people | keys, cases | roof.cases, households | roof.households, alone)


def _county(body: bodies.EnrolmentBody, caller: Caller) -> str:
    """The county of somebody without a case. Raises Unprocessable, Forbidden."""
    mine = sorted(caller.counties - {EVERYWHERE})
    county = body.county or (mine[0] if len(mine) == 1 else "")
    if not county:
        raise wrong("county", "Say which county.", "請填縣市 county。")
    must_cover(caller, county)
    return county


def _of_unit(body: bodies.EnrolmentBody, county: str, programme: Programme, caller: Caller) -> str:
    """Whose it is: as said, else the caller's own where it does such work, else the county's. Raises Forbidden."""
    if body.unit:
        known = body.unit in units_of(county) or body.unit.startswith(f"{county}/provider.")
        if not known:
            raise Forbidden("That is no unit of this county.", "該單位不屬於此縣市。")
        return body.unit
    own: Sequence[str] = sorted(each for each in caller.units if each.startswith(f"{county}/"))
    return unit_of(county, programme.unit, own[0] if own else "")
