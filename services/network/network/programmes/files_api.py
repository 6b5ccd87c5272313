"""The API of files about a programme: contacts that others tell, each row once, and lists compared by id."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from contracts.roles import Caller
from fastapi import APIRouter, Depends, Query, Request
from kit.problems import NotFound
from pydantic import BaseModel, ConfigDict, Field
from rules.spans import TAIPEI
from web.callers import must_cover

from network.looks.store import Looks
from network.once import Printed, Prints
from network.programmes.acts import Acts
from network.programmes.api import Given, Kept, Worker
from network.programmes.asking import People
from network.programmes.bodies import Past
from network.programmes.comparing import Compared, Listed, compared
from network.programmes.domain.grammar import Programme
from network.programmes.domain.parts import Code, Contact
from network.programmes.entries import Row
from network.programmes.files import lines
from network.programmes.finding import Finding
from network.programmes.recording import Recording
from network.programmes.views import EntriesView

router = APIRouter(prefix="/v1/programmes", tags=["programmes"])

_FILE: dict[str, Any] = {"requestBody": {"required": True, "content": {
    kind: {"schema": {"type": "string", "format": "binary"}}
    for kind in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
}}}  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """What taking a file needs: who people are known by, where looks are kept, prints of what was sent."""

    people: People
    looks: Looks
    prints: Prints

    def finding(self, county: str, code: str, caller: Caller, acts: Acts) -> Finding:
        return Finding(county, code, caller, acts.enrolments, self.people, self.looks)


async def desk_of(request: Request, looks: Kept, prints: Printed) -> Desk:
    return Desk(request.app.state.people, looks, prints)


Here = Annotated[Desk, Depends(desk_of)]
County = Annotated[str, Query(max_length=40)]


class RowBody(BaseModel):
    """One row of a list: its own reference, and who it is; none of it is kept."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    reference: Annotated[str, Field(min_length=1, max_length=80)]
    national_id: Annotated[str, Field(max_length=20)] | None = None
    name: Annotated[str, Field(max_length=60)] | None = None
    birth_date: Past | None = None


class ListsBody(BaseModel):
    """Lists by whose they are, such as `court` and `police`."""

    lists: Annotated[
        dict[Code, Annotated[tuple[RowBody, ...], Field(max_length=5000)]], Field(min_length=1, max_length=5)
    ]


class ComparedView(BaseModel):
    """Who is on which list: the rows of each that we do not know, our enrolments that each lacks, by id; and the rows
    that no other list names. `alike` are on all of them."""

    counts: Mapping[str, int]
    alike: Sequence[str]
    not_here: Mapping[str, Sequence[str]]
    not_there: Mapping[str, Sequence[str]]
    alone: Mapping[str, Sequence[str]]


@router.post("/{code}/files", summary="Contacts from a file, such as deposits: each row once", openapi_extra=_FILE)
async def take_file(
    *, code: str, county: County, request: Request, caller: Worker, acts: Given, desk: Here
) -> EntriesView:
    return EntriesView.of(await filed(code, county, await request.body(), caller, acts, desk=desk))


@router.post("/{code}/comparisons", summary="Lists of others beside ours: each difference named by id on both sides")
async def compare(
    *, code: str, county: County, body: ListsBody, caller: Worker, acts: Given, desk: Here
) -> ComparedView:
    must_cover(caller, county)
    await in_force(code, county, acts)
    finding = desk.finding(county, code, caller, acts)
    lists = {
        name: {row.reference: finding.keys(row.name or "", row.birth_date, row.national_id or "") for row in rows}
        for name, rows in body.lists.items()
    }
    found = await beside_ours(lists, finding)
    return ComparedView.model_validate(found, from_attributes=True)


async def filed(
    code: str, county: str, content: bytes, caller: Caller, acts: Acts, *, desk: Desk
) -> list[Row]:  # fmt: skip
    """What became of each row of a file. Raises Forbidden, NotFound, Unprocessable, TooLarge."""
    must_cover(caller, county)
    programme = await in_force(code, county, acts)
    contact = by_file(programme)
    measures = {said: name for name in contact.measures for said in (name, *programme.words[name])}
    usual = dict.fromkeys(("amount", "金額"), contact.measures[0]) if contact.measures else {}
    finding = desk.finding(county, code, caller, acts)
    recording = Recording(programme, contact, caller, acts, finding, desk.prints)
    return await recording.rows(await asyncio.to_thread(lines, content, usual | measures))


async def beside_ours(lists: Mapping[str, Listed], finding: Finding) -> Compared:
    """Lists beside the open enrolments that somebody may see; the looks are on record."""
    ours = await finding.beside(lists.values())
    return compared(lists, {each.id: frozenset({each.person} - {""}) for each in ours})


def by_file(programme: Programme) -> Contact:
    """The contact that others tell in a file. Raises NotFound for a programme that has none."""
    if (contact := next((each for each in programme.contacts.values() if each.by_file), None)) is None:
        raise NotFound("This programme takes no file.", "此方案沒有以檔案登錄的項目。")
    return contact


async def in_force(code: str, county: str, acts: Acts) -> Programme:
    """Raises NotFound."""
    found = await acts.versions.in_force(county, datetime.now(TAIPEI).date(), code)
    if not found:
        raise NotFound("There is no such programme.", "查無此方案。")
    return found[0].programme
