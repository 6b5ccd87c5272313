"""A report as dispatch keeps it, for tests that need one and care for a few of its fields."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.decisions import Outcome
from contracts.reports import CaseType, SourceUnit
from dispatch.domain.report.decision import Decision
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.domain.triage.facts import Facts

AT = datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
DECISION = Decision(1, Outcome.PROTECTION, 1, AT - timedelta(hours=1), "table:chiayi-county:2026-01-01")
REPORT = Report(
    id="r1",
    county="chiayi-county",
    agency_id="police-1",
    source_unit=SourceUnit.POLICE,
    received_at=AT,
    day="2026-11-22",
    version=1,
    case_type=CaseType.ADULT_PROTECTION,
    public={"case_type": "adult_protection", "county": "chiayi-county"},
    facts=Facts("adult_protection", "police", "chiayi-county"),
    decision=DECISION,
    stage=Stage.WAITING,
)


def report(**changes: Any) -> Report:
    return replace(REPORT, **changes)
