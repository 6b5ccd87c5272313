"""What workers wrote down of a family, and how they answered a link: never deleted, taken back with a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.event import Sealed

from network.graph.domain.kinship import Bond, Parent, Partners, Someone
from network.graph.domain.net import Verdict

Kind = Literal["parent", "partners", "bond", "person", "dead"]


@dataclass(frozen=True)
class Fact:
    """`one` is the parent of `other`, or their partner, or what `how` says; a person alone where there is no other.

    `note`: why it holds no more, where that was said in words, sealed.
    """

    id: str
    case_id: str
    kind: Kind
    one: str
    at: datetime
    by: str
    unit: str
    other: str = ""
    how: str = ""
    sex: str | None = None
    birth_year: int | None = None
    sent: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    reason: str | None = None
    note: Sealed | None = None


@dataclass(frozen=True)
class Answer:
    """How somebody answered a link, for both its sides; `taken_back` by whom and why it no longer holds."""

    id: str
    rule: str
    cases: tuple[str, ...]
    counties: tuple[str, ...]
    verdict: Verdict
    by: str
    unit: str
    at: datetime
    taken_back_at: datetime | None = None
    taken_back_by: str | None = None
    reason: str | None = None
    note: Sealed | None = None

    @property
    def holds(self) -> bool:
        return self.taken_back_at is None


def said(facts: Iterable[Fact]) -> tuple[Parent | Partners | Bond, ...]:
    """What holds between people."""
    made: list[Parent | Partners | Bond] = []
    for each in facts:
        if each.ended_at:
            continue
        if each.kind == "parent":
            made.append(Parent(each.one, each.other, each.how))  # type: ignore[arg-type]
        elif each.kind == "partners":
            made.append(Partners(each.one, each.other, each.how))  # type: ignore[arg-type]
        elif each.kind == "bond":
            made.append(Bond(each.one, each.other, each.how))  # type: ignore[arg-type]
    return tuple(made)


def with_said(people: Iterable[Someone], facts: Iterable[Fact]) -> tuple[Someone, ...]:
    """The people whom reports name, those put beside them, and who of them has died."""
    holding = [each for each in facts if each.ended_at is None]
    dead = {each.one for each in holding if each.kind == "dead"}
    own = (Someone(each.one, each.sex, each.birth_year, "", each.how or None) for each in holding
           if each.kind == "person")  # fmt: skip
    return tuple(
        Someone(each.key, each.sex, each.birth_year, each.role, each.relation, each.subject, each.key in dead,
                each.homes) for each in (*people, *own)
    )  # fmt: skip
