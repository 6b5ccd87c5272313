"""What people send about enrolments: the bodies of the API, which the pages' forms fill as well."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from contracts.languages import Said
from contracts.people import BirthDate
from contracts.times import At
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from rules.spans import TAIPEI

from network.programmes.domain.parts import Entrance, Kind

Name = Annotated[str, Field(min_length=1, max_length=60)]
Id = Annotated[str, Field(min_length=1, max_length=80)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Codes = Annotated[tuple[Code, ...], Field(max_length=20)]
Fact = bool | int | Annotated[str, Field(max_length=48)]


def not_ahead(day: date) -> date:
    """Raises ValueError for a day to come: nobody is born then, and no bank has paid in."""
    if day > datetime.now(TAIPEI).date():
        raise ValueError(Said("日期不可在未來。", "Must not lie in the future."))
    return day


Past = Annotated[BirthDate, AfterValidator(not_ahead)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Body(BaseModel):
    """A body may have more fields than these. `by` is who did it, where that is another than the caller."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    by: Name | None = None


class EnrolmentBody(Body):
    """Somebody enters a programme: of a case, a person by key, a household; at least one of the three.

    `facts` are what the programme asks; `birth_date` tells their age and is not kept, only the days that clocks need.
    `address`: where whoever visits goes, who may see nothing else of a case; sealed, and read by a look.
    """

    programme: Code
    case_id: Id | None = None
    household_id: Id | None = None
    person: Id | None = None
    county: Annotated[str, Field(max_length=40)] | None = None
    unit: Id | None = None
    worker: Name | None = None
    entered_by: Entrance
    at: At | None = None
    birth_date: Past | None = None
    facts: Annotated[dict[Code, Fact], Field(max_length=40)] = {}
    note: Text | None = None
    address: Text | None = None

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if not (self.case_id or self.household_id or self.person):
            raise ValueError(
                Said("請填 case_id、household_id 或 person。", "Send case_id, household_id or person.")
            )  # fmt: skip
        return self


class ContactBody(Body):
    """A contact, or a try at one; `what` names it where the programme knows several of its kind."""

    kind: Kind
    at: At
    reached: bool = True
    what: Code | None = None
    joint: Annotated[tuple[Id, ...], Field(alias="with", max_length=20)] = ()
    measures: Annotated[dict[Code, Number], Field(max_length=40)] = {}
    note: Text | None = None


class AnswerBody(Body):
    """What is answered in the stage as it is; `told` are those whom the programme says have to be told."""

    answer: Code
    at: At | None = None
    evidence: Codes = ()
    told: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    facts: Annotated[dict[Code, Fact], Field(max_length=40)] = {}


class ActBody(BaseModel):
    """One act of a row: a contact, or an answer."""

    contact: ContactBody | None = None
    answer: AnswerBody | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.contact is None) == (self.answer is None):
            raise ValueError(Said("請填 contact 或 answer 其中之一。", "Send contact or answer, one of them."))
        return self


class EntryBody(BaseModel):
    """One row of many: somebody who is in a programme, or enters it, and what was done, in its order.

    `key` makes it harmless to send the row again.
    """

    enrolment_id: Id | None = None
    enrol: EnrolmentBody | None = None
    acts: Annotated[tuple[ActBody, ...], Field(max_length=200)] = ()
    key: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _is_of_somebody(self) -> Self:
        if (self.enrolment_id is None) == (self.enrol is None):
            raise ValueError(Said("請填 enrolment_id 或 enrol 其中之一。", "Send enrolment_id or enrol, one of them."))
        return self


class EntriesBody(BaseModel):
    """Many rows at once: each is taken whole or not at all, and one that is not says why; the others stand."""

    entries: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=500)]


class GrantBody(Body):
    """So many TWD of an item; `cause` is a code of what it is for, where the programme grants once for each."""

    item: Code
    amount: Annotated[int, Field(ge=1, le=100_000_000)]
    cause: Id | None = None
    at: At | None = None


class PaymentBody(Body):
    grant_id: Id
    at: At | None = None


class PauseBody(Body):
    """Clocks stand still, without `until` as long as the programme lets them; from the same time again, otherwise."""

    start: Annotated[At, Field(alias="from")]
    until: At | None = None
    reason: Code


class WhereToGoBody(Body):
    """Where whoever visits goes, as at the beginning; the last one that was written down counts."""

    address: Text


class EndBody(Body):
    """Why it ends that no answer of the programme ended."""

    reason: Code
    at: At | None = None
