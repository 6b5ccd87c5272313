"""What the platform knows of a case by unit, gathered from the rooms that know it, for the pack of a meeting."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.cases import CaseId

from network.access import EVERYWHERE, Scope
from network.cases.domain.case import Case
from network.cases.domain.contact import Contact, standing
from network.cases.family import People
from network.cases.store import Cases
from network.clock import now
from network.meetings.known import Fact, Names
from network.programmes.domain.enrolment import Enrolment
from network.programmes.store import Enrolments
from network.referrals.domain.referral import Referral
from network.referrals.store import Referrals


@dataclass(frozen=True)
class Gathered:
    """A `Known` over the stores of the rooms."""

    cases: Cases
    referrals: Referrals
    enrolments: Enrolments
    people: People

    async def facts(self, case_id: str, units: Collection[str]) -> Mapping[str, tuple[Fact, ...]]:
        """Of each unit what it did and owes in a case; nothing of another unit stands among them."""
        case = await self._case(case_id)
        if case is None:
            return {}
        contacts, _ = await self.cases.contacts.of(case)
        sent = await self.referrals.of_cases(sorted(case.ids), Scope(frozenset({EVERYWHERE})))
        entered = await self.enrolments.of_cases(sorted(case.ids))
        return {each: tuple(_of(each, case, standing(contacts), sent, entered)) for each in units}

    async def names(self, case_id: str) -> tuple[Names, ...]:
        """Everybody whom the family's reports name, each once."""
        case = await self._case(case_id)
        readable, _ = await self.people.read(case) if case else ([], 0)
        return tuple(Names(covered, whole) for covered, whole in self.people.whole_names(readable))

    async def _case(self, case_id: str) -> Case | None:
        return await self.cases.get(await self.cases.taken_in(CaseId(case_id)))


def _of(
    unit: str, case: Case, contacts: Sequence[Contact], sent: Sequence[Referral], entered: Sequence[Enrolment]
) -> Iterator[Fact]:
    yield from _contacts(unit, contacts)
    owed = [task for task in case.owed if task.unit == unit]
    yield from _fact("tasks_open", [task.due_at for task in owed], first=True)
    yield from _fact("tasks_over", [task.due_at for task in owed if task.due_at and task.due_at < now()], first=True)
    yield from _fact(
        "tasks_done", [task.closed_at for task in case.tasks if task.unit == unit and task.state == "done"]
    )
    yield from _fact("reports_sent", [each.received_at for each in case.reports if _sent_by(each.source_unit, unit)])
    yield from _fact("referrals_sent", [each.sent_at for each in sent if each.from_unit == unit])
    yield from _fact("referrals_to_us", [each.sent_at for each in sent if each.to == unit])
    for each in entered:
        if each.unit == unit:
            yield Fact("enrolled" if each.is_open else "was_enrolled", 1, each.begun_at, each.programme)


def _contacts(unit: str, contacts: Sequence[Contact]) -> Iterator[Fact]:
    ours = [each for each in contacts if unit in each.units]
    yield from _fact("contacts", [each.at for each in ours if each.reached])
    yield from _fact("attempts", [each.at for each in ours if not each.reached])
    yield from _fact("children_seen", [each.at for each in ours if each.seen])


def _fact(what: str, times: Sequence[datetime | None], *, first: bool = False) -> Iterator[Fact]:
    known = [each for each in times if each]
    if times:
        yield Fact(what, len(times), (min if first else max)(known, default=None))


def _sent_by(source: str, unit: str) -> bool:
    """Whether reports of a kind of agency are this unit's: the police's are those of the police of the county."""
    return unit.partition("/")[2].partition(".")[0] == source
