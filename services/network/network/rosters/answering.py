"""How a household is answered, read from rules/rosters.yaml and checked once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from contracts.rosters import Roster
from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator
from rules.counties import county
from rules.spans import Span

FILE = files("network") / "rules" / "rosters.yaml"

_STRICT = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
Length = Annotated[Span, BeforeValidator(lambda text: text if isinstance(text, Span) else Span.parse(str(text)))]
Needed = Literal["served_by", "services", "reason", "county", "next_step"]
CENTRE = "centre"


class Result(BaseModel):
    """One way to answer: what must be said with it, whether it stays owed, and by when somebody looks again."""

    model_config = _STRICT

    needs: tuple[Needed, ...] = ()
    stays: bool = False
    again: Length | None = None
    follow_up: Length | None = None

    @model_validator(mode="after")
    def _is_never_nobodys(self) -> "Result":
        if self.stays and self.again is None:
            raise ValueError("again: say after how long somebody looks again")
        return self


class Answering(BaseModel):
    """Every result, and who visits; rosters.yaml explains each."""

    model_config = _STRICT

    source: str
    verified: bool
    visits: Mapping[Roster, str]
    must_be_seen: frozenset[Roster]
    results: Mapping[str, Result]
    next_steps: tuple[str, ...]
    in_no_service: frozenset[str]
    tells_chiefs: str
    tell_within: Length
    hear_within: Length
    looked_for_within: Length

    @model_validator(mode="after")
    def _names_every_list(self) -> "Answering":
        if missing := set(Roster) - set(self.visits):
            raise ValueError(f"visits: say who visits the households of {', '.join(sorted(missing))}")
        return self

    def visitor(self, roster: str, of_county: str, township: str | None) -> str:
        """The unit that visits a household of a list."""
        by = self.visits[Roster(roster)]
        return f"{of_county}/{county(of_county).centre_of(township) if by == CENTRE else by}"


@cache
def answering() -> Answering:
    """Raises ValidationError for a file that says too little."""
    return Answering.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
