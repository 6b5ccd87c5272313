"""The sum that must close: whatever asked for somebody is answered by name, open in somebody's hand, or needless."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from rules.spans import TAIPEI

Hand: TypeAlias = Literal["answered", "open", "needless", "lost"]
HANDS: tuple[Hand, ...] = ("answered", "open", "needless", "lost")
Why: TypeAlias = Literal["no_name", "no_clock", "late_step", "stands_overdue", "no_message"]
LATE = timedelta(minutes=5)
"""A step that was due longer ago was taken by nobody."""


@dataclass(frozen=True)
class Ask:
    """What asked for somebody, as it stands: the state of its run, its next step, its own clock, who answered.

    `state` is None where it has no message at all.
    """

    id: str
    asked_at: datetime
    unit: str = ""
    code: str = ""
    state: str | None = None
    next_at: datetime | None = None
    due_at: datetime | None = None
    answered_by: str | None = None


@dataclass(frozen=True)
class Lost:
    """One that is in nobody's hand, and why."""

    ask: Ask
    why: Why


@dataclass(frozen=True)
class Sum:
    """asked = answered by name + open with an owner and a clock + closed without need; what is lost breaks it.

    `hands` count all, `lost` may be the first of them alone.
    """

    asked: int = 0
    hands: Counter[Hand] = field(default_factory=Counter)
    lost: tuple[Lost, ...] = ()

    @property
    def closes(self) -> bool:
        return not self.hands["lost"]

    def plus(self, other: "Sum", most: int | None = None) -> "Sum":
        """Both together, with the first `most` of what is lost: many thousands are summed up some at a time."""
        return Sum(self.asked + other.asked, self.hands + other.hands, (*self.lost, *other.lost)[:most])


def hand_of(ask: Ask, now: datetime, nameless: Collection[str]) -> tuple[Hand, Why | None]:
    """In whose hand this is. `nameless` stand for somebody whose name LINE did not tell.

    What is open belongs to whoever was asked last until the next step, and what stands to the window until its clock.
    """
    match ask.state:
        case None:
            found: tuple[Hand, Why | None] = ("lost", "no_message")
        case "answered" if ask.answered_by and ask.answered_by not in nameless:
            found = ("answered", None)
        case "answered":
            found = ("lost", "no_name")
        case "ended":
            found = ("needless", None)
        case "standing":
            found = _standing(ask, now)
        case _:
            found = _open(ask, now)
    return found


def _open(ask: Ask, now: datetime) -> tuple[Hand, Why | None]:
    if ask.next_at is None:
        return "lost", "no_clock"
    return ("lost", "late_step") if ask.next_at < now - LATE else ("open", None)


def _standing(ask: Ask, now: datetime) -> tuple[Hand, Why | None]:
    if ask.due_at is None:
        return "lost", "no_clock"
    return ("lost", "stands_overdue") if ask.due_at < now else ("open", None)


def sum_of(asks: Sequence[Ask], now: datetime, nameless: Collection[str] = ()) -> Sum:
    """The sum of what was asked."""
    found = [(ask, *hand_of(ask, now, nameless)) for ask in asks]
    lost = tuple(Lost(ask, why) for ask, _, why in found if why)
    return Sum(len(found), Counter(hand for _, hand, _ in found), lost)


def by_day(asks: Sequence[Ask], now: datetime, nameless: Collection[str] = ()) -> list[tuple[date, Sum]]:
    """The sum of each day in Taipei on which something was asked."""
    days: dict[date, list[Ask]] = {}
    for ask in asks:
        days.setdefault(ask.asked_at.astimezone(TAIPEI).date(), []).append(ask)
    return [(day, sum_of(found, now, nameless)) for day, found in sorted(days.items())]
