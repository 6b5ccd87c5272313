"""What a unit sends as its part of an item."""

from typing import Annotated

from pydantic import Field

from network.meetings.bodies import Body, Unit, Units

Words = Annotated[str, Field(min_length=1, max_length=8000)]


class PaperBody(Body):
    """A unit's part, sealed: what it knows and did (`text`), what it proposes. A `draft` is not handed in yet.

    `only_for`: the units that may read it, beside its own and the lead of the case; without it, all who sit there.
    """

    unit: Unit | None = None
    text: Words
    proposal: Words | None = None
    only_for: Units = ()
    draft: bool = False
