"""The rota as people write it, the final one as it is followed, and its holes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from contracts.roles import Caller, May
from contracts.times import At
from fastapi import APIRouter, Depends, Request
from kit.problems import Conflict, Forbidden
from kit.telemetry import log
from pydantic import BaseModel, Field, model_validator
from web.callers import allowed, must_cover

from notify.domain.holes import AHEAD
from notify.domain.rota import Rota, Shift, Turns, final
from notify.rota.dry_run import DryRun
from notify.rota.store import Changed, DutyKind, Kept, Looked, Rotas

Reader = Annotated[Caller, allowed(May.READ)]
Governor = Annotated[Caller, allowed(May.GOVERN)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
LONGEST = timedelta(days=400)

router = APIRouter(prefix="/v1", tags=["rota"])


class ShiftLine(BaseModel):
    """One person from `start` to before `end`. An override without a person leaves it to nobody, which is a hole.

    `swap` names the exchange that an override is.
    """

    start: At
    end: At
    person: Name | None = None
    swap: Annotated[str, Field(max_length=100)] | None = None

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if not timedelta(0) < self.end - self.start <= LONGEST:
            raise ValueError("a shift ends after it starts, within 400 days")
        return self


class TurnsLine(BaseModel):
    """People in turn, `days` each from the hand-over at `at` in Taipei, the first one from the day `since`."""

    people: Annotated[list[Name], Field(min_length=1, max_length=100)]
    since: date
    days: Annotated[int, Field(ge=1, le=31)] = 1
    at: time = time(8)


class RotaOrder(BaseModel):
    """Who is on call for a unit, or who supervises. Overrides go before shifts, shifts before turns.

    `version`, if it is sent, is that of the rota whose place it takes, 0 for none: with another one there it is 409.
    """

    unit: Annotated[str, Field(pattern=r"^[a-z-]+/[a-z0-9_.-]+$", max_length=100)]
    duty: DutyKind = "on_call"
    turns: TurnsLine | None = None
    shifts: Annotated[list[ShiftLine], Field(max_length=1000)] = []
    overrides: Annotated[list[ShiftLine], Field(max_length=1000)] = []
    version: Annotated[int, Field(ge=0)] | None = None


class DutyView(BaseModel):
    """A stretch of the final rota; without a person nobody has it. `because`: override, shift, turn or nobody."""

    start: datetime
    end: datetime
    person: str | None
    because: str


class RotaView(RotaOrder):
    """A rota as it was written, and `final`, as it is followed in the next 14 days."""

    county: str
    version: int
    written_by: str
    written_at: datetime
    final: list[DutyView]


class RotaList(BaseModel):
    rotas: list[RotaView]


class HoleView(BaseModel):
    start: datetime
    end: datetime
    kind: str
    person: str | None = None


class UnitHoles(BaseModel):
    """When a unit's messages would ring nobody in the 14 days after `looked_at`; `whole`: never anybody."""

    unit: str
    county: str
    looked_at: datetime
    whole: bool
    holes: list[HoleView]


class HoleList(BaseModel):
    units: list[UnitHoles]


@dataclass(frozen=True)
class Office:
    """What the routes need."""

    rotas: Rotas
    dry_run: DryRun


async def office_of(request: Request) -> Office:
    office: Office = request.app.state.rota_office
    return office


Given = Annotated[Office, Depends(office_of)]


@router.get("/rota", summary="Who is on call")
async def list_rotas(office: Given, caller: Reader, unit: str | None = None) -> RotaList:
    kept = await office.rotas.listed(caller.counties)
    return RotaList(rotas=[_view(each) for each in kept if unit in (None, each.unit) and is_theirs(caller, each.unit)])


@router.put("/rota", summary="Write a rota")
async def put_rota(order: RotaOrder, office: Given, caller: Governor) -> RotaView:
    """In the place of the one before it. The nights ahead are run dry at once: look at the holes after it."""
    county = order.unit.partition("/")[0]
    must_cover(caller, county)
    if not is_theirs(caller, order.unit):
        raise Forbidden("This token does not cover that unit.", "此權杖不含該單位。")
    now = datetime.now(UTC)
    try:
        new = Kept(order.unit, order.duty, county, _rota(order), 0, caller.name, now)
        kept = await office.rotas.put(new, order.version)
    except Changed:
        raise Conflict(
            "Somebody has written this rota meanwhile. Look at it as it is now, and write yours again.",
            "此班表已有人更新，請重新載入後再修改。",
        ) from None
    log.info("rota_written", unit=kept.unit, county=county, version=kept.version)
    await office.dry_run.look(order.unit)
    await office.dry_run.tell()
    return _view(kept)


@router.get("/rota/holes", summary="When nobody would be rung")
async def list_holes(office: Given, caller: Reader) -> HoleList:
    """The caller's units that have a hole ahead, those where nobody is ever rung first."""
    looked = [each for each in await office.rotas.holes(caller.counties) if each.holes]
    order = sorted(looked, key=lambda each: (not each.whole, each.holes[0].start, each.unit))
    return HoleList(units=[_holes(each) for each in order if is_theirs(caller, each.unit)])


def is_theirs(caller: Caller, unit: str) -> bool:
    return not caller.units or unit in caller.units


def _rota(order: RotaOrder) -> Rota:
    line = order.turns
    turns = Turns(tuple(line.people), line.since, line.days, line.at) if line else None
    return Rota(turns, _shifts(order.shifts), _shifts(order.overrides))


def _shifts(lines: Sequence[ShiftLine]) -> tuple[Shift, ...]:
    return tuple(Shift(each.start, each.end, each.person, each.swap) for each in lines)


def _view(kept: Kept) -> RotaView:
    now = datetime.now(UTC)
    turns = kept.rota.turns and _lines(kept.rota.turns) | {"people": list(kept.rota.turns.people)}
    return RotaView.model_validate(
        {name: getattr(kept, name) for name in ("unit", "duty", "county", "version", "written_by", "written_at")}
        | {"turns": turns, "shifts": list(map(_lines, kept.rota.shifts))}
        | {"overrides": list(map(_lines, kept.rota.overrides))}
        | {"final": list(map(_lines, final(kept.rota, now, now + AHEAD)))}
    )


def _holes(looked: Looked) -> UnitHoles:
    return UnitHoles.model_validate(_lines(looked) | {"holes": list(map(_lines, looked.holes))})


def _lines(value: object) -> dict[str, object]:
    return dict(vars(value))
