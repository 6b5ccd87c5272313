"""What people send about a case: the bodies of the API, which the pages' forms fill as well."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from unicodedata import category

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import BlindIndex
from contracts.languages import Said
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from network.cases.domain.closing import Reason
from network.cases.domain.contact import Kind

CodeText = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,63}$", examples=["home_visit"])]
"""A code; words of your own go into `note`, which is sealed."""
Codes = Annotated[tuple[CodeText, ...], Field(max_length=50)]


def _readable(name: str) -> str:
    """Raises ValueError for a name with signs that nobody sees, or that turn a line round."""
    if not name.strip() or any(category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in name):
        raise ValueError(Said("請填可讀的姓名。", "Write a name that can be read."))
    return name


Name = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_readable)]
At = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""A time of somebody alive: at the ends of the calendar there is no other zone, and no next month."""
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

Need = Literal[
    "economic_hardship", "support_system_change", "relationship_conflict", "child_development", "member_adversity",
    "personal_adjustment",
]  # fmt: skip
"""The six dimensions of a vulnerable family's needs."""
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
        if self.until and self.until < self.at:
            raise ValueError(Said("結束時間不可早於開始時間。", "Until must not be before at."))
        if self.seen and self.kind in ("telephone", "message"):
            raise ValueError(
                Said(
                    "電話或訊息中見不到人：請勿勾選見到，或改選其他方式。",
                    "Nobody is seen by telephone or message: leave seen out, or choose another kind.",
                )
            )
        if self.seen and not self.reached:
            raise ValueError(Said("既已見到人，請選有聯繫上。", "Somebody was seen, so reached must be true."))
        if {each.person for each in self.seen} & {each.person for each in self.not_seen}:
            raise ValueError(Said("同一人不可同時見到與未見到。", "A person is either in seen or in not_seen."))
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
