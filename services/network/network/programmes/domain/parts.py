"""The parts of a stage: what is owed in it by when, what settles it, where its answers lead."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from rules.spans import Span

END = "end"
"""Where an answer leads that ends the enrolment."""
PAID = "paid"
"""Needed by an answer: something that was granted has been paid."""
FOLLOW_UP = "follow_up"
STAGE = "stage"
"""A clock that starts when its stage does; others start with a fact."""
NAMED = frozenset({END, PAID, FOLLOW_UP, "go_on"})
"""Words that every programme knows."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
UnitCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,47}$")]
Money = Annotated[int, Field(ge=1, le=100_000_000)]
Kind = Literal["visit", "telephone", "video", "session", "message", "escort"]
Period = Literal["week", "month", "quarter", "year"]
PERIODS: tuple[Period, ...] = ("week", "month", "quarter", "year")
Entrance = Literal["referral", "application", "roster", "rule", "closing"]


def _span(text: object) -> object:
    return text if isinstance(text, Span) else Span.parse(str(text))


def _period_or_span(text: object) -> object:
    """`month`: any day of it. `30d`: so long after the last. Raises ValueError."""
    if text in PERIODS or isinstance(text, Span):
        return text
    try:
        return Span.parse(str(text))
    except ValueError:
        raise ValueError(f"write one of {', '.join(PERIODS)} (any day of it) or a span such as 7d") from None


Length = Annotated[Span, BeforeValidator(_span)]
Rhythm = Annotated[Any, BeforeValidator(_period_or_span)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Task(Part):
    """One thing owed: once (`due`), in every calendar period, or so long after the last time (`every`).

    `contact` or `evidence` settles it; with neither, the answer that leaves its stage does. `by` is who owes it, where
    that is another than the enrolment's unit. `until`: so long after it was due a missed one of a period can be done.
    """

    id: Code
    due: Length | None = None
    start: Code = STAGE
    or_age: Annotated[int, Field(ge=1, le=120)] | None = None
    every: Rhythm = None
    at_least: Annotated[int, Field(ge=1, le=31)] = 1
    until: Length | None = None
    contact: Code | None = None
    evidence: Code | None = None
    by: UnitCode | None = None
    source: Annotated[str, Field(min_length=1)]
    verified: bool

    @model_validator(mode="after")
    def _is_one_clock(self) -> Self:
        if (self.due is None) == (self.every is None):
            raise ValueError("write either due (once) or every (again and again)")
        if self.at_least > 1 and not self.is_periodic:
            raise ValueError(f"at_least needs every: one of {', '.join(PERIODS)}")
        if self.contact and self.evidence:
            raise ValueError("write either contact or evidence: one of them settles it")
        if self.every and not self.contact:
            raise ValueError("what is owed again and again needs the contact that settles it")
        if self.every and (self.start != STAGE or self.or_age):
            raise ValueError("start and or_age belong to due, not to every")
        return self

    @property
    def is_periodic(self) -> bool:
        return self.every in PERIODS

    @property
    def is_answer(self) -> bool:
        """Whether the answer that leaves its stage settles it."""
        return not (self.contact or self.evidence)


class Contact(Part):
    """What counts as one: by which kinds, with which units all there, with which measures taken.

    `by_file`: others tell it in a file, such as a bank its deposits.
    """

    id: Code
    kind: tuple[Kind, ...]
    units: Annotated[tuple[UnitCode, ...], Field(alias="with")] = ()
    measures: tuple[Code, ...] = ()
    unreached: bool = False
    by_file: bool = False

    @field_validator("kind", mode="before")
    @classmethod
    def _one_or_several(cls, kind: object) -> object:
        return (kind,) if isinstance(kind, str) else kind


class Measure(Part):
    """A number that is judged at a contact, between two others; the texts of a tool are never here.

    `worse`: whether more of it is worse, or less; without it nobody is told that it grew worse.
    """

    name: Code
    least: Annotated[float, Field(alias="from", allow_inf_nan=False)]
    most: Annotated[float, Field(alias="to", allow_inf_nan=False)]
    worse: Literal["more", "less"] | None = None


class Next(Part):
    """Where an answer leads, without what it cannot be given (evidence, contacts), and who has to be told."""

    to: Code
    needs: tuple[Code, ...] = ()
    tells: tuple[Code, ...] = ()


class FollowUp(Part):
    """How long somebody is looked after once the rest is over; to an age, if that comes first."""

    months: Annotated[int, Field(ge=1, le=120)]
    or_age: Annotated[int, Field(ge=1, le=120)] | None = None
    source: Annotated[str, Field(min_length=1)]
    verified: bool

    @property
    def task(self) -> Task:
        return Task(
            id=FOLLOW_UP, due=Span(self.months, "mo"), or_age=self.or_age, source=self.source, verified=self.verified
        )


class Stage(Part):
    """`calls` are the kinds of unit that hear of it at once when it is entered, beside whose it is; `priority` is how
    urgently, as a report's."""

    calls: tuple[UnitCode, ...] = ()
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    tasks: tuple[Task, ...] = ()
    contacts: tuple[Contact, ...] = ()
    measures: tuple[Measure, ...] = ()
    follow_up: FollowUp | None = None
    needs: tuple[Code, ...] = ()
    next: Mapping[Code, Next]

    @field_validator("next", mode="before")
    @classmethod
    def _stage_or_more(cls, value: object) -> object:
        if not isinstance(value, Mapping):
            return value
        return {answer: {"to": to} if isinstance(to, str) else to for answer, to in value.items()}

    @property
    def owed(self) -> tuple[Task, ...]:
        return (*self.tasks, self.follow_up.task) if self.follow_up else self.tasks
