"""What the window remarks on a report to its sender: a question, its answer, or that the report fell short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from contracts.decisions import ReportFoundImproper, SenderAnswered, SenderAsked
from contracts.event import Event, Sealed


class About(StrEnum):
    """The kinds of remark; each is a list of a report's document."""

    ASKED = "questions"
    ANSWERED = "answers"
    IMPROPER = "improper"


@dataclass(frozen=True)
class Remark:
    """One remark, known by the id of the event that told it."""

    id: str
    report_id: str
    agency_id: str
    about: About
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SenderQuestion:
    """A question to the sender: a code or sealed words, by when to answer, and when it was answered."""

    at: datetime
    due_at: datetime
    question: str | None
    sealed: Sealed | None
    answered_at: datetime | None


def remark_of(id: str, event: Event) -> Remark | None:
    """The remark that an event tells, or None."""
    facts: dict[str, Any] = {}
    match event:
        case SenderAsked():
            about, at = About.ASKED, event.asked_at
            facts = {"due_at": event.due_at, "question": event.question, "sealed": event.question_sealed}
        case SenderAnswered():
            about, at = About.ANSWERED, event.answered_at
        case ReportFoundImproper():
            about, at = About.IMPROPER, event.found_at
            facts = {"shortcomings": [each.model_dump() for each in event.shortcomings]}
        case _:
            return None
    return Remark(id, event.report_id, event.agency_id, about, at, facts)


def questions(asked: Sequence[Mapping[str, Any]], answers: Sequence[datetime]) -> list[SenderQuestion]:
    """The questions of a report, the oldest first; an answer answers every question before it."""
    return [
        SenderQuestion(each["at"], each["due_at"], each["question"], each["sealed"],
              min((at for at in answers if at >= each["at"]), default=None))
        for each in sorted(asked, key=lambda each: each["at"])
    ]  # fmt: skip
