"""Pages of programmes: which there are, who is at which stage with what due, one enrolment with what may be done."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.roles import May, may
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.calendars import NATIONAL
from rules.counties import choosable, units_of
from rules.spans import TAIPEI
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.access import Scope
from network.clock import now
from network.once import Key, Printed, told
from network.programmes import api, bodies
from network.programmes.acts import Acts
from network.programmes.api import Given, Kept, counted, county_of, period_of
from network.programmes.domain.checking import OTHERS
from network.programmes.domain.enrolment import EARLY_ENDS, Enrolment
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import parties
from network.programmes.domain.windows import Window, windows
from network.programmes.radar import drawn
from network.programmes.store import Sought
from network.programmes.views import NotesView

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST = 50
_NOTHING = Filled()


@dataclass(frozen=True)
class Row:
    """One enrolment in a list, with the first thing that is due in it."""

    it: Enrolment
    first: Window | None


@router.get("/programmes")
async def programmes_page(visit: SignedIn, acts: Given, county: str = "") -> Response:
    visit.must(May.WORK)
    here = _county(visit, county)
    found = await acts.versions.in_force(here, datetime.now(TAIPEI).date())
    return visit.page(
        "programmes.html",
        governs=may(visit.caller.role, May.GOVERN),
        county_shown=here,
        choosable=choosable(visit.caller.counties),
        versions=found,
        by_stage=await acts.enrolments.by_stage(_scope(visit, here)),
    )


@router.get("/programmes/{code}")
async def programme_page(
    *, code: str, visit: SignedIn, acts: Given, county: str = "", stage: str = "", after: str = ""
) -> Response:
    """Who is in it, at which stage, what is due first, and the figures of the last year."""
    visit.must(May.WORK)
    here = _county(visit, county)
    version, numbers = await counted(code, here, period_of(None, None), acts)
    sought = Sought(code, stage or None, "open")
    found, following = await acts.enrolments.find(_scope(visit, here), sought, after, MOST)
    return visit.page(
        "programme.html", county_shown=here, version=version, it=version.programme, numbers=numbers,
        rows=await rows_of(found, acts), stage=stage, following=following,
        by_stage=(await acts.enrolments.by_stage(_scope(visit, here))).get(code, {}),
    )  # fmt: skip


@router.get("/enrolments/new")
async def new(visit: SignedIn, acts: Given) -> Response:
    visit.must(May.WORK)
    return await _new(visit, acts, visit.request.query_params)


@router.post("/enrolments")
async def begin(visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    visit.must(May.WORK)
    fields: dict[str, Any] = form.texts(
        "programme",
        "case_id",
        "household_id",
        "person",
        "county",
        "unit",
        "entered_by",
        "birth_date",
        "note",
        "address",
    )
    fields["at"] = form.time("at")
    try:
        fields["facts"] = await _facts(fields, form, visit, acts)
        body = body_of(bodies.EnrolmentBody, fields)
        begun = await acts.begin(body, visit.caller, prints.key("begin", form["key"], form.words))
    except NotFound:
        raise
    except Problem as problem:
        return await _new(visit, acts, fields, problem=told(problem), form=form)
    return go_to(f"/enrolments/{begun.id}")


@router.get("/enrolments/{id}")
async def enrolment_page(id: str, visit: SignedIn, acts: Given) -> Response:
    visit.must(May.ANSWER)
    return await _shown(visit, acts, id)


@router.post("/enrolments/{id}/looks")
async def uncover(id: str, visit: Meant, acts: Given, looks: Kept) -> Response:
    """The enrolment with what was written in it, once the look is on record."""
    visit.must(May.ANSWER)
    found = await acts.enrolment(id, visit.caller)
    return await _shown(visit, acts, id, uncovered=await api.looked(found, visit.caller, acts, looks))


@router.post("/enrolments/{id}/{act}")
async def do(*, id: str, act: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    """One act; afterwards the enrolment, or the form again with what stands in the way."""
    visit.must(May.ANSWER)
    try:
        await _do(id, act, visit, form, acts=acts, key=prints.key(act, form["key"], form.words))
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, id, problem=told(problem), form=form, act=act)
    return go_to(f"/enrolments/{id}")


async def _do(id: str, act: str, visit: Visit, form: Filled, *, acts: Acts, key: Key | None) -> None:
    if act == "contacts":
        programme = await acts.of(await acts.enrolment(id, visit.caller))
        await acts.contact(id, body_of(bodies.ContactBody, _contact(form, programme)), visit.caller, key)
        return
    visit.must(May.WORK)
    times: dict[str, Any] = {"at": form.time("at")}
    if act == "answers":
        facts = _typed(await acts.of(await acts.enrolment(id, visit.caller)), form)
        more = {"evidence": form.all("evidence"), "told": form.all("told"), "facts": facts}
        await acts.answer(id, body_of(bodies.AnswerBody, times | more | form.texts("answer")), visit.caller, key)
    elif act == "grants":
        fields = times | form.texts("item", "amount", "cause")
        await acts.grant(id, body_of(bodies.GrantBody, fields), visit.caller, key)
    elif act == "payments":
        await acts.pay(id, body_of(bodies.PaymentBody, times | form.texts("grant_id")), visit.caller, key)
    elif act == "pauses":
        fields = dict[str, Any](form.texts("reason")) | {"from": form.time("from"), "until": form.time("until")}
        await acts.pause(id, body_of(bodies.PauseBody, fields), visit.caller, key)
    elif act == "address":
        await acts.address(id, body_of(bodies.WhereToGoBody, form.texts("address")), visit.caller, key)
    elif act == "end":
        await acts.end(id, body_of(bodies.EndBody, times | form.texts("reason")), visit.caller, key)
    else:
        raise NotFound("There is no such act.", "查無此動作。")


_WHOLE = re.compile(r"[+-]?\d{1,20}")
"""A number as somebody types it; what is none stays as it is, and is refused by name."""


def _contact(form: Filled, programme: Programme) -> Mapping[str, Any]:
    """`what` and `kind` stand in one field: of a programme's contacts each is made in its own ways."""
    what, _, kind = form["what"].partition(".")
    measures = {name: form[f"measure.{name}"] for name in programme.measures if form[f"measure.{name}"]}
    fields: dict[str, Any] = {"what": what, "kind": kind, "at": form.time("at"), "with": form.all("with")}
    return fields | {"reached": form["reached"] != "no", "measures": measures, "note": form["note"] or None}


