"""What leaves this service of a decision: who owes it, by when, and what became of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from network.meetings.domain.decisions import Decision
from network.meetings.domain.owing import CARRY_OUT, TELL, Hands
from network.tasks.domain.task import task_id
from network.tasks.views import View


class TellingView(View):
    """Which unit tells the person, how, by when; and when it did."""

    who: str
    how: str
    by: datetime
    told_at: datetime | None
    told_by: str | None
    owed_by: str


class SaidView(View):
    """What its lead said of a decision once."""

    state: str
    by: str
    at: datetime
    reason: str | None
    evidence: str | None
    figures: Mapping[str, float]


class DecisionView(View):
    """A decision: `state` is proposed, open, done, not_done (owed still), not_possible or withdrawn.

    `owed_by`: the unit, and the person of it, in whose hands it is by now: its lead may have handed it on.
    """

    decision_id: str
    meeting_id: str
    level: str
    what: str
    lead: str
    person: str | None
    collaborators: tuple[str, ...]
    due_at: datetime
    evidence: str | None
    tells_person: TellingView | None
    dissent: tuple[str, ...]
    state: str
    reason: str | None
    reported: tuple[SaidView, ...]
    taken_by: str
    taken_at: datetime
    closed_at: datetime | None
    task_id: str
    owed_by: str
    owed_by_person: str | None

    @classmethod
    def of(cls, decision: Decision, hands: Hands | None = None) -> Self:
        telling, known = decision.telling, hands or {}
        task, tells = known.get(task_id(decision.id, CARRY_OUT)), known.get(task_id(decision.id, TELL))
        return cls.model_validate(vars(decision) | {
            "decision_id": decision.id, "reason": decision.reason,
                "dissent": tuple(each.unit for each in decision.dissent),
            "tells_person": telling and TellingView(
                who=telling.unit, how=telling.how, by=telling.due_at, told_at=telling.told_at, told_by=telling.told_by,
                owed_by=tells.unit if tells else telling.unit,
            ),
            "reported": tuple(
                SaidView.model_validate(vars(each) | {"state": each.outcome, "figures": dict(each.figures)})
                for each in decision.said
            ),
            "task_id": task_id(decision.id, CARRY_OUT), "owed_by": task.unit if task else decision.lead,
            "owed_by_person": task.person if task else decision.person,
        })  # fmt: skip
