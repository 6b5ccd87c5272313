"""What the API shows of records and of what follows from them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from network.activities.domain.coverage import Covered
from network.activities.domain.indicators import Value
from network.activities.domain.posts import Filled
from network.activities.domain.record import Content, Record
from network.activities.domain.sums import Sum
from network.activities.domain.training import Seat
from network.tasks.views import View


class WithdrawnView(View):
    by: str
    at: datetime
    reason: str


class RecordView(View):
    """`corrects` is the record in whose place it stands, `replaced_by` the one in its own; `holds` while none is."""

    record_id: str
    county: str
    unit: str
    what: Content
    source: str
    by: str
    at: datetime
    corrects: str | None
    replaced_by: str | None
    withdrawn: WithdrawnView | None
    holds: bool

    @classmethod
    def of(cls, record: Record) -> "RecordView":
        own: dict[str, Any] = {name: getattr(record, name) for name in cls.model_fields if hasattr(record, name)}
        return cls.model_validate({**own, "record_id": record.id})


class RecordsView(View):
    records: tuple[RecordView, ...]
    next: str | None = None


class SumView(View):
    sessions: int
    people: int


class ActivitiesView(View):
    """Sessions and people of a year. `equations`: sessions = by organiser = by funds = one at a time + in series."""

    county: str
    year: int
    kind: str | None
    sessions: int
    people: int
    single: int
    in_series: int
    series: int
    by: Mapping[str, Mapping[str, SumView]]
    equations: Mapping[str, str]


class CoveredView(View):
    """`lacking` are the townships without such a site."""

    site: str
    year: int
    sites: int
    covered: int
    of_townships: int
    share: float | None
    lacking: tuple[str, ...]
    communities: int
    of_communities: int | None
    community_share: float | None

    @classmethod
    def of(cls, each: Covered) -> "CoveredView":
        own = {name: getattr(each, name) for name in cls.model_fields if name != "covered"}
        return cls.model_validate({**own, "covered": len(each.covered)})


class GrantsView(View):
    year: int
    purpose: str
    state: str
    amount: int


class CoverageView(View):
    county: str
    sites: tuple[CoveredView, ...]
    grants: tuple[GrantsView, ...]


class FilledView(View):
    """`roles` are posts and filled; `per_worker`: open cases that the unit leads, for each post that is filled."""

    group: str
    month: str
    roles: Mapping[str, tuple[int, int]]
    posts: int
    filled: int
    share: float | None
    is_short: bool
    per_worker: float | None

    @classmethod
    def of(cls, each: Filled, carried: Mapping[str, int]) -> "FilledView":
        cases = carried.get(each.group)
        load = round(cases / each.filled, 1) if cases is not None and each.filled else None
        own = {name: getattr(each, name) for name in cls.model_fields if hasattr(each, name)}
        return cls.model_validate({**own, "per_worker": load})


class PlannedView(View):
    year: int
    more: int
    posts: int


class PostsView(View):
    """All units together, each of them, and how posts grow as planned."""

    county: str
    month: str
    posts: int
    filled: int
    share: float | None
    units: tuple[FilledView, ...]
    planned: tuple[PlannedView, ...]


class SeatView(View):
    """`name` for who may see the unit's records alone; `day` is that of the session with their seat."""

    unit: str
    course: str
    name: str | None
    post: str
    started: str
    due: str
    day: str | None
    waits: bool
    late: bool

    @classmethod
    def of(cls, seat: Seat, today: str, *, named: bool) -> "SeatView":
        need = seat.need
        return cls(
            unit=seat.record.unit, course=need.course, name=need.name if named else None, post=need.post,
            started=need.started, due=need.due, day=seat.day, waits=seat.waits, late=seat.is_late(today),
        )  # fmt: skip


class TrainingView(View):
    """Who has not taken a course yet: with a seat, or waiting for one."""

    county: str
    seated: int
    waiting: int
    people: tuple[SeatView, ...]


class ValueView(View):
    """`is_met` against the target; who typed it, when and from where, of what the platform does not work out."""

    indicator: str
    value: float | None
    part: int | None
    whole: int | None
    per: int | None
    target: float | None
    is_met: bool | None
    source: str
    verified: bool
    typed_by: str | None
    typed_at: datetime | None
    read_in: str | None

    @classmethod
    def of(cls, each: Value) -> "ValueView":
        of, typed = each.indicator, each.record
        return cls(
            indicator=of.id, value=None if each.value is None else round(each.value, 4), part=each.part,
            whole=each.whole, per=of.per, target=of.target, is_met=each.is_met, source=of.source,
            verified=of.verified, typed_by=typed.by if typed else None, typed_at=typed.at if typed else None,
            read_in=typed.source if typed else None,
        )  # fmt: skip


class IndicatorsView(View):
    county: str
    year: int
    people: int | None
    indicators: tuple[ValueView, ...]


def sums(found: Mapping[str, Sum]) -> dict[str, SumView]:
    return {name: SumView(sessions=each.sessions, people=each.people) for name, each in found.items()}
