"""Where the page and the API of days find what they are made of."""

from typing import Annotated

from fastapi import Depends, Request

from dispatch.window.days.days import Days


def days_of(request: Request) -> Days:
    """The days that the composition root made."""
    made: Days = request.app.state.days
    return made


OfDays = Annotated[Days, Depends(days_of)]
