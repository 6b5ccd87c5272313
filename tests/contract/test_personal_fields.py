"""Every field of a report, its people and a roster stands on one side: it identifies a person, or is named here."""

from collections.abc import Iterator
from typing import get_args

import pytest
from contracts.event import Model, Personal
from contracts.reports import Submission
from contracts.rosters import RosterEntry

IN_THE_CLEAR = {
    "Submission": {"case_type", "county", "sequence", "known_at", "event", "people", "assessments",
                   "needs", "reporter", "told_by", "oral"},
    "Occurrence": {"occurred_at", "place", "kinds", "danger_signs", "crisis_grade"},
    "Assessment": {"tool", "score"},
    "Person": {"role", "sex", "residence", "relation_to_subject", "conditions"},
    "Place": {"county", "township", "village"},
    "Reporter": {"mandated", "office", "wants_outcome"},
    "ToldBy": {"office", "told_at", "township"},
    "RosterEntry": {"county", "township", "village", "sex", "indicators"},
}  # fmt: skip
"""Fields that stay readable in events and in the database, by model: nothing in them names or finds anybody."""


def models(model: type[Model]) -> Iterator[type[Model]]:
    """A model and those inside it."""
    yield model
    for info in model.model_fields.values():
        for part in _parts(info.annotation):
            yield from models(part)


def _parts(annotation: object) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts(argument)


MODELS = sorted({*models(Submission), *models(RosterEntry)}, key=lambda model: model.__name__)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_field_that_is_not_named_here_identifies_a_person_and_is_marked(model: type[Model]) -> None:
    marked = {name for name, info in model.model_fields.items() if any(isinstance(m, Personal) for m in info.metadata)}
    assert set(model.model_fields) - marked == IN_THE_CLEAR[model.__name__], (
        "mark the new field Personal(), or add it here and say so to whoever answers for data protection"
    )


def test_every_model_that_is_named_here_is_part_of_a_report_or_a_roster() -> None:
    assert {model.__name__ for model in MODELS} == set(IN_THE_CLEAR)
