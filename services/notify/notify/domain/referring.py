"""How a unit answers a referral in its group: three buttons, the reasons of a refusal, the day that there is room."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self, TypeAlias

from contracts.deliveries import PressedAnswer
from contracts.event import Event, Model
from contracts.referrals import ReferralAccepted, ReferralRefused, ReferralWithdrawn
from pydantic import Field
from rules.spans import TAIPEI
from rules.taiwan import roc_day

from notify.domain.texts import Json, Label, Text, box, button, postback, text

ASKED, WITHDRAWN, OTHERWISE = "referral_asked", "referral_withdrawn", "referral_otherwise"
"""What asks for an answer, and what its group hears: that it is asked no more, that its press did not count."""
TAKE, NOT_US, FULL, REFUSE = "take", "not_us", "full", "refuse-"
"""What a button carries: the first three stand on the card, a refusal with its reason on the card that follows."""
LINE = "line"

Code = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
Tokens: TypeAlias = Callable[[str], str]
"""The token of an answer to one message."""


class ReferralWords(Model):
    """What stands on a referral's buttons and in the replies to them. `services` are those that LINE may name."""

    take: Label
    not_us: Label
    full: Label
    taking: Text
    refusing: Text
    refusing_for: Text
    why: Text
    which: Label
    taken: Text
    refused: Text
    waiting: Text
    already: Text
    over: Text
    wrong_day: Text
    elsewhere: Text
    room_within_days: Annotated[int, Field(ge=1, le=365)]
    refusals: Mapping[Code, Label]
    services: Mapping[Code, Label]


@dataclass(frozen=True)
class Buttons:
    """The three answers of a card that was written on a day."""

    words: ReferralWords
    token: Tokens
    on: date

    def of(self, code: str) -> list[Json]:
        words = self.words
        full = {
            "type": "datetimepicker", "label": words.full, "data": self.token(FULL), "mode": "date",
            "min": (self.on + timedelta(days=1)).isoformat(),
            "max": (self.on + timedelta(days=words.room_within_days)).isoformat(),
        }  # fmt: skip
        return [
            button(postback(words.take, self.token(TAKE), words.taking.format(code=code)), style="primary"),
            button(postback(words.not_us, self.token(NOT_US), words.refusing.format(code=code))),
            button(full),
        ]


def reasons_card(words: ReferralWords, code: str, token: Tokens) -> Json:
    """What follows on `not us`: one button for each reason."""
    said = words.refusing_for.format(code=code)
    choices = [
        button(postback(label, token(REFUSE + reason), f"{said}{label}"), height="sm")
        for reason, label in words.refusals.items()
    ]
    head = box(text(words.which, weight="bold"), text(code, size="xl", weight="bold"))
    body = box(text(words.why.format(code=code), wrap=True))
    bubble = {"type": "bubble", "header": head, "body": body, "footer": box(*choices)}
    return {"type": "flex", "altText": code, "contents": bubble}


@dataclass(frozen=True)
class Said:
    """What a press says to a referral."""

    answer: PressedAnswer
    reason: str | None = None
    expected_on: date | None = None

    @classmethod
    def of(cls, button: str, chosen: str | None, at: datetime, words: ReferralWords) -> Self | None:
        """What a button means; None for a reason that is none, or no day ahead that may be promised."""
        if button == TAKE:
            return cls("accepted")
        if button.startswith(REFUSE):
            reason = button.removeprefix(REFUSE)
            return cls("refused", reason) if reason in words.refusals else None
        day, today = _day(chosen), at.astimezone(TAIPEI).date()
        is_ahead = day is not None and today < day <= today + timedelta(days=words.room_within_days)
        return cls("waiting", expected_on=day) if button == FULL and is_ahead else None

    def told(self, words: ReferralWords, code: str, name: str, at: str) -> str:
        """What the group reads of it."""
        said = {"accepted": words.taken, "refused": words.refused, "waiting": words.waiting}[self.answer]
        return said.format(code=code, name=name, at=roc_day(self.expected_on) if self.expected_on else at)


@dataclass(frozen=True)
class Pressed:
    """Who said what, when, by which press; `bound` as of an acknowledgement."""

    id: str
    said: Said
    by: str
    at: datetime
    bound: bool


@dataclass(frozen=True)
class Over:
    """A referral was answered, or is asked no more: buttons of before answer nothing."""

    referral_id: str
    answer: Literal["accepted", "refused", "withdrawn"]
    by_press: bool = False


def over_of(event: Event) -> Over | None:
    """What ends the asking of a referral."""
    match event:
        case ReferralAccepted():
            return Over(event.referral_id, "accepted", event.channel == LINE)
        case ReferralRefused():
            return Over(event.referral_id, "refused", event.channel == LINE)
        case ReferralWithdrawn():
            return Over(event.referral_id, "withdrawn")
        case _:
            return None


def _day(chosen: str | None) -> date | None:
    try:
        return date.fromisoformat(chosen or "")
    except ValueError:
        return None
