"""A county's year as tables (年表): the same for the page, the PDF and the file; every number leads to its records."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from web.sheet import Cell, Column, Row, Section, Sheet, number, share

from network.activities.domain.coverage import Covered
from network.activities.domain.indicators import Value
from network.activities.domain.posts import Filled
from network.activities.domain.record import Population
from network.activities.domain.sums import Sum, equation, forms, summed, summed_by
from network.activities.year import Year

Say = Callable[[str], str]
NOTHING = Cell("—")


@dataclass(frozen=True)
class Writer:
    """Writes one county's year in one language; `base` stands before every address, for what is read elsewhere."""

    year: Year
    say: Say
    base: str = ""

    def sections(self) -> tuple[Section, ...]:
        made = (
            self.indicators(), self.coverage(), self.activities("kind"), self.activities("organiser"),
            self.activities("funds"), self.posts(), self.training(), self.grants(), self.people(),
        )  # fmt: skip
        return tuple(each for each in made if each.sheet.rows)

    def indicators(self) -> Section:
        rows = tuple(self._indicator(each) for each in self.year.values if each.value is not None)
        return Section(self._sheet("indicators", "indicator", ("result", "target", "reached", "said_by"), rows))

    def _indicator(self, each: Value) -> Row:
        of, typed = each.indicator, each.record
        value = f"{each.value:.1f}" if of.per else _shared(each)
        parts = f"{each.part:,} / {each.whole:,}" if each.part is not None and each.whole is not None else ""
        target = NOTHING if of.target is None else Cell(f"{of.target * 100:g} %", of.target)
        met = NOTHING if each.is_met is None else Cell(self.say("is_reached" if each.is_met else "is_missed"))
        by = Cell(f"{typed.by} {typed.at:%Y-%m-%d}", small=typed.source) if typed else Cell(self.say("worked_out"))
        cell = Cell(
            value, each.value, parts, self._to("typed" if typed else _BEHIND.get(of.data.partition(".")[0], ""))
        )
        return Row(of.id, self.say(f"indicator.{of.id}"), (cell, target, met, by))

    def coverage(self) -> Section:
        heads = ("townships_covered", "lacking", "sites", "communities")
        return Section(self._sheet("coverage", "site", heads, tuple(map(self._covered, self.year.covered))))

    def _covered(self, each: Covered) -> Row:
        there = f"{len(each.covered)} / {each.of_townships}"
        within = f"{each.communities:,}" + (f" / {each.of_communities:,}" if each.of_communities else "")
        to = self._to("coverage")
        cells = (
            Cell(there, len(each.covered), share(each.share or 0), to), Cell("、".join(each.lacking) or "—"),
            number(each.sites, href=to),
            Cell(within, each.communities, share(each.community_share) if each.community_share else "", to),
        )  # fmt: skip
        return Row(each.site, self.say(f"site.{each.site}"), cells)

    def activities(self, by: str) -> Section:
        found = self.year.activities
        whole, of = summed(found), forms(found)
        parts = summed_by(found, by)
        rows = [self._summed(by, value, each) for value, each in parts.items()]
        rows += [Row("total", self.say("total"), self._sum(whole), total=True)] if rows else []
        notes = [equation(whole.sessions, (each.sessions for each in parts.values()))]
        notes += [self.say("forms").format(equation(whole.sessions, (of.single, of.in_series)), of.series)]
        return Section(self._sheet(f"by_{by}", by, ("sessions", "people"), tuple(rows)), " · ".join(notes))

    def _summed(self, by: str, value: str, each: Sum) -> Row:
        said = self.say(f"activity.{value}" if by == "kind" else value) if value else self.say("not_said")
        return Row(value, said, self._sum(each, **{by: value}))

    def _sum(self, each: Sum, **more: str) -> tuple[Cell, ...]:
        to = self._to("activity", **more)
        return number(each.sessions, href=to), number(each.people, href=to) if each.people else NOTHING

    def posts(self) -> Section:
        rows, to = [self._filled(each) for each in self.year.filled], self._to("posts")
        posts = sum(each.posts for each in self.year.filled)
        filled = sum(each.filled for each in self.year.filled)
        if rows:
            cells = (
                number(posts, href=to),
                Cell(f"{filled:,}", filled, share(filled / posts) if posts else "", to),
                NOTHING,
                NOTHING,
            )
            rows.append(Row("total", self.say("total"), cells, total=True))
        plan = [self.say("planned_posts").format(year, more, then) for year, more, then in self.year.plan]
        sheet = self._sheet("posts", "unit", ("posts", "filled", "short", "per_worker"), tuple(rows))
        return Section(sheet, " · ".join(plan))

    def _filled(self, each: Filled) -> Row:
        cases, to = self.year.carried.get(each.group), self._to("posts")
        short = [f"{self.say(f'post.{role}')} {have} / {of}" for role, (of, have) in each.roles.items() if have < of]
        load = f"{cases / each.filled:.1f}" if cases is not None and each.filled else "—"
        filled = Cell(f"{each.filled:,}", each.filled, share(each.share) if each.share is not None else "", to)
        cells = (
            number(each.posts, href=to),
            filled,
            Cell("、".join(short) or "—", href=to if short else ""),
            Cell(load),
        )
        return Row(each.group, self.say(each.group), cells)

    def training(self) -> Section:
        courses: dict[str, list[int]] = {}
        for seat in self.year.seats:
            courses.setdefault(seat.need.course, [0, 0])[seat.waits] += 1
        to = self._to("need", year="")
        rows = tuple(
            Row(course, self.say(f"course.{course}"), tuple(number(count, href=to) for count in counts))
            for course, counts in courses.items()
        )
        return Section(self._sheet("training", "course", ("seated", "waiting_seat"), rows))

    def grants(self) -> Section:
        sums: dict[tuple[str, str], int] = {}
        for each in self.year.grants:
            sums[each.purpose, each.state] = sums.get((each.purpose, each.state), 0) + each.amount
        to = self._to("grant")
        rows = tuple(
            Row(purpose, f"{self.say(f'site.{purpose}')} · {self.say(state)}", (number(amount, href=to),))
            for (purpose, state), amount in sums.items()
        )
        return Section(self._sheet("grants", "purpose", ("amount",), rows))

    def people(self) -> Section:
        found, record = self.year.population, self.year.population_by
        rows = tuple(
            Row(name, self.say(f"people.{name}"), (number(count, href=self._to("population", year="")),))
            for name, count in (_bands(found) if found else {}).items()
        )
        note = f"{found.month} · {record.by} {record.at:%Y-%m-%d} {record.source}" if found and record else ""
        return Section(self._sheet("population", "band", ("heads",), rows), note)

    def _sheet(self, id: str, head: str, columns: tuple[str, ...], rows: tuple[Row, ...]) -> Sheet:
        heads = tuple(Column(each, self.say(f"col.{each}")) for each in columns)
        return Sheet(id, self.say(f"sheet.{id}"), self.say(f"col.{head}"), heads, rows)

    def _to(self, of: str, **more: str) -> str:
        asked = {"county": self.year.county, "of": of, "year": str(self.year.year)} | more
        return f"{self.base}/records?{urlencode({name: value for name, value in asked.items() if value})}" if of else ""


def _shared(each: Value) -> str:
    """A share in percent: worked out to one decimal, typed to as many as were printed."""
    whole = each.value or 0
    return f"{whole * 100:.4g} %" if each.record else share(whole)


_BEHIND: Mapping[str, str] = {"townships": "coverage", "communities": "coverage", "posts": "posts"}
"""Which records an indicator is worked out of; those of cases have a page of their own."""


def _bands(found: Population) -> dict[str, int]:
    said = {"all": found.people, "male": found.male, "female": found.female, **(found.ages or {})}
    return {name: count for name, count in said.items() if count is not None}
