"""Whom a question on the spot is about, and the question."""

from typing import Any

from contracts.people import Person, Place, Role
from rules.people import home, identities

from tests.integration.network_stage import COUNTY, POLICE, Stage

NUMBER, OTHER = "Q222222220", "B220700005"
PATROL = {"name": "王警員", "unit": POLICE}


def key_of(net: Stage, number: str) -> str:
    person = Person.model_construct(role=Role.SUBJECT, name=None, national_id=number, birth_date=None, phones=())
    return identities(person, net.app.state.people.index)[0]


def home_of(net: Stage, address: str) -> str:
    """The key of a house of the county, as a report that gives this address has it."""
    place = Place.model_construct(county=COUNTY, township=None, village=None, address=address)
    person = Person.model_construct(
        role=Role.SUBJECT, name=None, national_id=None, birth_date=None, phones=(), residence=place
    )
    house = home(person, net.app.state.people.index)
    assert house
    return house


def question(number: str = NUMBER, **more: Any) -> dict[str, Any]:
    return {"purpose": "violence_on_scene", "national_id": number, "asker": PATROL, "event": "110-1"} | more
