"""What people send about a referral: the bodies of the API, which the pages' forms fill as well."""

from datetime import date
from typing import Annotated, Self

from contracts.languages import Said
from contracts.times import At
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from network.referrals.domain.referral import Told
from network.services import Service, ServiceCode, catalogue, one_of

Name = Annotated[str, Field(min_length=1, max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
CodeText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]


def _refusal(code: str) -> str:
    if code not in catalogue().refusals:
        raise ValueError(one_of(catalogue().refusals))
    return code


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class AnsweredBy(Body):
    """Who answered, and how it reached whoever writes it down: by telephone, on paper..."""

    name: Name
    channel: Told = "telephone"


class StepBody(Body):
    """`at`: when it was; without it, now. `answered_by`: where the sender writes down what the provider said."""

    at: At | None = None
    answered_by: AnsweredBy | None = None


class PersonBody(Body):
    """Whom a referral without a case is about; sealed, shown to the two sides, each look on record."""

    name: Name
    phone: Annotated[str, Field(max_length=60)] = ""
    birth_date: Annotated[str, Field(max_length=20)] = ""


class ReferralBody(Body):
    """One family to one service: of a case, of a report that no unit was sent to, or of a person who came in.

    `to`: a provider of the directory or a unit of the county; without it, the first that serves the township and has
    room. `family_agrees`: the family's wish, null where nobody asked. `instead_of`: one of the family that was refused.
    `asked_for`: of a service that is asked by kinds or for indicators, those. `group`: whom the service counts the
    person under. `needed_on`: the day from which it is needed.
    """

    service: ServiceCode
    to: Annotated[str, Field(max_length=80)] | None = None
    case_id: Annotated[str, Field(max_length=80)] | None = None
    report_id: Annotated[str, Field(max_length=80)] | None = None
    person: PersonBody | None = None
    county: Annotated[str, Field(max_length=40)] | None = None
    from_unit: Annotated[str, Field(max_length=80)] | None = None
    township: Annotated[str, Field(max_length=20)] | None = None
    asked_for: Annotated[tuple[CodeText, ...], Field(max_length=20)] = ()
    group: CodeText | None = None
    needed_on: date | None = None
    family_agrees: bool | None = None
    instead_of: Annotated[str, Field(max_length=40)] | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _is_about_somebody(self) -> Self:
        if sum(each is not None for each in (self.case_id, self.report_id, self.person)) != 1:
            raise ValueError(
                Said("請填 case_id、report_id、person 其中一項。", "Send one of case_id, report_id and person.")
            )
        return self

    @model_validator(mode="after")
    def _fits_its_service(self) -> Self:
        service = catalogue().services[self.service]
        if service.sealed and self.asked_for:
            raise ValueError(Said("此服務的需求請寫在 note（密封）。", "Write what is asked in note, which is sealed."))
        if service.kinds and not (self.asked_for and set(self.asked_for) <= set(service.kinds)):
            raise ValueError(_in("asked_for", service.kinds))
        if service.indicators and not _are_enough(self.asked_for, service):
            raise ValueError(_at_least(service))
        if self.group and self.group not in service.groups:
            raise ValueError(_in("group", service.groups) if service.groups else _no_groups())
        return self


def _are_enough(asked: tuple[str, ...], service: Service) -> bool:
    return set(asked) <= set(service.indicators) and len(set(asked)) >= service.least


def _at_least(service: Service) -> Said:
    """How to correct indicators: fewer than so many are an ordinary referral to another service."""
    known = one_of(service.indicators)
    zh, en = f"asked_for：至少 {service.least} 項指標。", f"asked_for: at least {service.least} indicators."
    return Said(f"{zh}{known.zh}", f"{en} {known.en}")


def _in(field: str, known: tuple[str, ...]) -> Said:
    said = one_of(known)
    return Said(f"{field}：{said.zh}", f"{field}: {said.en}")


def _no_groups() -> Said:
    return Said("此服務不分對象，請勿填 group。", "This service counts no groups: leave group out.")


class PartBody(StepBody):
    """One of the kinds that were asked: done with a `result`, or not done for a `reason`."""

    kind: CodeText
    result: CodeText | None = None
    reason: Annotated[str, AfterValidator(_refusal)] | None = None

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if (self.result is None) == (self.reason is None):
            raise ValueError(Said("請填 result 或 reason 其中一項。", "Send either result or reason."))
        return self


class KeptBody(Body):
    """Whether what the person got still holds `after` so long, such as `3mo`."""

    after: Annotated[str, Field(pattern=r"^\d{1,2}mo$")]
    kept: bool


class AcceptanceBody(StepBody):
    """Taken on."""


class RefusalBody(StepBody):
    reason: Annotated[str, AfterValidator(_refusal)]


class WaitingBody(StepBody):
    expected: At


class CompletionBody(StepBody):
    """`confirmed_by_person`: whether the person got what they came for, where they were asked."""

    outcome: CodeText
    confirmed_by_person: bool | None = None


class ConfirmationBody(Body):
    confirmed_by_person: bool


class WithdrawalBody(Body):
    reason: CodeText = "not_needed"


def evening(day: str) -> str | None:
    """A day as a form says it, as a time: the end of its office hours in Taiwan; None where none is said."""
    return f"{day}T17:00:00+08:00" if day else None
