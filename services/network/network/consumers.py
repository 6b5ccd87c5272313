"""What the network service reads: decisions and deliveries."""

from contracts.topics import DECISIONS, DELIVERIES
from kit.kafka import Kafka

from network.handlers import Handlers


def subscribe(kafka: Kafka, handlers: Handlers) -> None:
    """Give each topic's batches to its handler."""
    kafka.read({DECISIONS: handlers.on_decisions, DELIVERIES: handlers.on_deliveries})
