"""What notify reads."""

from contracts.topics import CASES, DECISIONS
from kit.kafka import Kafka

from notify.handlers import Handlers


def subscribe(kafka: Kafka, handlers: Handlers) -> None:
    kafka.read({CASES: handlers.on_events, DECISIONS: handlers.on_events})
