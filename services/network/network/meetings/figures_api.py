"""The API of meetings counted: held by kind and partner, who came, what became of what was decided."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from fastapi import APIRouter
from pydantic import BaseModel

from network.access import Scope
from network.meetings.api import Who
from network.meetings.domain.decisions import Decision
from network.meetings.domain.item import Item
from network.meetings.domain.meeting import Meeting
from network.meetings.store import Sought
from network.periods import Asked

router = APIRouter(prefix="/v1/statistics", tags=["figures"])
MOST = 5_000


class AttendanceView(BaseModel):
    """One unit: to how many meetings it was asked, at how many it was, with how many heads."""

    unit: str
    asked: int
    present: int
    heads: int


class SchemeFiguresView(BaseModel):
    """A city-wide scheme: items and cases that were tagged with it, decisions by what became of them, with figures."""

    items: int
    cases: int
    decisions: Mapping[str, int]
    reported: Mapping[str, float]


class MeetingFiguresView(BaseModel):
    """Meetings of a county in a period: decisions = done + not possible + owed (open, not done) + proposed + withdrawn.

    `held_with` and `topics` of liaison meetings that were held; `cases` discussed, each once; `unable`: held by too few
    to decide. `decisions_told`: of those of whom somebody was to be told, who was. `reported`: the figures that leads
    reported last of their decisions, summed by name.
    """

    county: str
    planned: int
    held: int
    cancelled: int
    unable: int
    levels: Mapping[str, int]
    purposes: Mapping[str, int]
    held_with: Mapping[str, int]
    topics: Mapping[str, int]
    attendance: tuple[AttendanceView, ...]
    cases: int
    items: int
    dropped: int
    deferred: int
    raised: int
    decisions: Mapping[str, int]
    decisions_taken: int
    to_be_told: int
    told: int
    reported: Mapping[str, float]
    schemes: Mapping[str, SchemeFiguresView]


@router.get("/meetings", summary="Meetings: held by kind, attendance by unit, decisions by what became of them")
async def meetings(period: Asked, who: Who) -> MeetingFiguresView:
    scope = Scope(frozenset({period.county}), who.caller.units)
    sought = Sought(since=period.start, until=period.end)
    found, _ = await who.acts.meetings.find(scope, sought, None, MOST)
    items = await who.acts.meetings.items_of_all([each.id for each in found], who.caller.name)
    return figures_of(period.county, found, items)


def figures_of(county: str, found: Sequence[Meeting], items: Sequence[Item]) -> MeetingFiguresView:
    """Meetings counted, with their items."""
    held = [each for each in found if each.state in ("held", "minuted")]
    ids = {each.id for each in found}
    decisions = _decisions(items, ids)
    telling = [each.telling for each in decisions if each.telling]
    return MeetingFiguresView(
        county=county, planned=len(found), held=len(held), cancelled=sum(each.state == "cancelled" for each in found),
        unable=sum(not each.decides for each in held), levels=Counter(each.level for each in held),
        purposes=Counter(each.purpose for each in held),
        held_with=Counter(each.held_with for each in held if each.held_with),
        topics=Counter(topic for each in held for topic in each.topics), attendance=tuple(_attendance(held)),
        cases=len({item.case_id for item in items if item.case_id}), items=len(items),
        dropped=sum(item.state == "dropped" for item in items), deferred=sum(item.deferrals > 0 for item in items),
        raised=sum(bool(item.raised) for item in items), decisions=Counter(each.state for each in decisions),
        decisions_taken=len(decisions), to_be_told=len(telling), told=sum(each.told_at is not None for each in telling),
        reported=_reported(decisions), schemes=dict(_schemes(items, ids)),
    )  # fmt: skip


def _decisions(items: Iterable[Item], meeting_ids: Collection[str]) -> list[Decision]:
    return [each for item in items for each in item.decisions if each.meeting_id in meeting_ids]


def _reported(decisions: Iterable[Decision]) -> dict[str, float]:
    """What was said last of each decision with figures, summed by name: said again it is not counted twice."""
    total = Counter[str]()
    for each in decisions:
        last = next((said.figures for said in reversed(each.said) if said.figures), ())
        total.update(dict(last))
    return dict(total)


def _schemes(items: Sequence[Item], meeting_ids: Collection[str]) -> Iterator[tuple[str, SchemeFiguresView]]:
    for scheme in sorted({each.scheme for each in items if each.scheme}):
        own = [each for each in items if each.scheme == scheme]
        decisions = _decisions(own, meeting_ids)
        yield scheme, SchemeFiguresView(
            items=len(own), cases=len({each.case_id for each in own if each.case_id}),
            decisions=Counter(each.state for each in decisions), reported=_reported(decisions),
        )  # fmt: skip


def _attendance(held: Iterable[Meeting]) -> list[AttendanceView]:
    asked, present, heads = Counter[str](), Counter[str](), Counter[str]()
    for meeting in held:
        there = meeting.attendance.present if meeting.attendance else ()
        units = {each.unit for each in there}
        asked.update(units | set(meeting.units))
        present.update(units)
        for each in there:
            heads[each.unit] += each.heads
    return [
        AttendanceView(unit=unit, asked=asked[unit], present=present[unit], heads=heads[unit]) for unit in sorted(asked)
    ]
