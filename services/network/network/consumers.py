"""What the network service reads: decisions, deliveries, roster entries and the days of counties."""

from collections.abc import Sequence

from contracts.decisions import ReportFoundImproper, ReviewRequested, SenderAnswered, SenderAsked
from contracts.event import Event
from contracts.topics import CALENDAR, DECISIONS, DELIVERIES, ROSTERS
from kit.inbox import Handle, Received
from kit.kafka import Kafka

from network.cases.handlers import Handlers
from network.days.store import Calendars
from network.rosters.handlers import Handlers as RosterHandlers

IGNORED: frozenset[type[Event]] = frozenset({ReviewRequested, SenderAsked, SenderAnswered, ReportFoundImproper})
"""Events that change no case: what goes on between window and sender."""


def subscribe(
    kafka: Kafka, handlers: Handlers, rosters: RosterHandlers, calendars: Calendars,
    after: tuple[Handle, Handle, Handle],
) -> None:  # fmt: skip
    """Give each topic's batches to those that listen, one after the other.

    `after` the cases come the steps of other services; of decisions, the reports to which no unit was sent and whoever
    enters something by them; of deliveries, the answers to referrals. A decision does not wait: somebody is asked then.
    """
    steps, on_decisions, presses = after
    kafka.read({
        DECISIONS: in_order(handlers.on_decisions, steps, on_decisions),
        DELIVERIES: in_order(handlers.on_deliveries, steps, presses),
        ROSTERS: rosters.on_entries,
        CALENDAR: calendars.on_changes,
    }, gathered=(DELIVERIES, ROSTERS, CALENDAR))  # fmt: skip


def in_order(*listeners: Handle) -> Handle:
    """One handler of several, each of which takes a batch again without harm where a later one fails."""

    async def handle(batch: Sequence[Received[Event]]) -> None:
        for listener in listeners:
            await listener(batch)

    return handle
