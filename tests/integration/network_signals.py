"""Whom a question on the spot is about, and the question."""

from typing import Any

from contracts.people import Person, Role
from rules.people import identities

from tests.integration.network_stage import POLICE, Stage

NUMBER, OTHER = "Q222222220", "B220700005"
PATROL = {"name": "王警員", "unit": POLICE}


def key_of(net: Stage, number: str) -> str:
    person = Person.model_construct(role=Role.SUBJECT, name=None, national_id=number, birth_date=None, phones=())
    return identities(person, net.app.state.people.index)[0]


def question(number: str = NUMBER, **more: Any) -> dict[str, Any]:
    return {"purpose": "violence_on_scene", "national_id": number, "asker": PATROL, "event": "110-1"} | more
