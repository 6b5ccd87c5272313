"""Who must know of an event, and how urgently."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.cases import (
    CaseClosed,
    CaseEvent,
    CaseId,
    CaseJoined,
    CaseOpened,
    CaseReopened,
    CaseReturned,
    CollaboratorAsked,
    CollaboratorDeclined,
    CollaboratorReleased,
    LeadDeclined,
    LeadOffered,
    LeadTaken,
    VisitDeclined,
    VisitPlanned,
    VisitWithdrawn,
)
from contracts.decisions import Clock, DecisionMade, Outcome, ReviewRequested, UnitId
from contracts.enrolments import EnrolmentAdvanced, EnrolmentBegun, EnrolmentHeard
from contracts.event import Event
from contracts.meetings import MeetingCalled, MeetingCancelled, MeetingMoved, MinutesApproved
from contracts.referrals import SEALED, ReferralSent
from contracts.reports import ReportId
from contracts.tasks import TaskPressing

OTHER_COUNTIES = "other-counties"
LAST = 5
"""The priority of what can wait for the messages about new reports: LINE's quota is theirs first."""
GRAVEST, URGENT = 1, 2
RANKS = {"returned": GRAVEST}
"""The rank of kinds whose event tells no priority: a case that was given back has nobody, of whatever level it is."""
OVER = 100
PRESSING = {80: "task_pressing", OVER: "task_over"}
"""From which hundredth of a task's time its unit is told, and how: earlier steps are for pages alone."""
VISIT, VISIT_OVER = "visit_household", "visit_over"
"""What a unit owes to a household of a list; that one was not visited in time is told as a count, never by its code."""
COUNTED = frozenset({VISIT_OVER})
"""What a digest tells in one line, however many there are, with a link to all of them."""
PAPER = "write_paper"
PAPER_PRESSING = {80: "paper_pressing", 100: "paper_over"}
"""The same of a unit's part for a meeting, which is about an item and not about a case."""
OfMeeting = MeetingCalled | MeetingMoved | MeetingCancelled | MinutesApproved
OF_MEETINGS: Mapping[type[Event], str] = {
    MeetingCalled: "meeting_called", MeetingMoved: "meeting_moved", MeetingCancelled: "meeting_cancelled",
    MinutesApproved: "minutes_approved",
}  # fmt: skip
"""What each unit hears that is asked to come."""


@dataclass(frozen=True)
class Notice:
    """One unit is to be told one thing: ids and times only, so that nothing personal can reach a message.

    `county` is the county whose report it is; `received_at` is unknown where the event does not tell it; `lead` is
    the unit that must answer, where another one is told of it; `case_version` is the case's as it was told. `about`
    is the id of what is no report, case or task: a digest, an alert, a test, a meeting, a referral to a `service`.
    `called` is a provider's name in the directory.
    """

    unit: UnitId
    template: str
    county: str
    report_id: ReportId | None = None
    case_id: CaseId | None = None
    priority: int | None = None
    due_at: datetime | None = None
    received_at: datetime | None = None
    lead: UnitId | None = None
    task_id: str | None = None
    case_version: int | None = None
    about: str | None = None
    service: str | None = None
    called: str | None = None

    @property
    def code(self) -> str:
        """What people call the task in a chat: eight characters that say nothing of anyone."""
        return str(self.case_id or self.report_id or self.task_id or self.about).replace("-", "")[:8].upper()


@dataclass(frozen=True)
class Turn:
    """A report went back or to another lead: what asked for it in this case before `version` asks no longer.

    `still`: the units whose part goes on.
    """

    case_id: CaseId
    report_id: ReportId
    version: int
    still: tuple[UnitId, ...] = ()


def turn_of(event: Event) -> Turn | None:
    """What an event makes void: a button of before would tell somebody that they took on what they did not."""
    match event:
        case CaseReturned():
            return Turn(event.case_id, event.report_id, event.version)
        case CaseJoined():
            return Turn(event.case_id, event.report_id, event.version, (event.lead, *event.collaborators))
        case _:
            return None


