"""A stored report as the domain compares and decides it again."""

from dataclasses import replace

from contracts.reports import Report as Form

from dispatch.domain.people.duplicates import Known
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.report.report import Report
from dispatch.domain.report.verdicts import said_of


def incoming_of(report: Report, form: Form | None = None) -> Incoming:
    """The version in force; without `form`, without what names its people."""
    return Incoming(
        report.known_as, report.version, report.county, report.agency_id, report.source_unit, report.received_at,
        form or report.form,
    )  # fmt: skip


def known(report: Report, to: Report | None = None) -> Known:
    """What a later report is compared with, and what officers found it to be `to` that one."""
    decision = report.decision
    return Known(
        report_id=report.known_as,
        received_at=report.received_at,
        occurred_at=report.occurred_at,
        case_type=report.case_type,
        source_unit=report.source_unit,
        agency_id=report.agency_id,
        kinds=tuple(report.facts.kinds),
        township=report.facts.township,
        keys=report.keys,
        outcome=None if report.pending else decision.outcome,
        duplicate_of=decision.duplicate_of,
        unit=decision.unit,
        priority=decision.priority,
        person=report.person,
        said=said_of(to.verdicts, report.known_as, decision.duplicate_of) if to else None,
        county=report.county,
        ended=bool(report.service and report.service.ended),
        watched_until=report.service.watched_until if report.service else None,
    )


def said_to(one: Known, to: Report | None) -> Known:
    """What is known of a report, with what officers found it to be `to` another."""
    return replace(one, said=said_of(to.verdicts, one.report_id, one.duplicate_of)) if to and to.verdicts else one
