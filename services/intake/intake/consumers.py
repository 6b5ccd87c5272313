"""What intake reads: decisions and cases, for the status that senders see."""

from contracts.cases import (
    CaseContacted,
    CaseJoined,
    CaseMerged,
    CaseOpened,
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
from contracts.topics import CASES, DECISIONS
from kit.kafka import Kafka

from intake.handlers import Feedback

IGNORED: frozenset[type[Event]] = frozenset(
    {
        CaseOpened,
        CaseJoined,
        CaseContacted,
        CollaboratorAsked,
        CollaboratorJoined,
        CollaboratorDeclined,
        CollaboratorReleased,
        LeadOffered,
        LeadTaken,
        LeadDeclined,
        CaseReopened,
        CaseMerged,
        CaseSplit,
    }
)
"""Events of which a sender learns nothing: which case it is, who serves the family, that others report."""


def subscribe(kafka: Kafka, feedback: Feedback) -> None:
    kafka.read({DECISIONS: feedback.on_events, CASES: feedback.on_events})