def is_partner(unit: UnitId) -> bool:
    """Whether a unit is a provider's, which calls nobody at night: the unit that sent something to it follows it."""
    return unit.partition("/")[2].partition(".")[0] == "provider"


def rank_of(notice: Notice) -> int:
    """The place of a notice in the order of sending, 1 first: never one that is missing."""
    return notice.priority or RANKS.get(notice.template, LAST)


def is_of_window(notice: Notice) -> bool:
    """Whether it asks a county's window, and not a unit for its own work."""
    return notice.unit == window_of(notice.county) or notice.unit.startswith(f"{OTHER_COUNTIES}/")


def notices_of(event: Event) -> tuple[Notice, ...]:
    """The notices an event causes; none for an event that requires nothing of anyone."""
    match event:
        case CaseOpened():
            return _of_opened(event)
        case CaseJoined():
            return _of_joined(event)
        case CaseReturned():
            return (_of_returned(event),)
        case ReviewRequested():
            return (_of_review(event),)
        case DecisionMade(outcome=Outcome.TRANSFERRED):
            return (_of_transfer(event),)
        case _:
            return _later(event)


def _later(event: Event) -> tuple[Notice, ...]:
    """What comes after a report was sent to a unit: tasks that press, and the turns of the case's life."""
    match event:
        case TaskPressing(step=step) if step in PRESSING:
            return (_of_task(event, step),)
        case MeetingCalled() | MeetingMoved() | MeetingCancelled() | MinutesApproved():
            return tuple(_of_meeting(event, unit) for unit in event.units)
        case ReferralSent() if event.service != SEALED:
            return (_of_referral(event),)
        case EnrolmentBegun() | EnrolmentAdvanced() | EnrolmentHeard():
            return _of_enrolment(event)
        case CaseEvent():
            return tuple(_of_life(event, unit, template) for unit, template in dict.fromkeys(_told_of(event)))
        case _:
            return ()


def _told_of(event: CaseEvent) -> tuple[tuple[UnitId, str], ...]:
    """The units that hear of a turn in a case's life, each by a template; what stays inside a unit goes nowhere."""
    match event:
        case CollaboratorAsked():
            told: tuple[tuple[UnitId, str], ...] = ((event.unit, "asked_to_join"),)
        case CollaboratorDeclined():
            told = ((event.lead, "collaborator_declined"),)
        case CollaboratorReleased():
            told = ((event.unit, "released"),)
        case LeadOffered() if event.to_unit != event.unit:
            told = ((event.to_unit, "lead_offered"),)
        case LeadTaken() if event.from_unit != event.unit:
            told = ((event.from_unit, "lead_taken"),)
        case LeadDeclined():
            told = ((event.unit, "lead_declined"),)
        case CaseClosed():
            told = ((event.unit, "closed"), (window_of(event.county), "closed"))
        case CaseReopened():
            told = ((event.unit, "reopened"), (window_of(event.county), "reopened"))
        case _:
            told = _told_of_visits(event)
    return told


def _told_of_visits(event: CaseEvent) -> tuple[tuple[UnitId, str], ...]:
    """Who hears of a visit of several units: whoever is invited, and who planned it where one does not come."""
    match event:
        case VisitPlanned():
            return tuple((unit, "asked_to_visit") for unit in event.invited)
        case VisitDeclined():
            return ((event.planner, "visit_declined"),)
        case VisitWithdrawn():
            return tuple((unit, "visit_withdrawn") for unit in event.invited)
        case _:
            return ()


def _of_life(event: CaseEvent, unit: UnitId, template: str) -> Notice:
    due_at = event.due_at if isinstance(event, CollaboratorAsked) else None
    due_at = event.at if isinstance(event, VisitPlanned) else due_at
    report_id = event.report_id if isinstance(event, CaseReopened) else None
    return Notice(unit, template, event.county, report_id, event.case_id, priority=LAST, due_at=due_at)


