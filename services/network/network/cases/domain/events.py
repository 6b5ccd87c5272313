"""What this service tells the others about a case that has just changed."""

from datetime import datetime
from typing import TypedDict

from contracts.cases import (
    CaseAccepted,
    CaseAssessed,
    CaseClosed,
    CaseContacted,
    CaseId,
    CaseJoined,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseReturned,
    CaseSplit,
    CollaboratorAsked,
    CollaboratorDeclined,
    CollaboratorJoined,
    CollaboratorReleased,
    LeadDeclined,
    LeadOffered,
    LeadTaken,
    ResourcesLinked,
    VisitDeclined,
    VisitJoined,
    VisitPlanned,
    VisitWithdrawn,
)
from contracts.decisions import DecisionMade, UnitId
from contracts.reports import ReportId

from network.cases.domain.case import Case, Collaboration
from network.cases.domain.contact import Contact
from network.cases.domain.parts import Handover, Invitation, JointVisit, Merge
from network.cases.domain.reports import unit_of


class Of(TypedDict):
    """Which case an event is of."""

    case_id: CaseId
    version: int
    county: str


def opened(case: Case, decision: DecisionMade, at: datetime) -> CaseOpened:
    return CaseOpened(
        case_id=case.id, version=case.version, county=case.county, report_id=decision.report_id, lead=case.lead.unit,
        collaborators=case.units, priority=decision.priority, clocks=decision.clocks,
        received_at=decision.received_at, opened_at=at,
    )  # fmt: skip


def joined(before: Case, case: Case, decision: DecisionMade, at: datetime) -> CaseJoined:
    unit, old = unit_of(decision), before.entry(decision.report_id)
    return CaseJoined(
        case_id=case.id, version=case.version, county=case.county, report_id=decision.report_id, lead=case.lead.unit,
        suggested_unit=unit if unit != case.lead.unit else None, collaborators=case.units,
        added=tuple(each for each in case.units if each not in before.units), priority=decision.priority,
        clocks=decision.clocks, received_at=decision.received_at, joined_at=at,
        decided_again=old is not None and old.state != "withdrawn",
    )  # fmt: skip


def accepted(case: Case, report_id: ReportId, by: str, at: datetime) -> CaseAccepted:
    return CaseAccepted(
        case_id=case.id, version=case.version, county=case.county, report_id=report_id, unit=case.lead.unit,
        accepted_by=by, accepted_at=at,
    )  # fmt: skip


def linked(decision: DecisionMade, at: datetime) -> ResourcesLinked:
    return ResourcesLinked(
        report_id=decision.report_id, county=decision.county, resources=decision.resources, linked_at=at
    )


def returned(case: Case, report_id: ReportId, reason: str, by: str, at: datetime) -> CaseReturned:
    return CaseReturned(
        case_id=case.id, version=case.version, county=case.county, report_id=report_id, unit=case.lead.unit,
        reason=reason, returned_by=by, returned_at=at,
    )  # fmt: skip


def _of(case: Case) -> Of:
    return {"case_id": case.id, "version": case.version, "county": case.county}


def _reports(case: Case) -> tuple[ReportId, ...]:
    return tuple(each.report_id for each in case.reports if each.state != "withdrawn")


def assessed(case: Case) -> CaseAssessed:
    latest = case.assessments[-1]
    return CaseAssessed(
        **_of(case), unit=case.lead.unit, reports=_reports(case), opened=latest.opened, needs=latest.needs,
        factors=latest.factors, service_mode=latest.service_mode, reason=latest.reason, assessed_by=latest.by,
        assessed_at=latest.at, watched_until=case.watched_until,
    )  # fmt: skip


def contacted(case: Case, contact: Contact) -> CaseContacted:
    return CaseContacted(
        **_of(case), contact_id=contact.id, unit=contact.unit, units=contact.units, kind=contact.kind,
        reached=contact.reached, at=contact.at, recorded_at=contact.recorded_at,
    )  # fmt: skip


def collaborator_asked(case: Case, asked: Collaboration, due_at: datetime) -> CollaboratorAsked:
    return CollaboratorAsked(
        **_of(case), collaboration_id=asked.id, unit=asked.unit, asked_for=asked.asked_for, due_at=due_at,
        asked_at=asked.since,
    )  # fmt: skip


def collaborator_joined(case: Case, joined: Collaboration, by: str, at: datetime) -> CollaboratorJoined:
    return CollaboratorJoined(**_of(case), collaboration_id=joined.id, unit=joined.unit, joined_by=by, joined_at=at)


