"""What leaves this service about programmes and enrolments: codes, numbers and times; a note by a look alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from contracts.languages import Said

from network import words
from network.programmes.domain.amounts import Grant
from network.programmes.domain.enrolment import Enrolment, Heard, Met
from network.programmes.domain.figures import Number
from network.programmes.domain.grammar import Programme
from network.programmes.domain.windows import Window
from network.programmes.entries import Row
from network.programmes.versions.store import Version
from network.tasks.views import View


class WindowView(View):
    """One time that something is owed: from when, by when, until when at the latest; `state` as of now.

    `late` was done after it was due; `overdue` can still be done, `missed` no more.
    """

    task: str
    unit: str
    start: datetime
    due: datetime
    until: datetime | None
    state: str
    met_at: datetime | None
    source: str
    verified: bool


class ByView(View):
    by: str
    unit: str
    at: datetime
    recorded_at: datetime
    late: bool


class EnteredView(View):
    stage: str
    answer: str | None
    evidence: tuple[str, ...]
    told: tuple[str, ...]
    said: ByView


class MetView(View):
    """A contact; `late` was written down late."""

    contact_id: str
    what: str
    kind: str
    reached: bool
    units: tuple[str, ...]
    measures: Mapping[str, float]
    has_note: bool
    at: datetime
    recorded_at: datetime
    late: bool
    said: ByView

    @classmethod
    def of(cls, met: Met) -> Self:
        return cls(
            contact_id=met.id, what=met.what, kind=met.kind, reached=met.reached, units=met.units,
            measures=met.measures or {}, has_note=bool(met.note), at=met.said.at, recorded_at=met.said.recorded_at,
            late=met.said.late, said=ByView.model_validate(met.said),
        )  # fmt: skip


class GrantView(View):
    """`amount` of what was `asked` is granted; `cut_by` names the cap that left no more, and `says` so in words."""

    grant_id: str
    item: str
    asked: int
    amount: int
    cause: str | None
    cut_by: str | None
    says: Mapping[str, str] | None
    granted_at: datetime
    paid_at: datetime | None

    @classmethod
    def of(cls, grant: Grant) -> Self:
        return cls(
            grant_id=grant.id, item=grant.item, asked=grant.asked, amount=grant.amount, cause=grant.cause,
            cut_by=grant.cut_by, says=_says(grant), granted_at=grant.said.at,
            paid_at=grant.paid.at if grant.paid else None,
        )  # fmt: skip


def _says(grant: Grant) -> Mapping[str, str] | None:
    if grant.cut_by is None:
        return None
    said = words.of(f"cut_by.{grant.cut_by}")
    return Said(*(each.format(f"{grant.amount:,}", f"{grant.asked:,}") for each in said))._asdict()


class PauseView(View):
    start: datetime
    until: datetime
    reason: str


class HeardView(View):
    """Why somebody is in it by a rule: after a report, an assessment or a closing, with the facts that matched."""

    rule: str
    after: str
    about: str
    facts: Mapping[str, str]
    report_id: str | None
    source: str
    verified: bool
    said: ByView

    @classmethod
    def of(cls, heard: Heard) -> Self:
        return cls(
            rule=heard.rule, after=heard.on, about=heard.about, facts=dict(heard.facts), report_id=heard.report_id,
            source=heard.source, verified=heard.verified, said=ByView.model_validate(heard.said),
        )  # fmt: skip


class EnrolmentView(View):
    """Somebody in a programme: what was done, and every time that something was owed, is, or is next.

    `tasks` are the open ones of `windows`, the first due first. `late` where it was written down late.
    """

    enrolment_id: str
    programme: str
    version: int
    county: str
    unit: str
    worker: str | None
    case_id: str | None
    household_id: str | None
    person: str | None
    entered_by: str
    stage: str
    state: str
    facts: Mapping[str, str | int | bool]
    begun_at: datetime
    ended_at: datetime | None
    answers: tuple[str, ...]
    heard: tuple[HeardView, ...]
    has_note: bool
    has_address: bool
    history: tuple[EnteredView, ...]
    contacts: tuple[MetView, ...]
    grants: tuple[GrantView, ...]
    pauses: tuple[PauseView, ...]
    tasks: tuple[WindowView, ...]
    windows: tuple[WindowView, ...]

    @classmethod
    def of(cls, it: Enrolment, programme: Programme, found: Sequence[Window], now: datetime) -> Self:
        seen = [_window(it, each, now) for each in found if each.start <= now or each.is_owed]
        subject = it.subject
        return cls(
            enrolment_id=it.id, programme=it.programme, version=it.version, county=it.county, unit=it.unit,
            worker=it.person, case_id=subject.case_id, household_id=subject.household_id, person=subject.person,
            entered_by=it.entered_by, stage=it.stage, state="open" if it.is_open else "ended", facts=it.facts,
            begun_at=it.begun_at, ended_at=it.ended_at, has_note=bool(it.note), has_address=bool(it.address),
            heard=tuple(map(HeardView.of, it.heard)),
            answers=tuple(programme.stages[it.stage].next) if it.is_open else (),
            history=tuple(map(EnteredView.model_validate, it.entered)), contacts=tuple(map(MetView.of, it.contacts)),
            grants=tuple(map(GrantView.of, it.grants)), pauses=tuple(map(PauseView.model_validate, it.pauses)),
            tasks=tuple(view for view, each in zip(seen, found, strict=False) if each.is_owed), windows=tuple(seen),
        )  # fmt: skip


def _window(it: Enrolment, window: Window, now: datetime) -> WindowView:
    return WindowView(
        task=window.task, unit=f"{it.county}/{window.by}" if window.by else it.unit, start=window.start,
        due=window.due, until=window.until, state=window.state(now), met_at=window.met_at, source=window.source,
        verified=window.verified,
    )  # fmt: skip


class EnrolmentsView(View):
    """A page of enrolments, the last begun first; `next` is the `after` of the following page."""

    enrolments: tuple[EnrolmentView, ...]
    next: str | None = None


class FigureView(View):
    """A figure by name; of a ratio its two numbers, and whether a target is reached."""

    name: str
    value: int | float | None
    of: tuple[int, int] | None
    target: float | None
    reached: bool | None


class FiguresView(View):
    """The figures of a programme in a county and a period, from what was done; `figures` by name alone."""

    programme: str
    version: int
    county: str
    figures: Mapping[str, int | float | None]
    numbers: tuple[FigureView, ...]

    @classmethod
    def of_numbers(cls, version: Version, county: str, numbers: Sequence[Number]) -> Self:
        return cls(
            programme=version.programme.programme, version=version.programme.version, county=county,
            figures={each.name: each.value for each in numbers},
            numbers=tuple(map(FigureView.model_validate, numbers)),
        )  # fmt: skip


class NotesView(View):
    """What was written when it began, where to go, and what at each contact, by its id; null where it was erased.

    To a partner: where to go, and the last note alone.
    """

    note: str | None
    address: str | None
    contacts: Mapping[str, str | None]


class EntryView(View):
    """What became of a row: the enrolment and its stage, or the errors for which nothing of it was taken."""

    row: int
    enrolment_id: str | None = None
    stage: str | None = None
    known: bool = False
    detail: Mapping[str, str] | None = None
    errors: tuple[Mapping[str, Any], ...] = ()


class EntriesView(View):
    """Rows in = taken + known before + refused; each refused one is named."""

    rows: int
    taken: int
    known: int
    refused: int
    entries: tuple[EntryView, ...]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        refused = sum(each.problem is not None for each in rows)
        known = sum(each.known for each in rows)
        return cls(
            rows=len(rows), taken=len(rows) - refused - known, known=known, refused=refused,
            entries=tuple(map(_entry, rows)),
        )  # fmt: skip


def _entry(row: Row) -> EntryView:
    if row.problem:
        said = row.problem.said._asdict()
        return EntryView(row=row.number, detail=said, errors=tuple(row.problem.errors or ()))
    assert row.it, "one of the two"
    return EntryView(row=row.number, enrolment_id=row.it.id, stage=row.it.stage, known=row.known)
