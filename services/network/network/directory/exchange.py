"""The directory out and in as Open Referral HSDS 3, in JSON or as CSV files: all of it, or nothing."""

import asyncio
from typing import Annotated, Any, Literal

from contracts.languages import Said
from contracts.roles import Caller
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from kit.problems import NO_STORE, TooLarge, Unprocessable
from pydantic import BaseModel
from web.callers import must_cover

from network import words
from network.access import Scope
from network.directory import hsds, tabular
from network.directory.acts import Acts, Writing
from network.directory.api import Finder, Given, Keeper
from network.directory.documents import Sought
from network.directory.domain.entry import Refused
from network.directory.hsds_tables import Rows, tables
from network.directory.store import Refusals

router = APIRouter(prefix="/v1", tags=["directory"])

MOST_BYTES = 32 * 2**20
"""Of one import: some ten thousand providers in JSON, many more as CSV files."""
IMPORTS = "/v1/directory/imports"
ZIP = "application/zip"
_FILE: dict[str, Any] = {"requestBody": {"required": True, "content": {
    "application/json": {"schema": {"type": "object", "title": "Tables"}, "example": {"organization": []}},
    ZIP: {"schema": {"type": "string", "format": "binary"}},
}}}  # fmt: skip


class TakenView(BaseModel):
    """What an import did: providers new or changed, and those that already said so."""

    taken: int
    unchanged: int


@router.get(
    "/directory/export",
    summary="A county's directory as Open Referral HSDS 3 tables, without secret addresses",
    responses={200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}},
    response_model=dict[str, list[dict[str, Any]]],
)
async def export(
    county: str,
    caller: Finder,
    acts: Given,
    kind: Annotated[
        Literal["json", "csv"], Query(alias="format", description="csv: a ZIP of one file for each table")
    ] = "json",
) -> Any:
    told = await exported(county, caller, acts)
    return told if kind == "json" else file_of(await asyncio.to_thread(tabular.packed, told))


@router.post(
    "/directory/imports",
    summary="Take in a county's directory as HSDS 3 tables, in JSON or as CSV files: all of it, or nothing",
    openapi_extra=_FILE,
)
async def take_in(county: str, request: Request, caller: Keeper, acts: Given) -> TakenView:
    must_cover(caller, county)
    return await taken_in(county, await asyncio.to_thread(tabular.read, await _body(request)), caller, acts)


async def exported(county: str, caller: Caller, acts: Acts) -> Rows:
    """Everything that a county's directory says, also of days to come and gone. Raises Forbidden."""
    must_cover(caller, county)
    return tables([each async for each in acts.directory.every(Scope.of(caller), Sought(None, county))])


def file_of(content: bytes, type: str = ZIP) -> Response:
    """The directory as a file to keep."""
    name = "directory.zip" if type == ZIP else "directory.json"
    headers = dict(NO_STORE) | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=type, headers=headers)


async def taken_in(county: str, tables: dict[str, Any], caller: Caller, acts: Acts) -> TakenView:
    """Take in every provider of the tables. Raises Unprocessable, with the bad rows; then nothing is taken."""
    rows, wrong = await asyncio.to_thread(hsds.entries, county, tables)
    if wrong:
        raise _nothing_taken(wrong)
    try:
        done = await acts.write_all([Writing(each.id, each.body, assured=each.assured) for each in rows], caller)
    except Refusals as error:
        numbers = {each.id: each.number for each in rows}
        raise _nothing_taken([_refused(each, numbers[each.id]) for each in error.refused]) from None
    taken = sum(after is not before for before, after in done)
    return TakenView(taken=taken, unchanged=len(rows) - taken)


async def _body(request: Request) -> bytes:
    """Raises TooLarge."""
    whole = bytearray()
    async for chunk in request.stream():
        whole += chunk
        if len(whole) > MOST_BYTES:
            raise TooLarge(f"Send at most {MOST_BYTES} bytes.", f"最多 {MOST_BYTES} 位元組。")
    return bytes(whole)


def _refused(error: Refused, number: int) -> dict[str, str]:
    """A row that does not go with what is there, and with which entry where that is another."""
    said = words.of(f"missing.{error.code}")
    named = Said(f"{said.zh}（{error.by}）", f"{said.en} ({error.by})") if error.by else said
    return hsds.wrong("organization", number, "id", named, error.code)


def _nothing_taken(wrong: list[dict[str, str]]) -> Unprocessable:
    return Unprocessable(
        "Correct the rows below; nothing was taken.", "請更正下列各列；尚未匯入任何資料。", errors=wrong
    )
