"""Referrals counted: sent = answered by answer + open + withdrawn, and it is said loudly while that is not so."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from network.services import Answer, catalogue


@dataclass(frozen=True)
class Cell:
    """So many referrals that are alike; `answered_in` is how long their answers took together."""

    service: str
    to: str
    township: str
    group: str
    year: str
    state: str
    answer: str | None
    count: int
    overdue: int = 0
    in_time: int = 0
    answered_in: timedelta = timedelta()
    asked: int = 0
    got_it: int = 0
    outcome: str | None = None
    sessions: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Count:
    """Referrals of one service, provider, township, or all. `open` are not answered, `waiting` of them told until when.

    `closed`: done, and the person said whether they got what they came for.
    """

    sent: int = 0
    answered: Counter[str] = field(default_factory=Counter)
    open: int = 0
    waiting: int = 0
    overdue: int = 0
    withdrawn: int = 0
    in_time: int = 0
    answered_in: timedelta = timedelta()
    done: int = 0
    closed: int = 0
    got_it: int = 0
    sessions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)

    def add(self, cell: Cell) -> None:
        self.sent += cell.count
        if cell.answer:
            self.answered[cell.answer] += cell.count
        elif cell.state == "withdrawn":
            self.withdrawn += cell.count
        elif cell.state in ("sent", "waiting"):
            self.open += cell.count
            self.waiting += cell.count if cell.state == "waiting" else 0
        self.overdue += cell.overdue
        self.in_time += cell.in_time
        self.answered_in += cell.answered_in
        self.done += cell.count if cell.state == "done" else 0
        self.closed += cell.asked
        self.got_it += cell.got_it
        self.sessions += cell.sessions
        self.kept.update(cell.kept)
        if cell.outcome:
            self.outcomes[cell.outcome] += cell.count

    @property
    def is_balanced(self) -> bool:
        """Whether every referral that was sent is accounted for."""
        return self.sent == self.answered.total() + self.open + self.withdrawn

    @property
    def hours_to_answer(self) -> float | None:
        """On average, of those that were answered."""
        answers = self.answered.total()
        return round(self.answered_in.total_seconds() / 3600 / answers, 1) if answers else None

    @property
    def closed_loop_rate(self) -> float | None:
        """Of those not withdrawn: the share that was done and of which the person said whether it helped."""
        asked = self.sent - self.withdrawn
        return round(self.closed / asked, 4) if asked else None


def counted(cells: Iterable[Cell], by: str | None = None) -> Mapping[str, Count]:
    """The counts by one field of the cells; all under an empty name where none is said."""
    found: dict[str, Count] = {}
    for cell in cells:
        found.setdefault(getattr(cell, by) if by else "", Count()).add(cell)
    return dict(sorted(found.items()))


def equation(service: str | None, count: Count) -> str:
    """A = B + C + D as a county prints it, with what is open and withdrawn where there is any: `5 = 3 + 1 + 1`.

    A service that names no letters has the numbers alone.
    """
    answers = answers_of(service, count)
    parts = [(each.letter, count.answered[each.code]) for each in answers]
    parts += [(name, number) for name, number in (("open", count.open), ("withdrawn", count.withdrawn)) if number]
    lettered = all(letter for letter, _ in parts)
    known = catalogue().services.get(service or "")
    names = f"{known.letter if known else ''} = {' + '.join(letter for letter, _ in parts)}: " if lettered else ""
    sign = "=" if count.is_balanced else "≠"
    return f"{names}{count.sent} {sign} {' + '.join(str(number) for _, number in parts)}"


def answers_of(service: str | None, count: Count) -> tuple[Answer, ...]:
    """The answers of a service in its order; of several together, those that were given."""
    known = catalogue().services.get(service or "")
    if known:
        return known.answers
    return tuple(Answer(code=code, by="acceptance") for code in sorted(count.answered))
