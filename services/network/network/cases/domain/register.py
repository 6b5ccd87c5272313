"""Who has a case already: places decisions among the open cases of a family, and finds a report's case again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.cases import CaseAccepted, CaseId, CaseReturned
from contracts.decisions import SERVED, DecisionMade, Outcome, PersonKey
from contracts.deliveries import DeliveryAcknowledged
from contracts.event import BlindIndex, Event, derived_id
from contracts.reports import ReportId
from rules.calendars import NATIONAL, Calendar, moved

from network.cases.domain import events, reports
from network.cases.domain.case import Case
from network.cases.domain.contact import Contact
from network.cases.domain.onward import onward
from network.cases.domain.parts import Returned
from network.cases.domain.refusals import NotInCase
from network.known.entry import data_keys


@dataclass(frozen=True)
class Standing:
    """Where a report stands by its latest decision; a decision of this version or an older one changes nothing.

    `people` are those whom it names, also where no unit is sent; `sealed_by` the data keys of who they are.
    """

    report_id: ReportId
    version: int
    county: str
    outcome: Outcome
    case_id: CaseId | None = None
    duplicate_of: ReportId | None = None
    transferred_to: str | None = None
    resources: tuple[str, ...] = ()
    noted_at: datetime | None = None
    case_type: str | None = None
    received_at: datetime | None = None
    people: tuple[PersonKey, ...] = ()
    sealed_by: tuple[str, ...] = ()
    source_unit: str | None = None
    township: str | None = None
    village: str | None = None


class Register:
    """The part of the register that a batch touches: changed in memory, then saved as a whole.

    It must hold every case under the family keys of the batch that is open, watched or remembered, and the standings
    and cases of its reports. `contacts` are those that a piece of work asked for, and those it adds; `calendars` are
    of counties that said something of their days.
    """

    def __init__(
        self,
        standings: Iterable[Standing] = (),
        known: Iterable[Case] = (),
        contacts: Iterable[Contact] = (),
        calendars: Mapping[str, Calendar] | None = None,
    ) -> None:
        self.standings = {each.report_id: each for each in standings}
        self.cases: dict[CaseId, Case] = {}
        self.contacts = list(contacts)
        self._calendars = calendars or {}
        self.new_contacts: list[Contact] = []
        self.changed_reports: set[ReportId] = set()
        self.changed_cases: set[CaseId] = set()
        self._by_key: dict[BlindIndex, set[CaseId]] = {}
        for case in known:
            self._hold(case)

    def days(self, county: str) -> Calendar:
        """The days of a county's offices."""
        return self._calendars.get(county, NATIONAL)

    def decide(self, decision: DecisionMade, *, cause: str, at: datetime) -> list[Event]:
        """Take in a decision, event `cause`; the events it brings about, none for what was known or needs none."""
        before = self.standings.get(decision.report_id)
        if before and before.version >= decision.version:
            return []
        decision = _counted(decision, self.days(decision.county))
        old = self.cases.get(before.case_id) if before and before.case_id else None
        if decision.outcome in SERVED:
            told, case = self._place(old, decision, cause, at)
            self._stand(decision, case.id, at)
            return told or _goes_on(before, case, decision, at)
        if old and decision.until_accepted and _taken(old, decision.report_id):
            self.save(reports.hand_over(old, decision.report_id, cause=cause, at=at))
            self._stand(decision, old.id, at)
            return []
        told = self._leave(old, decision, decision.outcome, cause, at) if old else []
        self._stand(decision, None, at)
        return [*told, events.linked(decision, at)] if decision.outcome is Outcome.NO_DISPATCH else told

    def acknowledge(self, ack: DeliveryAcknowledged, *, cause: str) -> Event | None:
        """Take in that someone pressed accept; `case.accepted` if they are the first of the lead's unit."""
        standing = self.standings.get(ack.report_id)
        case = self.cases.get(standing.case_id) if standing and standing.case_id else None
        if case is None or case.has_seen(cause):
            return None
        try:
            by, at = ack.acknowledged_by, ack.acknowledged_at
            return self.accept(case.id, ack.report_id, ack.unit, by, cause=cause, at=at)
        except NotInCase:
            # Given back or withdrawn while the message lay in the group: the window has it.
            return None

    def accept(
        self, case_id: CaseId, report_id: ReportId, unit: str, by: str, *, cause: str, at: datetime
    ) -> CaseAccepted | None:
        """Take a report on by name. Raises NotInCase."""
        before = self.cases[case_id]
        case = self.save(reports.accept(before, report_id, unit, by, cause=cause, at=at))
        first = unit == case.lead.unit and not _taken(before, report_id) and _taken(case, report_id)
        return events.accepted(case, report_id, by, at) if first else None

    def return_(
        self, case_id: CaseId, report_id: ReportId, *, reason: str, by: str, cause: str, at: datetime
    ) -> CaseReturned:
        """Give a report back to the window. Raises NotInCase."""
        before = self.cases[case_id]
        case = self.save(reports.return_(before, report_id, reason=reason, by=by, cause=cause, at=at))
        return events.returned(case, report_id, reason, by, at)

    def place(self, report_ids: Iterable[ReportId], case_id: CaseId) -> None:
        """Reports stand in another case now: two were merged, or split. Raises KeyError for one that was not read."""
        for id in report_ids:
            self.standings[id] = replace(self.standings[id], case_id=case_id)
            self.changed_reports.add(id)

    def record(self, contact: Contact) -> None:
        """Keep a contact with the case that it changed."""
        self.contacts.append(contact)
        self.new_contacts.append(contact)

    def _place(self, old: Case | None, decision: DecisionMade, cause: str, at: datetime) -> tuple[list[Event], Case]:
        left: list[Event] = []
        if old and (why := self._why_elsewhere(old, decision)):
            left, old = self._leave(old, decision, why, cause, at), None
        family = self._family_of(decision)
        home = old or next((case for case in family if case.county == decision.county and not case.is_full), None)
        home = home or self._watched(decision, at)
        case = self._with(home, old, decision, cause, at)
        others = [other for other in family if other.id != case.id]
        case = self.save(reports.relate(case, others, cause=cause, at=at))
        for other in others:
            self.save(reports.relate(other, [case], cause=cause, at=at))
        if home is None:
            return [*left, events.opened(case, decision, at)], case
        told = left if home.is_open else [*left, events.reopened(case, decision, at)]
        return told + ([events.joined(home, case, decision, at)] if _is_news(home, case, decision) else []), case

    def _leave(self, old: Case, decision: DecisionMade, why: str, cause: str, at: datetime) -> list[Event]:
        """A report goes out of its case; where that ends with it, whoever was awaited at a visit hears of it."""
        case = self.save(reports.withdraw(old, decision.report_id, reason=why, cause=cause, at=at))
        return [*events.called_off(old, case, at)]

    def _with(self, home: Case | None, old: Case | None, decision: DecisionMade, cause: str, at: datetime) -> Case:
        """The case of a decision: opened, reopened, decided again or joined."""
        if home is None:
            id, before = _new_case_id(cause), self._closed_before(decision, at)
            return reports.open_case(id, decision, cause=cause, at=at, returned=before)
        if not home.is_open:
            return reports.reopen(home, decision, cause=cause, at=at)
        return (reports.redecide if old else reports.join)(home, decision, cause=cause, at=at)

    def _watched(self, decision: DecisionMade, at: datetime) -> Case | None:
        """The family's case of this county that ended last and is still watched: a report about it reopens it."""
        found = [each for each in self._ended_under(decision) if each.watched_until and at < each.watched_until]
        found = [each for each in found if not each.is_full]
        return max(found, key=lambda case: (case.ended_at or at, case.id), default=None)

    def _closed_before(self, decision: DecisionMade, at: datetime) -> tuple[Returned, ...]:
        """The closings of this family that are still remembered, the last first."""
        found = sorted(self._ended_under(decision), key=lambda case: (case.ended_at or at, case.id), reverse=True)
        return tuple(
            Returned(case.id, case.closing.reason, case.ended_at, case.closing.answered_by)
            for case in found
            if case.state == "closed" and case.closing and case.ended_at
            if case.remembered_until and at < case.remembered_until
        )

    def _ended_under(self, decision: DecisionMade) -> list[Case]:
        cases = self._under(decision.family)
        ended = (case for case in cases if not case.is_open and case.county == decision.county)
        return [case for case in ended if not case.holds(decision.apart)]

    def _why_elsewhere(self, old: Case, decision: DecisionMade) -> str | None:
        """Why a report leaves its case: another county accepted it, a person parted it from what is there, or it is
        alone and belongs elsewhere.

        Two cases that hold reports of others are not merged by this: they are flagged, as ever. A case that is full
        takes nobody in.
        """
        if old.county != decision.county:
            return "transferred"
        if old.holds(decision.apart):
            return "not_same"
        others = [each for each in self._told(decision) if each.county == decision.county and not each.is_full]
        alone = not any(each.state != "withdrawn" and each.report_id != decision.report_id for each in old.reports)
        return "same_family" if alone and others and old.id not in {each.id for each in others} else None

    def _family_of(self, decision: DecisionMade) -> list[Case]:
        """The open cases that a report may join: those it is told to belong to, then those under its keys."""
        told = self._told(decision)
        under = [case for case in self._open_under(decision.family) if case not in told]
        return [case for case in (*told, *under) if not case.holds(decision.apart)]

    def _told(self, decision: DecisionMade) -> list[Case]:
        standings = (self.standings.get(report_id) for report_id in decision.together)
        found = {each.case_id: self.cases[each.case_id] for each in standings if each and each.case_id}
        return sorted((case for case in found.values() if case.is_open), key=lambda case: (case.opened_at, case.id))

    def _open_under(self, keys: Sequence[BlindIndex]) -> list[Case]:
        """The open cases under any of these keys, the oldest first."""
        return sorted((case for case in self._under(keys) if case.is_open), key=lambda case: (case.opened_at, case.id))

    def _under(self, keys: Sequence[BlindIndex]) -> list[Case]:
        return [self.cases[id] for id in {id for key in keys for id in self._by_key.get(key, ())}]

    def save(self, case: Case) -> Case:
        """Keep what a case has become, with what comes next in it."""
        case = onward(case)
        if self.cases.get(case.id) != case:
            self._hold(case)
            self.changed_cases.add(case.id)
        return case

    def _hold(self, case: Case) -> None:
        for key in self.cases[case.id].family_keys if case.id in self.cases else ():
            self._by_key[key].discard(case.id)
        self.cases[case.id] = case
        for key in case.family_keys:
            self._by_key.setdefault(key, set()).add(case.id)

    def _stand(self, decision: DecisionMade, case_id: CaseId | None, at: datetime) -> None:
        self.standings[decision.report_id] = Standing(
            decision.report_id, decision.version, decision.county, decision.outcome, case_id,
            decision.duplicate_of, decision.transferred_to, decision.resources, at, decision.case_type,
            decision.received_at, decision.people, data_keys(decision.sealed.get("report")), decision.source_unit,
            decision.township, decision.village,
        )  # fmt: skip
        self.changed_reports.add(decision.report_id)


