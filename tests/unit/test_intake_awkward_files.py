"""Awkward files: each is read as its sender meant it, or refused with one message that says where and how."""

import io
import json
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from typing import Any

import pytest
from intake.batches import opening, sheets
from intake.batches.columns import headed, template_of
from intake.batches.layouts import layout_of
from intake.batches.opening import Opener
from intake.batches.rows import Row, csv_rows, sheet_rows
from kit.problems import Problem
from rules.workbooks import Workbook

from tests.awkward_files import GOOD, HEADINGS, OTHER, Raw, Sheet, broken_off, far_away, grid, text, workbook

TEMPLATE = template_of("reports")
TITLE = ("嘉義縣政府社會局通報名冊",)
TWO = (
    ("案件類型", "受理縣市", "案情陳述", "當事人", None),
    (None, None, None, "姓名", "電話"),
)
HOW_TO = Sheet(grid(("填表說明",), ("案件類型", "請由清單選填"), ("受理縣市", "請填通報轄區")))


async def parts(content: bytes, size: int = 2**17) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def of_workbook(content: bytes) -> list[Row]:
    """Its rows, as the process that opens workbooks tells them."""
    out = io.StringIO()
    with redirect_stdout(out):
        sheets.write(Workbook(io.BytesIO(content)), TEMPLATE.known)
    first, rows = out.getvalue().split("\n", 1)
    headings = json.loads(first)["headings"]
    assert headed(headings)[1] == []
    return [row async for row in sheet_rows(parts(rows.encode()), len(headings))]


async def opened(content: bytes) -> list[Row]:
    async with Opener().opened(parts(content), TEMPLATE) as found:
        return [row async for row in sheet_rows(found.rows, len(found.headings))]


async def test_a_workbook_is_opened_in_a_process_of_its_own() -> None:
    assert await opened(READ["plain"][0]) == await of_workbook(READ["plain"][0])


async def of_csv(content: bytes, charset: str = "") -> list[Row]:
    is_utf8 = content.decode("utf-8", errors="replace").count("\ufffd") == 0
    found = await layout_of(lambda: parts(content), TEMPLATE, is_utf8=is_utf8, charset=charset)
    assert headed(found.headings.cells)[1] == []
    return [row async for row in csv_rows(parts(content), found.layout)]


async def refusal_of(content: bytes, *, is_csv: bool = False) -> dict[str, Any]:
    with pytest.raises(Problem) as caught:
        await (of_csv if is_csv else opened)(content)
    (entry,) = caught.value.errors
    assert entry["en"] and any("一" <= sign <= "鿿" for sign in entry["zh"])
    return {"status": caught.value.status, **entry}


def told(rows: list[Row]) -> list[tuple[int, int, list[str]]]:
    return [(row.number, row.line, [cell for cell in row.cells if cell]) for row in rows]


BOTH = [list(GOOD), list(OTHER)]
READ = {
    "plain": (workbook(grid(HEADINGS, GOOD, OTHER)), 2),
    "a title above": (workbook(grid(TITLE, HEADINGS, GOOD, OTHER)), 3),
    "a title, a date and a blank row above": (workbook(grid(TITLE, ("115年11月",), (), HEADINGS, GOOD, OTHER)), 5),
    "a title merged over all columns": (workbook(Sheet(grid(TITLE, HEADINGS, GOOD, OTHER), ("A1:E1",))), 3),
    "headings on two rows": (workbook(grid(*TWO, GOOD, OTHER)), 3),
    "headings merged over two rows": (
        workbook(Sheet(grid(*TWO, GOOD, OTHER), ("A1:A2", "B1:B2", "C1:C2", "D1:E1"))), 3),
    "a title above headings on two rows": (workbook(grid(TITLE, *TWO, GOOD, OTHER)), 4),
    "a table that begins at C4": (workbook(grid(HEADINGS, GOOD, OTHER, at="C4")), 5),
    "a sheet first that says how to fill in": (workbook(HOW_TO, grid(HEADINGS, GOOD, OTHER)), 2),
    "a hidden sheet first": (workbook(Sheet(grid(HEADINGS, GOOD), state="hidden"), grid(HEADINGS, GOOD, OTHER)), 2),
    "a very hidden sheet of lists first": (
        workbook(Sheet(grid(("案件類型",), ("成人保護",)), state="veryHidden"), grid(HEADINGS, GOOD, OTHER)), 2),
    "an empty sheet of headings beside": (workbook(grid(HEADINGS), grid(HEADINGS, GOOD, OTHER)), 2),
    "headings with stars, remarks and line breaks": (
        workbook(grid(("＊案件類型", "受理縣市（必填）", "案情\n陳述", "當事人　姓名", "當事人電話"), GOOD, OTHER)), 2),
    "headings with numbers, colons and signs without a width": (
        workbook(grid(("1.案件類型", "2、受理縣市：", "③案情\u200b陳述▲", "(4)當事人姓名(必填)",
                       "※當事人電話:"), GOOD, OTHER)), 2),
    "headings with the remark in front": (
        workbook(grid(("(必填)案件類型", "【必填】受理縣市", "一、案情陳述", "十、當事人姓名",
                       "●當事人電話"), GOOD, OTHER)), 2),
    "two blank rows inside": (workbook(grid(HEADINGS, GOOD) | grid(OTHER, at="A5")), 2),
}  # fmt: skip


