"""One version of a report, opened: what the domain decides on."""

from dataclasses import dataclass
from datetime import datetime

from contracts.reports import Flag, Report, SourceUnit


@dataclass(frozen=True, slots=True)
class Incoming:
    """`report` has its personal fields joined back, or lacks them all when its key was destroyed.

    `received_at` is UTC-aware; `county` is the window that received it.
    """

    report_id: str
    version: int
    county: str
    agency_id: str
    source_unit: SourceUnit
    received_at: datetime
    report: Report
    flags: tuple[Flag, ...] = ()
