"""Every topic of the platform: one writer, one key, a list of events, its readers."""

from dataclasses import dataclass

from contracts.calendar import CalendarChanged
from contracts.cases import (
    CaseAccepted,
    CaseAssessed,
    CaseClosed,
    CaseContacted,
    CaseJoined,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseReturned,
    CaseSplit,
    CollaboratorAsked,
    CollaboratorDeclined,
    CollaboratorJoined,
    CollaboratorReleased,
    LeadDeclined,
    LeadOffered,
    LeadTaken,
    ResourcesLinked,
    VisitDeclined,
    VisitJoined,
    VisitPlanned,
    VisitWithdrawn,
)
from contracts.decisions import DecisionMade, ReportFoundImproper, ReviewRequested, SenderAnswered, SenderAsked
from contracts.deliveries import DeliveryAcknowledged, DeliveryAnswered, DeliveryEscalated, DeliveryFailed, DeliverySent
from contracts.directory import UnitDescribed
from contracts.enrolments import (
    EnrolmentAdvanced,
    EnrolmentBegun,
    EnrolmentContacted,
    EnrolmentEnded,
    EnrolmentGranted,
    EnrolmentHeard,
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
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    MeetingMoved,
    MinutesApproved,
    PaperAsked,
    PaperHandedIn,
)
from contracts.referrals import (
    AdviceGiven,
    ReferralAccepted,
    ReferralConfirmed,
    ReferralDone,
    ReferralNoted,
    ReferralRefused,
    ReferralSent,
    ReferralStarted,
    ReferralWaiting,
    ReferralWithdrawn,
)
from contracts.reports import ReportAmended, ReportReceived, ReportsCounted, SendersHeard
from contracts.rosters import RosterEntryListed
from contracts.tasks import TaskPressing

DEAD_LETTER_DAYS = 90
"""How long a dead letter waits for someone to deal with it."""


@dataclass(frozen=True)
class Topic:
    """A Kafka topic. Names, keys and readers are part of the contract; `key` names the field that orders events.

    Of a `compacted` one Kafka keeps the last event of each key for ever: a reader that begins anew finds all there is.
    """

    name: str
    writer: str
    key: str
    events: tuple[type[Event], ...]
    readers: tuple[str, ...]
    partitions: int = 6
    retention_days: int = 14
    compacted: bool = False

    def dead_letters(self, reader: str) -> str:
        """Where `reader` puts what it cannot handle: `<topic>.<reader>.dlq`."""
        return f"{self.name}.{reader}.dlq"

    def event_named(self, type: str) -> type[Event] | None:
        """The class of an event type, or None: a reader skips and counts what it does not know."""
        return next((event for event in self.events if event.model_fields["type"].default == type), None)


REPORTS = Topic(
    "intake.reports.v1", writer="intake", key="report_id", events=(ReportReceived, ReportAmended), readers=("dispatch",)
)
COUNTS = Topic(
    "intake.counts.v1",
    writer="intake",
    key="county",
    events=(ReportsCounted, SendersHeard),
    readers=("dispatch",),
    partitions=1,
)
ROSTERS = Topic("intake.rosters.v1", writer="intake", key="entry_id", events=(RosterEntryListed,), readers=("network",))
DECISIONS = Topic(
    "dispatch.decisions.v1",
    writer="dispatch",
    key="report_id",
    events=(DecisionMade, ReviewRequested, SenderAsked, SenderAnswered, ReportFoundImproper),
    readers=("network", "notify", "intake"),
)
CALENDAR = Topic(
    "dispatch.calendar.v1",
    writer="dispatch",
    key="county",
    events=(CalendarChanged,),
    readers=("network",),
    partitions=1,
    retention_days=400,
)
"""Kept longer than any day that its latest event tells of can matter: a reader that begins anew finds all of them."""
CASES = Topic(
    "network.cases.v1",
    writer="network",
    key="case_id",
    events=(
        CaseOpened,
        CaseJoined,
        CaseAccepted,
        CaseReturned,
        ResourcesLinked,
        CaseAssessed,
        CaseContacted,
        CollaboratorAsked,
        CollaboratorJoined,
        CollaboratorDeclined,
        CollaboratorReleased,
        LeadOffered,
        LeadTaken,
        LeadDeclined,
        CaseClosed,
        CaseReopened,
        CaseMerged,
        CaseSplit,
        VisitPlanned,
        VisitJoined,
        VisitDeclined,
        VisitWithdrawn,
    ),
    readers=("notify", "dispatch", "intake"),
)
TASKS = Topic("network.tasks.v1", writer="network", key="task_id", events=(TaskPressing,), readers=("notify",))
REFERRALS = Topic(
    "network.referrals.v1",
    writer="network",
    key="referral_id",
    events=(
        ReferralSent,
        ReferralWaiting,
        ReferralAccepted,
        ReferralRefused,
        ReferralStarted,
        ReferralDone,
        ReferralConfirmed,
        ReferralNoted,
        ReferralWithdrawn,
        AdviceGiven,
    ),
    readers=("intake", "notify"),
)
ENROLMENTS = Topic(
    "network.enrolments.v1",
    writer="network",
    key="enrolment_id",
    events=(
        EnrolmentBegun,
        EnrolmentAdvanced,
        EnrolmentHeard,
        EnrolmentContacted,
        EnrolmentGranted,
        EnrolmentPaid,
        EnrolmentPaused,
        EnrolmentEnded,
    ),
    readers=("notify",),
)
MEETINGS = Topic(
    "network.meetings.v1",
    writer="network",
    key="meeting_id",
    events=(
        MeetingCalled,
        MeetingMoved,
        MeetingCancelled,
        MeetingHeld,
        MinutesApproved,
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
    ),
    readers=("notify",),
)
"""Items and lists are told under ids of their own: they go from meeting to meeting."""
DIRECTORY = Topic(
    "network.directory.v1",
    writer="network",
    key="provider",
    events=(UnitDescribed,),
    readers=("notify",),
    partitions=1,
    compacted=True,
)
DELIVERIES = Topic(
    "notify.deliveries.v1",
    writer="notify",
    key="delivery_id",
    events=(DeliverySent, DeliveryFailed, DeliveryAcknowledged, DeliveryEscalated, DeliveryAnswered),
    readers=("network", "dispatch"),
)

ALL = (
    REPORTS,
    COUNTS,
    ROSTERS,
    DECISIONS,
    CALENDAR,
    CASES,
    TASKS,
    REFERRALS,
    ENROLMENTS,
    MEETINGS,
    DIRECTORY,
    DELIVERIES,
)
