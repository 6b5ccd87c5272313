"""An early warning: what it is of and why in numbers, who owes an answer, and how it was answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from contracts.decisions import UnitId
from contracts.event import Sealed
from rules.spans import Span

from network.known.entry import Kind
from network.tasks.domain.task import Because, Task, done, task_id

ANSWER_WARNING = "answer_warning"
Rule = Literal["hot_spot", "family_rises"]
RULES: tuple[Rule, ...] = ("hot_spot", "family_rises")
Verdict = Literal["acted_on", "dismissed"]


class AnsweredBefore(Exception):
    """Somebody answered it: what was recorded stays."""


@dataclass(frozen=True)
class Spot:
    """So many (`observed`) in a week that begins on `week`, where `expected` came and up to `bound` is no rise.

    `chance`, of so many or more, 0 to 1; `compared_with` so many weeks.
    """

    series: str
    township: str | None
    village: str | None
    week: date
    observed: int
    expected: float
    bound: int
    chance: float
    compared_with: int


@dataclass(frozen=True)
class Reason:
    """An entry that is news of a family: what it is, whose, since when, who may see that, the case it is part of."""

    kind: Kind
    source: str
    since: datetime
    unit: UnitId
    units: tuple[UnitId, ...]
    case_id: str | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.source}"


@dataclass(frozen=True)
class Family:
    """Why a family is warned of: `reasons` within so many `days`; `least` is from how many entries and systems on.

    `before`: by how many entries it was known until then.
    """

    reasons: tuple[Reason, ...]
    before: int
    days: int
    least: tuple[int, int]
    case_id: str | None = None

    @property
    def systems(self) -> tuple[Kind, ...]:
        return tuple(dict.fromkeys(each.kind for each in self.reasons))


@dataclass(frozen=True)
class Answer:
    """What a person says: acted on by an act, or dismissed for a reason, both codes; their words are sealed."""

    verdict: Verdict
    code: str
    by: str
    unit: UnitId
    at: datetime
    words: Sealed | None = None
    sent: str | None = None


@dataclass(frozen=True)
class EarlyWarning:
    """The aggregate. `unit` is who owed the answer first: the task says who does now. It has a spot or a family."""

    id: str
    rule: Rule
    county: str
    unit: UnitId
    found_at: datetime
    due_at: datetime
    spot: Spot | None = None
    family: Family | None = None
    answer: Answer | None = None

    @property
    def owner(self) -> UnitId:
        """Whose it was to answer, as far as no task says otherwise."""
        return self.answer.unit if self.answer else self.unit

    @property
    def claims(self) -> tuple[str, ...]:
        """What no other warning is of."""
        return tuple(each.id for each in self.family.reasons) if self.family else (self.id,)


def answered(warning: EarlyWarning, answer: Answer) -> EarlyWarning:
    """The same again changes nothing. Raises AnsweredBefore."""
    before = warning.answer
    if before and (before.by, before.verdict, before.code) == (answer.by, answer.verdict, answer.code):
        return warning
    if before:
        raise AnsweredBefore
    return replace(warning, answer=answer)


def grown(warning: EarlyWarning, reasons: Iterable[Reason]) -> EarlyWarning:
    """An open warning of a family with what has come since."""
    assert warning.family, "of a family alone"
    assert warning.answer is None, "what was answered stays as it was"
    known = {each.id: each for each in warning.family.reasons}
    more = tuple(each for each in reasons if each.id not in known)
    together = sorted((*warning.family.reasons, *more), key=lambda each: (each.since, each.id))
    return replace(warning, family=replace(warning.family, reasons=tuple(together)))


def owed(warning: EarlyWarning, person: str | None, within: Span) -> Task:
    """Its unit answers. With the case it goes to other hands; it does not end with it."""
    return Task(
        task_id(warning.id, ANSWER_WARNING), ANSWER_WARNING, warning.unit, warning.county,
        Because("early_warning", warning.id), warning.found_at, warning.due_at, person,
        warning.family.case_id if warning.family else None, "county setting", verified=False, span=str(within),
    )  # fmt: skip


def settled(task: Task, warning: EarlyWarning) -> Task:
    """The task once it was answered."""
    assert warning.answer, "only an answer settles it"
    return done(task, by=warning.answer.by, at=warning.answer.at, evidence=warning.id)


@dataclass(frozen=True)
class Record:
    """How often a rule was right: of those that were answered, the share that was acted on."""

    open: int = 0
    acted_on: int = 0
    dismissed: int = 0

    @property
    def answered(self) -> int:
        return self.acted_on + self.dismissed

    @property
    def share(self) -> float | None:
        return self.acted_on / self.answered if self.answered else None


def record_of(counts: Mapping[str, int]) -> Record:
    """By verdict; what has none is open."""
    return Record(counts.get("", 0), counts.get("acted_on", 0), counts.get("dismissed", 0))
