"""An exchange of duties that two people confirm: what may be offered, and the rota once both have."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from notify.domain.rota import Rota, Shift, final

SwapState: TypeAlias = Literal["offered", "accepted", "refused", "withdrawn"]
Obstacle: TypeAlias = Literal["past", "not_yours", "not_theirs"]


@dataclass(frozen=True)
class Span:
    """From `start` to before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Swap:
    """`by` gives a duty to `to`, and takes another one `back` if it is an exchange. Open while it is `offered`."""

    id: str
    unit: str
    duty: str
    by: str
    to: str
    given: Span
    back: Span | None
    offered_at: datetime
    state: SwapState = "offered"
    answered_at: datetime | None = None


def obstacle(swap: Swap, rota: Rota, now: datetime) -> Obstacle | None:
    """Why two people cannot exchange these duties: one has begun, or is not theirs by the rota as it is now."""
    if min(span.start for span in (swap.given, swap.back or swap.given)) <= now:
        return "past"
    if not _is_of(swap.by, swap.given, rota):
        return "not_yours"
    return "not_theirs" if swap.back and not _is_of(swap.to, swap.back, rota) else None


def swapped(rota: Rota, swap: Swap) -> Rota:
    """The rota once both have confirmed: an override for each duty, which goes before all that was written."""
    lines = [Shift(swap.given.start, swap.given.end, swap.to, swap.id)]
    if swap.back:
        lines.append(Shift(swap.back.start, swap.back.end, swap.by, swap.id))
    return replace(rota, overrides=(*rota.overrides, *lines))


def _is_of(person: str, span: Span, rota: Rota) -> bool:
    return all(each.person == person for each in final(rota, span.start, span.end))
