"""What leaves this service about a case: ids, codes and times; no sealed token, no family key."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Self

from network.cases.domain.case import Case
from network.cases.domain.contact import Contact
from network.cases.part_views import (
    AssessmentView,
    ClosingView,
    CollaboratorView,
    ContactView,
    EntryView,
    FamilyView,
    HandoverView,
    JointVisitView,
    LeadView,
    MeetingDecisionView,
    MergeView,
    NoteView,
    PersonView,
    PlanView,
    ReturnedView,
)
from network.tasks.views import TaskView, View


class CaseView(View):
    """A joint case (共案); `more_contacts`: it has older ones than these."""

    case_id: str
    county: str
    state: str
    version: int
    opened_at: datetime
    next_due: datetime | None
    waits_for_worker_since: datetime | None
    watched_until: datetime | None
    family: FamilyView
    lead: LeadView
    people: tuple[PersonView, ...]
    collaborators: tuple[CollaboratorView, ...]
    reports: tuple[EntryView, ...]
    tasks: tuple[TaskView, ...]
    owed: tuple[str, ...]
    contacts: tuple[ContactView, ...] = ()
    more_contacts: bool = False
    assessments: tuple[AssessmentView, ...]
    plans: tuple[PlanView, ...]
    joint_visits: tuple[JointVisitView, ...] = ()
    handovers: tuple[HandoverView, ...]
    closings: tuple[ClosingView, ...]
    returned_after_closing: tuple[ReturnedView, ...]
    meetings: tuple[str, ...] = ()
    decisions: tuple[MeetingDecisionView, ...] = ()
    listings: tuple[str, ...] = ()
    enrolments: tuple[str, ...] = ()
    referrals: tuple[str, ...] = ()
    related_cases: tuple[str, ...]
    merges: tuple[MergeView, ...]
    merged_into: str | None
    flags: tuple[str, ...]
    history: tuple[NoteView, ...]

    @classmethod
    def of(cls, case: Case, contacts: Sequence[Contact] = (), more_contacts: bool = False) -> Self:
        derived = {
            "case_id": case.id,
            "next_due": case.next_due,
            "waits_for_worker_since": case.waits_for_worker_since,
            "family": _family(case),
            "people": _people(case),
            "owed": tuple(task.id for task in case.owed),
            "joint_visits": case.visits,
            "contacts": tuple(map(ContactView.of, contacts)),
            "more_contacts": more_contacts,
            "listings": tuple(each.list for each in case.listings if each.until is None),
        }
        own = {field.name: getattr(case, field.name) for field in fields(case)}
        return cls.model_validate(own | derived)


def _family(case: Case) -> FamilyView:
    at_work = [each for each in case.reports if each.state != "withdrawn"]
    return FamilyView(
        reports=len(at_work),
        case_types=tuple(dict.fromkeys(each.case_type for each in at_work)),
        source_units=tuple(dict.fromkeys(each.source_unit for each in at_work)),
    )


def _people(case: Case) -> list[PersonView]:
    seen = {each.person: each for each in case.last_seen}
    return [
        PersonView(
            person=each.key, role=each.role, relation=each.relation, birth_year=each.birth_year,
            last_seen_at=last.at if (last := seen.get(each.key)) else None,
            last_seen_by=last.by if last else None, last_seen_alone=last.alone if last else None,
        )
        for each in case.people
    ]  # fmt: skip


class CasesView(View):
    """A page of cases; `next` is the `after` of the following page."""

    cases: tuple[CaseView, ...]
    next: str | None = None


class StatisticsView(View):
    open: int
    opened: int
    joined: int


class ResourcesView(View):
    """What a family was linked to, or advised of, where no unit was dispatched."""

    report_id: str
    resources: tuple[str, ...]
    linked_at: datetime | None
