"""What this service tells the others about a case that has just changed."""

from datetime import datetime

from contracts.cases import CaseAccepted, CaseJoined, CaseOpened, CaseReturned, ResourcesLinked
from contracts.decisions import DecisionMade
from contracts.reports import ReportId

from network.domain.case import Case
from network.domain.cases import unit_of


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
