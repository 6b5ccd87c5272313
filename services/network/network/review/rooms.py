"""What other rooms count for the deck: meetings with what became of their decisions, and the rows of lists."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from urllib.parse import urlencode

from rules.crossing import OTHER, Counts, crossed
from rules.periods import Span
from web.sheet import HIDDEN, Cell, Column, Row, Section, Sheet, number, share

from network.access import Scope
from network.activities.sheets import Say
from network.figures.crossed.dimensions import UNKNOWN
from network.meetings.domain.decisions import State
from network.meetings.domain.item import Item
from network.meetings.domain.meeting import Meeting
from network.meetings.store import Meetings, Sought
from network.periods import Period
from network.rosters.answering import answering
from network.rosters.counts import OWED
from network.rosters.store import Households

MOST = 5_000
HELD = ("held", "minuted")
_OWED = dict(zip(OWED, (f"household_state.{each}" for each in ("looking", "due", "overdue")), strict=True))
MEETING_OF = "meeting_of."
"""How the word begins for what meetings are for, which each county's rules say."""


@dataclass(frozen=True)
class Rooms:
    """The meetings and lists of a county. `base` stands before every address."""

    meetings: Meetings
    households: Households
    base: str = ""

    async def sections(self, period: Period, span: Span, say: Say, at: datetime, *, protect: bool) -> list[Section]:
        """With `protect` counts of families are told as to analysts; how often people met is told as it is."""
        met, items = await self.held(period)
        rows = await self.households.rows(period.county, period.start, period.end, at)
        written = _Written(say, self.base, period.county, span, protect)
        return [written.meetings(met), written.decisions(met, items), written.rosters(rows)]

    async def held(self, period: Period, scope: Scope | None = None, purpose: str | None = None) -> (
        tuple[list[Meeting], list[Item]]
    ):  # fmt: skip
        """The meetings of a period, and everything that stood on their agendas."""
        sought = Sought(purpose=purpose, since=period.start, until=period.end)
        found, _ = await self.meetings.find(scope or Scope(frozenset({period.county})), sought, None, MOST)
        return found, await self.meetings.items_of_all([each.id for each in found])

    async def townships(self, period: Period, span: Span, say: Say, at: datetime, roster: str, *, protect: bool) -> (
        Section
    ):  # fmt: skip
        """The rows of one list, or of all, by township: what the numbers of the deck are made of."""
        rows = await self.households.rows(period.county, period.start, period.end, at)
        listed = [each for each in rows if not roster or each["roster"] == roster]
        return _Written(say, self.base, period.county, span, protect).rosters(listed, "township", roster)


