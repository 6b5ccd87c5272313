"""Taking a file in: sealed part by part as it arrives, recognized by its digest, durable before it is answered."""

import asyncio
import base64
import codecs
import hashlib
import hmac
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import uuid4

from contracts.event import derived_id
from contracts.reports import SourceUnit
from contracts.rosters import Roster
from kit.mongo import Document
from kit.problems import TooLarge, Unprocessable
from kit.sealed import DataKey, KeyVault
from rules.workbooks import letters

from intake.batches.columns import REPORTS, ROSTER, headed, template_of
from intake.batches.layouts import UTF8, layout_of
from intake.batches.opening import Opener
from intake.batches.rows import File, Format
from intake.batches.store import WAITING, Batches
from intake.domain.agency import Agency

PART = 512 * 1024
SCOPE = "batch"
MOST_BYTES = 512 * 1024**2
MOST_WORKBOOK = 64 * 1024**2
"""A workbook is read from its end, so the process that opens it holds it in memory."""


@dataclass
class Upload:
    """One file as it arrives."""

    key: DataKey
    digest: "hmac.HMAC"
    at: datetime
    id: str
    roster: Roster | None = None
    parts: int = 0
    size: int = 0
    waiting: bytearray = field(default_factory=bytearray)
    is_utf8: bool = True
    decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))


class Uploads:
    """Receives files of agencies."""

    def __init__(self, batches: Batches, vault: KeyVault, blind_index_key: bytes) -> None:
        self._batches = batches
        self._vault = vault
        self._key = hmac.new(blind_index_key, b"intake batches", hashlib.sha256).digest()
        self._opener = Opener()

    async def receive(
        self, agency: Agency, file: File, stream: AsyncIterator[bytes], at: datetime, roster: Roster | None = None
    ) -> tuple[Document, bool]:
        """The batch of a file (of reports, or of a roster), and whether it is new.

        Raises Unprocessable for headings that are not the template's, TooLarge."""
        upload = await self._begin(at, roster)
        try:
            batch = await self._arrive(agency, upload, file, stream)
            if await self._batches.add(batch):
                return batch, True
        except BaseException:
            await self.drop(upload.id)
            raise
        await self.drop(batch["upload"])
        known = await self._batches.of_agency(batch["_id"], agency.agency_id)
        assert known is not None
        return known, False

    async def drop(self, upload: str) -> None:
        """Forget a file: its parts, and the key without which nobody could read them."""
        await self._batches.drop_parts(upload)
        await self._vault.destroy(upload)

    async def contents(self, upload: str) -> AsyncIterator[bytes]:
        """The bytes of a file, part by part."""
        async for sealed in self._batches.parts(upload):
            (values,) = await self._vault.open([sealed], SCOPE)  # type: ignore[list-item]
            assert values is not None
            yield zlib.decompress(base64.b64decode(values["part"]))

    async def _begin(self, at: datetime, roster: Roster | None) -> Upload:
        id = str(uuid4())
        key = self._vault.new_key(id, SCOPE)
        await self._vault.keep([key])
        return Upload(key, hmac.new(self._key, digestmod=hashlib.sha256), at, id, roster)

    async def _arrive(self, agency: Agency, upload: Upload, file: File, stream: AsyncIterator[bytes]) -> Document:
        async for chunk in stream:
            upload.digest.update(chunk)
            await self._take(upload, chunk, MOST_WORKBOOK if file.format is Format.XLSX else MOST_BYTES)
        await self._flush(upload)
        match file.format:
            case Format.NDJSON:
                return _document(agency, upload, file.format, {"encoding": UTF8, "headings": []})
            case Format.CSV:
                return _document(agency, upload, file.format, await self._csv(upload, file.charset))
        return await self._from_workbook(agency, upload)

    async def _csv(self, upload: Upload, charset: str) -> Document:
        """How the rows of a CSV file are to be read."""
        is_utf8 = upload.is_utf8 and _ends_whole(upload.decoder)
        template = template_of(_kind(upload.roster))
        found = await layout_of(partial(self.contents, upload.id), template, is_utf8=is_utf8, charset=charset)
        headings = _must_be_known(found.headings.cells, found.layout.line, upload.roster)
        layout = found.layout
        return {"encoding": layout.encoding, "separator": layout.separator, "line": layout.line, "headings": headings}

    async def _from_workbook(self, agency: Agency, book: Upload) -> Document:
        """The rows of a workbook take its place: it is never opened again."""
        rows = await self._begin(book.at, book.roster)
        rows.digest = book.digest
        try:
            template = template_of(_kind(book.roster))
            async with self._opener.opened(self.contents(book.id), template) as opened:
                headings = _must_be_known(opened.headings, opened.line, book.roster, opened.sheet)
                async for piece in opened.rows:
                    await self._take(rows, piece, MOST_BYTES)
            await self._flush(rows)
        except BaseException:
            await self.drop(rows.id)
            raise
        await self.drop(book.id)
        told = {"encoding": "utf-8", "sheet": opened.sheet, "headings": headings}
        return _document(agency, rows, Format.XLSX, told)

    async def _take(self, upload: Upload, chunk: bytes, most: int) -> None:
        upload.size += len(chunk)
        if upload.size > most:
            raise TooLarge(f"A file has at most {most} bytes: split it.", f"檔案上限為 {most} 位元組：請分割後送出。")
        upload.waiting += chunk
        if upload.is_utf8:
            try:
                upload.decoder.decode(chunk)
            except UnicodeDecodeError:
                upload.is_utf8 = False
        while len(upload.waiting) >= PART:
            await self._flush(upload)

    async def _flush(self, upload: Upload) -> None:
        if not upload.waiting:
            return
        part, upload.waiting = upload.waiting[:PART], upload.waiting[PART:]
        sealed = await asyncio.to_thread(_sealed, upload.key, bytes(part))
        await self._batches.keep_part(upload.id, upload.parts, sealed, upload.at)
        upload.parts += 1


