"""The API of village sheets: made in one act, told by civil affairs, answered by the chief through them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import uuid4

from contracts.roles import Caller, May
from contracts.rosters import Roster
from contracts.times import At
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from kit.problems import Conflict, NotFound
from kit.sealed import KeyVault
from pydantic import Field
from web.callers import allowed, must_cover

from network import words
from network.access import Scope
from network.clock import now
from network.looks.store import Look, Looks
from network.rosters.acts import Acts, must_follow, past_of
from network.rosters.answering import answering
from network.rosters.api import Given, Kept, Vault, names_of
from network.rosters.bodies import Body
from network.rosters.sheets.making import by_village, in_no_service
from network.rosters.sheets.sheet import Answer, NotNow, Sheet, SheetId, answered, told
from network.rosters.sheets.store import Sheets, Work
from network.rosters.store import Sought
from network.tasks.views import View

router = APIRouter(prefix="/v1/village-sheets", tags=["rosters"])


class MakingBody(Body):
    """Of which county, and of one list alone where `roster` names it."""

    county: Annotated[str, Field(pattern=r"^[a-z-]{1,40}$")]
    roster: Roster | None = None


class ConfirmationBody(Body):
    """When the chief was told; now, where it is left out."""

    at: At | None = None


class AnswerBody(Body):
    """What the chief says; `report_id` is the form that was written down of it, if one was."""

    answer: Answer
    at: At | None = None
    report_id: Annotated[str, Field(max_length=80)] | None = None


class SheetView(View):
    """A village's sheet: how many households, who told the chief when, and what the chief says."""

    sheet_id: str
    county: str
    township: str
    village: str
    unit: str
    state: str
    households: tuple[str, ...]
    made_by: str
    made_at: datetime
    told_by: str | None
    told_at: datetime | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    report_id: str | None

    @classmethod
    def of(cls, sheet: Sheet) -> Self:
        return cls.model_validate(vars(sheet) | {"sheet_id": sheet.id, "state": sheet.state})


class SheetsView(View):
    """A page of sheets; `next` is the `after` of the following page. `without_village`: households of no village."""

    sheets: tuple[SheetView, ...]
    next: str | None = None
    without_village: int = 0


class FamilyView(View):
    """What a chief needs of a family: who they are and where they live, and nothing of why a unit listed them."""

    household_id: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]


class FamiliesView(View):
    """Families to tell a chief of; `served_since` more are left out, since a unit serves them by now."""

    served_since: int = 0
    families: tuple[FamilyView, ...]


async def sheets_of(request: Request) -> Sheets:
    sheets: Sheets = request.app.state.sheets
    return sheets


Worker = Annotated[Caller, allowed(May.WORK)]
Listed = Annotated[Sheets, Depends(sheets_of)]


@router.post("", status_code=201, summary="List the families that no unit serves, a sheet a village")
async def make(body: MakingBody, caller: Worker, acts: Given, sheets: Listed) -> SheetsView:
    """A household that is on a sheet already is on no other: pressed twice it lists nobody twice."""
    must_cover(caller, body.county)
    at, scope = now(), Scope.of(caller)
    places, without = await by_village(scope, Sought(at, body.county, body.roster, "answered"), acts, sheets)
    unit = f"{body.county}/{answering().tells_chiefs}"
    fresh = [
        Sheet(SheetId(str(uuid4())), body.county, *place, unit, caller.name, at, tuple(there))
        for place, there in sorted(places.items())
    ]
    made = await sheets.add(fresh, by=caller.name, at=at)
    return SheetsView(sheets=tuple(map(SheetView.of, made)), without_village=without)


@router.get("", summary="Sheets, the first made first")
async def find(
    *,
    state: Literal["made", "told", "answered"] | None = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Worker,
    sheets: Listed,
) -> SheetsView:
    found, following = await sheets.find(Scope.of(caller), state, after, limit)
    return SheetsView(sheets=tuple(map(SheetView.of, found)), next=following)


@router.post("/{id}/looks", summary="Whom the chief is told of; the look is on record")
async def look(*, id: SheetId, caller: Worker, acts: Given, sheets: Listed, looks: Kept, vault: Vault) -> FamiliesView:
    return await looked(await sheet_of(id, caller, sheets), caller.name, acts, looks=looks, vault=vault)


@router.post("/{id}/confirmation", summary="The chief was told why, and whom to call")
async def confirm(id: SheetId, body: ConfirmationBody, caller: Worker, sheets: Listed) -> SheetView:
    at = past_of(body.at or now())

    async def work(sheet: Sheet) -> Sheet:
        changed = told(sheet, caller.name, at)
        must_follow(at, sheet.made_at)
        return changed

    return await _changed(id, work, caller, sheets)


@router.post("/{id}/answer", summary="What the chief says")
async def answer(id: SheetId, body: AnswerBody, caller: Worker, sheets: Listed) -> SheetView:
    at = past_of(body.at or now())

    async def work(sheet: Sheet) -> Sheet:
        changed = answered(sheet, body.answer, caller.name, at, body.report_id)
        must_follow(at, sheet.told_at)
        return changed

    return await _changed(id, work, caller, sheets)


async def looked(sheet: Sheet, by: str, acts: Acts, *, looks: Looks, vault: KeyVault) -> FamiliesView:
    """Whom the chief is told of, once the look is on record."""
    listed = len(sheet.households)
    await looks.note(Look(now(), by, sheet.county, "", sheet.id, (sheet.unit,), "sheet", listed))
    families = []
    there = await acts.households.all_of(sheet.households)
    left = await in_no_service(sheet.county, there, acts)
    for household in left:
        people = await names_of(household, vault)
        named, lived = (tuple(dict.fromkeys(filter(None, values))) for values in (
            [each.name for each in people], [each.address for each in people]
        ))  # fmt: skip
        families.append(FamilyView(household_id=household.id, names=named, addresses=lived))
    return FamiliesView(families=tuple(families), served_since=len(there) - len(left))


async def sheet_of(id: SheetId, caller: Caller, sheets: Sheets) -> Sheet:
    """Raises NotFound for whoever does not tell its chief."""
    found = await sheets.get(id)
    if found is None or not Scope.of(caller).covers(found.county, {found.unit}):
        raise NotFound("There is no such sheet.", "查無此村里名冊。")
    return found


async def _changed(id: SheetId, work: Work, caller: Caller, sheets: Sheets) -> SheetView:
    await sheet_of(id, caller, sheets)
    try:
        return SheetView.of(await sheets.change(id, work, by=caller.name, at=now()))
    except NotNow as error:
        said = words.of(f"missing.{error.code}")
        raise Conflict(said.en, said.zh, errors=[{"code": error.code, **said._asdict()}]) from None
