"""An agency's accounts: its days, its gaps, and what a month can teach it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from contracts.languages import Lang
from rules.taiwan import taipei_day

from intake.domain.days import Day, days_of
from intake.domain.gaps import MOST, NumberGap
from intake.domain.teaching import lessons
from intake.ledger import months
from intake.ledger.answers import DayShown, DaysShown, GapShown, GapsShown, TeachingShown
from intake.ledger.numbers import Following
from intake.ledger.store import Ledger
from intake.ledger.words import shown
from intake.refs import Refs


class Accounts:
    """Answers for one agency at a time; a gap is open once it is older than `settle` seconds."""

    def __init__(self, ledger: Ledger, following: Following, refs: Refs, *, settle: float) -> None:
        self._ledger = ledger
        self._following = following
        self._refs = refs
        self._settle = timedelta(seconds=settle)

    async def days(self, agency_id: str, month: str, now: datetime) -> DaysShown:
        names = months.days_of(month)
        missing = _by_day(await self._following.of(agency_id))  # first: what comes meanwhile is received
        days = days_of(await self._ledger.parts(agency_id, names, now))
        repeats = await self._ledger.repeats(agency_id, names)
        shown_days = [name for name in reversed(names) if name in days or name in repeats or name in missing]
        return DaysShown(
            agency_id=agency_id,
            month=month,
            as_of=now,
            days=tuple(_day(day, days.get(day), repeats.get(day, 0), missing.get(day, 0)) for day in shown_days),
        )

    async def gaps(self, agency_id: str, now: datetime) -> GapsShown:
        gaps = await self._following.of(agency_id)
        shown_gaps = tuple(self._gap(gap, now) for gap in sorted(gaps, key=lambda gap: gap.since, reverse=True))
        return GapsShown(agency_id=agency_id, as_of=now, gaps=shown_gaps, complete=len(gaps) < MOST)

    async def teaching(self, agency_id: str, month: str, now: datetime, lang: Lang) -> TeachingShown:
        names = months.days_of(month)
        notes = [note async for note in self._ledger.notes(agency_id, names)]
        found = lessons(notes)
        refs = await self._refs.opened([token for each in found for token in each.examples])
        return TeachingShown(
            agency_id=agency_id,
            month=month,
            as_of=now,
            reports=await self._ledger.received(agency_id, names),
            noted=len({note.report_id for note in notes}),
            lessons=tuple(shown(each, refs, lang) for each in found),
        )

    def is_open(self, gap: NumberGap, now: datetime) -> bool:
        """Whether a gap is older than reports may arrive out of order."""
        return now - gap.since > self._settle

    def _gap(self, gap: NumberGap, now: datetime) -> GapShown:
        facts = {"from": gap.first, "to": gap.last, "count": gap.last - gap.first + 1}
        return GapShown.model_validate(facts | {"since": gap.since, "open": self.is_open(gap, now)})


def _by_day(gaps: Sequence[NumberGap]) -> dict[str, int]:
    found: dict[str, int] = {}
    for gap in gaps:
        day = taipei_day(gap.since).isoformat()
        found[day] = found.get(day, 0) + gap.last - gap.first + 1
    return found


def _day(name: str, day: Day | None, repeated: int, missing: int) -> DayShown:
    day = day or Day()
    return DayShown(
        day=date.fromisoformat(name),
        received=day.received,
        open=day.open,
        decided=dict(sorted(day.decided.items())),
        dispatched=day.dispatched,
        accepted=day.accepted,
        repeated=repeated,
        missing=missing,
        written_due=day.written_due,
        written_overdue=day.written_overdue,
    )
