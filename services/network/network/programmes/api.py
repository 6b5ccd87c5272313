"""The API of programmes: which there are, who is in one, what is done in it, and its figures."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After, Page
from kit.problems import Forbidden, NotFound, Unprocessable
from rules.calendars import NATIONAL, Calendar
from rules.spans import TAIPEI
from web.callers import allowed, must_cover

from network.access import EVERYWHERE, Scope
from network.clock import now
from network.looks.api import looks_of
from network.looks.store import Look, Looks
from network.once import Once, Printed
from network.periods import instants
from network.programmes.acts import PARTNER, Acts
from network.programmes.bodies import (
    AnswerBody,
    ContactBody,
    EndBody,
    EnrolmentBody,
    EntriesBody,
    GrantBody,
    PauseBody,
    PaymentBody,
    WhereToGoBody,
)
from network.programmes.domain.enrolment import Enrolment
from network.programmes.domain.figures import Counting, Number, Period
from network.programmes.domain.owing import parties
from network.programmes.entries import taken
from network.programmes.programme_views import ProgrammesView, ProgrammeView
from network.programmes.store import Sought
from network.programmes.versions.store import Version
from network.programmes.views import (
    EnrolmentsView,
    EnrolmentView,
    EntriesView,
    FiguresView,
    GrantView,
    MetView,
    NotesView,
    PauseView,
)

router = APIRouter(prefix="/v1", tags=["programmes"])


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.programmes
    return acts


Worker = Annotated[Caller, allowed(May.WORK)]
Answerer = Annotated[Caller, allowed(May.ANSWER)]
Counter = Annotated[Caller, allowed(May.COUNT)]
Given = Annotated[Acts, Depends(acts_of)]
Kept = Annotated[Looks, Depends(looks_of)]
FRESH = 201


@router.get("/programmes", summary="The programmes that hold today in a county: stages, what is asked, what is counted")
async def programmes(
    caller: Counter, acts: Given, county: Annotated[str | None, Query(max_length=40)] = None
) -> ProgrammesView:
    where = county_of(caller, county)
    found = await acts.versions.in_force(where, datetime.now(TAIPEI).date())
    return ProgrammesView(programmes=tuple(map(ProgrammeView.of_version, found)))


@router.get("/enrolments", summary="Who is in which programme, the last begun first")
async def find(
    *,
    programme: Annotated[str | None, Query(max_length=48)] = None,
    stage: Annotated[str | None, Query(max_length=48)] = None,
    state: Literal["open", "ended"] | None = None,
    unit: Annotated[str | None, Query(max_length=80)] = None,
    case_id: Annotated[str | None, Query(max_length=80)] = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Answerer,
    acts: Given,
) -> EnrolmentsView:
    sought = Sought(programme, stage, state, unit, await acts.places.ids(case_id))
    found, following = await listed(caller, acts, sought, after, limit)
    days = await acts.enrolments.calendars.by_county()
    views = [await shown(each, acts, caller, days) for each in found]
    return EnrolmentsView(enrolments=tuple(views), next=following)


@router.post("/enrolments", status_code=FRESH, summary="Somebody enters a programme; who is in it already is named")
async def begin(body: EnrolmentBody, caller: Worker, acts: Given, key: Once) -> EnrolmentView:
    return await shown(await acts.begin(body, caller, key), acts, caller)


@router.post(
    "/enrolments/entries", summary="Many rows at once: each is taken whole, or named with what is wrong with it"
)
async def enter_many(body: EntriesBody, caller: Answerer, acts: Given, key: Once, prints: Printed) -> EntriesView:
    return EntriesView.of(await taken(body.entries, caller, acts, key, prints))


@router.get("/enrolments/{id}", summary="One enrolment: what was done, and every time that something was owed")
async def get(id: str, caller: Answerer, acts: Given) -> EnrolmentView:
    return await shown(await acts.enrolment(id, caller), acts, caller)


@router.post("/enrolments/{id}/contacts", status_code=FRESH, summary="A contact of the programme, or a try at one")
async def contact(id: str, body: ContactBody, caller: Answerer, acts: Given, key: Once) -> MetView:
    return MetView.of((await acts.contact(id, body, caller, key))[1])


@router.post("/enrolments/{id}/answers", summary="What is answered in this stage: it leads to the next one, or the end")
async def answer(id: str, body: AnswerBody, caller: Worker, acts: Given, key: Once) -> EnrolmentView:
    return await shown(await acts.answer(id, body, caller, key), acts, caller)


@router.post("/enrolments/{id}/grants", status_code=FRESH, summary="An amount granted, cut to what a cap leaves")
async def grant(id: str, body: GrantBody, caller: Worker, acts: Given, key: Once) -> GrantView:
    return GrantView.of(await acts.grant(id, body, caller, key))


@router.post("/enrolments/{id}/payments", status_code=FRESH, summary="A grant paid, once")
async def pay(id: str, body: PaymentBody, caller: Worker, acts: Given, key: Once) -> GrantView:
    return GrantView.of(await acts.pay(id, body, caller, key))


@router.post("/enrolments/{id}/pauses", status_code=FRESH, summary="Clocks stand still; from the same time, otherwise")
async def pause(id: str, body: PauseBody, caller: Worker, acts: Given, key: Once) -> PauseView:
    return PauseView.model_validate((await acts.pause(id, body, caller, key))[1])


@router.post("/enrolments/{id}/address", summary="Where whoever visits goes; the last one counts, read by a look")
async def address(id: str, body: WhereToGoBody, caller: Worker, acts: Given, key: Once) -> EnrolmentView:
    return await shown(await acts.address(id, body, caller, key), acts, caller)


@router.post("/enrolments/{id}/end", summary="Over, for a reason that is no answer of the programme")
async def end(id: str, body: EndBody, caller: Worker, acts: Given, key: Once) -> EnrolmentView:
    return await shown(await acts.end(id, body, caller, key), acts, caller)


@router.post("/enrolments/{id}/looks", summary="What was written in an enrolment; the look is on record")
async def look(id: str, caller: Answerer, acts: Given, looks: Kept) -> NotesView:
    return await looked(await acts.enrolment(id, caller), caller, acts, looks)


@router.get("/statistics/programmes/{programme}", summary="The figures of a programme by name, from what was done")
async def figures(
    *,
    programme: str,
    county: str,
    caller: Counter,
    acts: Given,
    since: Annotated[date | None, Query(alias="from", description="First day, in Taiwan")] = None,
    until: Annotated[date | None, Query(alias="to", description="Last day, in Taiwan")] = None,
) -> FiguresView:
    must_cover(caller, county)
    version, numbers = await counted(programme, county, period_of(since, until), acts)
    return FiguresView.of_numbers(version, county, numbers)


def county_of(caller: Caller, asked: str | None) -> str:
    """The county that is asked for, else the caller's only one. Raises Forbidden, Unprocessable."""
    mine = sorted(caller.counties - {EVERYWHERE})
    county = asked or (mine[0] if mine else "")
    if not county:
        wrong = {"at": "/query/county", "code": "county", "zh": "請填縣市。", "en": "Say which county."}
        raise Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[wrong])
    must_cover(caller, county)
    return county


