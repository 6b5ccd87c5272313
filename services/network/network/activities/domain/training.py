"""Who waits for a course: seats go to who is due first, and whoever has none by their day is named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from network.activities.domain.record import Need, Record, Session


@dataclass(frozen=True)
class Seat:
    """Somebody who must take a course: on the day of a session that has room before they are due, or waiting."""

    record: Record
    need: Need
    day: str | None

    @property
    def waits(self) -> bool:
        return self.day is None

    def is_late(self, today: str) -> bool:
        return self.need.due < today


def seats(needs: Sequence[Record], sessions: Iterable[Session], today: str) -> tuple[Seat, ...]:
    """Everybody who has not taken their course yet, the first due first, then who began first."""
    ordered = sorted(sessions, key=lambda each: each.day)
    left = {at: each.places for at, each in enumerate(ordered)}
    given = []
    for record, need in sorted(_open(needs), key=lambda each: (each[1].due, each[1].started, each[0].at, each[0].id)):
        fit = (
            at
            for at, each in enumerate(ordered)
            if each.course == need.course and today <= each.day <= need.due and left[at]
        )
        at = next(fit, None)
        if at is not None:
            left[at] -= 1
        given.append(Seat(record, need, ordered[at].day if at is not None else None))
    return tuple(given)


def _open(records: Iterable[Record]) -> Iterable[tuple[Record, Need]]:
    for each in records:
        if isinstance(each.what, Need) and not each.what.taken:
            yield each, each.what
