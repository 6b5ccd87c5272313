"""Taking a file in: sealed part by part as it arrives, recognized by its digest, durable before it is answered."""

import asyncio
import base64
import codecs
import hashlib
import hmac
import io
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from contracts.event import derived_id
from contracts.reports import SourceUnit
from contracts.rosters import Roster
from kit.mongo import Document
from kit.problems import TooLarge, Unprocessable
from kit.sealed import DataKey, KeyVault

from intake.batches.columns import REPORTS, ROSTER, headed
from intake.batches.rows import Format, from_xlsx, headings_of
from intake.batches.store import WAITING, Batches
from intake.domain.agency import Agency

PART = 512 * 1024
SCOPE = "batch"
MOST_BYTES = 512 * 1024**2
MOST_WORKBOOK = 64 * 1024**2
"""The largest workbook: it is read from its end, so it is held in memory."""
FIRST, FALLBACK = "utf-8-sig", "cp950"


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

    async def receive(
        self, agency: Agency, format: Format, stream: AsyncIterator[bytes], at: datetime, roster: Roster | None = None
    ) -> tuple[Document, bool]:
        """The batch of a file (of reports, or of a roster), and whether it is new.

        Raises Unprocessable for headings that are not the template's, TooLarge."""
        upload = await self._begin(at, roster)
        try:
            batch = await self._arrive(agency, upload, format, stream)
            if await self._batches.add(batch):
                return batch, True
        except BaseException:
            await self.drop(upload.id)
            raise
        await self.drop(upload.id)
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

    async def _arrive(self, agency: Agency, upload: Upload, format: Format, stream: AsyncIterator[bytes]) -> Document:
        if format is Format.XLSX:
            await self._take_workbook(upload, stream)
        else:
            async for chunk in stream:
                upload.digest.update(chunk)
                await self._take(upload, chunk)
        await self._flush(upload)
        if format is Format.NDJSON:
            return _document(agency, upload, format, FIRST, [])
        whole = upload.is_utf8 and _ends_whole(upload.decoder)
        encoding, headings = await self._headings(upload, [FIRST] if whole else [FALLBACK, FIRST])
        return _document(agency, upload, format, encoding, headings)

    async def _take(self, upload: Upload, chunk: bytes) -> None:
        upload.size += len(chunk)
        if upload.size > MOST_BYTES:
            raise TooLarge(
                f"A file has at most {MOST_BYTES} bytes: split it.", f"檔案上限為 {MOST_BYTES} 位元組：請分割後送出。"
            )
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

    async def _take_workbook(self, upload: Upload, stream: AsyncIterator[bytes]) -> None:
        book = io.BytesIO()
        async for chunk in stream:
            upload.digest.update(chunk)
            book.write(chunk)
            if book.tell() > MOST_WORKBOOK:
                raise TooLarge("This workbook is too large: send it as CSV.", "此活頁簿過大：請改送 CSV。")
        rows = from_xlsx(book)
        while part := await asyncio.to_thread(_some, rows):
            await self._take(upload, part)

    async def _headings(self, upload: Upload, encodings: Sequence[str]) -> tuple[str, list[str]]:
        """The first encoding in which the headings are the template's: one broken row must not decide the encoding."""
        wrong: list[int] = []
        for encoding in encodings:
            headings = await headings_of(self.contents(upload.id), encoding)
            while headings and not headings[-1].strip():
                headings.pop()
            columns, wrong = headed(headings, _kind(upload.roster))
            if columns and not wrong:
                return encoding, headings
        raise Unprocessable(
            "These columns have a heading that is not in the template, or is there twice: correct the headings.",
            "下列欄位的標題不在範本中或重複：請更正標題列。",
            errors=[_unknown(place, upload.roster) for place in wrong or [1]],
        )


def _kind(roster: Roster | None) -> str:
    return ROSTER if roster else REPORTS


def _unknown(place: int, roster: Roster | None) -> dict[str, str]:
    template = "/v1/batches/template.csv" + (f"?kind={ROSTER}" if roster else "")
    return {
        "at": f"/column/{place}",
        "code": "unknown_column",
        "en": f"Use a heading of the template ({template}), or leave the column out.",
        "zh": f"請使用範本的標題（{template}），或移除此欄。",
    }


def _document(agency: Agency, upload: Upload, format: Format, encoding: str, headings: list[str]) -> Document:
    # The same list as another roster is another file.
    what = f"{upload.roster} {upload.digest.hexdigest()}" if upload.roster else upload.digest.hexdigest()
    id = derived_id("intake", agency.agency_id, what)
    return {
        "_id": str(id),
        "agency_id": agency.agency_id,
        "source_unit": agency.source_unit.value,
        "counties": sorted(agency.counties),
        "sandbox": agency.sandbox,
        "kind": _kind(upload.roster),
        "roster": upload.roster.value if upload.roster else None,
        "upload": upload.id,
        "format": format.value,
        "encoding": encoding,
        "headings": headings,
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


def _some(rows: Iterator[bytes]) -> bytes:
    part = bytearray()
    for row in rows:
        part += row
        if len(part) >= PART // 4:
            break
    return bytes(part)


def _ends_whole(decoder: codecs.IncrementalDecoder) -> bool:
    """Whether the text ends with a whole character."""
    return not decoder.getstate()[0]
