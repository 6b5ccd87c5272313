"""Which topics dispatch reads, and which handler answers for each."""

from contracts.event import Event
from contracts.topics import CASES, COUNTS, DELIVERIES, REPORTS
from kit.kafka import Kafka

from dispatch.window.handlers import Handlers

IGNORED: frozenset[type[Event]] = frozenset()
"""Every event of these topics says something of a report, or of what was sent."""


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
