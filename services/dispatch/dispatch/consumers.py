"""Which topics dispatch reads, and which handler answers for each."""

from contracts.cases import (
    CaseAssessed,
    CaseClosed,
    CaseContacted,
    CaseMerged,
    CaseReopened,
    CaseSplit,
    CollaboratorAsked,
    CollaboratorDeclined,
    CollaboratorJoined,
    CollaboratorReleased,
    LeadDeclined,
    LeadOffered,
    LeadTaken,
)
from contracts.event import Event
from contracts.topics import CASES, COUNTS, DELIVERIES, REPORTS
from kit.kafka import Kafka

from dispatch.window.handlers import Handlers

IGNORED: frozenset[type[Event]] = frozenset(
    {
        CaseAssessed,
        CaseContacted,
        CollaboratorAsked,
        CollaboratorJoined,
        CollaboratorDeclined,
        CollaboratorReleased,
        LeadOffered,
        LeadTaken,
        LeadDeclined,
        CaseClosed,
        CaseReopened,
        CaseMerged,
        CaseSplit,
    }
)
"""What goes on inside a case, between its units."""


def subscribe(kafka: Kafka, handlers: Handlers) -> None:
    """Give each topic's batches to its handler."""
    kafka.read(
        {
            REPORTS: handlers.on_reports,
            CASES: handlers.on_news,
            COUNTS: handlers.on_counts,
            DELIVERIES: handlers.on_news,
        }
    )
