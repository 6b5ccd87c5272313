"""A programme as data: of whom, by which stages, what is owed in each by when, what may be paid, what is counted.

The grammar is closed. A word enters it when two programmes need it; what one alone needs is Python beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Annotated, Any, Literal, Self

from contracts.languages import Said
from pydantic import Field, field_validator, model_validator
from rules.cells import Cell, parse_cells
from rules.cells import Fact as CellFact

from network.programmes.domain.parts import (
    Code,
    Contact,
    Entrance,
    Kind,
    Length,
    Measure,
    Money,
    Part,
    Stage,
    Task,
    UnitCode,
)
from network.programmes.domain.rules import Rule


class Fact(Part):
    """What is said of somebody who enters. `required` where a clock or a figure cannot do without it."""

    kind: Literal["code", "number", "flag", "day"]
    values: tuple[Code, ...] = ()
    required: bool = False


class Amount(Part):
    """What may be granted of one item, in whole TWD: refused outside `least` and `most`, cut to what a cap leaves.

    `per_time`: at most so much each time. `per_count`: so many times. `per_year`: so much in a calendar year and
    subject. `stages`: where it can be granted; everywhere where none is named.
    """

    least: Money | None = None
    most: Money | None = None
    per_time: Money | None = None
    per_count: Annotated[int, Field(ge=1, le=9_999)] | None = None
    per_year: Money | None = None
    once_per_cause: bool = False
    stages: tuple[Code, ...] = ()
    source: Annotated[str, Field(min_length=1)]
    verified: bool


class Pausable(Part):
    """For how long at most its clocks may stand still, all pauses of an enrolment together."""

    longest: Length
    source: Annotated[str, Field(min_length=1)]
    verified: bool


Counted = Literal["before", "begun", "continuing", "ended", "answers", "contacts", "granted", "paid", "due"]


class Figure(Part):
    """A number by name: a count, a sum of others, or a ratio of two, which may have a target.

    `before` and `continuing` are open when the period begins and when it is over; `due` are times that something was
    owed by within it, by `state`; `granted` and `paid` count TWD. `distinct`: units or enrolments, each once.
    """

    count: Counted | None = None
    sum: tuple[Code, ...] = ()
    ratio: tuple[Code, Code] | None = None
    target: Annotated[float, Field(allow_inf_nan=False)] | None = None
    answer: Code | None = None
    evidence: Code | None = None
    stage: Code | None = None
    contact: Code | None = None
    kind: tuple[Kind, ...] = ()
    task: Code | None = None
    state: Literal["met", "late", "missed", "open"] | None = None
    item: Code | None = None
    entered_by: Entrance | None = None
    facts: Mapping[Code, str | int | bool] = {}
    distinct: Literal["units", "enrolments"] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum((self.count is not None, bool(self.sum), self.ratio is not None)) != 1:
            raise ValueError("write one of count, sum or ratio")
        return self

    @field_validator("kind", mode="before")
    @classmethod
    def _one_or_several(cls, kind: object) -> object:
        return (kind,) if isinstance(kind, str) else kind


class Programme(Part):
    """One version of a programme; the first stage is where an enrolment begins."""

    programme: Code
    version: Annotated[int, Field(ge=1, le=9_999)]
    since: date
    source: Annotated[str, Field(min_length=1)]
    verified: bool
    of: Literal["person", "household"]
    unit: UnitCode
    ages: tuple[int, int] | None = None
    enters_by: Annotated[tuple[Entrance, ...], Field(min_length=1)]
    facts: Mapping[Code, Fact] = {}
    entry: Mapping[Code, Any] = {}
    rules: tuple[Rule, ...] = ()
    stages: Annotated[Mapping[Code, Stage], Field(min_length=1)]
    amounts: Mapping[Code, Amount] = {}
    pausable: Pausable | None = None
    figures: Annotated[Mapping[Code, Figure], Field(min_length=1)]
    words: Mapping[Code, Said]

    @property
    def first(self) -> str:
        return next(iter(self.stages))

    @property
    def tasks(self) -> Mapping[str, Task]:
        """Every task by its id; one that stands in several stages is the same in each."""
        return {task.id: task for stage in self.stages.values() for task in stage.owed}

    @property
    def contacts(self) -> Mapping[str, Contact]:
        return {each.id: each for stage in self.stages.values() for each in stage.contacts}

    @property
    def measures(self) -> Mapping[str, Measure]:
        return {each.name: each for stage in self.stages.values() for each in stage.measures}

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Whom the programme is for. Raises TableError."""
        return parse_cells(dict(self.entry), "entry", _cell_facts(self.facts))

    def unmet(self, facts: Mapping[str, object]) -> tuple[Cell, ...]:
        """The cells of `entry` that these facts do not match."""
        kept = {name: facts.get(name, False if fact.kind == "flag" else None) for name, fact in self.facts.items()}
        return tuple(cell for cell in self.cells if not cell.matches(SimpleNamespace(**kept)))

    def in_stages(self, task: str) -> Sequence[str]:
        """The stages in which a task is owed."""
        return [name for name, stage in self.stages.items() if any(each.id == task for each in stage.owed)]


def codes(programme: Programme) -> Iterator[tuple[str, str]]:
    """Every code that needs words, with where it stands."""
    yield programme.programme, "programme"
    for name, stage in programme.stages.items():
        yield name, f"stages.{name}"
        yield from ((task.id, f"stages.{name}.tasks") for task in stage.tasks)
        yield from ((each.id, f"stages.{name}.contacts") for each in stage.contacts)
        yield from ((each.name, f"stages.{name}.measures") for each in stage.measures)
        yield from ((answer, f"stages.{name}.next.{answer}") for answer in stage.next)
        for answer, each in stage.next.items():
            yield from ((code, f"stages.{name}.next.{answer}") for code in (*each.needs, *each.tells))
        yield from ((code, f"stages.{name}.needs") for code in stage.needs)
        yield from ((task.evidence, f"stages.{name}.tasks") for task in stage.tasks if task.evidence)
    yield from ((each.evidence, f"figures.{name}") for name, each in programme.figures.items() if each.evidence)
    yield from (
        (code, "facts") for code in (*programme.facts, *(v for f in programme.facts.values() for v in f.values))
    )
    yield from ((rule.id, f"rules.{at}") for at, rule in enumerate(programme.rules))
    yield from ((code, "amounts") for code in programme.amounts)
    yield from ((code, "figures") for code in programme.figures)


def _cell_facts(facts: Mapping[str, Fact]) -> Mapping[str, CellFact]:
    kinds = {"code": "code", "number": "number", "flag": "flag"}
    return {
        name: CellFact(kinds[fact.kind], name, name, values=fact.values)  # type: ignore[arg-type]
        for name, fact in facts.items()
        if fact.kind in kinds
    }
