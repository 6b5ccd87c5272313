"""Handing a report to a county on the same platform: it arrives there, and is accepted or given back there."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from contracts.event import derived_id
from kit.mongo import DatabaseError
from kit.problems import Conflict
from kit.sealed import KeyVault
from kit.telemetry import carried, log

from dispatch.domain.people.ties import ties
from dispatch.domain.report import transfer
from dispatch.domain.report.actor import Act, Actor, Sees
from dispatch.domain.report.book import Book
from dispatch.domain.report.comparison import incoming_of
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.domain.report.verdicts import latest
from dispatch.domain.report.versions import Arrival, raised
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.triage import Triage, triage
from dispatch.policy import Policies, PoliciesInForce
from dispatch.window.acts import faster, reason_of, seen
from dispatch.window.rulings import Again
from dispatch.window.store import Reports

CARRY_EVERY = 1.0
"""Seconds between two looks for reports that were transferred, or taken back."""
AT_ONCE = 100


class Transfers:
    """Carries transferred reports to their counties, and lets those accept or give them back.

    Every step is one transaction over the two documents of a report, so that one county holds it at any time.
    """

    def __init__(
        self, reports: Reports, vault: KeyVault, policies: PoliciesInForce, now: Callable[[], datetime]
    ) -> None:
        self._reports = reports
        self._vault = vault
        self._policies = policies
        self._now = now

    async def carry_all(self) -> None:
        """Bring every report that waits for it to its county, or back from it; a repeat changes nothing."""
        policies = await self._policies.current()
        for report in await self._reports.to_carry(AT_ONCE):
            carry = partial(self._carry, report.id, policies)
            try:
                await self._reports.decide_batch([report.id], [], carry)
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - one report that cannot be carried must not keep all others
                log.error("transfer_failed", report_id=report.id, error=error)

    def _carry(self, id: str, policies: Policies, book: Book) -> None:
        sent, now = book.reports[id], self._now()
        if not sent.to_carry:
            return
        if sent.transfer and (arrived := book.reports.get(sent.transfer.id)):
            book.keep(transfer.taken_back(arrived, now))
        if transfer.is_sent(sent) and sent.decision.transferred_to in on_platform(policies):
            arrival = self._arrival(sent, sent.decision.transferred_to, policies, now)
            book.keep(arrival)
            book.keep(transfer.sent(sent, arrival.id, now))
        else:
            book.keep(transfer.not_sent(sent))

    def _arrival(self, sent: Report, county: str, policies: Policies, now: datetime) -> Report:
        """The report as it waits in the other county's queue, with what that county's table suggests."""
        id = str(derived_id("dispatch", f"{sent.id}:{sent.decision.version}", county))
        report = transfer.arrival(sent, id, county, now)
        policy = _policy(report, policies)
        suggested = triage(incoming_of(report), report.facts, report.keys, (), policy, now)
        return transfer.with_suggestion(report, suggested, now)

    async def accept(self, report_id: str, version: int, by: Actor, sees: Sees) -> Report:
        """The report triaged by this county's table, its own from now on. Raises NotFound or Conflict."""
        arrived, policies = await seen(self._reports, report_id, sees), await self._policies.current()

        def decide(book: Book) -> None:
            mine, theirs = self._both(book, arrived, version, by)
            self._decide(book, mine, policies, by)
            book.keep(transfer.handed_on(book.reports[theirs.id], by.name, self._now()))

        return await self._change(arrived, arrived.keys.blocking, decide)

    async def reject(self, report_id: str, asked: Again, by: Actor, sees: Sees) -> Report:
        """The report given back with a reason: the county that sent it must decide again. Raises NotFound, Conflict."""
        arrived = await seen(self._reports, report_id, sees)
        act = Act(by, self._now(), await reason_of(self._vault, arrived, asked.reason), carried())

        def decide(book: Book) -> None:
            mine, theirs = self._both(book, arrived, asked.version, by)
            book.keep(transfer.given_back(mine, act))
            book.keep(transfer.back_again(theirs, mine.county, act))

        return await self._change(arrived, (), decide)

    async def _change(self, arrived: Report, keys: Iterable[str], decide: Callable[[Book], None]) -> Report:
        ids = [arrived.id, arrived.arrived_from.id] if arrived.arrived_from else [arrived.id]
        reports = await self._reports.decide_batch(ids, keys, decide)
        self._reports.send(reports)
        return reports[0]

    def _both(self, book: Book, arrived: Report, version: int, by: Actor) -> tuple[Report, Report]:
        """The report as both counties still have it. Raises Conflict when somebody was faster."""
        mine, now = book.reports[arrived.id], self._now()
        held = mine.claimed(now)
        taken = held is not None and held.by != by.username
        if mine.stage != Stage.ARRIVED or mine.decision.version != version or taken or not mine.arrived_from:
            raise faster(mine, now)
        theirs = book.reports[mine.arrived_from.id]
        if theirs.to_carry or theirs.transfer is None or theirs.transfer.id != mine.id:
            raise Conflict(
                "The county that sent this report has changed its decision meanwhile.", "原縣市已變更決定，此件將收回。"
            )
        return mine, theirs

    def _decide(self, book: Book, mine: Report, policies: Policies, by: Actor) -> None:
        """Triage under this county's table, against what is known here; the same way as a report that came to it."""
        incoming, now, policy = incoming_of(mine), self._now(), _policy(mine, policies)
        found = book.known_by(mine.keys.blocking, but=mine.id, also=latest(mine.verdicts), to=mine)
        earlier = [each for each in found if each.report_id != mine.known_as]
        decision = triage(incoming, mine.facts, mine.keys, earlier, policy, now)
        tied_to = ties(incoming, mine.facts, mine.keys, earlier, policy.window)
        book.count_as(tied_to.person, tied_to.also)
        arrival = Arrival(
            cause=f"{mine.id}:accepted", incoming=incoming, keys=mine.keys, public=mine.public, sealed=mine.sealed,
            serial=mine.serial, trace=carried(), amends=False, at=now, ties=tied_to,
        )  # fmt: skip
        book.put(transfer.accepted(book.reports[mine.id], arrival, decision, by.name, now))
        raise_first(book, arrival, mine.facts, decision, policies, now)


def _policy(report: Report, policies: Policies) -> Policy:
    return accepted_here(policies.in_force(report.county, report.received_on))


def on_platform(policies: Policies) -> frozenset[str]:
    """The counties that work here, and so must accept what is sent to them."""
    return policies.counties


def accepted_here(policy: Policy) -> Policy:
    """The policy of a county for a report that it took over: no rule sends it on again, only a person."""
    return replace(policy, jurisdiction=replace(policy.jurisdiction, counties=frozenset()))


def raise_first(  # noqa: PLR0917  what a decision of another report rests on, in the order in which it is found
    book: Book, by: Arrival, facts: Facts, decision: Triage, policies: Policies, now: datetime
) -> None:
    """A graver telling of an event raises the first report, by the table of the county that holds it now."""
    first = book.holder(decision.duplicate_of) if decision.raises and decision.duplicate_of else None
    if first is None or decision.raises is None:
        return
    graver, county = decision.raises, first.county
    if county != by.incoming.county:
        told, incoming = replace(facts, county=county), replace(by.incoming, county=county)
        graver = triage(incoming, told, by.keys, (), _policy(first, policies), now)
    book.put(raised(first, by, graver, now))
