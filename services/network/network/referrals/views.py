"""What leaves this service about a referral: to who is asked, what they need and nothing of the case."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Self

from network.referrals.asking import Offered
from network.referrals.domain.referral import Line, Referral
from network.tasks.views import View

HIDDEN = ("case_id", "report_id", "instead_of", "confirmed_by_person")
"""What the side that is asked does not see: the family's case, and what the person says of it afterwards."""


def told_of(referral: Referral, side: str) -> tuple[Line, ...]:
    """The history that a side sees: what the person says of it is told to who asked them."""
    return tuple(
        each for each in referral.history if side == "sender" or each.what not in ("confirmed", "not_confirmed")
    )


class SaidView(View):
    """Who answered by which channel, and who wrote it down where that is another."""

    by: str
    at: datetime
    channel: str
    written_by: str | None


class LineView(View):
    at: datetime
    what: str
    by: str
    channel: str
    written_by: str | None
    reason: str | None


class PartView(View):
    """One kind that was asked: done at `at` with a `result`, or refused for a `reason`; open while `at` is null."""

    kind: str
    at: datetime | None
    result: str | None
    reason: str | None


class KeptView(View):
    after: str
    kept: bool
    at: datetime


class OfferedView(View):
    """A provider with room: `left` as somebody said at `as_of`; null where nobody did."""

    provider: str
    unit: str
    name: str
    left: int | None
    as_of: datetime | None
    stale: bool


class ReferralView(View):
    """A referral; what is the sender's alone (`HIDDEN`) is null for the side that is asked.

    A partner who sent it hears the kind of what came of it: state, answer, outcome and times, no reason and no history.

    `confirmed_by_person`: whether the person got what they came for; null where nobody asked them. `next_best` of one
    that was refused. Free words are shown by `/looks` alone.
    """

    referral_id: str
    county: str
    service: str
    state: str
    to: str
    provider: str | None
    from_unit: str
    sent_by: str
    sent_at: datetime
    answer_due_at: datetime
    case_id: str | None
    report_id: str | None
    instead_of: str | None
    township: str | None
    asked_for: tuple[str, ...]
    family_agrees: bool | None
    has_words: bool
    expected: datetime | None
    answer: str | None
    reason: str | None
    answered_at: datetime | None
    answered_by: SaidView | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    group: str | None
    needed_on: str | None
    parts: tuple[PartView, ...]
    sessions: int
    kept: tuple[KeptView, ...]
    confirmed_by_person: bool | None
    next_best: tuple[OfferedView, ...] = ()
    history: tuple[LineView, ...]
    version: int

    @classmethod
    def of(cls, referral: Referral, side: str, next_best: Sequence[Offered] = ()) -> Self:
        own = {name: getattr(referral, name) for name in cls.model_fields if hasattr(referral, name)}
        derived = {
            "referral_id": referral.id, "family_agrees": referral.wish, "expected": referral.expected_at,
            "has_words": bool(referral.note or referral.person), "confirmed_by_person": referral.confirmed,
            "next_best": tuple(map(OfferedView.model_validate, next_best)),
        }  # fmt: skip
        return cls.model_validate({**own, **derived, **_hidden(referral, side)})


def _hidden(referral: Referral, side: str) -> Mapping[str, object]:
    """What is withheld from a side."""
    if side == "receiver":
        return dict.fromkeys(HIDDEN) | {"history": told_of(referral, side)}
    return _OUTSIDE if side == "outside" else {}


_OUTSIDE: Mapping[str, object] = {
    "reason": None, "answered_by": None, "parts": (), "kept": (), "sessions": 0, "history": (),
}  # fmt: skip


class ReferralsView(View):
    """A page of referrals, the last sent first; `next` is the `after` of the following page."""

    referrals: tuple[ReferralView, ...]
    next: str | None = None


class WordsView(View):
    """What was written to the side that is asked; null where there is none, or it was erased."""

    note: str | None
    person: Mapping[str, str] | None
