"""What notify reads."""

from contracts.cases import (
    CaseAccepted,
    CaseAssessed,
    CaseContacted,
    CaseMerged,
    CaseSplit,
    CollaboratorJoined,
    ResourcesLinked,
)
from contracts.decisions import ReportFoundImproper, SenderAnswered, SenderAsked
from contracts.event import Event
from contracts.topics import CASES, DECISIONS, TASKS
from kit.kafka import Kafka

from notify.handlers import Handlers

IGNORED: frozenset[type[Event]] = frozenset(
    {
        CaseAccepted,
        ResourcesLinked,
        SenderAsked,
        SenderAnswered,
        ReportFoundImproper,
        CaseAssessed,
        CaseContacted,
        CollaboratorJoined,
        CaseMerged,
        CaseSplit,
    }
)
"""Events that ask nothing of a unit."""


def subscribe(kafka: Kafka, handlers: Handlers) -> None:
    kafka.read({CASES: handlers.on_events, DECISIONS: handlers.on_events, TASKS: handlers.on_events})
