"""Who has a case already: places decisions among the open cases of a family, and finds a report's case again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.cases import CaseAccepted, CaseId, CaseReturned
from contracts.decisions import SERVED, DecisionMade, Outcome
from contracts.deliveries import DeliveryAcknowledged
from contracts.event import BlindIndex, Event, derived_id
from contracts.reports import ReportId

from network.domain import cases, events
from network.domain.case import Case
from network.domain.cases import NotInCase


@dataclass(frozen=True)
class Standing:
    """Where a report stands by its latest decision; a decision of this version or an older one changes nothing."""

    report_id: ReportId
    version: int
    county: str
    outcome: Outcome
    case_id: CaseId | None = None
    duplicate_of: ReportId | None = None
    transferred_to: str | None = None
    resources: tuple[str, ...] = ()
    noted_at: datetime | None = None


class Register:
    """The part of the register that a batch touches: changed in memory, then saved as a whole.

    It must hold every open case under the family keys of the batch, and the standings and cases of its reports.
    """

    def __init__(self, standings: Iterable[Standing] = (), known: Iterable[Case] = ()) -> None:
        self.standings = {each.report_id: each for each in standings}
        self.cases: dict[CaseId, Case] = {}
        self.changed_reports: set[ReportId] = set()
        self.changed_cases: set[CaseId] = set()
        self._by_key: dict[BlindIndex, set[CaseId]] = {}
        for case in known:
            self._hold(case)

    def decide(self, decision: DecisionMade, *, cause: str, at: datetime) -> Event | None:
        """Take in a decision, event `cause`; the event it brings about, None for what was known or needs none."""
        before = self.standings.get(decision.report_id)
        if before and before.version >= decision.version:
            return None
        old = self.cases.get(before.case_id) if before and before.case_id else None
        if decision.outcome in SERVED:
            event, case = self._place(old, decision, cause, at)
            self._stand(decision, case.id, at)
            return event or _goes_on(before, case, decision, at)
        if old and decision.until_accepted and _taken(old, decision.report_id):
            self._save(cases.hand_over(old, decision.report_id, cause=cause, at=at))
            self._stand(decision, old.id, at)
            return None
        if old:
            self._save(cases.withdraw(old, decision.report_id, reason=decision.outcome, cause=cause, at=at))
        self._stand(decision, None, at)
        return events.linked(decision, at) if decision.outcome is Outcome.NO_DISPATCH else None

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
        case = self._save(cases.accept(before, report_id, unit, by, cause=cause, at=at))
        first = unit == case.lead.unit and not _taken(before, report_id) and _taken(case, report_id)
        return events.accepted(case, report_id, by, at) if first else None

    def return_(
        self, case_id: CaseId, report_id: ReportId, *, reason: str, by: str, cause: str, at: datetime
    ) -> CaseReturned:
        """Give a report back to the window. Raises NotInCase."""
        before = self.cases[case_id]
        case = self._save(cases.return_(before, report_id, reason=reason, by=by, cause=cause, at=at))
        return events.returned(case, report_id, reason, by, at)

    def _place(self, old: Case | None, decision: DecisionMade, cause: str, at: datetime) -> tuple[Event | None, Case]:
        if old and (why := self._why_elsewhere(old, decision)):
            self._save(cases.withdraw(old, decision.report_id, reason=why, cause=cause, at=at))
            old = None
        family = self._family_of(decision)
        home = old or next((case for case in family if case.county == decision.county), None)
        if old:
            case = cases.redecide(old, decision, cause=cause, at=at)
        elif home:
            case = cases.join(home, decision, cause=cause, at=at)
        else:
            case = cases.open_case(_new_case_id(cause), decision, cause=cause, at=at)
        others = [other for other in family if other.id != case.id]
        case = self._save(cases.relate(case, others, cause=cause, at=at))
        for other in others:
            self._save(cases.relate(other, [case], cause=cause, at=at))
        if home is None:
            return events.opened(case, decision, at), case
        return (events.joined(home, case, decision, at) if _is_news(home, case, decision) else None), case

    def _why_elsewhere(self, old: Case, decision: DecisionMade) -> str | None:
        """Why a report leaves its case: another county accepted it, a person parted it from what is there, or it is
        alone and belongs elsewhere.

        Two cases that hold reports of others are not merged by this: they are flagged, as ever.
        """
        if old.county != decision.county:
            return "transferred"
        if old.holds(decision.apart):
            return "not_same"
        others = [each for each in self._told(decision) if each.county == decision.county]
        alone = not any(each.state != "withdrawn" and each.report_id != decision.report_id for each in old.reports)
        return "same_family" if alone and others and old not in others else None

    def _family_of(self, decision: DecisionMade) -> list[Case]:
        """The open cases that a report may join: those it is told to belong to, then those under its keys."""
        told = self._told(decision)
        under = [case for case in self._open_under(decision.family) if case not in told]
        return [case for case in (*told, *under) if not case.holds(decision.apart)]

    def _told(self, decision: DecisionMade) -> list[Case]:
        standings = (self.standings.get(report_id) for report_id in decision.together)
        found = {each.case_id: self.cases[each.case_id] for each in standings if each and each.case_id}
        return sorted(
            (case for case in found.values() if case.state == "open"), key=lambda case: (case.opened_at, case.id)
        )

    def _open_under(self, keys: Sequence[BlindIndex]) -> list[Case]:
        """The open cases under any of these keys, the oldest first."""
        ids = {id for key in keys for id in self._by_key.get(key, ())}
        found = (self.cases[id] for id in ids)
        return sorted((case for case in found if case.state == "open"), key=lambda case: (case.opened_at, case.id))

    def _save(self, case: Case) -> Case:
        if self.cases.get(case.id) != case:
            self._hold(case)
            self.changed_cases.add(case.id)
        return case

    def _hold(self, case: Case) -> None:
        self.cases[case.id] = case
        for key in case.family_keys:
            self._by_key.setdefault(key, set()).add(case.id)

    def _stand(self, decision: DecisionMade, case_id: CaseId | None, at: datetime) -> None:
        self.standings[decision.report_id] = Standing(
            decision.report_id, decision.version, decision.county, decision.outcome, case_id,
            decision.duplicate_of, decision.transferred_to, decision.resources, at,
        )  # fmt: skip
        self.changed_reports.add(decision.report_id)


def _new_case_id(cause: str) -> CaseId:
    return CaseId(str(derived_id("network", cause, "case")))


def _taken(case: Case, report_id: ReportId) -> bool:
    entry = case.entry(report_id)
    return bool(entry and entry.accepted_by)


def _goes_on(before: Standing | None, case: Case, decision: DecisionMade, at: datetime) -> CaseAccepted | None:
    """Back from a transfer that came to nothing, to the unit that never stopped: it answers by the same name."""
    entry = case.entry(decision.report_id)
    if before is None or before.outcome is not Outcome.TRANSFERRED or entry is None or not entry.accepted_by:
        return None
    return events.accepted(case, decision.report_id, entry.accepted_by, at)


def _is_news(before: Case, after: Case, decision: DecisionMade) -> bool:
    """Whether a unit must hear of it: a report new to the case, given back before, or with another unit or priority."""
    old = before.entry(decision.report_id)
    new = after.entry(decision.report_id)
    if old is None or new is None or old.state != "active" or before.lead.unit != after.lead.unit:
        return True
    return (old.unit, old.priority) != (new.unit, new.priority) or before.units != after.units