async def _facts(fields: Mapping[str, Any], form: Filled, visit: Visit, acts: Acts) -> Mapping[str, Any]:
    """The facts that the form of a programme asks for, as what they are."""
    here = _county(visit, str(fields.get("county") or ""))
    found = await acts.versions.in_force(here, datetime.now(TAIPEI).date(), str(fields.get("programme", "")))
    return _typed(found[0].programme, form) if found else {}


def _typed(programme: Programme, form: Filled) -> Mapping[str, Any]:
    said = {name: form[f"fact.{name}"] for name in programme.facts if form[f"fact.{name}"]}
    kinds = {name: programme.facts[name].kind for name in said}
    whole = {name: int(text) for name, text in said.items() if kinds[name] == "number" and _WHOLE.fullmatch(text)}
    return said | whole | {name: text == "yes" for name, text in said.items() if kinds[name] == "flag"}


async def _new(
    visit: Visit, acts: Acts, asked: Mapping[str, str], *, problem: Problem | None = None, form: Filled | None = None
) -> Response:
    family = await acts.places.family(asked.get("case_id") or "", visit.caller)
    here = family.county if family else _county(visit, asked.get("county") or "")
    known = await acts.versions.in_force(here, datetime.now(TAIPEI).date())
    found = {each.programme.programme: each.programme for each in known}
    return visit.page(
        "enrolment_new.html", problem, county_shown=here, programmes=found, it=found.get(asked.get("programme") or ""),
        case_id=family.case_id if family else None, people=family.people if family else (), units=units_of(here),
        typed=form or _Asked(asked), about=about_of(visit),
    )  # fmt: skip


async def _shown(
    visit: Visit, acts: Acts, id: str, *, problem: Problem | None = None, form: Filled | None = None, act: str = "",
    uncovered: NotesView | None = None,
) -> Response:  # fmt: skip
    it = await acts.enrolment(id, visit.caller)
    programme, at = await acts.of(it), now()
    found = await acts.enrolments.windows(it, programme, at)
    works = may(visit.caller.role, May.WORK)
    stage = programme.stages.get(it.stage)
    return visit.page(
        "enrolment.html", problem, it=it, of=programme, stage=stage, now_at=at, act_name=act, works=works,
        windows=[each for each in found if each.start <= at or each.is_owed], radar=drawn(programme, it),
        contacts=[(each, kind) for each in (stage.contacts if stage else ()) for kind in each.kind],
        units=sorted(parties(it, programme) - {it.unit}), others=sorted(OTHERS), ends=EARLY_ENDS, uncovered=uncovered,
        evidence=_evidence(programme, it), typed=form or _NOTHING, about=about_of(visit),
    )  # fmt: skip


def _evidence(programme: Programme, it: Enrolment) -> Sequence[str]:
    """What may be handed in with an answer of this stage: what answers need, and what figures ask for."""
    stage = programme.stages.get(it.stage)
    if stage is None:
        return []
    needed = (*stage.needs, *(need for each in stage.next.values() for need in each.needs))
    figured = [each.evidence for each in programme.figures.values() if each.evidence and each.answer in stage.next]
    known = {*programme.contacts, *programme.facts, "paid"}
    return [each for each in dict.fromkeys((*needed, *figured)) if each not in known]


async def rows_of(found: Sequence[Enrolment], acts: Acts) -> list[Row]:
    """Each with what is owed first: the calendars are read once."""
    days, at = await acts.enrolments.calendars.by_county(), now()
    made = [(it, windows(await acts.of(it), it, days.get(it.county, NATIONAL), at)) for it in found]
    return [Row(it, next((each for each in all_ if each.is_owed), None)) for it, all_ in made]


def _county(visit: Visit, asked: str) -> str:
    """The county that is asked for, else the first that is the visitor's."""
    return county_of(visit.caller, asked or choosable(visit.caller.counties)[0])


def _scope(visit: Visit, county: str) -> Scope:
    return Scope(frozenset({county}), visit.caller.units)


def about_of(visit: Visit) -> Any:
    def about(entry: Mapping[str, str]) -> str:
        return visit.word(entry["about"]) if entry.get("about") else visit.label(entry.get("at", "").rpartition("/")[2])

    return about


class _Asked(Filled):
    """The fields that the address says."""

    def __init__(self, asked: Mapping[str, str]) -> None:
        super().__init__()
        self._asked = asked

    def __getitem__(self, name: str) -> str:
        return str(self._asked.get(name) or "")
