"""What leaves this service about a household: nobody's name, and of its cases the unit, the id for who may see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from network.access import Scope
from network.rosters.domain.household import Household
from network.rosters.served import Served
from network.tasks.views import View


class RowView(View):
    """One row of a list; `answer` is null until it is answered."""

    entry_id: str
    roster: str
    answerable: str
    received_at: datetime
    due_at: datetime
    source: str
    verified: bool
    indicators: tuple[str, ...]
    answer: str | None
    answered_at: datetime | None


class VisitView(View):
    kind: str
    at: datetime
    reached: bool
    chief: str
    measures: dict[str, float]


class ScreeningView(View):
    """What a unit found out; with `stays` it answered nothing, and `next_step` is owed by `next_due_at`."""

    result: str
    by: str
    unit: str
    at: datetime
    recorded_at: datetime
    stays: bool
    next_step: str | None
    next_due_at: datetime | None
    follow_up_at: datetime | None
    visit: VisitView | None
    served_by: tuple[str, ...]
    services: tuple[str, ...]
    referral_id: str | None
    county: str | None
    acknowledged_by: str | None
    reason: str | None
    has_note: bool


class ServedView(View):
    """What names somebody of the household: the unit to ask; its id (`about`) for who may see it.

    `kind`: case, enrolment in a programme, referral; of these two that they are open, never which programme or service.
    """

    unit: str
    state: str
    is_open: bool
    case_id: str | None
    kind: str
    about: str | None


class HouseholdView(View):
    """A household; `state` is due, overdue, looking, answered, or gathered: then it is part of `within`."""

    household_id: str
    county: str
    township: str | None
    village: str | None
    unit: str
    person: str | None
    state: str
    due_at: datetime | None
    within: str | None
    rosters: tuple[str, ...]
    rows: tuple[RowView, ...]
    screenings: tuple[ScreeningView, ...]
    known: tuple[ServedView, ...] | None = None

    @classmethod
    def of(cls, household: Household, at: datetime, known: Sequence[Served] | None, scope: Scope) -> Self:
        """`known` is left out of lists."""
        served = None if known is None else tuple(_served(each, household.county, scope) for each in known)
        return cls(
            household_id=household.id, county=household.county, township=household.township,
            village=household.village, unit=household.unit, person=household.person, state=stands(household, at),
            due_at=household.due_at, within=household.within, rosters=household.rosters,
            rows=tuple(map(RowView.model_validate, household.rows)),
            screenings=tuple(_screening(household)), known=served,
        )  # fmt: skip


class HouseholdsView(View):
    """A page of households, what is due first first; `next` is the `after` of the following page."""

    households: tuple[HouseholdView, ...]
    next: str | None = None


class PersonView(View):
    """Somebody whom a row names, as it was sent; null where it was erased."""

    entry_id: str
    roster: str
    name: str | None
    birth_date: str | None
    phones: tuple[str, ...]
    address: str | None
    note: str | None


class NoteView(View):
    """What somebody wrote down with a screening; null where it was erased."""

    at: datetime
    by: str
    words: str | None


class PeopleView(View):
    people: tuple[PersonView, ...]
    notes: tuple[NoteView, ...] = ()


def stands(household: Household, at: datetime) -> str:
    """The state of a household at a time: what is open is due, or overdue."""
    if household.state == "open":
        return "overdue" if household.due_at and household.due_at < at else "due"
    return household.state


def _screening(household: Household) -> list[ScreeningView]:
    shown = []
    for each in household.screenings:
        visit = each.visit and VisitView.model_validate(vars(each.visit) | {"measures": dict(each.visit.measures)})
        shown.append(ScreeningView.model_validate(vars(each) | {"visit": visit, "has_note": each.note is not None}))
    return shown


def _served(each: Served, county: str, scope: Scope) -> ServedView:
    mine = scope.covers(county, each.parties)
    about = each.id if mine else None
    return ServedView(
        unit=each.unit, state=each.state, is_open=each.is_open, case_id=about if each.kind == "case" else None,
        kind=each.kind, about=about,
    )  # fmt: skip
