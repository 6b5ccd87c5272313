"""An enrolment: somebody in one version of a programme, from stage to stage, and everything that was done in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.event import Sealed

from network.programmes.domain.amounts import Grant
from network.programmes.domain.facts import Facts
from network.programmes.domain.parts import END
from network.programmes.domain.said import Said

EARLY_ENDS = ("moved", "died", "declined", "served_elsewhere", "not_found_again", "mistake")
"""Why an enrolment ends that no answer of its programme ended."""


@dataclass(frozen=True)
class Subject:
    """Who is in it: of a case, a person by key, a household of lists; at least one of the three."""

    case_id: str | None = None
    person: str | None = None
    household_id: str | None = None


@dataclass(frozen=True)
class Entered:
    """A stage entered: by which answer, with which evidence and facts, who was told; the end is one too."""

    stage: str
    said: Said
    answer: str | None = None
    evidence: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    facts: Facts | None = None


@dataclass(frozen=True)
class Met:
    """A contact: what of the programme it is, and by which units; a note is sealed."""

    id: str
    what: str
    kind: str
    said: Said
    reached: bool = True
    units: tuple[str, ...] = ()
    measures: Mapping[str, float] | None = None
    note: Sealed | None = None


@dataclass(frozen=True)
class Pause:
    """Its clocks stand still from one time until another."""

    start: datetime
    until: datetime
    reason: str
    said: Said


@dataclass(frozen=True)
class Heard:
    """What made them enter by a rule of the programme, or happened to them again: the facts that the rule matched.

    `cause` is that of the happening and the rule: what was heard once is never heard again.
    """

    cause: str
    rule: str
    on: str
    about: str
    facts: tuple[tuple[str, str], ...]
    said: Said
    source: str
    verified: bool
    report_id: str | None = None


@dataclass(frozen=True)
class Enrolment:
    """The aggregate. Facts are codes, numbers and days, nobody's words; `of_age` are days by age that clocks need.

    `addressed`: who wrote the address down, where that was after the beginning.
    """

    id: str
    programme: str
    version: int
    county: str
    unit: str
    subject: Subject
    entered_by: str
    entered: tuple[Entered, ...]
    person: str | None = None
    of_age: Mapping[str, str] | None = None
    contacts: tuple[Met, ...] = ()
    grants: tuple[Grant, ...] = ()
    pauses: tuple[Pause, ...] = ()
    note: Sealed | None = None
    address: Sealed | None = None
    heard: tuple[Heard, ...] = ()
    addressed: Said | None = None
    revision: int = 1

    @property
    def stage(self) -> str:
        return self.entered[-1].stage

    @property
    def is_open(self) -> bool:
        return self.stage != END

    @property
    def begun_at(self) -> datetime:
        return self.entered[0].said.at

    @property
    def ended_at(self) -> datetime | None:
        return None if self.is_open else self.entered[-1].said.at

    @property
    def facts(self) -> Facts:
        """What is said of them now: of each fact what was said last."""
        return self.facts_at(self.entered[-1])

    def facts_at(self, entered: Entered) -> Facts:
        """What was said of them when a stage was entered."""
        told = self.entered[: self.entered.index(entered) + 1]
        return {name: value for each in told for name, value in (each.facts or {}).items()}

    @property
    def last(self) -> Said:
        return max(self._said, key=lambda each: each.recorded_at)

    @property
    def _said(self) -> tuple[Said, ...]:
        parts: tuple[Entered | Met | Grant | Pause | Heard, ...] = (
            *self.entered, *self.contacts, *self.grants, *self.pauses, *self.heard
        )  # fmt: skip
        paid = (each.paid for each in self.grants if each.paid)
        return (*(each.said for each in parts), *paid, *((self.addressed,) if self.addressed else ()))

    def sent_for(self, cause: str | None) -> Said | None:
        """What was done for this cause before."""
        return next((each for each in self._said if cause and each.cause == cause), None)
