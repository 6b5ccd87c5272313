"""Which topics dispatch reads, and which handler answers for each."""

from contracts.cases import (
    CaseContacted,
    CollaboratorAsked,
    CollaboratorDeclined,
    CollaboratorJoined,
    CollaboratorReleased,
    LeadDeclined,
    LeadOffered,
    VisitDeclined,
    VisitJoined,
    VisitPlanned,
    VisitWithdrawn,
)
from contracts.deliveries import DeliveryAnswered
from contracts.event import Event
from contracts.topics import CASES, COUNTS, DELIVERIES, REPORTS
from kit.kafka import Kafka

from dispatch.window.handlers import Handlers

IGNORED: frozenset[type[Event]] = frozenset(
    {
        CaseContacted,
        DeliveryAnswered,
        CollaboratorAsked,
        CollaboratorJoined,
        CollaboratorDeclined,
        CollaboratorReleased,
        LeadOffered,
        LeadDeclined,
        VisitPlanned,
        VisitJoined,
        VisitDeclined,
        VisitWithdrawn,
    }
)
"""What units do for the family and ask of each other and of partners: only that service ends is the window's."""


def subscribe(kafka: Kafka, handlers: Handlers) -> None:
    """Give each topic's batches to its handler; what comes of a decision may wait, a report does not."""
    kafka.read(
        {
            REPORTS: handlers.on_reports,
            CASES: handlers.on_news,
            COUNTS: handlers.on_counts,
            DELIVERIES: handlers.on_news,
        },
        gathered=(CASES, COUNTS, DELIVERIES),
    )