@dataclass(frozen=True)
class _Written:
    say: Say
    base: str
    county: str
    span: Span
    protect: bool

    def meetings(self, met: Sequence[Meeting]) -> Section:
        """How often each kind was held, and of the units that were asked how many came."""
        by: dict[str, list[Meeting]] = {}
        for each in met:
            by.setdefault(each.purpose, []).append(each)
        rows = [self._met(MEETING_OF + purpose, some, purpose) for purpose, some in sorted(by.items())]
        rows += [self._met("dimension.total", met, "", total=True)] if rows else []
        heads = ("col.meetings", "meeting.held", "meeting.cancelled", "col.unable", "col.attendance")
        return Section(self._sheet("review_meetings", "col.purpose", heads, rows))

    def _met(self, label: str, met: Sequence[Meeting], purpose: str, *, total: bool = False) -> Row:
        held, href = [each for each in met if each.state in HELD], self._to("meetings", purpose=purpose)
        unable, cancelled = sum(not each.decides for each in held), sum(each.state == "cancelled" for each in met)
        counts = (len(met), len(held), cancelled, unable)
        cells = (*(number(each, href=href) for each in counts), _attendance(held, href))
        return Row(purpose or "total", self.say(label), cells, total=total)

    def decisions(self, met: Sequence[Meeting], items: Iterable[Item]) -> Section:
        """What became of what was decided, by what the meeting is for."""
        purposes = {each.id: each.purpose for each in met}
        made = (each for item in items for each in item.decisions if each.meeting_id in purposes)
        counts = Counter((purposes[each.meeting_id], "", str(each.state)) for each in made)
        labels = {state: f"decision.{state}" for state in get_args(State)}
        return self._crossed("review_decisions", "col.purpose", counts, labels, MEETING_OF)

    def rosters(self, rows: Iterable[Mapping[str, object]], by: str = "roster", roster: str = "") -> Section:
        """Rows in = answered by answer + looked for + due + overdue."""
        counts = Counter[tuple[str, str, str]]()
        for each in rows:
            counts[str(each[by] or ""), "", str(each["state"])] += int(str(each["rows"]))
        labels = {result: f"result.{result}" for result in answering().results} | _OWED
        if by == "roster":
            return self._crossed("review_rosters", "col.roster", counts, labels, "roster.")
        return self._crossed("review_townships", "dimension.township", counts, labels, "", roster=roster)

    def _crossed(
        self, id: str, head: str, counts: Counts, columns: Mapping[str, str], rows: str, *, roster: str = ""
    ) -> Section:
        """By value and state; `columns` are the words of the states, in order, `rows` how those of the values begin."""
        places = {each: at for at, each in enumerate(columns)}
        found = crossed(
            counts, order=lambda each: (places.get(each, len(places)), each), written=(not rows, False, False),
            has_columns=True, protect=self.protect,
        )  # fmt: skip
        *body, whole = found.table
        made = [
            Row(line, self._label(rows, line), self._cells(told, self._behind(id, line, roster)))
            for (line, _), told in zip(found.lines, body, strict=True)
        ]
        if made:
            told = self._cells(whole, self._behind(id, "", roster))
            made.append(Row("total", self.say("dimension.total"), told, total=True))
        heads = (*(columns[each] for each in found.columns), "dimension.total")
        return Section(self._sheet(id, head, heads, made), self.say("steps_of_five") if self.protect else "")

    def _label(self, prefix: str, line: str) -> str:
        """The words of a code; a township is its own name, unless it is gathered with others, or not said."""
        if prefix or line in ("", OTHER):
            return self.say(prefix + line if prefix else f"cross.{line or UNKNOWN}")
        return line

    def _behind(self, id: str, line: str, roster: str) -> str:
        """The single meetings; the townships of a list; the households themselves."""
        if id == "review_decisions":
            return self._to("meetings", purpose=line)
        if id == "review_rosters":
            return self._to("rosters", roster=line)
        asked = {"county": self.county, "roster": roster, "township": line}
        return f"{self.base}/households?{urlencode({name: value for name, value in asked.items() if value})}"

    def _to(self, page: str, **more: str) -> str:
        asked = {"county": self.county, "span": f"{self.span.first}/{self.span.last}"}
        return f"{self.base}/review/{page}?{urlencode(asked | {name: each for name, each in more.items() if each})}"

    @staticmethod
    def _cells(counts: Iterable[int | None], href: str) -> tuple[Cell, ...]:
        return tuple(Cell(HIDDEN, href=href) if each is None else number(each, href=href) for each in counts)

    def _sheet(self, id: str, head: str, columns: Sequence[str], rows: Sequence[Row]) -> Sheet:
        heads = tuple(Column(each, self.say(each)) for each in columns)
        return Sheet(id, self.say(f"sheet.{id}"), self.say(head), heads, tuple(rows))


def _attendance(held: Iterable[Meeting], href: str) -> Cell:
    asked = present = 0
    for meeting in held:
        there = {each.unit for each in meeting.attendance.present} if meeting.attendance else set[str]()
        present += len(there)
        asked += len(there | set(meeting.units))
    return Cell(share(present / asked), present / asked, f"{present} / {asked}", href) if asked else Cell("—")
