"""What one room of network asks of another, which it does not know: made here, where both are known."""

from collections.abc import Collection, Sequence
from datetime import datetime

from contracts.cases import CaseId
from contracts.decisions import Outcome
from contracts.event import BlindIndex
from contracts.people import Role
from contracts.reports import ReportId
from kit.mongo import Session
from rules.calendars import NATIONAL

from network.access import EVERYWHERE, Scope
from network.book import Saved
from network.cases.domain.case import Case
from network.cases.domain.closing import Listed as OnList
from network.cases.domain.handovers import Hands
from network.cases.store import Cases, Follow, Happened
from network.clock import now
from network.directory.api import today
from network.directory.documents import Sought
from network.directory.domain.entry import Entry, Offer, Window
from network.directory.store import Directory
from network.directory.townships import distances, townships
from network.directory.views import stale_after
from network.known.store import Whereabouts
from network.meetings.asking import Family as Discussed
from network.meetings.domain.inclusion import Facts
from network.meetings.domain.listing import Listing, Measure
from network.meetings.including import Including
from network.meetings.reading import rulebook
from network.programmes.asking import Family as Enrolled
from network.programmes.asking import Listed, Member, Roof
from network.programmes.store import Enrolments
from network.referrals.asking import Family, Offered
from network.referrals.store import Referrals
from network.rosters.domain.household import Household, HouseholdId, assigned
from network.rosters.domain.owing import ASSIGNED
from network.rosters.store import Households
from network.tasks.domain.task import Because

FAMILY = frozenset({Role.SUBJECT, Role.HOUSEHOLD_MEMBER, Role.CAREGIVER})
"""Who lives with whom a report is about; a witness, or whoever is alleged to have done it, may live elsewhere."""
MOST_NEAREST = 3
MOST_OFFERING = 50
"""Of these the first is asked; who was asked before is passed over."""


class CasesOf:
    """The cases that referrals are made in."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def family(self, case_id: str) -> Family | None:
        """The case as it is, or the one that it is part of now."""
        case = await self._cases.get(await self._cases.taken_in(CaseId(case_id)))
        return _family(case) if case else None

    async def touched(self, case_id: str, session: Session) -> Family | None:
        """The same inside a transaction: whoever closes the case at the same time starts again."""
        case = await self._cases.touch(CaseId(case_id), session)
        return _family(case) if case else None

    async def ids(self, case_id: str) -> Collection[str]:
        """The ids of the case as it is, those of what it was merged from too."""
        case = await self._cases.get(await self._cases.taken_in(CaseId(case_id)))
        return case.ids if case else (case_id,)

    async def of_report(self, report_id: str) -> tuple[str, str | None] | None:
        """The county of a report, and the case that serves it; no case where no unit was sent."""
        standing = await self._cases.standing(ReportId(report_id))
        if standing is None or (standing.case_id is None and standing.outcome is not Outcome.NO_DISPATCH):
            return None
        return standing.county, standing.case_id


class EnrolledFamilies:
    """The cases and the households on lists that people of programmes are in, and who serves them."""

    def __init__(self, cases: Cases, households: Households, known: Whereabouts, offers: "DirectoryOf") -> None:
        self._cases = cases
        self._households = households
        self._known = known
        self._offers = offers

    async def keys_of(self, person: str, session: Session | None = None) -> Collection[str]:
        """Every key under which somebody is known, by lists, cases and reports, that one with them."""
        return await self._known.keys_of(BlindIndex(person), session)

    async def is_described(self, unit: str) -> bool:
        """Whether the directory has a provider's unit today."""
        return await self._offers.has(unit)

    async def household(self, id: str, session: Session | None = None) -> Listed | None:
        """The household as it is, or the one that it is part of now."""
        found = await self._households.get(id, session)
        if found and found.within:
            return await self.household(found.within, session)
        ids = frozenset((found.id, *found.took_in)) if found else frozenset[str]()
        return Listed(found.id, found.county, found.parties, ids, found.keys) if found else None

    async def roof(self, county: str, keys: Collection[str], session: Session) -> Roof:
        """The cases whose family, and the households on lists of which, somebody is who is known so."""
        under = [BlindIndex(each) for each in keys]
        found = await self._known.naming(county, under, ("case", "household"), session)
        of_family = [each for each in found if any(named.role in FAMILY for named in each.named(under))]
        cases = (each.within for each in of_family if each.kind == "case")
        households = (each.within for each in found if each.kind == "household")
        bare = (frozenset(id.partition(":")[2] for ids in parts for id in ids) for parts in (cases, households))
        return Roof(*bare)

    async def of_report(self, report_id: str) -> str | None:
        """The case that serves a report; of a duplicate, that of the report that it repeats."""
        case = await self._cases.of_report(ReportId(report_id))
        return await self._cases.taken_in(case.id) if case else None

    async def family(self, case_id: str, session: Session | None = None) -> Enrolled | None:
        """The case as it is, or the one that it is part of now."""
        case = await self._cases.get(await self._cases.taken_in(CaseId(case_id), session), session)
        if case is None:
            return None
        people = tuple(Member(each.key, each.relation or each.role, each.birth_year) for each in case.people)
        family = (each for each in case.people if each.role in FAMILY)
        keys = frozenset(key for each in family for key in (each.key, *each.also))
        return Enrolled(case.id, case.county, frozenset(case.parties), frozenset(case.ids), people, keys)


