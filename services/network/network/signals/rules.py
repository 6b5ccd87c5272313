"""What may be asked, by whom, and what is told: read from rules/signals.yaml and checked once."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict
from rules.counties import Length
from rules.spans import Span

from network.signals.domain.answer import Bounds
from network.signals.domain.curiosity import Signs

FILE = files("network") / "rules" / "signals.yaml"
MARKS = ("protection_order", "staff_warning")
_STRICT = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
Answer = Literal["listed_high_risk", "protection_order", "reports_in_12_months", "staff_warning", "in_service"]
Within = Annotated[Span, BeforeValidator(lambda text: text if isinstance(text, Span) else Span.parse(str(text)))]


class Purpose(BaseModel):
    """Under which law, whose units may ask, and what is answered."""

    model_config = _STRICT

    law: str
    units: tuple[str, ...]
    answers: tuple[Answer, ...]

    def is_open_to(self, unit: str) -> bool:
        name = unit.partition("/")[2]
        return any(name == each or name.startswith(f"{each}.") for each in self.units)


class Alarms(BaseModel):
    model_config = _STRICT

    without_event: int
    at_night: int
    askers_of_one: int
    within: Length
    night_begins: int
    night_ends: int


class Limits(BaseModel):
    model_config = _STRICT

    per_hour: int
    per_day: int
    caller_per_hour: int
    caller_per_day: int


class Telling(BaseModel):
    """Whether and within what a lead owes a look at who asked; `places` within a time owe one more."""

    model_config = _STRICT

    within: Within
    places: int
    places_within: Length
    counties_without: tuple[str, ...] = ()


class Rules(BaseModel):
    """The whole file, which explains each."""

    model_config = _STRICT

    source: str
    verified: bool
    since: object
    purposes: Mapping[str, Purpose]
    high_risk: frozenset[str]
    sealed: frozenset[str]
    lapses_after: Length
    counted_for: Length
    most_at_address: int
    fallback: Mapping[Literal["day", "night"], str]
    day: Mapping[Literal["begins", "ends"], str]
    limits: Limits
    alarms: Alarms
    tells_lead: Telling

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.counted_for, self.lapses_after, self.high_risk, self.sealed)

    @property
    def signs(self) -> Signs:
        own = self.alarms
        return Signs(own.without_event, own.at_night, own.askers_of_one, own.night_begins, own.night_ends)

    @property
    def lately(self) -> timedelta:
        return self.alarms.within

    def open_to(self, units: frozenset[str] | tuple[str, ...]) -> tuple[str, ...]:
        """The purposes for which any of these units may ask; no units stands for every one."""
        return tuple(
            code for code, each in self.purposes.items() if not units or any(each.is_open_to(unit) for unit in units)
        )


@cache
def rules() -> Rules:
    """Raises pydantic's ValidationError, which says where."""
    return Rules.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
