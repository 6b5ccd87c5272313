"""Handing a report to a county on the same platform: it arrives there, and is accepted or given back there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from contracts.event import derived_id
from kit.mongo import DatabaseError, Document
from kit.problems import Conflict
from kit.sealed import KeyVault
from kit.telemetry import carried, log
from rules.people import Keys
from rules.spans import TAIPEI
from rules.working_days import working_day

from dispatch.domain.people.ties import ties
from dispatch.domain.report.actor import Actor, Sees
from dispatch.domain.report.verdicts import latest
from dispatch.domain.triage.county import Policy
from dispatch.domain.triage.facts import Facts
from dispatch.domain.triage.triage import Triage, triage
from dispatch.policy import Policies, PoliciesInForce
from dispatch.window import handing
from dispatch.window.claims import faster, holder, seen
from dispatch.window.events import report_of
from dispatch.window.incoming import incoming_of
from dispatch.window.records import Arrival, known, raised
from dispatch.window.revising import Act
from dispatch.window.rulings import Again, told_of
from dispatch.window.shelf import Shelf
from dispatch.window.stages import ARRIVED
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
        for document in await self._reports.listed({"to_carry": True}, "changed_at", 1, AT_ONCE):
            carry = partial(self._carry, document["_id"], policies)
            try:
                await self._reports.decide_batch([document["_id"]], [], carry)
            except DatabaseError:
                raise
            except Exception as error:  # noqa: BLE001 - one report that cannot be carried must not keep all others
                log.error("transfer_failed", report_id=document["_id"], error=error)

    def _carry(self, id: str, policies: Policies, shelf: Shelf) -> None:
        sent, now = shelf.documents[id], self._now()
        if not sent["to_carry"]:
            return
        if arrived := shelf.documents.get((sent.get("transfer") or {}).get("id", "")):
            shelf.keep(handing.taken_back(arrived, now))
        if handing.is_sent(sent) and sent["decision"]["transferred_to"] in on_platform(policies):
            arrival = self._arrival(sent, policies, now)
            shelf.keep(arrival)
            shelf.keep(handing.sent(sent, arrival["_id"], now))
        else:
            shelf.keep(handing.not_sent(sent))

    def _arrival(self, sent: Document, policies: Policies, now: datetime) -> Document:
        """The report as it waits in the other county's queue, with what that county's table suggests."""
        county = sent["decision"]["transferred_to"]
        id = str(derived_id("dispatch", f"{sent['_id']}:{sent['decision']['version']}", county))
        document = handing.arrival(sent, id, county, now)
        suggested = triage(
            incoming_of(document), Facts.of_stored(document["facts"]), Keys.of_stored(document["keys"]), (),
            self._policy(document, policies), now, working_day,
        )  # fmt: skip
        return handing.with_suggestion(document, suggested, now)

    async def accept(self, report_id: str, version: int, by: Actor, sees: Sees) -> Document:
        """The report triaged by this county's table, its own from now on. Raises NotFound or Conflict."""
        arrived, policies = await seen(self._reports, report_id, sees), await self._policies.current()

        def decide(shelf: Shelf) -> None:
            mine, theirs = self._both(shelf, arrived, version, by)
            self._decide(shelf, mine, policies, by)
            shelf.keep(handing.handed_on(theirs, by.name, self._now()))

        ids = [arrived["_id"], arrived["arrived_from"]["id"]] if arrived.get("arrived_from") else [arrived["_id"]]
        return await self._change(ids, arrived["keys"]["blocking"], decide)

    async def reject(self, report_id: str, asked: Again, by: Actor, sees: Sees) -> Document:
        """The report given back with a reason: the county that sent it must decide again. Raises NotFound, Conflict."""
        arrived = await seen(self._reports, report_id, sees)
        act = Act(by, self._now(), await told_of(self._vault, report_of(arrived), asked.reason))

        def decide(shelf: Shelf) -> None:
            mine, theirs = self._both(shelf, arrived, asked.version, by)
            shelf.keep(handing.given_back(mine, act))
            shelf.keep(handing.back_again(theirs, mine["county"], act))

        ids = [arrived["_id"], arrived["arrived_from"]["id"]] if arrived.get("arrived_from") else [arrived["_id"]]
        return await self._change(ids, [], decide)

    async def _change(self, ids: list[str], keys: list[str], decide: Callable[[Shelf], None]) -> Document:
        documents = await self._reports.decide_batch(ids, keys, decide)
        self._reports.outbox.send(documents)
        return documents[0]

    def _both(self, shelf: Shelf, arrived: Document, version: int, by: Actor) -> tuple[Document, Document]:
        """The documents of both counties, as they still are. Raises Conflict when somebody was faster."""
        mine, now = shelf.documents[arrived["_id"]], self._now()
        held = holder(mine, now)
        if mine["stage"] != ARRIVED or mine["decision"]["version"] != version or (held and held["by"] != by.username):
            raise faster(mine, now)
        theirs = shelf.documents[mine["arrived_from"]["id"]]
        if theirs["to_carry"] or (theirs["transfer"] or {}).get("id") != mine["_id"]:
            raise Conflict(
                "The county that sent this report has changed its decision meanwhile.", "原縣市已變更決定，此件將收回。"
            )
        return mine, theirs

    def _decide(self, shelf: Shelf, mine: Document, policies: Policies, by: Actor) -> None:
        """Triage under this county's table, against what is known here; the same way as a report that came to it."""
        incoming, now, policy = incoming_of(mine), self._now(), self._policy(mine, policies)
        facts, keys = Facts.of_stored(mine["facts"]), Keys.of_stored(mine["keys"])
        found = shelf.known_by(keys.blocking, but=mine["_id"], also=latest(mine.get("verdicts", ())))
        earlier = [known(each, mine) for each in found if report_of(each) != report_of(mine)]
        decision = triage(incoming, facts, keys, earlier, policy, now, working_day)
        tied_to = ties(incoming, facts, keys, earlier, policy.window)
        shelf.count_as(tied_to.person, tied_to.also)
        arrival = Arrival(
            cause=f"{mine['_id']}:accepted", incoming=incoming, keys=keys, public=mine["report"], sealed=mine["sealed"],
            serial=mine["serial"], trace=carried(), amends=False, at=now, ties=tied_to,
        )  # fmt: skip
        shelf.put(handing.accepted(mine, arrival, decision, by.name, now))
        raise_first(shelf, arrival, facts, decision, policies, now)

    def _policy(self, document: Document, policies: Policies) -> Policy:
        return accepted_here(policies.in_force(document["county"], document["received_at"].astimezone(TAIPEI).date()))


def on_platform(policies: Policies) -> frozenset[str]:
    """The counties that work here, and so must accept what is sent to them."""
    return policies.counties


def accepted_here(policy: Policy) -> Policy:
    """The policy of a county for a report that it took over: no rule sends it on again, only a person."""
    return replace(policy, jurisdiction=replace(policy.jurisdiction, counties=frozenset()))


def raise_first(  # noqa: PLR0917  what a decision of another report rests on, in the order in which it is found
    shelf: Shelf, by: Arrival, facts: Facts, decision: Triage, policies: Policies, now: datetime
) -> None:
    """A graver telling of an event raises the first report, by the table of the county that holds it now."""
    first = shelf.holder(decision.duplicate_of) if decision.raises and decision.duplicate_of else None
    if first is None or decision.raises is None:
        return
    graver, county = decision.raises, first["county"]
    if county != by.incoming.county:
        policy = accepted_here(policies.in_force(county, first["received_at"].astimezone(TAIPEI).date()))
        told, incoming = replace(facts, county=county), replace(by.incoming, county=county)
        graver = triage(incoming, told, by.keys, (), policy, now, working_day)
    shelf.put(raised(first, by, graver, now))
