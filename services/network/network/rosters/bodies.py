"""What people send about a household: the bodies of the API, which the pages' forms fill as well."""

from typing import Annotated, Literal

from contracts.times import At
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from network.rosters.answering import answering
from network.rosters.domain.household import Chief
from network.services import ServiceCode, one_of

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Unit = Annotated[str, Field(pattern=r"^[a-z-]+/[a-z0-9_.-]+$", max_length=80)]
CodeText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]
Measure = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


def _result(code: str) -> str:
    if code not in answering().results:
        raise ValueError(one_of(tuple(answering().results)))
    return code


def _step(code: str) -> str:
    if code not in answering().next_steps:
        raise ValueError(one_of(answering().next_steps))
    return code


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class VisitBody(Body):
    """How the household was met; `chief`: whether the village chief was invited, and came.

    `measures` by name, such as the score of a carer's self-test: the score alone, never its items.
    """

    kind: Literal["visit", "telephone", "office"] = "visit"
    at: At
    reached: bool
    chief: Chief = "not_asked"
    measures: Annotated[dict[CodeText, Measure], Field(max_length=20)] = {}


class ScreeningBody(Body):
    """What was found out about a household: every open row of every list is answered by it, unless it stays owed.

    `already_served` names units in `served_by`; `referred` names `services`; `refused` gives a `reason`; `moved` names
    the `county`, and answers once somebody there took it on (`acknowledged_by`); `not_found` answers nothing and names
    the `next_step`. `unit`: in whose name; without it, the one that visits, or the caller's own that
    answers for a list.
    """

    result: Annotated[str, AfterValidator(_result)]
    at: At | None = None
    unit: Unit | None = None
    visit: VisitBody | None = None
    served_by: Annotated[tuple[Unit, ...], Field(max_length=10)] = ()
    services: Annotated[tuple[ServiceCode, ...], Field(max_length=10)] = ()
    referral_id: Annotated[str, Field(max_length=40)] | None = None
    county: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")] | None = None
    acknowledged_by: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    reason: CodeText | None = None
    next_step: Annotated[str, AfterValidator(_step)] | None = None
    next_due_at: At | None = None
    note: Text | None = None


class AssignmentBody(Body):
    """Who visits: a unit of the county, and of it somebody by name."""

    unit: Unit
    person: Annotated[str, Field(min_length=1, max_length=60)] | None = None
