"""What the network service reads: decisions, deliveries and roster entries."""

from contracts.decisions import ReportFoundImproper, ReviewRequested, SenderAnswered, SenderAsked
from contracts.deliveries import DeliveryFailed, DeliverySent
from contracts.event import Event
from contracts.topics import DECISIONS, DELIVERIES, ROSTERS
from kit.kafka import Kafka

from network.cases.handlers import Handlers
from network.rosters.store import RosterEntries

IGNORED: frozenset[type[Event]] = frozenset(
    {ReviewRequested, SenderAsked, SenderAnswered, ReportFoundImproper, DeliverySent, DeliveryFailed}
)
"""Events that change no case: what goes on between window and sender, and messages that nobody has answered."""


def subscribe(kafka: Kafka, handlers: Handlers, rosters: RosterEntries) -> None:
    """Give each topic's batches to its handler."""
    kafka.read({DECISIONS: handlers.on_decisions, DELIVERIES: handlers.on_deliveries, ROSTERS: rosters.on_entries})
