"""What people send about a case: the bodies of the API, which the pages' forms fill as well."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from unicodedata import category

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import BlindIndex
from contracts.languages import Said
from contracts.people import BirthDate, NationalId
from contracts.times import At
from kit.paging import After
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from rules.national_id import is_national_id

from network.cases.domain.closing import Reason
from network.cases.domain.contact import Kind
from network.services import Need

CodeText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$", examples=["home_visit"])]
"""A code; words of your own go into `note`, which is sealed."""
Codes = Annotated[tuple[CodeText, ...], Field(max_length=50)]


def _readable(name: str) -> str:
    """Raises ValueError for a name with signs that nobody sees, or that turn a line round."""
    if not name.strip() or any(category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in name):
        raise ValueError(Said("請填可讀的姓名。", "Write a name that can be read."))
    return name


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_readable)]
LONGEST = timedelta(days=1)
"""So far around a contact are others looked for that overlap it."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1, max_length=4000)]
With = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]*(/[a-z][a-z0-9_.-]*)?$", max_length=80)]
"""Who was there or confirmed something: a unit, or a code such as `village_chief`; never anybody's name."""
PartId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}\.[0-9a-f]{12}$")]
KnownAddress = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z-]{1,60}(\.[0-9a-f]{12}|:(event/place|people/\d{1,3}/residence)/address)$"),
]
"""The contact at which an address was written down, or the report that holds it with where it stands there."""
Months = Annotated[str, Field(pattern=r"^[1-9]\d{0,2}(d|wd|mo)$", examples=["1mo"])]

Mode = Literal["family_preservation", "reunification", "out_of_home", "no_family_work"]


class Body(BaseModel):
    """A body may have more fields than these. `by` is who did it, where that is another than the caller."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    by: Name | None = None


PERSONALLY = Body()
"""Where two people are needed, each acts as the caller itself: `by` is ignored."""


class TaskBody(Body):
    """One thing that a unit of the case owes; `every` makes it owed again, such as `1mo`."""

    unit: UnitId
    what: CodeText
    due_at: At | None = None
    person: Name | None = None
    every: Months | None = None
    note: Words | None = None

    @model_validator(mode="after")
    def _recurring_is_due(self) -> Self:
        if self.every and self.due_at is None:
            raise ValueError(
                Said("重複的事項需要期限，下一次由此起算。", "Every needs due_at, from which the next time is counted.")
            )
        return self


class Completion(Body):
    evidence: CodeText | None = None
    note: Words | None = None


class WithReason(Body):
    reason: CodeText


class Hand(Body):
    unit: UnitId
    person: Name | None = None


class AddressBody(BaseModel):
    """Where it was: an address that the case knows, by id, or its words; and where the address comes from."""

    id: KnownAddress | None = None
    text: Words | None = None
    source: CodeText = "unknown"

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.id is None and self.text is None:
            raise ValueError(Said("請選擇或寫下地址。", "Choose an address, or write it down."))
        return self


class SeenBody(BaseModel):
    person: BlindIndex
    alone: bool = False


class NotSeenBody(BaseModel):
    person: BlindIndex
    why: CodeText


def _must_last(at: datetime, until: datetime | None) -> None:
    """Raises ValueError for what ends before it begins, or lasts so long that nobody was there all the time."""
    if until and until < at:
        raise ValueError(Said("結束時間不可早於開始時間。", "Until must not be before at."))
    if until and until - at > LONGEST:
        said = Said("一次不超過 24 小時：請分次記錄。", "Until lies at most 24 hours after at: write several.")
        raise ValueError(said)


class ContactBody(Body):
    """One contact, or an attempt at one. `at` may lie in the past, never in the future."""

    kind: Kind
    at: At
    reached: bool
    until: At | None = None
    announced: bool | None = None
    joint: Annotated[tuple[With, ...], Field(alias="with", max_length=20)] = ()
    address: AddressBody | None = None
    seen: Annotated[tuple[SeenBody, ...], Field(max_length=50)] = ()
    not_seen: Annotated[tuple[NotSeenBody, ...], Field(max_length=50)] = ()
    measures: Annotated[dict[CodeText, Number], Field(max_length=20)] = {}
    note: Words | None = None
    completes: Annotated[tuple[Annotated[str, Field(max_length=120)], ...], Field(max_length=50)] = ()
    corrects: PartId | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        _must_last(self.at, self.until)
        if self.seen and self.kind in ("telephone", "message"):
            raise ValueError(
                Said(
                    "電話或訊息中見不到人：請勿勾選見到，或改選其他方式。",
                    "Nobody is seen by telephone or message: leave seen out, or choose another kind.",
                )
            )
        if self.seen and not self.reached:
            raise ValueError(Said("既已見到人，請選有聯繫上。", "Somebody was seen, so reached must be true."))
        people = [*(each.person for each in self.seen), *(each.person for each in self.not_seen)]
        if len(people) > len({*people}):
            said = Said("每人只記一次：見到或未見到。", "Name each person once: in seen, or in not_seen.")
            raise ValueError(said)
        return self


class JointVisitBody(Body):
    """A visit to come (共訪): with which units and others, when, where and what for. `at` lies ahead."""

    joint: Annotated[tuple[With, ...], Field(alias="with", min_length=1, max_length=20)]
    at: At
    until: At | None = None
    address: AddressBody | None = None
    asked_for: Codes = ()
    note: Words | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        _must_last(self.at, self.until)
        return self


class InviteBody(Body):
    """The unit that shall come as well."""

    unit: UnitId


class PersonBody(BaseModel):
    """Who is looked for: by an identity number, or by name and birth date; `after` for a further page."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    national_id: NationalId | None = None
    name: Name | None = None
    birth_date: BirthDate | None = None
    after: After | None = None

    @model_validator(mode="after")
    def _is_somebody(self) -> Self:
        if self.national_id and not is_national_id(self.national_id):
            raise ValueError(Said("證號有誤，請核對後再查。", "This is no identity number: check it."))
        if not self.national_id and not (self.name and self.birth_date):
            raise ValueError(Said("請填證號，或姓名及出生日期。", "Give national_id, or name and birth_date."))
        return self


