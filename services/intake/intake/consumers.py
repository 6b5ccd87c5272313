"""What intake reads: decisions and cases, for the status that senders see."""

from contracts.topics import CASES, DECISIONS
from kit.kafka import Kafka

from intake.handlers import Feedback


def subscribe(kafka: Kafka, feedback: Feedback) -> None:
    kafka.read({DECISIONS: feedback.on_events, CASES: feedback.on_events})
