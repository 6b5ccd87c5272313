"""What the network service reads: decisions, deliveries and roster entries."""

from contracts.topics import DECISIONS, DELIVERIES, ROSTERS
from kit.kafka import Kafka

from network.handlers import Handlers
from network.rosters import RosterEntries


def subscribe(kafka: Kafka, handlers: Handlers, rosters: RosterEntries) -> None:
    """Give each topic's batches to its handler."""
    kafka.read({DECISIONS: handlers.on_decisions, DELIVERIES: handlers.on_deliveries, ROSTERS: rosters.on_entries})
