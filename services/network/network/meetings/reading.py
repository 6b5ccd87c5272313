"""What meetings rest on, read from rules/agenda.yaml and checked once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
from contracts.languages import Said
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from rules import counties
from rules.cells import parse_cells
from rules.spans import Span

from network.meetings.domain.inclusion import CATALOGUE, Rule, SchoolReports
from network.meetings.domain.meeting import Level
from network.meetings.domain.owing import Terms

FILE = files("network") / "rules" / "agenda.yaml"

_STRICT = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
Length = Annotated[Span, BeforeValidator(lambda text: text if isinstance(text, Span) else Span.parse(str(text)))]


class Purpose(BaseModel):
    """What a meeting is for: its level, which unit convenes where no series says, and who is to come then."""

    model_config = _STRICT

    level: Level
    host: str
    zh: str
    en: str
    units: tuple[str, ...] = ()
    source: str = ""


class List(BaseModel):
    """A list on which cases stand: the tool that must be measured below its threshold before one leaves it."""

    model_config = _STRICT

    tool: str
    threshold: int
    purpose: str
    zh: str
    en: str
    source: str
    verified: bool


class Scheme(BaseModel):
    """A city-wide scheme: which unit has which duty."""

    model_config = _STRICT

    zh: str
    en: str
    source: str
    verified: bool
    duties: Mapping[str, str]


class Rulebook(BaseModel):
    """agenda.yaml explains each."""

    model_config = _STRICT

    source: str
    verified: bool
    fixed_within: Length
    planned_within: Length
    minutes_within: Length
    again_within: Length
    told_within: Length
    purposes: Mapping[str, Purpose]
    raised_to: Mapping[str, str]
    rules: tuple[Rule, ...]
    again_for: Length
    school_reports: SchoolReports
    lists: Mapping[str, List]
    schemes: Mapping[str, Scheme]

    @model_validator(mode="after")
    def _names_what_there_is(self) -> "Rulebook":
        named = {self.school_reports.purpose, *(each.purpose for each in self.rules)}
        named |= {each.purpose for each in self.lists.values()}
        if unknown := named.union(self.raised_to.values()) - self.purposes.keys():
            raise ValueError(f"purposes: there is none called {', '.join(sorted(unknown))}")
        if unknown := {each.lists for each in self.rules if each.lists} - self.lists.keys():
            raise ValueError(f"lists: there is none called {', '.join(sorted(unknown))}")
        return self

    @property
    def terms(self) -> Terms:
        return Terms(self.fixed_within, self.minutes_within, self.planned_within, self.again_within)

    def host(self, purpose: str, county: str) -> str:
        """The unit of a county that convenes meetings of a purpose; the centre that serves, where it has none."""
        named = f"{county}/{self.purposes[purpose].host}"
        return named if named in counties.units_of(county) else f"{county}/{counties.county(county).centre_of()}"

    def said(self, rule: str) -> Said | None:
        """A rule in words; None for a person's reason."""
        often = self.school_reports
        named = {each.id: Said(each.zh, each.en) for each in self.rules}
        return (named | {often.id: Said(often.zh, often.en)}).get(rule)


@cache
def rulebook() -> Rulebook:
    """Raises ValidationError or TableError, which say where and how to mend it."""
    return read(yaml.safe_load(FILE.read_text("utf-8")))


def read(raw: Mapping[str, Any]) -> Rulebook:
    """A rulebook from what its file says."""
    rules = [
        Rule(
            each["id"], each["purpose"], parse_cells(each["when"], f"rules.{each['id']}", CATALOGUE), each["zh"],
            each["en"], each["source"], each["verified"], each.get("always", False), each.get("lists"),
        )
        for each in raw["rules"]
    ]  # fmt: skip
    often = raw["school_reports"]
    spans = {name: Span.parse(often[name]) for name in ("within", "held_within")}
    counted = SchoolReports(**(often | spans | {"source_units": frozenset(often["source_units"])}))
    return Rulebook.model_validate({**raw, "rules": tuple(rules), "school_reports": counted})
