"""What is asked and answered, as it is sent."""

from datetime import datetime
from typing import Annotated, Literal, Self

from contracts.languages import Said
from contracts.people import BirthDate, NationalId
from contracts.times import At
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from rules.national_id import is_national_id, plain_id

from network.services import one_of
from network.signals.domain.asking import Asking
from network.signals.rules import MARKS, rules

Name = Annotated[str, Field(min_length=1, max_length=60)]
Unit = Annotated[str, Field(min_length=1, max_length=80)]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


def _purpose(code: str) -> str:
    if code not in rules().purposes:
        raise ValueError(one_of(tuple(rules().purposes)))
    return code


def _mark(code: str) -> str:
    if code not in MARKS:
        raise ValueError(one_of(MARKS))
    return code


class Who(Body):
    """A person by number, or by name and birth date; or a house by its address."""

    national_id: NationalId | None = None
    name: Name | None = None
    birth_date: BirthDate | None = None
    address: Annotated[str, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.national_id and not is_national_id(plain_id(self.national_id)):
            raise ValueError(Said("證號有誤，請核對後再查。", "This is no identity number: check it."))
        if not self.national_id and not (self.name and self.birth_date) and not self.address:
            said = Said("請填證號，或姓名及出生日期，或地址。", "Give national_id, or name and birth_date, or address.")
            raise ValueError(said)
        return self


class AskerBody(Body):
    """Who asks on the spot, as their unit knows them."""

    name: Name
    unit: Unit


class SignalBody(Who):
    """`event`: the number of the call or the visit that it is asked for. `accompanied`: whether somebody stands by."""

    purpose: Annotated[str, AfterValidator(_purpose)]
    asker: AskerBody
    event: Annotated[str, Field(max_length=60)] | None = None
    accompanied: bool | None = None


class ContactView(View):
    """Whom to call about them, by day and by night; `now` is which of the two it is."""

    unit: str
    day: str
    night: str
    now: Literal["day", "night"]


class SignalView(View):
    """Five answers and whom to call, no words. null: this purpose does not ask for that."""

    signal_id: str
    listed_high_risk: bool | None
    protection_order: bool | None
    reports_in_12_months: int | None
    staff_warning: bool | None
    in_service: bool | None
    identity_certain: bool
    contact: ContactView
    as_of: datetime
    asked_before: int


class NewBody(Body):
    """Whether the answer told the asker something that they did not know."""

    new: bool = True


class NewView(View):
    signal_id: str
    new_to_me: bool


class AskerView(View):
    name: str
    unit: str


class TouchedView(View):
    case_id: str
    unit: str


class AskingView(View):
    """A question on record, without whom it was about. `cases` are those that this reader may see."""

    signal_id: str
    at: datetime
    asker: AskerView
    purpose: str
    how: str
    event: str | None
    accompanied: bool | None
    cases: tuple[TouchedView, ...]
    answer: dict[str, bool | int | str | None] | None
    refused: str | None
    alarms: tuple[str, ...]
    new_to_me: bool | None

    @classmethod
    def of(cls, asking: Asking) -> "AskingView":
        own = {name: getattr(asking, name) for name in cls.model_fields if hasattr(asking, name)}
        asker = AskerView(name=asking.asker.name, unit=asking.asker.unit)
        cases = tuple(TouchedView(case_id=each.case_id, unit=each.unit) for each in asking.cases)
        answer = dict(asking.answer) if asking.answer is not None else None
        return cls.model_validate(own | {"signal_id": asking.id, "asker": asker, "cases": cases, "answer": answer})


class AskingsView(View):
    """A page of questions; `next` is the `after` of the following page."""

    signals: tuple[AskingView, ...]
    next: str | None = None


class CutBody(Body):
    """An asker whose device is lost, or who asks for what is not theirs: answered no more, from now on."""

    asker: AskerBody
    reason: Words


class CutView(View):
    """`seen`: everything that was answered to them, the last first."""

    asker: AskerView
    cut: bool
    seen: tuple[AskingView, ...]


class GuardedBody(Body):
    """Whom curiosity is likely to ask for: somebody who asks (`name` of `unit`) with their family, or somebody in the
    news. Nothing but keys is kept."""

    kind: Literal["staff", "public_figure"]
    county: Annotated[str, Field(max_length=40)]
    unit: Annotated[str, Field(max_length=80)] = ""
    name: Annotated[str, Field(max_length=60)] = ""
    people: Annotated[tuple[Who, ...], Field(min_length=1, max_length=20)]


class MarkBody(Body):
    """What whoever comes to the door must know; `until`: when an order ends."""

    mark: Annotated[str, AfterValidator(_mark)]
    until: At | None = None


class MarkView(View):
    mark_id: str
    case_id: str
    mark: str
    since: datetime
    until: datetime | None
    by: str
    unit: str
    ended_at: datetime | None
    reason: str | None


class ReasonBody(Body):
    reason: Words