@pytest.mark.parametrize("what", READ)
async def test_a_workbook_is_read_however_its_table_is_placed(what: str) -> None:
    content, first = READ[what]
    rows = await of_workbook(content)
    assert [cells for *_, cells in told(rows)] == BOTH
    assert [row.number for row in rows] == [1, 2]
    assert rows[0].line == first
    assert [row.wrong for row in rows] == [None, None]


async def test_a_cell_merged_down_says_its_text_in_every_row_and_makes_no_row() -> None:
    rows = grid(HEADINGS, GOOD, (None, None, "第二次", "林小美", "113"), (None, None, "第三次", None, None))
    content = workbook(Sheet(rows, ("A2:A6", "B2:B4", "D3:D4", "C1:D1")))
    assert [row.cells for row in await of_workbook(content)] == [
        list(GOOD),
        ["成人保護", "嘉義縣", "第二次", "林小美", "113"],
        ["成人保護", "嘉義縣", "第三次", "林小美"],
    ]


BOMBS = {
    "one value in the last cell": ({"XFD1048576": 1}, "XFD1048576"),
    "a table and the last cell": (grid(HEADINGS, GOOD) | {"XFD1048576": 1}, "XFD1048576"),
    "a table and the last column": (grid(HEADINGS, GOOD) | {"XFD2000": "x"}, "XFD2000"),
    "a table and a column too far": (grid(HEADINGS, GOOD) | {"IX7": "x"}, "IX7"),
}


@pytest.mark.parametrize("what", BOMBS)
async def test_a_workbook_that_would_be_laid_out_in_gigabytes_names_the_cell(what: str) -> None:
    cells, cell = BOMBS[what]
    entry = await refusal_of(workbook(cells))
    assert (entry["status"], entry["code"]) == (422, "far_cell")
    assert f"Cell {cell} " in entry["en"] and cell in entry["zh"]


async def test_a_value_in_the_last_row_is_a_row_and_costs_no_more() -> None:
    rows = await of_workbook(workbook(grid(HEADINGS, GOOD) | {"A1048576": "x"}))
    assert [(row.number, row.line) for row in rows] == [(1, 2), (2, 1_048_576)]


async def test_blanks_far_away_are_nothing() -> None:
    assert told(await of_workbook(workbook(grid(HEADINGS, GOOD) | {"XFD9": "  ", "XFD10": Raw()}))) == [
        (1, 2, list(GOOD))
    ]


def packed(**parts: str | bytes) -> bytes:
    """A good workbook with parts of it replaced, or added."""
    whole, out = zipfile.ZipFile(io.BytesIO(workbook(grid(HEADINGS, GOOD)))), io.BytesIO()
    told = {name: whole.read(name) for name in whole.namelist()} | {f"xl/{name}": each for name, each in parts.items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in told.items():
            file.writestr(name, content)
    return out.getvalue()


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><workbook>&b;</workbook>'
BROKEN = {
    "entities within entities": (lambda: packed(**{"workbook.xml": LAUGHS}), 422, "no_workbook"),
    "XML that breaks off": (lambda: packed(**{"workbook.xml": "<workbook><sheets>"}), 422, "no_workbook"),
    "not a ZIP": (lambda: b"PK\x03\x04nothing", 422, "no_workbook"),
    "a ZIP of something else": (lambda: zipped({"word/document.xml": "<x/>"}), 422, "no_headings"),
    "nothing": (lambda: b"", 422, "no_workbook"),
    "with a password": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), 422, "locked_workbook"),
    "more files in it than a workbook has": (
        lambda: packed(**{f"media/{n}": "" for n in range(1_000)}), 413, "workbook_too_large"),
    "packed as no spreadsheet packs": (
        lambda: zipped({"xl/workbook.xml": "<x/>"}, zipfile.ZIP_BZIP2), 422, "no_workbook"),
    "a file in it that breaks off": (
        lambda: broken_off(zipped({"_rels/.rels": "<x/>"}, zipfile.ZIP_STORED)), 422, "no_workbook"),
    "a file in it that lies far away": (lambda: far_away(workbook(grid(HEADINGS, GOOD))), 422, "no_workbook"),
    "no headings": (lambda: workbook(grid(("姓名", "地址"), ("王大衛", "x"))), 422, "no_headings"),
    "two sheets of rows": (
        lambda: workbook(grid(HEADINGS, GOOD), {}, grid(TITLE, HEADINGS, OTHER)), 422, "several_sheets"),
    "its rows on a hidden sheet": (
        lambda: workbook(grid(("說明",)), Sheet(grid(HEADINGS, GOOD), state="hidden")), 422, "sheet_hidden"),
}  # fmt: skip