class ToolBody(BaseModel):
    """A tool's result, by score or by band."""

    tool: CodeText
    score: Number | None = None
    result: CodeText | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if self.score is None and self.result is None:
            raise ValueError(Said("請填分數或結果。", "Give score or result."))
        return self


class AssessmentBody(Body):
    """Whether the case is opened (開案), and what its family needs; not opened needs a reason."""

    opened: bool
    needs: Annotated[tuple[Need, ...], Field(max_length=6)] = ()
    factors: Codes = ()
    service_mode: Mode | None = None
    tools: Annotated[tuple[ToolBody, ...], Field(max_length=20)] = ()
    reason: CodeText | None = None

    @model_validator(mode="after")
    def _reason_given(self) -> Self:
        if not self.opened and not self.reason:
            raise ValueError(Said("不開案需要原因。", "A case that is not opened needs a reason."))
        return self


class StepBody(BaseModel):
    """Who does what by when."""

    unit: UnitId
    what: CodeText
    due_at: At
    person: Name | None = None


class PlanBody(Body):
    """What was agreed with the family, or without it; the words of the goals are sealed."""

    goals: Annotated[tuple[CodeText, ...], Field(min_length=1, max_length=20)]
    steps: Annotated[tuple[StepBody, ...], Field(max_length=50)] = ()
    agreed: bool | None = None
    review_at: At | None = None
    words: Words | None = None


class CollaboratorBody(Body):
    """The unit that is asked to take part, for what, and by when it does that."""

    unit: UnitId
    asked_for: Codes = ()
    due_at: At


class HandoverBody(Body):
    to: UnitId
    person: Name | None = None
    reason: CodeText


class HandsBody(BaseModel):
    unit: UnitId
    person: Name


class CaseloadBody(Body):
    """All that a worker has, to several others: spread so that each gets about as much."""

    leaver: Annotated[HandsBody, Field(alias="from")]
    to: Annotated[tuple[HandsBody, ...], Field(min_length=1, max_length=50)]
    reason: CodeText


class AcknowledgementBody(BaseModel):
    """Who confirmed that they have taken the family over, and when."""

    by: With
    at: At


class EvidenceBody(BaseModel):
    """What a closing rests on. `heard`: collaborators asked whether they object. `words` are sealed."""

    heard: Annotated[tuple[UnitId, ...], Field(max_length=50)] = ()
    acknowledged: AcknowledgementBody | None = None
    welfare_check: Literal["done", "considered"] | None = None
    goals: Codes = ()
    words: Words | None = None


class ClosingBody(Body):
    """Why the case shall be closed, on what evidence, and what to do should the family come back."""

    reason: Reason
    evidence: EvidenceBody = EvidenceBody()
    return_plan: Words | None = None


class MergeBody(Body):
    """The case of the same family that shall become part of this one."""

    case_id: CaseId
    reason: CodeText


class SplitBody(WithReason):
    """Why the cases are parted again; reports and tasks that arose since and go with the other one."""

    reports: Annotated[frozenset[str], Field(max_length=200)] = frozenset()
    tasks: Annotated[frozenset[str], Field(max_length=200)] = frozenset()