class DiscussedFamilies:
    """The cases that meetings discuss, with the facts that put them on agendas."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def family(self, case_id: str) -> Discussed | None:
        """The case as it is, or the one that it is part of now."""
        case = await self._cases.get(await self._cases.taken_in(CaseId(case_id)))
        if case is None:
            return None
        return Discussed(
            case.id, case.county, case.lead.unit, frozenset(case.parties), frozenset(case.ids), case.is_open,
            facts_of(case), _measures(case),
        )  # fmt: skip

    async def of_report(self, report_id: str) -> tuple[str, str | None] | None:
        """The county of a report, and the case that serves it where there is one."""
        standing = await self._cases.standing(ReportId(report_id))
        return (standing.county, standing.case_id) if standing else None

    async def listings_of(self, scope: Scope) -> Collection[str]:
        """The ids of everything that put a case of a scope on a list."""
        return await self._cases.listings_of(scope)

    async def taken_in(self, case_id: str, session: Session) -> str:
        """The case that it is part of by now, or itself."""
        return await self._cases.taken_in(CaseId(case_id), session)

    async def listed(self, listing: Listing, session: Session) -> None:
        """A case stands on a list, or does not any more."""
        on_list = OnList(listing.id, listing.list, listing.since, listing.until)
        await self._cases.put_on_list(CaseId(listing.case_id), on_list, session)


def facts_of(case: Case) -> Facts:
    """What agenda.yaml may ask about a case: of each tool the latest measure, never an average."""
    latest = {each.tool: int(each.score) for each in _measures(case)}
    modes = [each.service_mode for each in case.assessments if each.service_mode]
    factors = case.assessment.factors if case.assessment else ()
    changed = max((*(each.at for each in case.assessments), *_joined(case)), default=None)
    return Facts(
        case.id, case.county, case.lead.unit, latest.get("sdm"), latest.get("tipvda"), modes[-1] if modes else None,
        frozenset(factors), bool(_joined(case)), _came_again(case),
        frozenset(each.list for each in case.listings if not each.until), case.is_open, frozenset(case.ids), changed,
    )  # fmt: skip


def _joined(case: Case) -> list[datetime]:
    """When further reports came while the family was served."""
    return [note.at for note in case.history if note.what in ("joined", "reopened")]


def noticed_by(including: Including) -> Happened:
    """Whatever changes in a case, the rules of agendas look at it in the same transaction."""

    async def happened(before: Case | None, after: Case, at: datetime, session: Session) -> Sequence[Saved]:
        return await including.notice(facts_of(after), session)

    return happened


_LEVELS = {"low": 1, "medium": 2, "high": 3, "very_high": 4}
"""What an SDM assessment gives in words; dispatch's tables count alike."""


def _measures(case: Case) -> tuple[Measure, ...]:
    """What tools gave, the earliest first."""
    found = [(each.at, tool) for each in case.assessments for tool in each.tools]
    scored = [
        (at, tool.tool, tool.score if tool.score is not None else _LEVELS.get(tool.result or "")) for at, tool in found
    ]
    return tuple(Measure(tool, score, at) for at, tool, score in scored if score is not None)


def _came_again(case: Case) -> bool:
    """Whether a report came within so long after the case had left a list, whatever it scores."""
    left = [each.until for each in case.listings if each.until]
    came = [each.received_at for each in case.reports if each.state != "withdrawn"]
    span = rulebook().again_for
    return any(until < at <= NATIONAL.due(span, until) for until in left for at in came)