def zipped(parts: dict[str, str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


async def test_a_workbook_that_wants_more_memory_than_it_may_have_ends_its_own_process_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    little = "from intake.batches import sheets; sheets.MEMORY = 64 * 2**20; sheets.main()"
    monkeypatch.setattr(opening, "_PROGRAM", (sys.executable, "-c", little))
    relations = zipfile.ZipFile(io.BytesIO(packed())).read("xl/_rels/workbook.xml.rels").decode()
    strings = '<Relationship Id="r9" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    content = packed(
        **{"_rels/workbook.xml.rels": relations.replace("</Relationships>", strings)},
        **{"sharedStrings.xml": b"<sst><si><t>" + b"x" * 40 * 2**20 + b"</t></si></sst>"},
    )
    entry = await refusal_of(content)
    assert (len(content) < 100_000, entry["status"], entry["code"]) == (True, 413, "workbook_too_large")


@pytest.mark.parametrize("what", BROKEN)
async def test_a_workbook_that_cannot_be_used_says_why_in_one_message(what: str) -> None:
    content, status, code = BROKEN[what]
    entry = await refusal_of(content())
    assert (entry["status"], entry["code"]) == (status, code)
    assert "王大衛" not in str(entry)


async def test_the_sheets_that_rival_one_another_are_named_by_their_places() -> None:
    entry = await refusal_of(workbook(grid(HEADINGS, GOOD), HOW_TO, grid(HEADINGS, OTHER)))
    assert "Sheets 1, 3 " in entry["en"]


async def test_the_process_that_opens_a_workbook_has_no_key_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTER_KEY", "canary")
    monkeypatch.setattr(opening, "_PROGRAM", (sys.executable, "-c", "import os; print(dict(os.environ))"))
    async with opening._running() as process:
        assert process.stdout
        assert b"canary" not in await process.stdout.read()


CELLS: dict[str, tuple[Raw | str, str]] = {
    "midnight where hours are shown": (Raw("46346", style=1), "2026-11-20 00:00:00"),
    "midnight where hours are hidden": (Raw("46346", style=2), "2026-11-20"),
    "an evening": (Raw("46346.90277777778", style=1), "2026-11-20 21:40:00"),
    "an evening behind a day": (Raw("46346.90277777778", style=2), "2026-11-20 21:40:00"),
    "a time alone": (Raw("0.9027777777777778", style=3), "21:40:00"),
    "an ROC day": (Raw("46346", style=4), "2026-11-20"),
    "an ROC day with the hour": (Raw("46346.5", style=5), "2026-11-20 12:00:00"),
    "Taiwan's day of every workbook": (Raw("46346", style=6), "2026-11-20"),
    "a second before midnight": (Raw("46346.99998842593", style=1), "2026-11-20 23:59:59"),
    "a rounding before midnight": (Raw("46345.99999999999", style=1), "2026-11-20 00:00:00"),
    "a day of January 1900": (Raw("1", style=2), "1900-01-01"),
    "a number in General": (Raw("46346.9"), "46346.9"),
    "money is no day": (Raw("46346", style=7), "46346"),
    "a scientific number is no day": (Raw("46346", style=8), "46346"),
    "zeros before a number": (Raw("912345678", style=9), "0912345678"),
    "a whole number with a fraction": (Raw("912345678.0"), "912345678"),
    "true": (Raw("1", "b"), "TRUE"),
    "a day as ISO writes it": (Raw("2026-11-20T21:40:00", "d"), "2026-11-20T21:40:00"),
    "an error": (Raw("#N/A", "e", "VLOOKUP(A1,B:B,1,0)"), "#N/A"),
    "a formula with its result": (Raw("嘉義縣", "str", "A1"), "嘉義縣"),
    "a formula with an empty result": (Raw("", "str", 'IF(A1="","",A1)'), ""),
    "a formula without its result": (Raw(None, None, "VLOOKUP(A1,B:B,1,0)"), "=VLOOKUP(A1,B:B,1,0)"),
    "a formula shared by cells, without its result": (Raw(None, None, ""), "="),
    "a line break escaped": (Raw("一_x000D_\n二", "str"), "一\r\n二"),
}
FORMATS = ("yyyy/m/d h:mm", "14", "h:mm:ss", "[$-404]e/m/d;@", '[$-404]e"年"m"月"d"日" 上午/下午h:mm', "27",
           '"NT$"#,##0;[Red]-"NT$"#,##0', "0.00E+00", "0000000000")  # fmt: skip


@pytest.mark.parametrize("what", CELLS)
async def test_a_cell_says_what_its_sender_saw(what: str) -> None:
    cell, said = CELLS[what]
    content = workbook(grid(HEADINGS, (cell, "x")), formats=FORMATS)
    (row,) = await of_workbook(content)
    assert row.cells[0] == said


async def test_a_workbook_from_a_mac_counts_its_days_from_1904() -> None:
    (row,) = await of_workbook(workbook(grid(HEADINGS, (Raw("44884", style=1), "x")), formats=["14"], epoch=1904))
    assert row.cells[0] == "2026-11-20"


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950", "big5hkscs"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
async def test_a_text_is_read_in_every_encoding_and_with_every_separator(encoding: str, separator: str) -> None:
    quoted = ("成人保護", "嘉義縣", '說:"滾",\t然後;\n走了|', "林小美", "0912345678")
    content = text(TITLE, HEADINGS, quoted, OTHER, separator=separator).encode(encoding)
    assert told(await of_csv(content)) == [(1, 3, list(quoted)), (2, 4, list(OTHER))]


async def test_a_mark_of_big_endian_is_believed() -> None:
    assert told(await of_csv(b"\xfe\xff" + text(HEADINGS, GOOD).encode("utf-16-be"))) == [(1, 2, list(GOOD))]


async def test_what_a_spreadsheet_says_of_the_separator_is_no_row() -> None:
    assert told(await of_csv(("sep=;\r\n" + text(HEADINGS, GOOD, separator=";")).encode())) == [(1, 3, list(GOOD))]


async def test_headings_on_two_rows_are_joined_in_a_text_too() -> None:
    rows = [[cell or "" for cell in row] for row in TWO]
    assert told(await of_csv(text(*rows, GOOD).encode())) == [(1, 3, list(GOOD))]


async def test_signs_of_hong_kong_are_read_where_the_content_type_says_so_and_else_named_by_row() -> None:
    name = (*GOOD[:3], "\u5553\U00020547", "113")
    content = text(HEADINGS, name, GOOD).encode("big5hkscs")
    assert [row.cells[3] for row in await of_csv(content, "big5-hkscs")] == [name[3], GOOD[3]]
    assert [row.wrong for row in await of_csv(content)] == ["not_in_encoding", None]


TEXTS = {
    "a workbook sent as CSV": (workbook(grid(HEADINGS, GOOD)), "workbook_as_csv", "XLSX"),
    "nothing": (b"", "empty_file", "empty"),
    "Japanese": (text(("氏名", "住所"), ("王大衛", "x")).encode("shift-jis"), "no_headings_csv", "cp950"),
    "UTF-16 without headings": (
        "氏名\t住所\n王大衛\tx\n".encode("utf-16"), "no_headings_csv", "utf-16 with its cells between tabs"),
    "an unknown separator": ("\n".join(map("^".join, (HEADINGS, GOOD))).encode(), "no_headings_csv", "utf-8-sig"),
    "a web page": ("<html><table><tr><td>王大衛</td></tr></table></html>".encode(), "no_headings_csv", "utf-8-sig"),
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
async def test_a_text_that_cannot_be_used_says_why_in_one_message(what: str) -> None:
    content, code, word = TEXTS[what]
    entry = await refusal_of(content, is_csv=True)
    assert (entry["status"], entry["code"]) == (422, code)
    assert word in entry["en"] and "王大衛" not in str(entry)


async def test_a_line_without_an_end_is_one_row_too_long_and_the_next_is_read() -> None:
    content = text(HEADINGS).encode() + b"x" * 2_000_000 + b"\r\n" + text(GOOD).encode()
    rows = await of_csv(content)
    assert [(row.number, row.wrong) for row in rows] == [(1, "row_too_long"), (2, None)]
