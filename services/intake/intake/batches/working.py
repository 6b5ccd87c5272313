"""Processing files: rows are taken like every report; what is done is noted, so a crash loses nothing."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Protocol

from kit.mongo import Document
from kit.problems import Problem, Unavailable
from kit.repeating import found, repeating
from kit.telemetry import log
from rules.workbooks import letters

from intake.arrivals import Sealing, arrival
from intake.batches.columns import REPORTS, ROSTER, Column, column_at, entry_of, headed, report_of
from intake.batches.rows import LONGEST_ROW, Format, Layout, Row, csv_rows, ndjson_rows, sheet_rows
from intake.batches.store import Batches
from intake.batches.uploading import Uploads, agency_of
from intake.clock import now
from intake.domain.agency import Agency
from intake.gate import must_report_to
from intake.handlers import Reception
from intake.reading import refusal, submission_of

GROUP = 200
EVERY = 0.5
SWEEP_EVERY = 600.0
AT_ONCE = 3
"""Files worked on at once, so that a small one need not wait for a large one."""


class Rows(Protocol):
    """Takes the rows of one kind of file."""

    async def take(self, batch: Document, agency: Agency, body: bytes, origin: str) -> Document:
        """The answer to one row, once it is durable. Raises a Problem for one that is refused."""


class ReportRows:
    """Rows that are reports, taken like every other."""

    def __init__(self, sealing: Sealing, reception: Reception) -> None:
        self._sealing = sealing
        self._reception = reception

    async def take(self, batch: Document, agency: Agency, body: bytes, origin: str) -> Document:
        at = now()
        submission = submission_of(body, at)
        must_report_to(agency, submission.county)
        accepted = await self._reception.accept(arrival(self._sealing, agency, submission, None, at, origin=origin))
        # Taken before a crash, and by this very row: accepted all the same.
        repeated = accepted.repeated and accepted.origin != origin
        receipt = accepted.receipt
        return {"state": "repeated" if repeated else "accepted", "report_id": receipt["report_id"],
                "serial": receipt["serial"], "flags": receipt["flags"]}  # fmt: skip


class Batching:
    """Gives every row of every file its answer."""

    def __init__(self, batches: Batches, uploads: Uploads, rows: Mapping[str, Rows]) -> None:
        self._batches = batches
        self._uploads = uploads
        self._takers = rows

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work in the background; on leaving stop at once: another process continues where it stopped."""
        async with AsyncExitStack() as stack:
            next_one = partial(self._work_one, asyncio.Lock())
            for _ in range(AT_ONCE):
                await stack.enter_async_context(repeating(next_one, name="batches", every=EVERY))
            await stack.enter_async_context(repeating(self._drop_orphans, name="orphans", every=SWEEP_EVERY))
            yield

    async def _work_one(self, looking: asyncio.Lock) -> bool:
        """Process one batch to its end, as soon as there is one."""
        batch = await found(lambda: self._batches.claim(now()), looking, every=EVERY)
        try:
            await self._work(batch)
        except Unavailable:
            await self._batches.release(batch, now() + timedelta(seconds=1))
        return True

    async def _work(self, batch: Document) -> None:
        if "rows" not in batch:
            count = 0
            async with aclosing(self._rows(batch)) as rows:
                async for _ in rows:
                    count += 1
            await self._batches.counted(batch["_id"], count)
        async with aclosing(self._groups(batch)) as groups:
            async for group in groups:
                answers = await self._answer(batch, group)
                if not await self._batches.advance(batch, answers, now()):
                    return
        # First drop the file, then mark it done: after a crash in between it is empty, and done at once.
        await self._uploads.drop(batch["upload"])
        await self._batches.finish(batch["_id"], now())
        log.info("batch_done", count=batch["done"], agency_id=batch["agency_id"])

    def _rows(self, batch: Document) -> AsyncGenerator[Row, None]:
        contents = self._uploads.contents(batch["upload"])
        if batch["format"] == Format.NDJSON:
            return ndjson_rows(contents)
        width = len(batch["headings"])
        if batch.get("sheet"):
            return sheet_rows(contents, width)
        # A batch from before these were kept: commas, and headings in the first line.
        layout = Layout(batch["encoding"], batch.get("separator", ","), batch.get("line", 1), width)
        return csv_rows(contents, layout)

    async def _groups(self, batch: Document) -> AsyncGenerator[list[Row], None]:
        """The rows not yet done, `GROUP` at a time."""
        group: list[Row] = []
        async for row in self._rows(batch):
            if row.number > batch["done"]:
                group.append(row)
            if len(group) == GROUP:
                yield group
                group = []
        if group:
            yield group

    async def _answer(self, batch: Document, group: list[Row]) -> list[Document]:
        columns, _ = headed(batch["headings"], kind_of(batch))
        agency = agency_of(batch)
        return list(await asyncio.gather(*(self._take(batch, agency, columns, row) for row in group)))

    async def _take(self, batch: Document, agency: Agency, columns: list[Column | None], row: Row) -> Document:
        # Let requests through between rows: reading and sealing one takes a third of a millisecond.
        await asyncio.sleep(0)
        kind = kind_of(batch)
        try:
            body = _body(row, columns, kind)
            answer = await self._takers[kind].take(batch, agency, body, f"{batch['_id']}:{row.number}")
        except Unavailable:
            raise
        except Problem as problem:
            answer = {"state": "refused", "errors": [_placed(each, columns, row, kind) for each in _errors(problem)]}
        return {"row": row.number, "line": row.line} | answer

    async def _drop_orphans(self) -> None:
        for upload in await self._batches.orphans(now()):
            await self._uploads.drop(upload)


def kind_of(batch: Document) -> str:
    """What the rows of a file are; files from before there were kinds hold reports."""
    kind: str = batch.get("kind", REPORTS)
    return kind


def _body(row: Row, columns: list[Column | None], kind: str) -> bytes:
    """The report or entry of a row as JSON. Raises Unprocessable for a row that cannot be read."""
    if row.wrong:
        raise refusal({"": row.wrong})
    if len(row.text) > LONGEST_ROW:
        raise refusal({"": "row_too_long"})
    if row.text:
        return row.text.encode()
    told = entry_of(columns, row.cells) if kind == ROSTER else report_of(columns, row.cells)
    return json.dumps(told).encode()


def _errors(problem: Problem) -> Sequence[Mapping[str, str]]:
    return problem.errors or [{"at": "", "code": problem.slug, **problem.said._asdict()}]


def _placed(entry: Mapping[str, str], columns: Sequence[Column | None], row: Row, kind: str) -> dict[str, str]:
    """What is wrong, with the template's column and the file's cell."""
    column = column_at(entry["at"], kind) if columns else None
    if column is None:
        return dict(entry)
    cell = {"cell": f"{letters(columns.index(column) + 1)}{row.line}"} if column in columns else {}
    return {**entry, "column": column.headings[0]} | cell
