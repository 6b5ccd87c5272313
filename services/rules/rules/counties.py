"""What each county has set for its window, and what its units are called: data, so that a county is added by data."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Self

import yaml
from contracts.decisions import UnitId
from contracts.words import UNITS, Words
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts import codes

FILE = files("rules") / "counties.yaml"

_ONLY_MANY = ("protection", "welfare_centre", "window", "provider")
"""Kinds of unit that a county names one by one, providers among them, and the window, which serves nobody."""
_STRICT = ConfigDict(frozen=True, extra="forbid")
_LENGTH = re.compile(r"(\d{1,4})([mhd])")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


def _length(text: object) -> timedelta:
    """From `15m`, `4h` or `28d`. Raises ValueError."""
    if not (match := _LENGTH.fullmatch(str(text))):
        raise ValueError("write a length of time as 15m, 4h or 28d")
    return timedelta(minutes=int(match[1]) * _MINUTES[match[2]])


Length = Annotated[timedelta, BeforeValidator(_length)]


class Settings(BaseModel):
    """How a window works where no law says how; counties.yaml explains each."""

    model_config = _STRICT

    source: str
    verified: bool
    claim_idle: Length
    undo_within: Length
    revealed_for: Length
    soon: Length
    sender_answers_within: Length
    transfer_accepted_within: Length
    decided_again_within: Length
    supervisor_from_return: Annotated[int, Field(ge=1)]
    night_ends_at: Annotated[int, Field(ge=0, le=23)]
    same_event_within: Length
    same_agency_within: Length
    received_within: Length
    unseen_for: Length
    accepted_within: Length
    assessed_within: Length
    planned_within: Length
    next_step_within: Length
    handover_settled_within: Length
    closing_answered_within: Length
    closing_reviewed_within: Length
    closing_stands_for: Length
    days_told_late: Length


class Centre(BaseModel):
    """A welfare centre or a team: what it is called before the word for all of them, and whom it serves.

    `townships` are all where none is named; `when` are cells on the facts of a report, read by whoever has those.
    """

    model_config = _STRICT

    zh: str = ""
    en: str = ""
    townships: tuple[str, ...] = ()
    when: Mapping[str, Mapping[str, Any]] = {}


class County(BaseModel):
    """One county. `serving` names the centre of whoever lives where no other one serves."""

    model_config = _STRICT

    code: str
    source: str
    verified: bool
    settings: Settings
    serving: str = "welfare_centre"
    centres: Mapping[str, Centre] = {}
    investigates: bool = False
    visits_special_cases: bool = False

    @model_validator(mode="after")
    def _has_the_centre_that_serves(self) -> Self:
        if self.centres and self.serving not in self.centres:
            raise ValueError(f"serving: name one of the centres: {', '.join(self.centres)}")
        return self

    @property
    def unit_ids(self) -> tuple[UnitId, ...]:
        """The units that may lead."""
        return tuple(f"{self.code}/{name}" for name in ("protection", *(self.centres or (self.serving,))))

    def centre_of(self, *townships: str | None, takes: Callable[[str], bool] = lambda _: True) -> str:
        """The centre that serves the first of these townships that any serves, of those that take the family."""
        open_to = {name: centre.townships for name, centre in self.centres.items() if takes(name)}
        by_township = {township: name for name, served in open_to.items() for township in served}
        everywhere = next((name for name, served in open_to.items() if not served), self.serving)
        return next((by_township[each] for each in townships if each in by_township), everywhere)


def county(code: str) -> County:
    """A county as it is set, or as every county is that has set nothing."""
    return counties().get(code) or _that_set_nothing().model_copy(update={"code": code})


def settings_of(code: str) -> Settings:
    """How a county works where no law says how."""
    return county(code).settings


@cache
def counties() -> Mapping[str, County]:
    """The counties that have set something, by code. Raises pydantic's ValidationError that says where."""
    return {code: _county(entry | {"code": code}) for code, entry in _document()["counties"].items()}


def choosable(theirs: Collection[str]) -> list[str]:
    """The counties that somebody may choose from, `*` for all: those that have set something first."""
    known = list(counties())
    each_one = codes.names("counties", date.max) if "*" in theirs else theirs
    return sorted(each_one, key=lambda each: (known.index(each) if each in known else len(known), each))


def units_of(code: str) -> list[UnitId]:
    """The units of a county that may be asked: its teams, and one of every system."""
    mine = county(code).unit_ids
    return [*mine, *(f"{code}/{kind}" for kind in UNITS if f"{code}/{kind}" not in mine and kind not in _ONLY_MANY)]


def unit_words(unit: UnitId) -> Words | None:
    """What a unit such as `chiayi-county/welfare_centre.minxiong` is called; None for a kind that has no words."""
    code, _, name = unit.partition("/")
    if (kind := UNITS.get(name.partition(".")[0])) is None:
        return None
    centre = county(code).centres.get(name)
    if centre is None or not centre.zh:
        return kind
    return Words(centre.zh + kind.zh, f"{centre.en} {kind.en.lower()}", centre.zh + kind.short)


@cache
def _that_set_nothing() -> County:
    shared = _document()["settings"]
    return _county({"code": "", "source": shared["source"], "verified": False})


def _county(entry: Mapping[str, Any]) -> County:
    return County.model_validate({**entry, "settings": _document()["settings"] | entry.get("settings", {})})


@cache
def _document() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return loaded