def period_of(since: date | None, until: date | None) -> Period:
    """The days asked for, else the last year. Raises Unprocessable."""
    return Period(*instants(since, until), now())


async def counted(code: str, county: str, period: Period, acts: Acts) -> tuple[Version, list[Number]]:
    """The figures that the latest version names, over enrolments of every version. Raises NotFound."""
    found = await acts.versions.in_force(county, (period.end - timedelta(seconds=1)).astimezone(TAIPEI).date(), code)
    if not found:
        raise NotFound("There is no such programme.", "查無此方案。")
    days = (await acts.enrolments.calendars.by_county()).get(county, NATIONAL)
    counting = Counting(found[0].programme, period, days)
    async for it in acts.enrolments.of_programme(county, code, period.start, period.end):
        counting.add(it, await acts.of(it))
    return found[0], counting.numbers()


async def listed(caller: Caller, acts: Acts, sought: Sought, after: str | None, limit: int) -> Page[Enrolment]:
    """Enrolments that a caller may see. Raises Forbidden for another's unit."""
    scope = Scope.of(caller)
    if caller.role == PARTNER and (not caller.units or sought.case_ids):
        return [], None
    if sought.unit and scope.units and sought.unit not in scope.units:
        raise Forbidden("This token does not cover that unit.", "此權杖不含該單位。")
    return await acts.enrolments.find(scope, sought, after, limit)


async def shown(
    it: Enrolment, acts: Acts, caller: Caller, calendars: Mapping[str, Calendar] | None = None
) -> EnrolmentView:
    """An enrolment, to a partner without the case, the person's key and what lists name."""
    programme, at = await acts.of(it), now()
    view = EnrolmentView.of(it, programme, await acts.enrolments.windows(it, programme, at, calendars), at)
    hidden = dict.fromkeys(("case_id", "household_id", "person")) | {"heard": ()}
    return view.model_copy(update=hidden) if caller.role == PARTNER else view


async def looked(it: Enrolment, caller: Caller, acts: Acts, looks: Looks) -> NotesView:
    """What was written, once the look is on record: who watches over a unit that has part sees it.

    A partner reads where to go and the last note: whoever visits for them needs no more of the story.
    """
    units = tuple(sorted(parties(it, await acts.of(it))))
    await looks.note(Look(now(), caller.name, it.county, it.subject.case_id or "", it.id, units, "enrolment"))
    notes = {each.id: each.note for each in sorted(it.contacts, key=lambda each: each.said.at) if each.note}
    first = it.note
    if caller.role == PARTNER and notes:
        notes, first = dict([[*notes.items()][-1]]), None
    tokens = [each for each in (first, it.address, *notes.values()) if each]
    opened = dict(zip(tokens, await acts.sealing.open(tokens), strict=True)) if tokens else {}
    return NotesView(
        note=opened.get(first) if first else None, address=opened.get(it.address) if it.address else None,
        contacts={id: opened.get(token) for id, token in notes.items()},
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TAIPEI).astimezone(UTC)
