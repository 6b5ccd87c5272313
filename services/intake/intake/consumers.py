"""What intake reads: decisions, cases and referrals, for the status that senders see."""

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
    VisitDeclined,
    VisitJoined,
    VisitPlanned,
    VisitWithdrawn,
)
from contracts.event import Event
from contracts.referrals import (
    ReferralAccepted,
    ReferralConfirmed,
    ReferralNoted,
    ReferralStarted,
    ReferralWaiting,
    ReferralWithdrawn,
)
from contracts.topics import CASES, DECISIONS, REFERRALS
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
        VisitPlanned,
        VisitJoined,
        VisitDeclined,
        VisitWithdrawn,
        ReferralWaiting,
        ReferralAccepted,
        ReferralStarted,
        ReferralConfirmed,
        ReferralNoted,
        ReferralWithdrawn,
    }
)
"""Events of which a sender learns nothing: which case it is, who serves the family, that others report."""


def subscribe(kafka: Kafka, feedback: Feedback) -> None:
    """What agencies hear of their reports, within a moment."""
    topics = (DECISIONS, CASES, REFERRALS)
    kafka.read(dict.fromkeys(topics, feedback.on_events), gathered=topics)