def collaborator_declined(
    case: Case, declined: Collaboration, reason: str, by: str, at: datetime
) -> CollaboratorDeclined:
    return CollaboratorDeclined(
        **_of(case), collaboration_id=declined.id, unit=declined.unit, lead=case.lead.unit, reason=reason,
        declined_by=by, declined_at=at,
    )  # fmt: skip


def collaborator_released(case: Case, released: Collaboration, reason: str, at: datetime) -> CollaboratorReleased:
    return CollaboratorReleased(
        **_of(case), collaboration_id=released.id, unit=released.unit, reason=reason, released_at=at
    )


def visit_planned(case: Case, visit: JointVisit, invited: tuple[UnitId, ...], at: datetime) -> VisitPlanned:
    return VisitPlanned(
        **_of(case), visit_id=visit.id, unit=visit.unit, invited=invited, at=visit.at, planned_at=at
    )  # fmt: skip


def visit_joined(case: Case, visit: JointVisit, joined: Invitation, at: datetime) -> VisitJoined:
    return VisitJoined(
        **_of(case), visit_id=visit.id, invitation_id=joined.id, unit=joined.unit, joined_by=str(joined.answered_by),
        joined_at=at,
    )  # fmt: skip


def visit_declined(case: Case, visit: JointVisit, declined: Invitation, reason: str, at: datetime) -> VisitDeclined:
    return VisitDeclined(
        **_of(case), visit_id=visit.id, invitation_id=declined.id, unit=declined.unit, planner=visit.unit,
        reason=reason, declined_by=str(declined.answered_by), declined_at=at,
    )  # fmt: skip


def visit_withdrawn(
    case: Case, visit: JointVisit, awaited: tuple[UnitId, ...], reason: str, at: datetime
) -> VisitWithdrawn:
    return VisitWithdrawn(
        **_of(case), visit_id=visit.id, unit=visit.unit, invited=awaited, reason=reason, withdrawn_at=at
    )


def called_off(before: Case, after: Case, at: datetime) -> list[VisitWithdrawn]:
    """For each visit to come that ended with its case: whoever plans it or is awaited there, but for the lead."""
    ended = {each.id: str(each.reason) for each in after.visits if each.state == "withdrawn"}
    planned = (each for each in before.visits if each.state == "planned" and each.id in ended)
    return [visit_withdrawn(after, each, elsewhere(each, after.lead.unit), ended[each.id], at) for each in planned]


def elsewhere(visit: JointVisit, here: UnitId) -> tuple[UnitId, ...]:
    """Who is to be at a visit, or to answer: the planner too, but not the unit that ends it, which knows."""
    awaited = dict.fromkeys((visit.unit, *(each.unit for each in visit.standing)))
    return tuple(unit for unit in awaited if unit != here)


def lead_offered(case: Case, offered: Handover) -> LeadOffered:
    return LeadOffered(
        **_of(case), handover_id=offered.id, unit=offered.from_unit, to_unit=offered.to_unit, owed=len(offered.owed),
        offered_at=offered.offered_at,
    )  # fmt: skip


def lead_taken(case: Case, taken: Handover, by: str, at: datetime) -> LeadTaken:
    return LeadTaken(
        **_of(case), handover_id=taken.id, unit=taken.to_unit, from_unit=taken.from_unit, taken_by=by, taken_at=at
    )


def lead_declined(case: Case, declined: Handover, reason: str, by: str, at: datetime) -> LeadDeclined:
    return LeadDeclined(
        **_of(case), handover_id=declined.id, unit=declined.from_unit, to_unit=declined.to_unit, reason=reason,
        declined_by=by, declined_at=at,
    )  # fmt: skip


def closed(case: Case, by: str, at: datetime) -> CaseClosed:
    closing = case.closings[-1]
    return CaseClosed(
        **_of(case), unit=case.lead.unit, reports=_reports(case), reason=closing.reason, approved_by=by, closed_at=at,
        watched_until=closing.watched_until or at,
    )  # fmt: skip


def reopened(case: Case, decision: DecisionMade, at: datetime) -> CaseReopened:
    closing = case.closing
    return CaseReopened(
        **_of(case), report_id=decision.report_id, unit=case.lead.unit,
        closed_for=closing.reason if closing and closing.reopened_at == at else None, reopened_at=at,
    )  # fmt: skip


def merged(case: Case, merge: Merge, at: datetime) -> CaseMerged:
    return CaseMerged(**_of(case), merge_id=merge.id, other_case_id=merge.other, reports=merge.reports, merged_at=at)


def split(case: Case, merge: Merge, reports: tuple[ReportId, ...], at: datetime) -> CaseSplit:
    return CaseSplit(**_of(case), merge_id=merge.id, other_case_id=merge.other, reports=reports, split_at=at)
