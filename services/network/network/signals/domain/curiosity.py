"""When asking itself says something: what a supervisor is shown, and what stops no question."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.event import BlindIndex
from rules.spans import TAIPEI

from network.signals.domain.asking import Asking


@dataclass(frozen=True)
class Guarded:
    """Somebody whom curiosity is likely to ask for, by keys alone: who works at `unit` under `name` and their family,
    or somebody in the news."""

    id: str
    kind: Literal["staff", "public_figure"]
    keys: tuple[BlindIndex, ...]
    county: str
    unit: str = ""
    name: str = ""


@dataclass(frozen=True)
class Signs:
    """From how many on it is shown, in a time that is short; night from an hour until another."""

    without_event: int
    at_night: int
    askers_of_one: int
    night_begins: int
    night_ends: int

    def is_night(self, at: datetime) -> bool:
        hour = at.astimezone(TAIPEI).hour
        return hour >= self.night_begins or hour < self.night_ends


def alarms(
    asking: Asking, mine: Sequence[Asking], of_one: Sequence[Asking], guarded: Collection[Guarded], signs: Signs
) -> tuple[str, ...]:
    """What a question alarms by: `mine` are the asker's questions lately, `of_one` those about the same person, both
    with this one."""
    return tuple(dict.fromkeys(_found(asking, mine, of_one, guarded, signs)))


def _found(
    asking: Asking, mine: Sequence[Asking], of_one: Sequence[Asking], guarded: Collection[Guarded], signs: Signs
) -> Iterator[str]:
    meant = [each for each in guarded if not set(each.keys).isdisjoint(asking.about)]
    for each in meant:
        if each.kind == "public_figure":
            yield "public_figure"
        elif (each.unit, each.name) == (asking.asker.unit, asking.asker.name):
            yield "own_family"
        elif each.unit == asking.asker.unit:
            yield "colleague"
    if not asking.event and sum(not each.event for each in mine) >= signs.without_event:
        yield "without_event"
    if signs.is_night(asking.at) and sum(signs.is_night(each.at) for each in mine) >= signs.at_night:
        yield "many_at_night"
    if len({each.asker.id for each in of_one}) >= signs.askers_of_one:
        yield "many_askers"
