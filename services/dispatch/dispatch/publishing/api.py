"""Decision tables for machines: read them, send a draft, replay it, ask; another supervisor approves or sends back."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from contracts.event import Model
from contracts.roles import Caller, May, who
from fastapi import APIRouter, Depends, Path, Query, Response
from kit.mongo import Document
from kit.problems import NotFound
from pydantic import Field
from web.callers import Callers, must_cover

from dispatch.domain.report.actor import Actor
from dispatch.policy import Policies
from dispatch.publishing.desk import Publishing
from dispatch.publishing.rehearsal import Period
from dispatch.publishing.replays import Replays, is_running
from dispatch.publishing.written import LARGEST, Written

County = Annotated[str, Query(min_length=1, max_length=40, pattern=r"^[a-z-]+$", examples=["chiayi-county"])]
DraftId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Text = Annotated[str, Field(max_length=LARGEST)]
TAGS: list[Any] = ["tables"]


class TableShown(Model):
    """A table of a county; `published` is empty for one that is shipped with the system."""

    in_force_from: date
    author: str
    sample: bool
    rows: int
    writers: tuple[str, ...] = ()
    approved_by: str | None = None
    approved_at: datetime | None = None


class FaultShown(Model):
    """What is wrong in a text: its line (from 1), which rows, and how to mend it."""

    kind: str
    line: int | None
    rows: tuple[str, ...]
    zh: str
    en: str


class ReplayShown(Model):
    """How far the latest replay is; `result` has what flips."""

    state: Literal["running", "done", "failed", "stopped"]
    revision: int
    first: date
    last: date
    done: int
    of: int | None
    result: dict[str, Any] | None


class DraftShown(Model):
    """A draft as it stands. `seen` is how many tables the county has published: an approval names it."""

    id: str
    county: str
    state: Literal["draft", "asked", "sent_back", "published"]
    revision: int
    seen: int
    writers: tuple[str, ...]
    text: str
    passes: bool
    faults: tuple[FaultShown, ...]
    replay: ReplayShown | None
    published_as: str | None


class New(Model):
    county: str = Field(max_length=40, pattern=r"^[a-z-]+$")
    text: Text


class Change(Model):
    """`revision` is the one that was looked at."""

    revision: int = Field(ge=1)
    text: Text


class Days(Model):
    first: date
    last: date


class Act(Model):
    """What is done to the revision that was looked at; `words` say why, and `seen` goes with an approval."""

    act: Literal["ask", "take_back", "send_back", "approve"]
    revision: int = Field(ge=1)
    words: str = Field(default="", max_length=500)
    seen: int = Field(default=0, ge=0)


def routes(publishing: Publishing, replays: Replays, callers: Callers, now: Callable[[], datetime]) -> APIRouter:
    """`/v1/tables` to read for those who decide, `/v1/table-drafts` for supervisors."""
    router = APIRouter(prefix="/v1")
    reading, governing = callers.with_role(*who(May.DECIDE)), callers.with_role(*who(May.GOVERN))

    @router.get("/tables", summary="A county's decision tables", tags=TAGS)
    async def tables(county: County, caller: Annotated[Caller, Depends(reading)]) -> tuple[TableShown, ...]:
        must_cover(caller, county)
        return _tables(await publishing.policies(), county, await publishing.tables.versions_of(county))

    @router.get("/tables/{day}", summary="One table as YAML", tags=TAGS, response_class=Response)
    async def table(day: date, county: County, caller: Annotated[Caller, Depends(reading)]) -> Response:
        must_cover(caller, county)
        known = _tables(await publishing.policies(), county, ())
        if day not in {each.in_force_from for each in known}:
            raise NotFound("No table takes effect on that day.", "該日無生效的決策表。")
        return Response(await publishing.text_of(county, day.isoformat()), media_type="application/yaml")

    @router.post("/table-drafts", summary="Keep a draft, right or wrong", status_code=201, tags=TAGS)
    async def write(new: New, caller: Annotated[Caller, Depends(governing)]) -> DraftShown:
        must_cover(caller, new.county)
        return await shown(await publishing.write(new.county, new.text, ruler(caller)), caller)

    @router.get("/table-drafts/{draft_id}", summary="A draft, what is wrong in it, what flips", tags=TAGS)
    async def draft(draft_id: DraftId, caller: Annotated[Caller, Depends(reading)]) -> DraftShown:
        return await shown(draft_id, caller)

    @router.put("/table-drafts/{draft_id}", summary="Put another text in its place", tags=TAGS)
    async def change(draft_id: DraftId, sent: Change, caller: Annotated[Caller, Depends(governing)]) -> DraftShown:
        found = await publishing.draft(draft_id, caller.sees)
        await publishing.save(found, sent.revision, sent.text, ruler(caller))
        return await shown(draft_id, caller)

    @router.post("/table-drafts/{draft_id}/replays", summary="Replay a past period", status_code=202, tags=TAGS)
    async def replay(draft_id: DraftId, days: Days, caller: Annotated[Caller, Depends(governing)]) -> DraftShown:
        found = await publishing.draft(draft_id, caller.sees)
        await replays.start(found, Period(found["county"], days.first, days.last), ruler(caller))
        return await shown(draft_id, caller)

    @router.post("/table-drafts/{draft_id}/acts", summary="Ask, take back, send back, approve", tags=TAGS)
    async def act(draft_id: DraftId, asked: Act, caller: Annotated[Caller, Depends(governing)]) -> DraftShown:
        found, by = await publishing.draft(draft_id, caller.sees), ruler(caller)
        match asked.act:
            case "ask":
                await publishing.ask(found, asked.revision, asked.words, by)
            case "take_back":
                await publishing.take_back(found, asked.revision, by)
            case "send_back":
                await publishing.send_back(found, asked.revision, asked.words, by)
            case "approve":
                await publishing.approve(found, asked.revision, asked.seen, by)
        return await shown(draft_id, caller)

    async def shown(id: str, caller: Caller) -> DraftShown:
        found = await publishing.draft(id, caller.sees)
        latest = await publishing.tables.replay_of(id)
        return _draft(found, await publishing.proved(found), latest, await publishing.seen(found["county"]), now())

    return router


def ruler(caller: Caller) -> Actor:
    """The caller as one who acts: not a person of the same name at the page, whose own drafts it may not approve."""
    return Actor(caller.name, supervisor=True, username=f"api:{caller.name}")


def _tables(policies: Policies, county: str, versions: list[Document] | tuple[()]) -> tuple[TableShown, ...]:
    known = {each["in_force_from"]: each for each in versions}
    return tuple(
        TableShown(
            in_force_from=table.in_force_from,
            author=table.author,
            sample=table.sample or table.county != county,
            rows=len(table.rows),
            **_publication(known.get(table.in_force_from.isoformat())),
        )
        for table in policies.tables.get(county, policies.sample_tables)
    )


def _publication(version: Document | None) -> dict[str, Any]:
    if version is None:
        return {}
    approved = version["approved"]
    return {"writers": tuple(version["names"]), "approved_by": approved["name"], "approved_at": approved["at"]}


def _draft(found: Document, written: Written, replay: Document | None, seen: int, now: datetime) -> DraftShown:
    return DraftShown(
        id=found["_id"],
        seen=seen,
        writers=tuple(dict.fromkeys(found["names"])),
        passes=written.passes,
        faults=tuple(
            FaultShown(kind=each.kind, line=each.line, rows=each.rows, zh=each.zh, en=each.en)
            for each in written.faults
        ),
        replay=_replay(replay, now) if replay else None,
        **{name: found[name] for name in ("county", "state", "revision", "text", "published_as")},
    )


def _replay(found: Document, now: datetime) -> ReplayShown:
    state = "stopped" if found["state"] == "running" and not is_running(found, now) else found["state"]
    names = ("revision", "first", "last", "done", "of", "result")
    return ReplayShown.model_validate({name: found[name] for name in names} | {"state": state})
