"""HSDS 3 tables as files: a JSON object of tables, or a ZIP of one CSV for each, as its tabular data package has them.

The names of the files and of their columns are those of `datapackage.json` of openreferral/specification 3.0 (CC BY-SA
4.0; facts alone are taken). A value of ours that is more than one cell holds stands there as JSON.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO, StringIO, TextIOWrapper
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from kit.problems import TooLarge, Unprocessable
from rules.workbooks import BROKEN, Unusable, unzipped

from network.directory.hsds_tables import REQUIRED, Rows

FILES: Mapping[str, str] = {
    "organization": "organizations.csv", "service": "services.csv", "location": "locations.csv",
    "service_at_location": "service_at_location.csv", "contact": "contacts.csv", "schedule": "schedules.csv",
    "phone": "phones.csv", "address": "addresses.csv", "service_area": "service_areas.csv",
}  # fmt: skip
MOST_BYTES = 64 * 2**20
"""Of all files of a ZIP together, unpacked: some twenty thousand providers."""
MOST_VALUES = 1_000_000
"""Of all tables together, also empty ones: some ten thousand providers. A value costs a hundred times its bytes."""
MOST_LINE = 2**20
"""Characters; of one cell a reader of CSV takes 131,072."""
_PIECE = 64 * 1024
_NUMBERS = frozenset({"latitude", "longitude", "minimum_age", "maximum_age"})
_JSON = frozenset({"safetynet_places", "safetynet_hours", "safetynet_secret_address"})
_STORED_AT = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a ZIP, so that the same directory is the same file."""

Part = Callable[[], IO[bytes]]
"""Opens a file of a ZIP."""


def packed(tables: Rows) -> bytes:
    """Tables as a ZIP of CSV files."""
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as archive:
        archive.writestr("datapackage.json", json.dumps(_package(), indent=2))
        for table, name in FILES.items():
            archive.writestr(name, _written(tables[table], REQUIRED[table]))
    return whole.getvalue()


def read(file: bytes) -> dict[str, Any]:
    """The tables of a file, whichever of the two it is. Raises TooLarge and Unprocessable."""
    try:
        found = _unpacked(file) if file.startswith(b"PK") else _tables(file)
    except Unusable:
        raise TooLarge(
            f"Send the tables alone, of at most {MOST_BYTES} bytes unpacked: a part of the providers each time.",
            f"請只壓縮表格檔，解壓縮後最多 {MOST_BYTES} 位元組：請將機構分批匯入。",
        ) from None
    except (*BROKEN, csv.Error):
        found = None
    if not isinstance(found, dict):
        raise Unprocessable(
            "Send HSDS 3 tables: a JSON object, or a ZIP of its CSV files in UTF-8.",
            "請提供 HSDS 3 的表格：JSON 檔，或 UTF-8 CSV 的 ZIP 檔。",
        )
    return found


def _tables(file: bytes) -> Any:
    """Raises ValueError and TooLarge."""
    _must_be_few(sum(file.count(sign) for sign in b",[{"))
    return json.loads(file)


def _cells(part: Part, others: int = 0) -> int:
    """How many cells a CSV has, about: a row that is short is filled up to the width of the first.

    It is unpacked no further than the first that is too many beside the others. Raises TooLarge.
    """
    signs, rows, last = 0, 1, b""
    with part() as file:
        while piece := file.read(_PIECE):
            signs += piece.count(b",")
            rows += piece.count(b"\n") + piece.count(b"\r") - (last + piece).count(b"\r\n")
            last = piece[-1:]
            _must_be_few(others + signs + rows)
    found = max(signs + rows, rows * len(next(csv.reader(_lines(part)), ())))
    _must_be_few(others + found)
    return found


def _lines(part: Part) -> Iterator[str]:
    """The lines of a CSV. Raises ValueError for one that no row of ours can be, before it is whole in memory."""
    with part() as file, TextIOWrapper(file, "utf-8-sig", newline="") as text:
        while line := text.readline(MOST_LINE):
            if len(line) == MOST_LINE:
                raise ValueError
            yield line


def _must_be_few(values: int) -> None:
    """Raises TooLarge before any is read."""
    if values > MOST_VALUES:
        raise TooLarge(
            f"Send at most {MOST_VALUES} values at a time: a part of the providers each time.",
            f"每次最多 {MOST_VALUES} 個值：請將機構分批匯入。",
        )


def _unpacked(file: bytes) -> Rows:
    """Raises ValueError and what the libraries raise for what is no such file, or too much of it."""
    with unzipped(BytesIO(file), MOST_BYTES) as archive:
        there = {info.filename.rpartition("/")[2]: info for info in archive.infolist()}
        if "organizations.csv" not in there:
            raise ValueError
        parts = {table: partial(archive.open, there[name]) for table, name in FILES.items() if name in there}
        cells = 0
        for part in parts.values():
            cells += _cells(part, cells)
        return {table: list(_rows(table, part)) for table, part in parts.items()}


def _rows(table: str, part: Part) -> Iterable[dict[str, Any]]:
    """Rows without the cells that are empty, but for those that must be there."""
    for row in csv.DictReader(_lines(part)):
        kept = {name: value for name, value in row.items() if name and (value or name in REQUIRED[table])}
        yield {name: _value(name, value) for name, value in kept.items()}


def _value(name: str, cell: str) -> Any:
    """What a cell says; a number or JSON that cannot be read stays text, for the rules of tables to name."""
    if not (name in _NUMBERS or name in _JSON):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return cell


def _written(rows: Iterable[Mapping[str, Any]], first: Iterable[str]) -> str:
    rows = list(rows)
    columns = dict.fromkeys([*first, *(name for row in rows for name in row)])
    text = StringIO(newline="")
    writer = csv.DictWriter(text, list(columns), restval="")
    writer.writeheader()
    writer.writerows({name: _cell(name, value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(name: str, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if name in _JSON else value


def _package() -> dict[str, Any]:
    csvs = [{"name": table, "path": name, "format": "csv", "mediatype": "text/csv"} for table, name in FILES.items()]
    return {"name": "human_services_data", "profile": "tabular-data-package", "version": "3.0.0", "resources": csvs}
