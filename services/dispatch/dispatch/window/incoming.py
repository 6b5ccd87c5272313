"""A stored report as the domain reads it again."""

from contracts.reports import Report, SourceUnit
from kit.mongo import Document

from dispatch.domain.report.incoming import Incoming
from dispatch.window.events import report_of


def incoming_of(document: Document, report: Report | None = None) -> Incoming:
    """The version in force; without `report`, without what names its people."""
    return Incoming(
        report_of(document), document["version"], document["county"], document["agency_id"],
        SourceUnit(document["source_unit"]), document["received_at"],
        report or Report.model_validate(document["report"]),
    )  # fmt: skip
