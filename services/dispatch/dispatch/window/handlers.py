"""What dispatch does when something arrives: decide reports, and note what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from contracts.event import Event, Sealed
from contracts.reports import Report as Form
from contracts.reports import ReportAmended, ReportReceived, ReportsCounted, SendersHeard
from kit.inbox import Received
from kit.sealed import BlindIndexes, KeyVault, Values, join, split
from kit.telemetry import log
from rules.people import known_in
from rules.spans import TAIPEI

from dispatch.domain.people.ties import ties
from dispatch.domain.report.book import Book
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.report.news import News, news_of
from dispatch.domain.report.report import Report
from dispatch.domain.report.verdicts import latest
from dispatch.domain.report.versions import Arrival, first_version, next_version
from dispatch.domain.triage.facts import facts_of
from dispatch.domain.triage.triage import triage
from dispatch.policy import Policies, PoliciesInForce
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
        decided = await self._reports.decide_batch(ids, keys, lambda book: self._decide(arrivals, book, policies))
        self._reports.send(decided)

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
        form = Form.model_validate(join(public, values)) if values else event.report
        keys, people = known_in(form, event.report_id, self._indexes.of)
        return Arrival(
            cause=received.id,
            incoming=Incoming(
                event.report_id,
                event.version,
                event.report.county,
                event.agency_id,
                event.source_unit,
                at,
                form,
                event.flags,
            ),
            keys=keys,
            people=people,
            public=public,
            sealed=event.sealed,
            serial=event.serial if isinstance(event, ReportReceived) else None,
            trace=received.trace,
            amends=isinstance(event, ReportAmended),
            at=at,
        )

    def _decide(self, arrivals: Sequence[Arrival], book: Book, policies: Policies) -> None:
        for arrival in arrivals:
            existing = book.holder(arrival.incoming.report_id)
            if existing is None or existing.version < arrival.incoming.version:
                self._decide_one(arrival, existing, book, policies)

    def _decide_one(self, arrival: Arrival, existing: Report | None, book: Book, policies: Policies) -> None:
        incoming, now = arrival.incoming, self._now()
        if existing:
            incoming = replace(incoming, received_at=existing.received_at, county=existing.county)
        facts = facts_of(incoming)
        partners = latest(existing.verdicts) if existing else ()
        but = existing.id if existing else incoming.report_id
        earlier = book.known_by(arrival.keys.blocking, but=but, also=partners, to=existing)
        policy = policies.in_force(incoming.county, incoming.received_at.astimezone(TAIPEI).date())
        if existing and existing.arrived_from:
            policy = accepted_here(policy)
        decision = triage(incoming, facts, arrival.keys, earlier, policy, now)
        arrival = replace(arrival, incoming=incoming, ties=ties(incoming, facts, arrival.keys, earlier, policy.window))
        book.count_as(arrival.ties.person, arrival.ties.also)
        if existing:
            book.put(next_version(book.reports[existing.id], arrival, facts, decision, now))
        else:
            book.put(first_version(arrival, facts, decision, now))
        raise_first(book, arrival, facts, decision, policies, now)

    async def on_news(self, batch: Sequence[Received[Event]]) -> None:
        """Note what the network and notify did with reports: opened, accepted, returned, told."""
        news = [one for each in batch for one in self._news_of(each)]
        for report_id in await self._reports.tell(news, self._now()):
            log.warning("unknown_report", report_id=report_id)

    def _news_of(self, received: Received[Event]) -> Sequence[News]:
        county = getattr(received.event, "county", "")
        return news_of(received.id, received.event, self._supervisors.of(county))

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
