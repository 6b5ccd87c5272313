"""One question on record: who asked for what, whose family it was, what they were told; never whom it was about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.cases import CaseId
from contracts.decisions import UnitId
from contracts.event import BlindIndex

How = Literal["national_id", "name", "address"]


@dataclass(frozen=True)
class Asker:
    """A name and a unit, as the county knows them; `caller` is the account or system that asked for them."""

    name: str
    unit: UnitId
    caller: str

    @property
    def id(self) -> str:
        return f"{self.unit} {self.name}"


@dataclass(frozen=True)
class Touched:
    """A case that the question was about, and whose it was then."""

    case_id: CaseId
    county: str
    unit: UnitId
    units: tuple[UnitId, ...] = ()
    open: bool = True


@dataclass(frozen=True)
class Asking:
    """`about` are keys that say nothing of anybody; `answer` is what was told, empty where it was refused with a code.

    `alarms` are added once somebody looked at what else was asked; `told`: leads have heard.
    """

    id: str
    at: datetime
    asker: Asker
    county: str
    purpose: str
    how: How
    about: tuple[BlindIndex, ...]
    event: str | None = None
    accompanied: bool | None = None
    cases: tuple[Touched, ...] = ()
    answer: Mapping[str, bool | int | str | None] | None = None
    refused: str | None = None
    alarms: tuple[str, ...] = ()
    told: bool = False
    new_to_me: bool | None = None
    sent: str | None = None
