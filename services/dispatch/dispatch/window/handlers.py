"""What dispatch does when something arrives: decide reports, and note what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.event import Event, Sealed
from contracts.reports import Report, ReportAmended, ReportReceived, ReportsCounted, SendersHeard
from kit.inbox import Received
from kit.mongo import Document
from kit.sealed import BlindIndexes, KeyVault, Values, join, split
from kit.telemetry import log
from rules.people import keys_of
from rules.spans import TAIPEI
from rules.working_days import working_day

from dispatch.domain.people.ties import ties
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.report.verdicts import latest
from dispatch.domain.triage.facts import facts_of
from dispatch.domain.triage.triage import triage
from dispatch.policy import Policies, PoliciesInForce
from dispatch.window.notes import notes_of
from dispatch.window.records import Arrival, first_version, known, next_version
from dispatch.window.shelf import Shelf
from dispatch.window.store import Reports
from dispatch.window.supervisors import Supervisors
from dispatch.window.transfers import accepted_here, raise_first

Clock = Callable[[], datetime]


class Handlers:
    """The effects of every event that dispatch reads; each may be repeated and changes nothing the second time."""

    def __init__(  # noqa: PLR0917  what handlers rest on, as the composition root names it
        self,
        reports: Reports,
        vault: KeyVault,
        indexes: BlindIndexes,
        policies: PoliciesInForce,
        now: Clock,
        supervisors: Supervisors | None = None,
    ) -> None:
        self._reports = reports
        self._vault = vault
        self._indexes = indexes
        self._policies = policies
        self._now = now
        self._supervisors = supervisors or Supervisors()

    async def on_reports(self, batch: Sequence[Received[Event]]) -> None:
        """Decide what is new in a batch, in its order, in one transaction; then publish what the reports owe."""
        arrivals, policies = await self._opened(batch), await self._policies.current()
        ids = [arrival.incoming.report_id for arrival in arrivals]
        keys = {key for arrival in arrivals for key in arrival.keys.blocking}
        self._reports.outbox.send(
            await self._reports.decide_batch(ids, keys, lambda shelf: self._decide(arrivals, shelf, policies))
        )

    async def _opened(self, batch: Sequence[Received[Event]]) -> list[Arrival]:
        """What came, with its personal fields joined back where their key still exists; one read of the vault."""
        tokens = [Sealed(_event(each).sealed.get("report", "")) for each in batch]
        sealed = [token for token in tokens if token]
        values = iter(await self._vault.open(sealed)) if sealed else iter(())
        return [self._arrival(each, next(values) if token else None) for each, token in zip(batch, tokens, strict=True)]

    def _arrival(self, received: Received[Event], values: Values | None) -> Arrival:
        event = _event(received)
        at = event.received_at if isinstance(event, ReportReceived) else event.amended_at
        public, _ = split(event.report)
        report = Report.model_validate(join(public, values)) if values else event.report
        return Arrival(
            cause=received.id,
            incoming=Incoming(
                event.report_id,
                event.version,
                event.report.county,
                event.agency_id,
                event.source_unit,
                at,
                report,
                event.flags,
            ),
            keys=keys_of(report, self._indexes.of),
            public=public,
            sealed=event.sealed,
            serial=event.serial if isinstance(event, ReportReceived) else None,
            trace=received.trace,
            amends=isinstance(event, ReportAmended),
            at=at,
        )

    def _decide(self, arrivals: Sequence[Arrival], shelf: Shelf, policies: Policies) -> None:
        for arrival in arrivals:
            existing = shelf.holder(arrival.incoming.report_id)
            if existing is None or existing["version"] < arrival.incoming.version:
                self._decide_one(arrival, existing, shelf, policies)

    def _decide_one(self, arrival: Arrival, existing: Document | None, shelf: Shelf, policies: Policies) -> None:
        incoming, now = arrival.incoming, self._now()
        if existing:
            incoming = replace(incoming, received_at=existing["received_at"], county=existing["county"])
        facts = facts_of(incoming)
        partners = latest((existing or {}).get("verdicts", ()))
        itself = existing["_id"] if existing else incoming.report_id
        found = shelf.known_by(arrival.keys.blocking, but=itself, also=partners)
        earlier = [known(document, existing) for document in found]
        policy = policies.in_force(incoming.county, incoming.received_at.astimezone(TAIPEI).date())
        if existing and existing.get("arrived_from"):
            policy = accepted_here(policy)
        decision = triage(incoming, facts, arrival.keys, earlier, policy, now, working_day)
        arrival = replace(arrival, incoming=incoming, ties=ties(incoming, facts, arrival.keys, earlier, policy.window))
        shelf.count_as(arrival.ties.person, arrival.ties.also)
        if existing:
            shelf.put(next_version(existing, arrival, facts, decision, now))
        else:
            shelf.put(first_version(arrival, facts, decision, now))
        raise_first(shelf, arrival, facts, decision, policies, now)

    async def on_news(self, batch: Sequence[Received[Event]]) -> None:
        """Note what the network and notify did with reports: opened, accepted, returned, told."""
        notes = [note for each in batch for note in notes_of(each.id, each.event, self._now(), self._supervisors)]
        for report_id in await self._reports.note(notes):
            log.warning("unknown_report", report_id=report_id)

    async def on_counts(self, batch: Sequence[Received[Event]]) -> None:
        """Keep what intake counted, to be compared with what is here, and which senders it misses."""
        counts = [each.event for each in batch if isinstance(each.event, ReportsCounted)]
        await self._reports.keep_counts(
            [count.model_dump() | {"_id": f"{count.county}:{count.day}"} for count in counts]
        )
        heard = [each.event for each in batch if isinstance(each.event, SendersHeard)]
        await self._reports.keep_heard([each.model_dump() | {"_id": each.county} for each in heard])


def _event(received: Received[Event]) -> ReportReceived | ReportAmended:
    assert isinstance(received.event, ReportReceived | ReportAmended)
    return received.event
