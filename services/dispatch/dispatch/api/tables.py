"""Decision tables for machines: read them, send a draft, replay it, ask; another supervisor approves or sends back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from contracts.event import Model
from contracts.roles import Caller
from fastapi import APIRouter, Header, Path, Response
from kit.problems import NotFound
from pydantic import Field
from web.callers import must_cover

from dispatch.api.callers import County, Decides, Governs, actor_of
from dispatch.domain.period import Period
from dispatch.policy import Policies
from dispatch.publishing.desk import OfDesk, TablesDesk
from dispatch.publishing.draft_text import LARGEST, Written
from dispatch.publishing.drafts import Draft, Replay, Version
from dispatch.publishing.replays import is_running

DraftId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Key = Annotated[str, Header(max_length=200, description="The same key again makes no second draft")]
Text = Annotated[str, Field(max_length=LARGEST)]


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
    """What is wrong in a text: its line (from 1), which rows, and how to correct it."""

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


router = APIRouter(prefix="/v1", tags=["tables"])


@router.get("/tables", summary="A county's decision tables")
async def tables(desk: OfDesk, county: County, caller: Decides) -> tuple[TableShown, ...]:
    must_cover(caller, county)
    publishing = desk.publishing
    return _tables(await publishing.policies(), county, await publishing.tables.versions_of(county))


@router.get("/tables/{day}", summary="One table as YAML", response_class=Response)
async def table(desk: OfDesk, day: date, county: County, caller: Decides) -> Response:
    must_cover(caller, county)
    known = _tables(await desk.publishing.policies(), county, ())
    if day not in {each.in_force_from for each in known}:
        raise NotFound("No table takes effect on that day.", "該日無生效的決策表。")
    return Response(await desk.publishing.text_of(county, day.isoformat()), media_type="application/yaml")


@router.post("/table-drafts", summary="Keep a draft, right or wrong", status_code=201)
async def write(desk: OfDesk, new: New, caller: Governs, idempotency_key: Key = "") -> DraftShown:
    must_cover(caller, new.county)
    made = await desk.publishing.write(new.county, new.text, actor_of(caller), idempotency_key)
    return await _shown(desk, made, caller)


@router.get("/table-drafts/{draft_id}", summary="A draft, what is wrong in it, what flips")
async def draft(desk: OfDesk, draft_id: DraftId, caller: Decides) -> DraftShown:
    return await _shown(desk, draft_id, caller)


@router.put("/table-drafts/{draft_id}", summary="Put another text in its place")
async def change(desk: OfDesk, draft_id: DraftId, sent: Change, caller: Governs) -> DraftShown:
    found = await desk.publishing.draft(draft_id, caller.sees)
    await desk.publishing.save(found, sent.revision, sent.text, actor_of(caller))
    return await _shown(desk, draft_id, caller)


@router.post("/table-drafts/{draft_id}/replays", summary="Replay a past period", status_code=202)
async def replay(desk: OfDesk, draft_id: DraftId, days: Days, caller: Governs) -> DraftShown:
    found = await desk.publishing.draft(draft_id, caller.sees)
    await desk.replays.start(found, Period(found["county"], days.first, days.last), actor_of(caller))
    return await _shown(desk, draft_id, caller)


@router.post("/table-drafts/{draft_id}/acts", summary="Ask, take back, send back, approve")
async def act(desk: OfDesk, draft_id: DraftId, asked: Act, caller: Governs) -> DraftShown:
    publishing, by = desk.publishing, actor_of(caller)
    found = await publishing.draft(draft_id, caller.sees)
    match asked.act:
        case "ask":
            await publishing.ask(found, asked.revision, asked.words, by)
        case "take_back":
            await publishing.take_back(found, asked.revision, by)
        case "send_back":
            await publishing.send_back(found, asked.revision, asked.words, by)
        case "approve":
            await publishing.approve(found, asked.revision, asked.seen, by)
    return await _shown(desk, draft_id, caller)


async def _shown(desk: TablesDesk, id: str, caller: Caller) -> DraftShown:
    publishing = desk.publishing
    found = await publishing.draft(id, caller.sees)
    latest = await publishing.tables.replay_of(id)
    return _draft(found, await publishing.proved(found), latest, await publishing.seen(found["county"]), desk.now())


def _tables(policies: Policies, county: str, versions: Sequence[Version]) -> tuple[TableShown, ...]:
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


def _publication(version: Version | None) -> dict[str, Any]:
    if version is None:
        return {}
    approved = version["approved"]
    return {"writers": tuple(version["names"]), "approved_by": approved["name"], "approved_at": approved["at"]}


def _draft(found: Draft, written: Written, replay: Replay | None, seen: int, now: datetime) -> DraftShown:
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


def _replay(found: Replay, now: datetime) -> ReplayShown:
    state = "stopped" if found["state"] == "running" and not is_running(found, now) else found["state"]
    return ReplayShown.model_validate(
        {"state": state, "revision": found["revision"], "first": found["first"], "last": found["last"],
         "done": found["done"], "of": found["of"], "result": found["result"]}
    )  # fmt: skip