def followed_by(referrals: Referrals, enrolments: Enrolments) -> Follow:
    """Referrals and enrolments go where their case goes: who has part in it now stands on the side that asks, and who
    owes a step has it on their list."""

    async def follow(case: Case, session: Session) -> None:
        family = _family(case)

        def asking(id: str, service: str) -> tuple[str, ...]:
            owing = (task.unit for task in case.owed if task.because == Because("referral", id))
            return family.asking(service, *owing)

        def owing(id: str) -> frozenset[str]:
            return frozenset(task.unit for task in case.owed if task.because == Because("stage", id))

        await referrals.follow(sorted(case.ids), asking, session)
        await enrolments.follow(sorted(case.ids), owing, session)

    return follow


class HouseholdsOf:
    """The households of lists that a worker visits."""

    def __init__(self, households: Households) -> None:
        self._households = households

    async def held(self, person: str, unit: str | None, scope: Scope, moment: Session | None = None) -> Sequence[str]:
        """Those in a worker's hands, within a scope, also where nothing is owed now."""
        return await self._households.held(scope, person, unit, moment)

    async def hand(self, id: str, leaver: Hands, to: Hands, by: str) -> None:
        """One to another worker, unless somebody else has it by now."""

        async def work(household: Household) -> Household:
            mine = (household.unit, household.person) == (leaver.unit, leaver.person)
            return assigned(household, to.unit, to.person) if mine else household

        await self._households.change(HouseholdId(id), work, by=by, at=now(), why=ASSIGNED)


class DirectoryOf:
    """Who offers what referrals ask for."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def offering(
        self, county: str, service: str, township: str | None, most: int = MOST_OFFERING
    ) -> Sequence[Offered]:
        """Who offers a service, the best first: with room that was said, for this township alone, confirmed lately."""
        scope = Scope(frozenset({EVERYWHERE}))
        sought = Sought(today(), county, (service,), township)
        found = await self._directory.offering(scope, sought, now() - stale_after(), most)
        return [_offered(entry, offer, township) for entry in found if (offer := _offer(entry, service, township))]

    async def nearest(self, county: str, service: str, township: str) -> Sequence[Offered]:
        """Who offers a service nearest to a township, whomever they say they serve: to ask, where nobody serves it."""
        if township not in townships(county):
            return []
        scope, sought = Scope(frozenset({EVERYWHERE})), Sought(today(), county, (service,))
        found = await self._directory.nearest(scope, sought, list(distances(county, township)), None, MOST_NEAREST)
        offers = ((entry, _offer(entry, service, None)) for _, entry in found)
        return [_offered(entry, offer, None) for entry, offer in offers if offer]

    async def window(self, unit: str, purpose: str) -> Window | None:
        """Whom to call at a unit for a purpose, as the directory has it today."""
        entry = await self._directory.of_unit(unit)
        known = entry.content.windows if entry and entry.content.holds(today()) else ()
        return next((each for each in known if each.purpose == purpose and each.holds(today())), None)

    async def named(self, to: str, service: str) -> Offered | None:
        """A provider by its id or its unit, with what it says of a service; None where it does not offer it today."""
        entry = await (self._directory.of_unit(to) if "/" in to else self._directory.get(to))
        holds = entry and not entry.withdrawn and entry.content.holds(today())
        offer = _offer(entry, service, None) if entry and holds else None
        return _offered(entry, offer, None) if entry and offer else None

    async def has(self, unit: str) -> bool:
        """Whether a unit has an entry that holds today."""
        entry = await self._directory.of_unit(unit)
        return bool(entry and entry.content.holds(today()))

    async def names(self, units: Sequence[str]) -> dict[str, str]:
        """What the providers of these units are called."""
        return dict(await self._directory.names(units))


def _family(case: Case) -> Family:
    return Family(case.id, case.county, case.lead.unit, case.units, frozenset(case.parties), case.is_open)


def _offer(entry: Entry, service: str, township: str | None) -> Offer | None:
    """What is offered, the first with room: a provider may offer one service twice, each for its own townships."""
    alike = (each for each in entry.content.services if each.service == service and each.serves(township))
    return min(alike, key=lambda each: each.is_full, default=None)


def _offered(entry: Entry, offer: Offer, township: str | None) -> Offered:
    room = offer.places
    return Offered(
        entry.id, entry.content.unit, entry.content.name, entry.county, offer.promise, room.left if room else None,
        room.as_of if room else None, stale=entry.is_stale(now(), stale_after()), near=township in offer.townships,
    )  # fmt: skip
