"""What notify reads."""

from contracts.cases import CaseSplit, ResourcesLinked, VisitJoined
from contracts.decisions import ReportFoundImproper, SenderAnswered, SenderAsked
from contracts.enrolments import (
    EnrolmentContacted,
    EnrolmentEnded,
    EnrolmentGranted,
    EnrolmentPaid,
    EnrolmentPaused,
)
from contracts.event import Event
from contracts.meetings import (
    CaseDelisted,
    CaseKept,
    CaseListed,
    DecisionSettled,
    DecisionTaken,
    ItemAnswered,
    ItemClosed,
    ItemDropped,
    ItemIncluded,
    ItemRaised,
    MeetingHeld,
    PaperAsked,
    PaperHandedIn,
)
from contracts.referrals import (
    AdviceGiven,
    ReferralConfirmed,
    ReferralDone,
    ReferralNoted,
    ReferralStarted,
    ReferralWaiting,
)
from contracts.topics import CASES, DECISIONS, DIRECTORY, ENROLMENTS, MEETINGS, REFERRALS, TASKS
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
        ReferralWaiting,
        ReferralStarted,
        ReferralDone,
        ReferralConfirmed,
        ReferralNoted,
        AdviceGiven,
        EnrolmentContacted,
        EnrolmentGranted,
        EnrolmentPaid,
        EnrolmentPaused,
        EnrolmentEnded,
        MeetingHeld,
        ItemIncluded,
        ItemDropped,
        ItemClosed,
        ItemRaised,
        ItemAnswered,
        PaperAsked,
        PaperHandedIn,
        DecisionTaken,
        DecisionSettled,
        CaseListed,
        CaseKept,
        CaseDelisted,
    }
)
"""Events that ask nothing of a unit, and answer nothing that one was asked: what a meeting leaves presses as a task."""


def subscribe(kafka: Kafka, handlers: Handlers, windows: Windows) -> None:
    kafka.read({
        DIRECTORY: windows.on_descriptions,
        CASES: handlers.on_events,
        DECISIONS: handlers.on_events,
        TASKS: handlers.on_events,
        REFERRALS: handlers.on_events,
        ENROLMENTS: handlers.on_events,
        MEETINGS: handlers.on_events,
    })  # fmt: skip
