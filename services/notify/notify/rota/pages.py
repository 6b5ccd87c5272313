"""Who is on call tonight and in the nights to come, holes first; turns, shifts and overrides are edited here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from contracts.decisions import UnitId
from contracts.roles import Caller, May, may
from fastapi import APIRouter, Query
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.spans import TAIPEI
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from notify.domain.notices import window_of
from notify.domain.rota import Rota, Shift, on_call
from notify.places import counties_of, units_for
from notify.rota import api
from notify.rota.api import Given, HoleView, Office, RotaOrder, is_theirs
from notify.rota.dry_run import HOSPITALS
from notify.rota.nights import Row, row
from notify.rota.store import DutyKind, Kept

router = APIRouter(include_in_schema=False, route_class=PageRoute)

FREE_ROWS = 2
"""Empty rows of a form; whoever needs more saves and goes on."""
Unit = Annotated[UnitId, Query(max_length=100)]


@dataclass(frozen=True)
class Draft:
    """A rota in a form: as it is kept, or as somebody has just typed it."""

    people: str
    since: str
    days: str
    at: str
    shifts: Sequence[Mapping[str, str]]
    overrides: Sequence[Mapping[str, str]]
    version: str


@router.get("/rota")
async def rota_page(visit: SignedIn, office: Given) -> Response:
    """Holes first: those where nobody is ever rung, then by when they begin."""
    now, caller = datetime.now(UTC), visit.caller
    kept = {(each.unit, each.duty): each for each in await office.rotas.listed(caller.counties)}
    looked = (await api.list_holes(office, caller)).units
    holes = {each.unit: each.holes for each in looked}
    units = sorted({*(unit for unit, _ in kept), *holes})
    rows = [_row(unit, "on_call", kept, now, holes) for unit in units if is_theirs(caller, unit)]
    rows += [_row(unit, duty, kept, now, {}) for unit, duty in kept if duty == "supervisor" and is_theirs(caller, unit)]
    concerned = {each.unit: _supervisor(each.unit, each.holes[0].start, kept) for each in looked}
    return visit.page(
        "rota.html", rows=rows, looked=looked, concerned=concerned, units=[*units_for(caller), *_hospitals(caller)],
        may_write=may(caller.role, May.GOVERN),
    )  # fmt: skip


@router.get("/rota/edit")
async def edit_page(visit: SignedIn, office: Given, unit: Unit, duty: DutyKind = "on_call") -> Response:
    """Raises Forbidden for who may not, and NotFound for a unit of others."""
    visit.must(May.GOVERN)
    if not (visit.caller.sees(unit.partition("/")[0]) and is_theirs(visit.caller, unit)):
        raise NotFound("There is no such unit here.", "查無此單位。")
    kept = await office.rotas.of(unit, duty)
    return await _editing(visit, office, _draft(kept), unit=unit, duty=duty)


@router.post("/rota/edit")
async def write(visit: Meant, form: Form, office: Given) -> Response:
    """Raises Forbidden for who may not."""
    visit.must(May.GOVERN)
    typed = _typed(form)
    people = [line.strip() for line in typed.people.splitlines() if line.strip()]
    turns = {"people": people, "since": typed.since, "days": typed.days, "at": typed.at} if people else None
    fields = form.texts("unit", "duty", "version") | {
        "turns": turns, "shifts": list(_lines(typed.shifts)), "overrides": list(_lines(typed.overrides))
    }  # fmt: skip
    try:
        order = body_of(RotaOrder, fields)
        await api.put_rota(order, office, visit.caller)
    except Problem as problem:
        duty: DutyKind = "supervisor" if form["duty"] == "supervisor" else "on_call"
        return await _editing(visit, office, typed, unit=form["unit"], duty=duty, problem=problem)
    return go_to("/rota")


async def _editing(
    visit: Visit, office: Office, draft: Draft, *, unit: str, duty: DutyKind, problem: Problem | None = None
) -> Response:
    known = [each for each in await office.rotas.listed(visit.caller.counties) if each.unit == unit]
    names = sorted({name for each in known for name in people_of(each.rota)})
    return visit.page("rota_edit.html", problem, unit=unit, duty=duty, draft=draft, names=names)


def people_of(rota: Rota) -> Iterator[str]:
    """Everybody whom a rota names."""
    yield from rota.turns.people if rota.turns else ()
    yield from (each.person for each in (*rota.shifts, *rota.overrides) if each.person)


def _row(
    unit: str, duty: DutyKind, kept: Mapping[tuple[str, DutyKind], Kept], now: datetime,
    holes: Mapping[str, Sequence[HoleView]],
) -> Row:  # fmt: skip
    return row(unit, duty, kept.get((unit, duty)), now, [(each.start, each.end) for each in holes.get(unit, ())])


def _supervisor(unit: str, at: datetime, kept: Mapping[tuple[str, DutyKind], Kept]) -> str | None:
    window = window_of(unit.partition("/")[0])
    rota = kept.get((unit, "supervisor")) or kept.get((window, "supervisor"))
    return on_call(rota.rota, at).person if rota else None


def _hospitals(caller: Caller) -> list[str]:
    """Whoever is called for hospital emergencies has a rota of their own, where the window does not do."""
    return [] if caller.units else [f"{each}/{HOSPITALS}" for each in counties_of(caller)]


def _draft(kept: Kept | None) -> Draft:
    rota = kept.rota if kept else Rota()
    turns = rota.turns
    return Draft(
        "\n".join(turns.people) if turns else "", (turns.since if turns else datetime.now(TAIPEI).date()).isoformat(),
        str(turns.days if turns else 1), f"{turns.at:%H:%M}" if turns else "08:00",
        [*map(_fields, rota.shifts), *_empty()], [*map(_fields, rota.overrides), *_empty()],
        str(kept.version if kept else 0),
    )  # fmt: skip


def _typed(form: Filled) -> Draft:
    rows = {
        kind: [
            {"start": start, "end": end, "person": person, "swap": swap}
            for start, end, person, swap in zip(
                *(form.every(f"{kind}_{name}") for name in ("start", "end", "person", "swap")), strict=False
            )
        ]
        for kind in ("shift", "override")
    }
    return Draft(
        form["people"], form["since"], form["days"], form["at"], rows["shift"], rows["override"], form["version"]
    )


def _lines(rows: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """Rows that have a time; one without a person leaves it to nobody."""
    for each in rows:
        if each["start"] or each["end"]:
            yield {"start": _time(each["start"]), "end": _time(each["end"])} | {
                name: each[name] for name in ("person", "swap") if each[name]
            }


def _time(text: str) -> str:
    """A time on a clock in Taiwan; what is none stays as it is, and is told to be."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=TAIPEI).isoformat()
    except ValueError:
        return text


def _fields(shift: Shift) -> dict[str, str]:
    there = {"start": shift.start, "end": shift.end}
    times = {name: f"{at.astimezone(TAIPEI):%Y-%m-%dT%H:%M}" for name, at in there.items()}
    return times | {"person": shift.person or "", "swap": shift.swap or ""}


def _empty() -> list[dict[str, str]]:
    return [dict.fromkeys(("start", "end", "person", "swap"), "") for _ in range(FREE_ROWS)]
