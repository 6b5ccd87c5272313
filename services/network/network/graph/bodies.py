"""Kinship and answers, as they are sent and shown."""

from datetime import datetime
from typing import Annotated, Literal, Self

from contracts.languages import Said
from contracts.people import Sex
from pydantic import BaseModel, ConfigDict, Field, model_validator

from network.graph.domain.facts import Answer, Fact, Kind
from network.graph.domain.kinship import BONDS, LINKS, PARENTS
from network.graph.domain.net import Verdict
from network.services import one_of

Who = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=500)]
HOW = {"parent": PARENTS, "partners": LINKS, "bond": BONDS}


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


class KinBody(Body):
    """`one` is the parent of `other`, or their partner, or what `how` says; `person` puts somebody whom no report names
    into the picture."""

    kind: Kind
    one: Who | None = None
    other: Who | None = None
    how: Annotated[str, Field(max_length=40)] | None = None
    sex: Sex | None = None
    birth_year: Annotated[int, Field(ge=1850, le=2200)] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        known = HOW.get(self.kind)
        if known and (not self.one or not self.other):
            raise ValueError(Said("請選兩個人。", "Give both people, `one` and `other`."))
        if known and self.how not in known:
            raise ValueError(one_of(known))
        if self.kind == "dead" and not self.one:
            raise ValueError(Said("請選一個人。", "Give the person as `one`."))
        return self


class AnswerBody(Body):
    verdict: Verdict


class ReasonBody(Body):
    reason: Words


class FactView(BaseModel):
    """What was written down, by whom and when; `ended_at` where it holds no more."""

    model_config = ConfigDict(from_attributes=True)

    kin_id: str
    kind: Kind
    one: str
    other: str
    how: str
    by: str
    at: datetime
    ended_at: datetime | None
    reason: str | None

    @classmethod
    def of(cls, fact: Fact) -> Self:
        return cls.model_validate({**vars(fact), "kin_id": fact.id})


class AnswerView(BaseModel):
    link_id: str
    verdict: Verdict | None
    by: str
    at: datetime

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """`verdict` is none once it was taken back."""
        verdict = answer.verdict if answer.holds else None
        return cls(link_id=answer.id, verdict=verdict, by=answer.by, at=answer.at)


class EvidenceView(BaseModel):
    """What both have, and by how many families it is held in all; never the house or the number itself."""

    kind: Literal["home", "phone", "person"]
    shared_by: int


class LinkView(BaseModel):
    """`case_id` only where the caller may see the other case; `unit` is whom to call."""

    link_id: str
    rule: str
    evidence: tuple[EvidenceView, ...]
    shared_by: int
    verdict: Verdict | None
    case_id: str | None
    county: str
    unit: str


class NodeView(BaseModel):
    """`masked`: another's, of which there is a shape and no more. Keys say nothing of anybody."""

    id: str
    kind: str
    masked: bool
    role: str | None = None
    relation: str | None = None
    sex: str | None = None
    birth_year: int | None = None
    unit: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class EdgeView(BaseModel):
    source: str
    target: str
    kind: str


class GraphView(BaseModel):
    nodes: tuple[NodeView, ...]
    edges: tuple[EdgeView, ...]
    links: tuple[LinkView, ...]
    kinship: tuple[FactView, ...]
    left_out: int
