"""What is sent about lists: why a case is on one, why it stays, what its tool gave when it was measured again."""

from typing import Annotated

from contracts.times import At
from pydantic import Field

from network.meetings.bodies import Body, CodeText, ListCode, Text, Unit


class ListingBody(Body):
    """Which list, and why: a code, or words, which are sealed."""

    list: ListCode
    because: Text


class KeepingBody(Body):
    """Why it stays, where somebody says so."""

    reason: Text | None = None


class DelistingBody(Body):
    """What the list's tool gave when it was measured again, where no assessment of the case says it."""

    score: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    at: At | None = None
    reason: Text | None = None


class IncidentBody(Body):
    """Something that happened, known to a unit, whether or not it was reported."""

    unit: Unit
    what: CodeText = "incident"
    at: At | None = None
