"""The kinds of service that a family may be referred to, read from rules/services.yaml and checked once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, get_args

import yaml
from contracts.languages import Said
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from rules.spans import Span

FILE = files("network") / "rules" / "services.yaml"

_STRICT = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
Need = Literal[
    "economic_hardship", "support_system_change", "relationship_conflict", "child_development", "member_adversity",
    "personal_adjustment",
]  # fmt: skip
"""The six dimensions of a vulnerable family's needs."""
NEEDS: tuple[Need, ...] = get_args(Need)
Length = Annotated[Span, BeforeValidator(lambda text: text if isinstance(text, Span) else Span.parse(str(text)))]


class Answer(BaseModel):
    """One way in which a referral is answered: `letter` is its sign in an equation that a county prints."""

    model_config = _STRICT

    code: str
    by: Literal["acceptance", "refusal"]
    reasons: tuple[str, ...] = ()
    letter: str = ""


USUAL = (Answer(code="accepted", by="acceptance"), Answer(code="refused", by="refusal"))


class Service(BaseModel):
    """One kind of service: which needs it meets, how it is answered, how it may end; services.yaml explains each."""

    model_config = _STRICT

    needs: tuple[Need, ...]
    answers: tuple[Answer, ...] = USUAL
    outcomes: tuple[str, ...] = ()
    letter: str = ""
    kinds: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    least: int = 0
    promise: Length | None = None
    sessions: bool = False
    begins: bool = True
    advice: bool = False
    seen_by: Literal["parties", "lead"] = "parties"
    sealed: bool = False
    started_within: Length | None = None
    done_within: Length | None = None
    kept_after: tuple[Length, ...] = ()
    kept_of: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _every_answer_counts(self) -> "Service":
        whole = {each.by for each in self.answers if not each.reasons}
        if whole != {"acceptance", "refusal"}:
            raise ValueError("answers: name one by acceptance and one by refusal without reasons, which takes the rest")
        if bool(self.kinds) != bool(self.results) or bool(self.kept_after) != bool(self.kept_of):
            raise ValueError("kinds come with results, kept_after with kept_of")
        if not 0 <= self.least <= len(self.indicators) or (self.indicators and self.kinds):
            raise ValueError("least: of the indicators; a service has those or kinds")
        return self

    def answer(self, by: Literal["acceptance", "refusal"], reason: str | None = None) -> str:
        """How an answer is counted: by its reason where one of the service's answers names it."""
        alike = [each for each in self.answers if each.by == by]
        named = [each for each in alike if reason in each.reasons]
        return (named or [each for each in alike if not each.reasons])[0].code


class Catalogue(BaseModel):
    """Every kind of service, and what holds for all; services.yaml explains each."""

    model_config = _STRICT

    source: str
    verified: bool
    stale_after: Length
    promise: Length
    again: Length
    waiting_at_most: Length
    started_within: Length
    done_within: Length
    person_asked_within: Length
    next_within: Length
    link_within: Length
    link_days: int
    refusals: tuple[str, ...]
    outcomes: tuple[str, ...]
    services: Mapping[str, Service]

    def outcomes_of(self, service: str) -> tuple[str, ...]:
        """How a referral to this service may end."""
        return (*self.services[service].outcomes, *self.outcomes)

    def meeting(self, need: str) -> tuple[str, ...]:
        """The services that meet a need."""
        return tuple(code for code, service in self.services.items() if need in service.needs)


@cache
def catalogue() -> Catalogue:
    """Raises pydantic's ValidationError, which says where."""
    return Catalogue.model_validate(yaml.safe_load(FILE.read_text("utf-8")))


def one_of(known: tuple[str, ...]) -> Said:
    """How to correct a code that is not among these."""
    return Said(f"請填下列其中之一：{'、'.join(known)}。", f"Write one of {', '.join(known)}.")


def _service(code: str) -> str:
    if code not in catalogue().services:
        raise ValueError(one_of(tuple(catalogue().services)))
    return code


ServiceCode = Annotated[str, Field(max_length=64), AfterValidator(_service)]