def _must_be_known(cells: Sequence[str], line: int, roster: Roster | None, sheet: int | None = None) -> list[str]:
    """The headings of a file. Raises Unprocessable, which names each unknown or repeated heading."""
    _, wrong = headed(cells, _kind(roster))
    if not wrong:
        return list(cells)
    raise Unprocessable(
        "These columns have a heading that is not in the template, or is there twice: correct the headings.",
        "下列欄位的標題不在範本中或重複：請更正標題列。",
        errors=[_unknown(place, line, roster, sheet) for place in wrong],
    )


def _kind(roster: Roster | None) -> str:
    return ROSTER if roster else REPORTS


def _unknown(place: int, line: int, roster: Roster | None, sheet: int | None) -> dict[str, str]:
    template = template_of(_kind(roster)).path
    en, zh = (f"Sheet {sheet}, cell", f"第 {sheet} 張工作表儲存格") if sheet else ("Cell", "儲存格")
    cell = f"{letters(place)}{line}"
    return {
        "at": f"/column/{place}",
        "code": "unknown_column",
        "en": f"{en} {cell}: use a heading of the template ({template}), or leave the column out.",
        "zh": f"{zh} {cell}：請使用範本的標題（{template}），或移除此欄。",
    }


def _document(agency: Agency, upload: Upload, format: Format, layout: Document) -> Document:
    # The same list as another roster is another file.
    what = f"{upload.roster} {upload.digest.hexdigest()}" if upload.roster else upload.digest.hexdigest()
    id = derived_id("intake", agency.agency_id, what)
    return layout | {
        "_id": str(id),
        "agency_id": agency.agency_id,
        "source_unit": agency.source_unit.value,
        "counties": sorted(agency.counties),
        "sandbox": agency.sandbox,
        "kind": _kind(upload.roster),
        "roster": upload.roster.value if upload.roster else None,
        "upload": upload.id,
        "format": format.value,
        "bytes": upload.size,
        "state": WAITING,
        "created_at": upload.at,
        "lease_until": upload.at,
        "done": 0,
        "accepted": 0,
        "refused": 0,
        "repeated": 0,
    }


def agency_of(batch: Document) -> Agency:
    """Whose batch it is, with the rights that its key had when it came."""
    return Agency(
        batch["agency_id"],
        SourceUnit(batch["source_unit"]),
        frozenset(batch["counties"]),
        sandbox=batch["sandbox"],
    )


def _sealed(key: DataKey, part: bytes) -> str:
    return key.seal({"part": base64.b64encode(zlib.compress(part, 1)).decode()})


def _ends_whole(decoder: codecs.IncrementalDecoder) -> bool:
    """Whether the text ends with a whole character."""
    return not decoder.getstate()[0]
