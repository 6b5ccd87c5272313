"""The API of rosters: households gathered from lists, and what is found out about each."""

from typing import Annotated, Literal

from contracts.roles import Caller, May
from contracts.rosters import Roster
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from kit.problems import Forbidden
from kit.sealed import KeyVault
from web.callers import allowed

from network.access import Scope
from network.clock import now
from network.looks.api import looks_of
from network.looks.store import Look, Looks
from network.once import Once
from network.rosters.acts import Acts
from network.rosters.bodies import AssignmentBody, ScreeningBody
from network.rosters.domain.household import Household, HouseholdId
from network.rosters.store import Sought
from network.rosters.views import HouseholdsView, HouseholdView, NoteView, PeopleView, PersonView

router = APIRouter(prefix="/v1", tags=["rosters"])
SCOPE = "roster"
"""Under which intake sealed what a row says of a person."""


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.rosters
    return acts


async def vault_of(request: Request) -> KeyVault:
    vault: KeyVault = request.app.state.vault
    return vault


Worker = Annotated[Caller, allowed(May.WORK)]
Governor = Annotated[Caller, allowed(May.GOVERN)]
Given = Annotated[Acts, Depends(acts_of)]
Kept = Annotated[Looks, Depends(looks_of)]
Vault = Annotated[KeyVault, Depends(vault_of)]


@router.get("/households", summary="Households of lists, what is due first first")
async def find(
    *,
    county: Annotated[str | None, Query(max_length=40)] = None,
    roster: Roster | None = None,
    state: Literal["due", "overdue", "looking", "answered"] | None = None,
    township: Annotated[str | None, Query(max_length=20)] = None,
    village: Annotated[str | None, Query(max_length=20)] = None,
    unit: Annotated[str | None, Query(max_length=80, description="Which visits them")] = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Worker,
    acts: Given,
) -> HouseholdsView:
    scope, at = Scope.of(caller), now()
    if county and not caller.sees(county):
        raise Forbidden("This token does not cover that county.", "此權杖不含該縣市。")
    sought = Sought(at, county, roster, state, township, village, unit)
    found, following = await acts.households.find(scope, sought, after, limit)
    shown = tuple(HouseholdView.of(each, at, None, scope) for each in found)
    return HouseholdsView(households=shown, next=following)


@router.get("/households/{id}", summary="One household: its rows, what was found out, and who serves it already")
async def get(id: str, caller: Worker, acts: Given) -> HouseholdView:
    return await _shown(await acts.household(id, caller), caller, acts)


@router.post("/households/{id}/looks", summary="Whom the rows name, and what was written; the look is on record")
async def look(id: str, caller: Worker, acts: Given, looks: Kept, vault: Vault) -> PeopleView:
    household = await acts.household(id, caller)
    return await looked(household, caller.name, acts, looks=looks, vault=vault)


@router.post("/households/{id}/screening", status_code=201, summary="What was found out: it answers every open row")
async def screen(id: str, body: ScreeningBody, caller: Worker, acts: Given, key: Once) -> HouseholdView:
    return await _shown(await acts.screen(id, body, caller, key), caller, acts)


@router.post("/households/{id}/assignment", summary="Who visits it")
async def assign(id: HouseholdId, body: AssignmentBody, caller: Governor, acts: Given) -> HouseholdView:
    return await _shown(await acts.assign(id, body, caller), caller, acts)


async def looked(household: Household, by: str, acts: Acts, *, looks: Looks, vault: KeyVault) -> PeopleView:
    """Whom the rows name, and the notes of who found out, once the look is on record."""
    parties = tuple(sorted(household.parties))
    await looks.note(Look(now(), by, household.county, "", household.id, parties, "household"))
    return PeopleView(people=tuple(await names_of(household, vault)), notes=tuple(await _notes_of(household, acts)))


async def names_of(household: Household, vault: KeyVault) -> list[PersonView]:
    """Whom the rows name, for who has put the look on record."""
    rows = [row for row in household.rows if row.sealed]
    opened = await vault.open([row.sealed for row in rows if row.sealed], SCOPE)
    return [
        PersonView.model_validate(
            {"entry_id": row.entry_id, "roster": row.roster}
            | {name: (values or {}).get(name) for name in ("name", "birth_date", "address", "note")}
            | {"phones": tuple((values or {}).get("phones") or ())}
        )
        for row, values in zip(rows, opened, strict=True)
    ]


async def _notes_of(household: Household, acts: Acts) -> list[NoteView]:
    noted = [each for each in household.screenings if each.note]
    opened = await acts.sealing.open([each.note for each in noted if each.note])
    return [NoteView(at=each.at, by=each.by, words=words) for each, words in zip(noted, opened, strict=True)]


async def _shown(household: Household, caller: Caller, acts: Acts) -> HouseholdView:
    return HouseholdView.of(household, now(), await acts.known(household), Scope.of(caller))