def _new_case_id(cause: str) -> CaseId:
    return CaseId(str(derived_id("network", cause, "case")))


def _taken(case: Case, report_id: ReportId) -> bool:
    entry = case.entry(report_id)
    return bool(entry and entry.accepted_by)


def _goes_on(before: Standing | None, case: Case, decision: DecisionMade, at: datetime) -> list[Event]:
    """Back from a transfer that came to nothing, to the unit that never stopped: it answers by the same name."""
    entry = case.entry(decision.report_id)
    if before is None or before.outcome is not Outcome.TRANSFERRED or entry is None or not entry.accepted_by:
        return []
    return [events.accepted(case, decision.report_id, entry.accepted_by, at)]


def _is_news(before: Case, after: Case, decision: DecisionMade) -> bool:
    """Whether a unit must hear of it: a report new to the case, given back before, or with another unit or priority."""
    old = before.entry(decision.report_id)
    new = after.entry(decision.report_id)
    if old is None or new is None or old.state != "active" or before.lead.unit != after.lead.unit:
        return True
    return (old.unit, old.priority) != (new.unit, new.priority) or before.units != after.units


def _counted(decision: DecisionMade, days: Calendar) -> DecisionMade:
    """The decision as it would be made now: its county may have said something of its days while it was on its way."""
    changes = [(clock, moved(days, clock.span, clock.started_at, clock.due_at)) for clock in decision.clocks]
    clocks = tuple(each.model_copy(update={"due_at": to.due_at}) if to else each for each, to in changes)
    return decision.model_copy(update={"clocks": clocks}) if clocks != decision.clocks else decision