def _of_task(event: TaskPressing, step: int) -> Notice:
    is_paper = event.what == PAPER
    template = (PAPER_PRESSING if is_paper else PRESSING)[step]
    return Notice(
        event.unit, VISIT_OVER if event.what == VISIT and step == OVER else template, event.county,
        case_id=event.case_id,
        priority=LAST, due_at=event.due_at, task_id=event.task_id, about=event.about if is_paper else None,
    )  # fmt: skip


def _of_meeting(event: OfMeeting, unit: UnitId) -> Notice:
    """When it is; of minutes that are approved no time is to come."""
    due_at = None if isinstance(event, MinutesApproved) else event.at
    return Notice(unit, OF_MEETINGS[type(event)], event.county, priority=LAST, due_at=due_at, about=event.meeting_id)


def _of_referral(event: ReferralSent) -> Notice:
    """To who is asked, and nothing of the case. Of a sealed service no event says who that is, and nobody is told."""
    return Notice(
        event.unit, "referral_asked", event.county, priority=LAST, due_at=event.answer_due_at, about=event.referral_id,
        service=event.service,
    )  # fmt: skip


def _of_enrolment(event: EnrolmentBegun | EnrolmentAdvanced | EnrolmentHeard) -> tuple[Notice, ...]:
    """A stage that units must hear of at once, such as an act of self-harm: those that the programme calls."""
    return tuple(
        Notice(
            unit, "enrolment_called", event.county, case_id=event.case_id, priority=event.priority or LAST,
            due_at=event.due_at, about=event.enrolment_id,
        )
        for unit in dict.fromkeys(event.calls)
    )  # fmt: skip


def window_of(county: str) -> UnitId:
    """The single window (集中篩派案窗口) of a county."""
    return f"{county}/window"


def _of_opened(event: CaseOpened) -> tuple[Notice, ...]:
    lead = _of_case(event, "new_case")
    return (lead, *_others(lead, event.collaborators))


def _of_joined(event: CaseJoined) -> tuple[Notice, ...]:
    """A re-report in service (處遇中再通報): the lead must answer, the supervisor at the window knows that it must.

    Other units are told only when they are new. A report that the case held before is no re-report.
    """
    lead = _of_case(event, "re_report")
    if event.decided_again:
        # Caused by something later, so it does not measure how long the report took to get here.
        lead = replace(lead, template="decided_again", received_at=None)
    window = replace(lead, unit=window_of(event.county), template="re_report_in_service", lead=event.lead)
    supervisor = () if event.decided_again or window.unit == lead.unit else (window,)
    return (lead, *supervisor, *_others(lead, event.added))


def _of_case(event: CaseOpened | CaseJoined, template: str) -> Notice:
    return Notice(
        event.lead,
        template,
        event.county,
        event.report_id,
        case_id=event.case_id,
        priority=event.priority,
        due_at=_nearest(event.clocks),
        received_at=event.received_at,
        case_version=event.version,
    )


def _others(lead: Notice, units: Iterable[UnitId]) -> tuple[Notice, ...]:
    return tuple(replace(lead, unit=unit, template="take_part") for unit in dict.fromkeys(units) if unit != lead.unit)


def _of_returned(event: CaseReturned) -> Notice:
    return Notice(
        window_of(event.county), "returned", event.county, event.report_id, event.case_id, case_version=event.version
    )


def _of_review(event: ReviewRequested) -> Notice:
    return Notice(
        window_of(event.county),
        "review",
        event.county,
        event.report_id,
        priority=event.priority,
        due_at=_nearest(event.clocks),
        received_at=event.received_at,
    )


def _of_transfer(event: DecisionMade) -> Notice:
    """The other county's window; a transfer to nowhere goes to a unit that has no group, and so fails visibly."""
    return Notice(
        f"{OTHER_COUNTIES}/{event.transferred_to or 'unknown'}",
        "transferred",
        event.county,
        event.report_id,
        priority=event.priority,
        due_at=_nearest(event.clocks),
        received_at=event.received_at,
    )


def _nearest(clocks: Iterable[Clock]) -> datetime | None:
    return min((clock.due_at for clock in clocks), default=None)
