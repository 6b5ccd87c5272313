"""The HTTP side of batches: files in, progress and rows out, and the template."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from contracts.languages import Lang
from contracts.rosters import Roster
from fastapi import APIRouter, Query
from kit.mongo import Document
from kit.problems import NO_STORE, BadRequest, NotFound, Unprocessable, preferred
from rules.taiwan import taipei_day
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from intake.batches.answers import BatchShown, RowShown, RowsShown, State
from intake.batches.columns import ROSTER, columns
from intake.batches.rows import TYPES, Format, file_of
from intake.batches.store import Batches
from intake.clock import now
from intake.domain.agency import Agency
from intake.parts import Given, Sender
from intake.rosters.listing import last_day, taken_on

BATCHES = "/v1/batches"
PAGE = 500
Kind = Annotated[Literal["reports", "roster"], Query(description="What the rows of the file are.")]
_XLSX = next(name for name, format in TYPES.items() if format is Format.XLSX)

router = APIRouter(tags=["batches"])


@router.post(BATCHES, summary="Send a file", status_code=202, response_model=BatchShown)
async def post_batch(
    sender: Sender,
    request: Request,
    parts: Given,
    kind: Kind = "reports",
    roster: Annotated[Roster | None, Query(description="Which one, for `kind=roster`.")] = None,
) -> Response:
    """A file of reports, or with `kind=roster` a list of people whose families may be overburdened.

    A file is durable once it is answered, and is processed in the background. Sending the same file again changes
    nothing: its batch is returned, with 200. A bad row never stops the good ones."""
    file = file_of(request.headers.get("content-type", ""))
    _must_fit(kind, roster, taipei_day(now()))
    batch, new = await parts.uploads.receive(sender, file, _stream(request), now(), roster)
    headers = NO_STORE | {"Location": f"/v1/batches/{batch['_id']}"}
    return JSONResponse(shown(batch).model_dump(mode="json"), 202 if new else 200, headers)


@router.get("/v1/batches/template.{format}", summary="The template of a file")
async def get_template(format: Literal["csv", "xlsx"], kind: Kind = "reports") -> Response:
    """Headings in Chinese and an example row of fictitious people, to be replaced."""
    content, type = (_csv(kind), "text/csv; charset=utf-8") if format == "csv" else (_workbook(kind), _XLSX)
    name = "template" if kind == "reports" else f"template-{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{format}"'}
    return Response(content, media_type=type, headers=headers)


@router.get("/v1/batches/{batch_id}", summary="The progress of a file")
async def get_batch(batch_id: str, sender: Sender, parts: Given) -> BatchShown:
    return shown(await _found(parts.batches, batch_id, sender))


@router.get("/v1/batches/{batch_id}/rows", summary="The answer to each row")
async def get_rows(  # noqa: PLR0917 -- parameters of a route are given by name
    batch_id: str,
    sender: Sender,
    request: Request,
    parts: Given,
    state: Annotated[State | None, Query(description="Only rows of this state.")] = None,
    after: Annotated[int, Query(ge=0, le=2**31, description="Rows after this one.")] = 0,
) -> RowsShown:
    await _found(parts.batches, batch_id, sender)
    rows = await parts.batches.rows(batch_id, after, state, PAGE)
    lang = preferred(request)
    return RowsShown(rows=tuple(_row(each, lang) for each in rows), next=rows[-1]["row"] if len(rows) == PAGE else None)


def _must_fit(kind: str, roster: Roster | None, day: date) -> None:
    """Raises Unprocessable for a roster without `roster`, for reports with one, and for one that is not taken."""
    known = taken_on(day)
    if roster and kind == ROSTER and roster not in known:
        raise _not_taken(roster, known)
    if (kind == ROSTER) is (roster is not None):
        return
    en, zh = (
        f"Send kind=roster and roster=, one of {', '.join(known)}; neither for reports.",
        (f"請同時填 kind=roster 與 roster={'、'.join(known)} 之一；通報檔案兩者皆免。"),
    )
    entry = {"at": "/query/roster", "code": "roster_unnamed", "en": en, "zh": zh}
    raise Unprocessable("Name the roster.", "請說明是哪一份名冊。", errors=[entry])


def _not_taken(roster: Roster, known: Sequence[Roster]) -> Unprocessable:
    """What is refused of a list before its first day, or after its last."""
    until = last_day(roster)
    en = f"{roster} is taken until {until}." if until else f"{roster} is not taken yet."
    zh = f"{roster} 收件至 {until} 止。" if until else f"{roster} 尚未開始收件。"
    en, zh = f"{en} Send one of {', '.join(known)}.", f"{zh}可收：{'、'.join(known)}。"
    entry = {"at": "/query/roster", "code": "roster_not_taken", "en": en, "zh": zh}
    return Unprocessable("This list is not taken today.", "此名冊今日不收件。", errors=[entry])


async def _stream(request: Request) -> AsyncIterator[bytes]:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest("Send the file without Content-Encoding.", "請勿壓縮傳輸（Content-Encoding）。")
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise BadRequest("The file did not arrive completely: send it again.", "檔案未完整送達：請重新送出。") from None


async def _found(batches: Batches, batch_id: str, sender: Agency) -> Document:
    batch = await batches.of_agency(batch_id, sender.agency_id)
    if batch is None:
        raise NotFound("This agency has sent no such file.", "貴機關沒有這個批次。")
    return batch


def shown(batch: Document) -> BatchShown:
    """A batch as its sender may see it."""
    id = batch["_id"]
    return BatchShown.model_validate(batch | {"batch_id": id, "rows_at": f"/v1/batches/{id}/rows"})


def _row(row: Document, lang: Lang) -> RowShown:
    errors: list[dict[str, Any]] = [each | {"detail": each[lang]} for each in row.get("errors", [])]
    return RowShown.model_validate(row | {"errors": errors})


_EXAMPLE = {
    "case_type": "成人保護", "county": "嘉義縣", "sender_ref": "A11-2026-001042", "sequence": "1042",
    "known_at": "115/11/20 21:40", "event.occurred_at": "115/11/20 21:05", "event.kinds": "肢體暴力、精神暴力",
    "event.danger_signs": "勒頸", "event.narrative": "……", "people.0.name": "林小美", "people.0.birth_date": "79/03/12",
    "people.0.sex": "女", "people.0.phones": "0912345678", "people.1.name": "陳大明",
    "people.1.relation_to_subject": "配偶", "reporter.mandated": "是",
}  # fmt: skip


_EXAMPLE_ENTRY = {
    "sender_ref": "SA-115-0042", "county": "嘉義縣", "township": "民雄鄉", "village": "東榮村", "name": "林小美",
    "birth_date": "79/03/12", "sex": "女", "phones": "0912345678", "indicators": "家中二人以上身心障礙、長期失業",
}  # fmt: skip


def _table(kind: str) -> tuple[list[str], list[str]]:
    example = _EXAMPLE_ENTRY if kind == ROSTER else _EXAMPLE
    headings = [column.headings[0] for column in columns(kind)]
    return headings, [example.get(".".join(column.path), "") for column in columns(kind)]


def _csv(kind: str) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(_table(kind))
    # With a byte order mark, so that a spreadsheet reads it as UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _workbook(kind: str) -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet("名冊" if kind == ROSTER else "通報")
    for row in _table(kind):
        sheet.append(row)
    book.save(out)
    return out.getvalue()
