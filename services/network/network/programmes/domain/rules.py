"""Who enters a programme by themselves: what happened, and the cells over its facts that the programme's file names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Annotated, Any, Literal

from contracts.decisions import Outcome
from contracts.reports import CaseType, SourceUnit
from pydantic import Field
from rules.cells import Catalogue, Cell, Fact, parse_cells

from network.programmes.domain.parts import Code, Part

On = Literal["report", "assessment", "closing"]

FACTS: Mapping[On, Catalogue] = {
    "report": {
        "case_type": Fact("code", "案件類型", "case type", values=tuple(CaseType)),
        "source_unit": Fact("code", "通報單位", "source unit", values=tuple(SourceUnit)),
        "outcome": Fact("code", "決定", "outcome", values=tuple(Outcome)),
        "kinds": Fact("codes", "事件類型", "kind of event", codes="kinds"),
        "needs": Fact("codes", "需求面向", "need", codes="needs"),
        "crisis_grade": Fact("code", "自傷危機分級", "crisis grade", values=("ideation", "plan", "act")),
        "priority": Fact("number", "速別", "priority"),
    },
    "assessment": {
        "opened": Fact("flag", "開案", "opened"),
        "needs": Fact("codes", "需求面向", "need", codes="needs"),
        "factors": Fact("codes", "因子", "factor"),
        "service_mode": Fact("code", "服務模式", "service mode"),
        "tool": Fact("code", "評估工具", "tool"),
        "score": Fact("number", "分數", "score"),
        "result": Fact("code", "評估結果", "result"),
    },
    "closing": {
        "reason": Fact("code", "結案原因", "reason"),
        "case_types": Fact("codes", "案件類型", "case types", values=tuple(CaseType)),
        "service_mode": Fact("code", "服務模式", "service mode"),
        "has_child": Fact("flag", "家中有未滿十八歲者", "somebody under 18"),
    },
}
"""What may be asked of a report that was decided, of an assessment (once for each tool), and of a case that closed."""


class Rule(Part):
    """Somebody enters when this happened and `when` holds. `facts` are what is said of them then.

    `answers`: the first that their stage has is given at once, when they enter and when it happens again to somebody
    who is in it. Of several rules of a programme the first that matches counts.
    """

    id: Code
    on: Annotated[On, Field(alias="after")]
    when: Annotated[Mapping[str, Any], Field(min_length=1)]
    facts: Mapping[Code, str | int | bool] = {}
    answers: tuple[Code, ...] = ()
    source: Annotated[str, Field(min_length=1)]
    verified: bool

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Raises TableError."""
        return parse_cells(dict(self.when), f"rules.{self.id}.when", FACTS[self.on])


@dataclass(frozen=True)
class Person:
    """Somebody whom it is about, by key; `birth_year` where it is known."""

    key: str
    birth_year: int | None = None


@dataclass(frozen=True)
class Happening:
    """What happened, without anybody's name. `about` is the id of the report, the assessment or the closing.

    `unit` serves the family; `case_id` is none where no unit was sent.
    """

    on: On
    about: str
    county: str
    at: datetime
    facts: Mapping[str, Any]
    people: tuple[Person, ...] = ()
    unit: str | None = None
    case_id: str | None = None
    report_id: str | None = None

    def holds(self, rule: Rule) -> bool:
        if rule.on != self.on:
            return False
        empty = {name: _NOTHING.get(fact.kind) for name, fact in FACTS[self.on].items()}
        return all(cell.matches(SimpleNamespace(**(empty | dict(self.facts)))) for cell in rule.cells)

    def told(self, rule: Rule) -> tuple[tuple[str, str], ...]:
        """The facts that a rule matched, as they were: for people to read why."""
        return tuple((cell.fact, _text(self.facts.get(cell.fact))) for cell in rule.cells)


_NOTHING: Mapping[str, Any] = {"codes": frozenset(), "flag": False}


def _text(value: object) -> str:
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(map(str, value)))
    return "" if value is None else str(value)
