"""A report that is handed to another county, as each of the two counties has it at each step."""

from dataclasses import replace
from datetime import datetime

from contracts.decisions import Clock, Outcome
from rules.counties import settings_of

from dispatch.domain.report.actor import Act
from dispatch.domain.report.deadlines import promise
from dispatch.domain.report.history import Line, line
from dispatch.domain.report.report import Arrived, Report, Transfer
from dispatch.domain.report.ruling import again, for_review
from dispatch.domain.report.stages import Stage
from dispatch.domain.report.versions import Arrival, day_of, decision_of, taken_over
from dispatch.domain.triage.triage import Triage

CLOCK = "transfer.accept"


def is_sent(report: Report) -> bool:
    """Whether the decision in force sends the report to another county."""
    decision = report.decision
    transferred = decision.outcome is Outcome.TRANSFERRED and bool(decision.transferred_to)
    return report.stage == Stage.SETTLED and transferred


def arrival(sent: Report, id: str, county: str, now: datetime) -> Report:
    """The report in the county it is sent to, before that county's table was asked.

    Its clocks start when it arrives; the reporter's identity stays with the county that took the report.
    """
    decision = sent.decision
    first = sent.arrived_from.received_at if sent.arrived_from else sent.received_at
    last = [each for each in sent.history if each.what == "decision_made"][-1:]
    return Report(
        id=id,
        report_id=sent.known_as,
        county=county,
        agency_id=sent.agency_id,
        source_unit=sent.source_unit,
        serial=sent.serial,
        received_at=now,
        day=day_of(now),
        version=sent.version,
        case_type=sent.case_type,
        occurred_at=sent.occurred_at,
        township=sent.township,
        public=sent.public,
        sealed={scope: token for scope, token in sent.sealed.items() if scope == "report"},
        flags=sent.flags,
        facts=replace(sent.facts, county=county),
        keys=sent.keys,
        people=sent.people,
        family=sent.family,
        kin=sent.kin,
        person=sent.person,
        decision=decision,
        stage=Stage.ARRIVED,
        arrived_from=Arrived(sent.id, sent.county, now, decision.decided_by, decision.version, first),
        holds=False,
        promise=_to_accept(county, now),
        history=(*last, line(f"{id}:{decision.version}", now, "transfer_arrived", sent.county)),
        changed_at=now,
    )


def with_suggestion(report: Report, suggested: Triage, now: datetime) -> Report:
    """The arrived report with what the county's own table would decide; nothing of it is in force or published."""
    return replace(report, decision=decision_of(suggested, version=report.decision.version, now=now))


def sent(report: Report, arrival_id: str, now: datetime) -> Report:
    """The sender's while the other county has not answered: the sender answers for the report, on a clock."""
    to = Transfer(report.decision.transferred_to or "", arrival_id, now, "waiting")
    return replace(report, transfer=to, to_carry=False, promise=_to_accept(to.to, now), changed_at=now)


def not_sent(report: Report) -> Report:
    """The sender's when nothing is on its way, to a county that works elsewhere say."""
    return replace(report, transfer=None, to_carry=False)


def taken_back(arrived: Report, now: datetime) -> Report:
    """The arrived report after the county that sent it decided otherwise, or told more of it."""
    if arrived.stage != Stage.ARRIVED:
        return arrived
    county = _origin(arrived).county
    return _returned(arrived, county, line(arrived.id, now, "transfer_withdrawn", county), now)


def given_back(arrived: Report, act: Act) -> Report:
    """The arrived report after its county refused it: decided here as transferred to where it came from."""
    happened = line(arrived.id, act.now, "transfer_rejected", act.by.name, act.why)
    return _returned(arrived, act.by.name, happened, act.now)


def back_again(report: Report, county: str, act: Act) -> Report:
    """The sender's after the other county gave it back: in the queue, with the reason, on a clock."""
    changed = for_review(report, again(report, report.decision, act), "transfer_rejected", act)
    transfer = replace(_transfer(report), state="rejected", by=act.by.name, at=act.now, to=county)
    return replace(changed, transfer=transfer, to_carry=False, before=None)


def handed_on(report: Report, by: str, now: datetime) -> Report:
    """The sender's once the other county accepted: its decision stays, and nothing changes it any more."""
    taken = replace(_transfer(report), state="accepted", by=by, accepted_at=now)
    return replace(
        report,
        transfer=taken,
        holds=False,
        promise=None,
        asked=None,
        claim=None,
        before=None,
        history=(*report.history, line(taken.id, now, "transfer_accepted", by)),
        changed_at=now,
    )


def accepted(report: Report, by_table: Arrival, decision: Triage, by: str, now: datetime) -> Report:
    """The arrived report decided by its county's table: the next version of what is known of the report."""
    happened = line(by_table.cause, now, "transfer_accepted", by)
    own = replace(report, holds=True, promise=None, claim=None, history=(*report.history, happened))
    return taken_over(own, by_table, report.facts, decision, now)


def _returned(arrived: Report, by: str, happened: Line, now: datetime) -> Report:
    back = replace(
        arrived.decision,
        outcome=Outcome.TRANSFERRED,
        transferred_to=_origin(arrived).county,
        unit=None,
        collaborators=(),
        clocks=(),
        resources=(),
        duplicate_of=None,
        nearest=None,
        decided_at=now,
        decided_by=by,
        by_person=True,
    )
    history = (*arrived.history, happened)
    return replace(
        arrived, decision=back, stage=Stage.SETTLED, promise=None, claim=None, history=history, changed_at=now
    )


def _to_accept(county: str, now: datetime) -> Clock:
    """Both counties have the same clock: that of the one which must accept."""
    return promise(CLOCK, now, settings_of(county).transfer_accepted_within)


def _origin(report: Report) -> Arrived:
    assert report.arrived_from
    return report.arrived_from


def _transfer(report: Report) -> Transfer:
    assert report.transfer
    return report.transfer
