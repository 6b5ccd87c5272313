"""What warns, whose it is and how it is answered: read from rules/early_warnings.yaml and checked once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from rules.counties import Length, county
from rules.spans import Span

from network.early_warnings.domain.families import Bounds
from network.early_warnings.domain.spots import Area, Counting
from network.known.entry import Kind

FILE = files("network") / "rules" / "early_warnings.yaml"
CENTRE = "centre"
_STRICT = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
Within = Annotated[Span, BeforeValidator(lambda text: text if isinstance(text, Span) else Span.parse(str(text)))]


class Series(BaseModel):
    model_config = _STRICT

    kind: Kind
    unit: str
    lists: frozenset[str] = frozenset()


class Rising(BaseModel):
    model_config = _STRICT

    within: Length
    systems: int = Field(ge=1)
    entries: int = Field(ge=2)
    most_holders: int = Field(ge=2)
    most_entries: int = Field(ge=2)


class Own(BaseModel):
    """What a county sets otherwise."""

    model_config = _STRICT

    within: Length | None = None
    systems: int | None = Field(None, ge=1)
    entries: int | None = Field(None, ge=2)
    most_holders: int | None = Field(None, ge=2)
    most_entries: int | None = Field(None, ge=2)


class Rules(BaseModel):
    """The whole file, which explains each."""

    model_config = _STRICT

    source: str
    verified: bool
    since: object
    answer_within: Within
    series: Mapping[str, Series]
    family: Rising
    counties: Mapping[str, Own] = {}
    acts: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def counting(self) -> Mapping[str, Counting]:
        return {name: Counting(each.kind, each.lists) for name, each in self.series.items()}

    def family_of(self, code: str) -> Bounds:
        """As a county sets it."""
        otherwise = self.counties.get(code, Own()).model_dump(exclude_none=True)
        own = self.family.model_copy(update=otherwise)
        return Bounds(own.within, own.systems, own.entries, own.most_holders, own.most_entries)

    def unit_of(self, series: str, code: str, area: Area) -> str:
        """Whose a hot spot is."""
        if area.township is None:
            return f"{code}/window"
        by = self.series[series].unit
        return f"{code}/{county(code).centre_of(area.township) if by == CENTRE else by}"


@cache
def rules() -> Rules:
    """Raises pydantic's ValidationError, which says where."""
    return Rules.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
