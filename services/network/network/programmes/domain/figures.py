"""The figures of a programme, counted from what was done in its enrolments; none of them is typed in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from rules.calendars import NATIONAL, Calendar

from network.programmes.domain.enrolment import Enrolment, Entered
from network.programmes.domain.grammar import Figure, Programme
from network.programmes.domain.steps import counts
from network.programmes.domain.windows import windows


@dataclass(frozen=True)
class Period:
    """From a time, until before another; `now` bounds what can be known of it."""

    start: datetime
    end: datetime
    now: datetime

    def has(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end


@dataclass(frozen=True)
class Number:
    """A figure as it is shown: `of` are the two numbers of a ratio, `reached` whether it is at its target."""

    name: str
    value: int | float | None
    of: tuple[int, int] | None = None
    target: float | None = None

    @property
    def reached(self) -> bool | None:
        return None if self.target is None or self.value is None else self.value >= self.target


@dataclass
class Counting:
    """Folds enrolments one by one, so that a county's whole year needs no more room than its figures."""

    programme: Programme
    period: Period
    days: Calendar = NATIONAL
    _sums: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, set[str]] = field(default_factory=dict)

    def add(self, enrolment: Enrolment, programme: Programme) -> None:
        """`programme` is the version that the enrolment keeps."""
        for name, figure in self.programme.figures.items():
            if figure.count and _fits(figure, enrolment):
                for who, number in _COUNTS[figure.count](figure, enrolment, self, programme):
                    self._count(name, figure, who, number)

    def _count(self, name: str, figure: Figure, who: str, number: int) -> None:
        if figure.distinct is None:
            self._sums[name] = self._sums.get(name, 0) + number
        else:
            self._seen.setdefault(name, set()).add(who)

    def numbers(self) -> list[Number]:
        """Every figure, in the order of the programme."""
        return [self._number(name, figure) for name, figure in self.programme.figures.items()]

    def _number(self, name: str, figure: Figure) -> Number:
        if figure.ratio is None:
            return Number(name, self._value(name), target=figure.target)
        part, whole = (self._value(each) for each in figure.ratio)
        return Number(name, round(part / whole, 4) if whole else None, (part, whole), figure.target)

    def _value(self, name: str) -> int:
        figure = self.programme.figures[name]
        if figure.sum:
            return sum(self._value(each) for each in figure.sum)
        return len(self._seen.get(name, ())) if figure.distinct else self._sums.get(name, 0)


Counted = Iterator[tuple[str, int]]
"""Who is counted once where each counts once, and how much."""


def _fits(figure: Figure, enrolment: Enrolment) -> bool:
    facts = enrolment.facts
    return figure.entered_by in (None, enrolment.entered_by) and all(
        facts.get(name) == value for name, value in figure.facts.items()
    )


def _once(figure: Figure, enrolment: Enrolment, *, holds: bool) -> Counted:
    reached = figure.stage is None or any(each.stage == figure.stage for each in enrolment.entered)
    if holds and reached:
        yield _who(figure, enrolment, enrolment.unit), 1


def _who(figure: Figure, enrolment: Enrolment, unit: str) -> str:
    return unit if figure.distinct == "units" else enrolment.id


def _before(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    start = within.period.start
    return _once(figure, it, holds=it.begun_at < start and (it.ended_at is None or it.ended_at >= start))


def _begun(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    return _once(figure, it, holds=within.period.has(it.begun_at))


def _continuing(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    end = within.period.end
    return _once(figure, it, holds=it.begun_at < end and (it.ended_at is None or it.ended_at >= end))


def _ended(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    given = figure.answer is None or (figure.answer == it.entered[-1].answer and _is_answer(programme, it.entered))
    return _once(figure, it, holds=within.period.has(it.ended_at) and given)


def _answers(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    for at, (before, each) in enumerate(pairwise(it.entered), 2):
        fits = figure.answer in (None, each.answer) and figure.stage in (None, before.stage)
        brought = figure.evidence is None or figure.evidence in each.evidence
        if fits and brought and within.period.has(each.said.at) and _is_answer(programme, it.entered[:at]):
            yield _who(figure, it, each.said.unit), 1


def _is_answer(programme: Programme, entered: Sequence[Entered]) -> bool:
    """Whether an answer of the stage led there, and no person's reason that is called alike."""
    return entered[-1].answer in programme.stages[entered[-2].stage].next if len(entered) > 1 else False


def _contacts(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    for met in it.contacts:
        fits = figure.contact in (None, met.what) and (not figure.kind or met.kind in figure.kind)
        if fits and within.period.has(met.said.at) and counts(met, programme.contacts[met.what]):
            yield _who(figure, it, met.said.unit), 1


def _granted(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    for each in it.grants:
        if figure.item in (None, each.item) and within.period.has(each.said.at):
            yield _who(figure, it, each.said.unit), each.amount


def _paid(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    for each in it.grants:
        if each.paid and figure.item in (None, each.item) and within.period.has(each.paid.at):
            yield _who(figure, it, each.paid.unit), each.amount


def _due(figure: Figure, it: Enrolment, within: Counting, programme: Programme) -> Counted:
    """Times that something was owed by; of what could still be done when it was given up, none."""
    now = within.period.now
    for each in windows(programme, it, within.days, now):
        fits = figure.task in (None, each.task) and within.period.has(each.due) and each.start <= now
        state = "missed" if each.state(now) == "overdue" else each.state(now)
        if fits and state != "dropped" and figure.state in (None, state):
            yield _who(figure, it, it.unit), 1


_COUNTS: Mapping[str, Callable[[Figure, Enrolment, Counting, Programme], Counted]] = {
    "before": _before, "begun": _begun, "continuing": _continuing, "ended": _ended, "answers": _answers,
    "contacts": _contacts, "granted": _granted, "paid": _paid, "due": _due,
}  # fmt: skip


def counted(
    programme: Programme, enrolments: Iterable[Enrolment], period: Period, days: Calendar = NATIONAL
) -> Sequence[Number]:
    """The figures of a programme over enrolments that all keep this version."""
    counting = Counting(programme, period, days)
    for each in enrolments:
        counting.add(each, programme)
    return counting.numbers()
