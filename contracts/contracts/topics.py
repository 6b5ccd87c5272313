"""Every topic of the platform: one writer, one key, a list of events, its readers."""

from dataclasses import dataclass

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
)
from contracts.decisions import DecisionMade, ReportFoundImproper, ReviewRequested, SenderAnswered, SenderAsked
from contracts.deliveries import DeliveryAcknowledged, DeliveryFailed, DeliverySent
from contracts.event import Event
from contracts.reports import ReportAmended, ReportReceived, ReportsCounted, SendersHeard
from contracts.rosters import RosterEntryListed
from contracts.tasks import TaskPressing

DEAD_LETTER_DAYS = 90
"""How long a dead letter waits for someone to deal with it."""


@dataclass(frozen=True)
class Topic:
    """A Kafka topic. Names, keys and readers are part of the contract; `key` names the field that orders events."""

    name: str
    writer: str
    key: str
    events: tuple[type[Event], ...]
    readers: tuple[str, ...]
    partitions: int = 6
    retention_days: int = 14

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
    ),
    readers=("notify", "dispatch", "intake"),
)
TASKS = Topic("network.tasks.v1", writer="network", key="task_id", events=(TaskPressing,), readers=("notify",))
DELIVERIES = Topic(
    "notify.deliveries.v1",
    writer="notify",
    key="delivery_id",
    events=(DeliverySent, DeliveryFailed, DeliveryAcknowledged),
    readers=("network", "dispatch"),
)

ALL = (REPORTS, COUNTS, ROSTERS, DECISIONS, CASES, TASKS, DELIVERIES)
