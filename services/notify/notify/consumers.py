"""What notify reads."""

from contracts.cases import CaseSplit, ResourcesLinked, VisitJoined
from contracts.decisions import ReportFoundImproper, SenderAnswered, SenderAsked
from contracts.event import Event
from contracts.topics import CASES, DECISIONS, DIRECTORY, TASKS
from kit.kafka import Kafka

from notify.handlers import Handlers
from notify.windows.store import Windows

IGNORED: frozenset[type[Event]] = frozenset(
    {
        ResourcesLinked,
        SenderAsked,
        SenderAnswered,
        ReportFoundImproper,
        CaseSplit,
        VisitJoined,
    }
)
"""Events that ask nothing of a unit, and answer nothing that one was asked."""


def subscribe(kafka: Kafka, handlers: Handlers, windows: Windows) -> None:
    kafka.read({
        DIRECTORY: windows.on_descriptions,
        CASES: handlers.on_events,
        DECISIONS: handlers.on_events,
        TASKS: handlers.on_events,
    })  # fmt: skip
