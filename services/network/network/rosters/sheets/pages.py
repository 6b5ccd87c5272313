"""Pages of village sheets: all of them with what is owed, and one to print for the chief, confirm and answer."""

from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.counties import choosable
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.access import Scope
from network.rosters.api import Given, Kept, Vault
from network.rosters.sheets import api
from network.rosters.sheets.api import AnswerBody, ConfirmationBody, FamiliesView, Listed, MakingBody
from network.rosters.sheets.sheet import ANSWERS, SheetId
from network.rosters.sheets.store import Sheets

router = APIRouter(prefix="/village-sheets", include_in_schema=False, route_class=PageRoute)
MOST = 200
FOR_CHIEFS = "village_chiefs"
"""The purpose of the directory's window that chiefs call: a change of person is one edit there."""
_NOTHING = Filled()


@router.get("")
async def sheets_page(visit: SignedIn, sheets: Listed) -> Response:
    return await _all(visit, sheets)


@router.post("")
async def make(visit: Meant, form: Form, acts: Given, sheets: Listed) -> Response:
    """The sheets, with how many households could be on none for want of a village."""
    body = body_of(MakingBody, {"county": form["county"] or choosable(visit.caller.counties)[0]})
    made = await api.make(body, visit.caller, acts, sheets)
    return await _all(visit, sheets, without_village=made.without_village)


@router.get("/{id}")
async def sheet_page(id: SheetId, visit: SignedIn, sheets: Listed) -> Response:
    return await _shown(visit, id, sheets)


@router.post("/{id}/looks")
async def see_families(
    *, id: SheetId, visit: Meant, acts: Given, sheets: Listed, looks: Kept, vault: Vault
) -> Response:  # fmt: skip
    """The sheet with its families, to print, once the look is on record."""
    sheet = await api.sheet_of(id, visit.caller, sheets)
    families = await api.looked(sheet, visit.caller.name, acts, looks=looks, vault=vault)
    return await _shown(visit, id, sheets, families=families)


@router.post("/{id}/{act}")
async def do(*, id: SheetId, act: str, visit: Meant, form: Form, sheets: Listed) -> Response:
    try:
        if act == "confirmation":
            await api.confirm(id, ConfirmationBody(), visit.caller, sheets)
        elif act == "answer":
            await api.answer(id, body_of(AnswerBody, form.texts("answer", "report_id")), visit.caller, sheets)
        else:
            raise NotFound("There is no such act.", "查無此動作。")
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, id, sheets, problem=problem, form=form)
    return go_to(f"/village-sheets/{id}")


async def _all(visit: Visit, sheets: Sheets, without_village: int = 0) -> Response:
    found, following = await sheets.find(Scope.of(visit.caller), None, visit.request.query_params.get("after"), MOST)
    return visit.page(
        "village_sheets.html", sheets=found, choosable=choosable(visit.caller.counties),
        without_village=without_village, following=following,
    )  # fmt: skip


async def _shown(
    visit: Visit, id: SheetId, sheets: Sheets, *, problem: Problem | None = None, form: Filled | None = None,
    families: FamiliesView | None = None,
) -> Response:  # fmt: skip
    sheet = await api.sheet_of(id, visit.caller, sheets)
    contact = await visit.request.app.state.contact(f"{sheet.county}/window", FOR_CHIEFS)
    return visit.page(
        "village_sheet.html", problem, it=sheet, contact=contact, families=families, answers=ANSWERS,
        typed=form or _NOTHING,
        about=lambda entry: visit.label(entry.get("about", "").rpartition(".")[2]),
    )  # fmt: skip
