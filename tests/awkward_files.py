"""Files as people really send them, made by code: every kind of oddity, and everybody in them fictitious."""

import csv
import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

HEADINGS = ("案件類型", "受理縣市", "案情陳述", "當事人姓名", "當事人電話")
GOOD = ("成人保護", "嘉義縣", "爭吵後受傷", "林小美", "0912345678")
OTHER = ("兒少保護", "嘉義縣", "獨自在家", "陳小寶", "0922333444")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

Cells = Mapping[str, Any]
"""What the cells of a sheet hold, by their names."""


@dataclass(frozen=True)
class Raw:
    """A cell as XML has it: its value, its type, its formula, the place of its format; None is left out."""

    value: str | None = None
    type: str | None = None
    formula: str | None = None
    style: int = 0


@dataclass(frozen=True)
class Sheet:
    """One sheet: cells by name, cells merged, and whether it is seen."""

    cells: Cells
    merged: Sequence[str] = ()
    state: str = "visible"


def grid(*rows: Sequence[Any], at: str = "A1") -> dict[str, Any]:
    """Rows as cells, from a corner on; None is no cell."""
    column, row = ord(at[0]), int(at[1:])
    return {
        f"{chr(column + across)}{row + down}": cell
        for down, cells in enumerate(rows)
        for across, cell in enumerate(cells)
        if cell is not None
    }


def workbook(*sheets: Sheet | Cells, formats: Sequence[str] = (), epoch: int = 1900) -> bytes:
    """A workbook written cell by cell, since the libraries that write one write none that is odd."""
    told = [each if isinstance(each, Sheet) else Sheet(each) for each in sheets]
    parts = {
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(told, epoch),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(told) + 1)] + [("styles", "styles.xml")]
        ),
        "xl/styles.xml": _styles(formats),
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": _sheet(each) for n, each in enumerate(told, 1)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def _relations(parts: Iterable[tuple[str, str]]) -> str:
    told = "".join(
        f'<Relationship Id="r{n}" Type="{_RELATED}/{kind}" Target="{path}"/>' for n, (kind, path) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{told}</Relationships>'


def _book(sheets: Sequence[Sheet], epoch: int) -> str:
    told = "".join(
        f'<sheet name="工作表{n}" sheetId="{n}" state="{each.state}" r:id="r{n}"/>' for n, each in enumerate(sheets, 1)
    )
    since = '<workbookPr date1904="1"/>' if epoch == 1904 else "<workbookPr/>"
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">{since}<sheets>{told}</sheets></workbook>'


def _styles(formats: Sequence[str]) -> str:
    """Style 0 is General; the others have a format each: the number of one that every workbook has, or its text."""
    own = {code: 164 + n for n, code in enumerate(formats) if len(code) > 2}
    told = "".join(f'<numFmt numFmtId="{id}" formatCode={quoteattr(code)}/>' for code, id in own.items())
    cells = "".join(f'<xf numFmtId="{own.get(code, code)}"/>' for code in ("0", *formats))
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{told}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f"<cellXfs>{cells}</cellXfs></styleSheet>"
    )


def _sheet(sheet: Sheet) -> str:
    rows: dict[int, str] = {}
    for name, cell in sheet.cells.items():
        row = int(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        rows[row] = rows.get(row, "") + _cell(name, cell)
    told = "".join(f'<row r="{number}">{cells}</row>' for number, cells in sorted(rows.items()))
    merged = "".join(f'<mergeCell ref="{each}"/>' for each in sheet.merged)
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{told}</sheetData><mergeCells>{merged}</mergeCells></worksheet>'


def _cell(name: str, cell: Any) -> str:
    if isinstance(cell, str):
        return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    raw = cell if isinstance(cell, Raw) else Raw(str(cell))
    type = f' t="{raw.type}"' if raw.type else ""
    formula = f"<f>{escape(raw.formula)}</f>" if raw.formula is not None else ""
    value = f"<v>{escape(raw.value)}</v>" if raw.value is not None else ""
    return f'<c r="{name}" s="{raw.style}"{type}>{formula}{value}</c>'


def broken_off(content: bytes) -> bytes:
    """A ZIP, its files stored as they are, whose first file is told to have more bytes than there are."""
    at = content.index(b"PK\1\2") + 20
    return content[:at] + struct.pack("<II", 2**20, 2**20) + content[at + 8 :]


def far_away(content: bytes) -> bytes:
    """A ZIP whose first file is told to begin further away than any file is long."""
    head = content.index(b"PK\1\2")
    extra, end = head + 46 + struct.unpack_from("<H", content, head + 28)[0], content.rindex(b"PK\5\6")
    told = bytearray(content)
    struct.pack_into("<H", told, head + 30, 12)
    struct.pack_into("<I", told, head + 42, 2**32 - 1)
    struct.pack_into("<I", told, end + 12, struct.unpack_from("<I", content, end + 12)[0] + 12)
    told[extra:extra] = struct.pack("<HHQ", 1, 8, 2**64 - 2**17)
    return bytes(told)


def text(*rows: Sequence[str], separator: str = ",", end: str = "\r\n") -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end).writerows(rows)
    return out.getvalue()
