"""Contacts: what was done with a family, where, with whom, who was seen and who was not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import BlindIndex, Sealed

Kind = Literal["visit", "telephone", "video", "session", "message", "escort"]

FACE_TO_FACE: frozenset[Kind] = frozenset({"visit", "session", "escort"})
"""What counts as having stood before somebody; a telephone call never does."""
LATE_AFTER = timedelta(hours=24)
"""An entry later than this after the contact is marked late; a county setting, not law."""
UNKNOWN_SOURCE = "unknown"


@dataclass(frozen=True)
class Address:
    """Where it was: an address known to the case by `id`, or sealed words; `source` is where the address comes from."""

    source: str
    id: str | None = None
    text: Sealed | None = None


@dataclass(frozen=True)
class Seen:
    person: BlindIndex
    alone: bool


@dataclass(frozen=True)
class NotSeen:
    person: BlindIndex
    why: str


@dataclass(frozen=True)
class Contact:
    """One contact by one worker; `joint` are the units that took part. Times in UTC; a correction is a second entry."""

    id: str
    case_id: CaseId
    county: str
    kind: Kind
    at: datetime
    by: str
    unit: UnitId
    recorded_at: datetime
    reached: bool
    until: datetime | None = None
    announced: bool | None = None
    joint: tuple[str, ...] = ()
    address: Address | None = None
    seen: tuple[Seen, ...] = ()
    not_seen: tuple[NotSeen, ...] = ()
    measures: dict[str, float] | None = None
    note: Sealed | None = None
    completes: tuple[str, ...] = ()
    overlaps: tuple[str, ...] = ()
    corrects: str | None = None

    @property
    def late(self) -> bool:
        return self.recorded_at - self.at > LATE_AFTER

    @property
    def units(self) -> tuple[UnitId, ...]:
        """Every unit that was there, the recording one first."""
        return tuple(dict.fromkeys((self.unit, *(each for each in self.joint if "/" in each))))

    @property
    def sealed(self) -> tuple[Sealed, ...]:
        """Its free words: the note, and the address where that was written down."""
        return tuple(words for words in (self.note, self.address and self.address.text) if words)

    @property
    def has_words(self) -> bool:
        """Whether there is something to uncover: free words, or an address that the case knows."""
        return bool(self.sealed or (self.address and self.address.id))

    @property
    def is_attempt(self) -> bool:
        """Whether somebody tried and reached nobody, at an address that came from somewhere where it needed one."""
        placed = self.kind not in FACE_TO_FACE or (self.address and self.address.source != UNKNOWN_SOURCE)
        return not self.reached and bool(placed)


def standing(contacts: Sequence[Contact]) -> list[Contact]:
    """Those that no other entry corrects: what was wrong stays on record and counts for nothing."""
    wrong = {each.corrects for each in contacts}
    return [each for each in contacts if each.id not in wrong]


def overlapping(contact: Contact, others: Iterable[Contact]) -> tuple[str, ...]:
    """Face-to-face contacts of the same worker at the same time: two of them cannot both be true."""
    if contact.kind not in FACE_TO_FACE:
        return ()
    return tuple(
        each.id
        for each in others
        if each.kind in FACE_TO_FACE and each.by == contact.by and each.id not in (contact.id, contact.corrects)
        if _meet(contact, each)
    )


def _meet(one: Contact, other: Contact) -> bool:
    return one.at < _end(other) and other.at < _end(one)


def _end(contact: Contact) -> datetime:
    """When it was over; one without an end, or that ended as it began, took its minute."""
    return max(contact.until or contact.at, contact.at + timedelta(minutes=1))
