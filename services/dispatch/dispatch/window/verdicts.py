"""A person says what two reports are to each other: kept for good in both, and told to network."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from contracts.decisions import SERVED, Outcome
from contracts.event import Model
from contracts.reports import ReportId
from kit.sealed import KeyVault
from kit.telemetry import carried
from pydantic import Field

from dispatch.domain.people.duplicates import Kind, Window
from dispatch.domain.people.ties import Ties, ties
from dispatch.domain.report.actor import Act, Actor, Sees
from dispatch.domain.report.book import Book
from dispatch.domain.report.comparison import incoming_of
from dispatch.domain.report.history import line
from dispatch.domain.report.report import Report
from dispatch.domain.report.report import Verdict as Kept
from dispatch.domain.report.ruling import Choice, again, decided
from dispatch.domain.report.stages import Stage
from dispatch.domain.report.verdicts import latest, ties_to_cases
from dispatch.domain.report.versions import settled, tied
from dispatch.domain.triage.county import Policy
from dispatch.policy import PoliciesInForce
from dispatch.window.acts import faster, invalid, reason_of, seen
from dispatch.window.rulings import Again, Ruling, Rulings
from dispatch.window.store import Reports

Clock = Callable[[], datetime]

_SENT = (Stage.WAITING, Stage.ACCEPTED)
"""The stages in which a unit has the report: network must hear of what changes its case."""


class Verdict(Model):
    """What an officer found. `version` is that of the decision that was looked at; `reason` a code or a sentence."""

    kind: Kind
    reason: str = Field(min_length=1, max_length=500)
    version: int = Field(ge=1)


@dataclass(frozen=True)
class _Said:
    """A verdict on its way into both reports."""

    kind: Kind
    act: Act
    id: str

    def about(self, report: Report, other: Report) -> Report:
        """The report with the verdict added to what was said before, and to its history."""
        act = self.act
        said = Kept(
            self.id, other.id, self.kind, act.by.name, act.now, other.known_as, other.decision.duplicate_of,
            act.why.code, act.why.sealed,
        )  # fmt: skip
        happened = line(self.id, act.now, f"found_{self.kind}", act.by.name, act.why, report_id=other.id)
        verdicts, history = (*report.verdicts, said), (*report.history, happened)
        return replace(report, verdicts=verdicts, history=history, changed_at=act.now)


class Verdicts:
    """Takes verdicts in; the latest about two reports holds, and nothing that was said is taken out."""

    def __init__(
        self, reports: Reports, vault: KeyVault, rulings: Rulings, policies: PoliciesInForce, now: Clock
    ) -> None:
        self._reports = reports
        self._vault = vault
        self._rulings = rulings
        self._policies = policies
        self._now = now

    async def say(self, report_id: str, other_id: str, verdict: Verdict, by: Actor, sees: Sees) -> Report:
        """The report after a verdict on it and another. Raises NotFound, Forbidden, Conflict or Unprocessable."""
        report, other = await seen(self._reports, report_id, sees), await seen(self._reports, other_id, sees)
        if report_id == other_id:
            raise invalid("of", "A report is not compared with itself.", "通報不能與自己比對。")
        ruled = await self._ruled(report, other, verdict, by, sees)
        why = await reason_of(self._vault, report, verdict.reason)
        said = _Said(verdict.kind, Act(by, self._now(), why, carried()), str(uuid4()))
        version = ruled.decision.version if ruled else verdict.version
        return await self._keep(report, other, version, said)

    async def _ruled(self, report: Report, other: Report, verdict: Verdict, by: Actor, sees: Sees) -> Report | None:
        """What the verdict decides: one event makes a duplicate, all else parts one. None where nothing changes."""
        of, others = report.decision.duplicate_of, other.decision.duplicate_of
        if verdict.kind == "same_event":
            if of in {other.known_as, others} - {None} or others == report.known_as:
                return None
            link = Ruling(
                outcome=Outcome.DUPLICATE, duplicate_of=ReportId(others or other.known_as), reason=verdict.reason,
                version=verdict.version,
            )  # fmt: skip
            return await self._rulings.rule(report.id, link, by, sees)
        if of in {other.known_as, others} - {None}:
            again = Again(reason=verdict.reason, version=verdict.version)
            return await self._rulings.unlink(report.id, again, by, sees)
        if others == report.known_as:
            again = Again(reason=verdict.reason, version=other.decision.version)
            await self._rulings.unlink(other.id, again, by, sees)
        return None

    async def _keep(self, report: Report, other: Report, version: int, said: _Said) -> Report:
        """Write it into both reports in one transaction, so that no decision about their people falls in between."""
        policy = await self._policy(report)

        def put(book: Book) -> None:
            mine, partner = book.reports[report.id], book.reports[other.id]
            _must_be_current(mine, version, said.act)
            book.put(said.about(partner, mine))
            book.put(_retied(said.about(mine, partner), book.reports[partner.id], book, policy, said))

        reports = await self._reports.decide_batch(
            (report.id, other.id), report.keys.blocking | other.keys.blocking, put
        )
        self._reports.send(reports)
        return reports[0]

    async def _policy(self, report: Report) -> Policy:
        return (await self._policies.current()).in_force(report.county, report.received_on)


def _must_be_current(report: Report, version: int, act: Act) -> None:
    held = report.claimed(act.now)
    if report.decision.version != version or (held and held.by != act.by.username):
        raise faster(report, act.now)


def _retied(report: Report, other: Report, book: Book, policy: Policy, said: _Said) -> Report:
    """The report with the keys that tie it now; where a unit has it, its decision goes out anew with them."""
    before = ties_to_cases(replace(report, verdicts=report.verdicts[:-1]))
    tie = _ties(report, book, policy.window)
    apart = said.kind == "not_same"
    book.count_as(tie.person, tie.also)
    other = book.reports[other.id]
    report = replace(report, **tied(tie))
    if apart and tie.person == other.person:
        report = replace(report, person=report.id)
    sent = report.stage in _SENT and report.decision.outcome in SERVED
    if not sent or ties_to_cases(report) == before:
        return report
    leaves = apart and report.case_id is not None and report.case_id == other.case_id
    return _sent_anew(report, policy, said.act, leaves=leaves)


def _ties(report: Report, book: Book, window: Window) -> Ties:
    found = book.known_by(report.keys.blocking, but=report.id, also=latest(report.verdicts), to=report)
    return ties(incoming_of(report), report.facts, report.keys, found, window)


def _sent_anew(report: Report, policy: Policy, act: Act, *, leaves: bool) -> Report:
    """The next version of the decision. Who leaves a shared case goes to a unit anew, with a clock of its own."""
    decision = again(report, report.decision, act)
    if leaves:
        choice = Choice(decision.outcome, decision.unit)
        decision = decided(report, choice, policy, act)
        report = replace(report, stage=Stage.WAITING, accepted=None, returned=None, case_id=None, service=None)
    cause = f"{report.id}:{decision.version}"
    return settled(replace(report, decision=decision, before=None), cause, act.trace, act.now)
