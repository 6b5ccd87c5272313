"""Files that somebody packed: what they list and unpack to is bounded before it lies in memory, whoever reads them."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import pytest
from kit.problems import Problem, TooLarge, Unprocessable
from network.directory import tabular
from network.programmes import files
from rules import workbooks
from rules.workbooks import MOST_PARTS, Unusable, Workbook

from tests.awkward_files import broken_off, far_away, grid, workbook

MEBI = 2**20
CSV = {"organizations.csv": "id,name\no-1,n\n"}
HEADS = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
STRINGS = '<Relationship Id="r9" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'


def zipped(parts: Mapping[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def book(parts: Mapping[str, str] | None = None, how: int = zipfile.ZIP_DEFLATED, more: int = 0) -> bytes:
    """A good workbook, some parts of it replaced, and with some more that hold nothing."""
    whole = zipfile.ZipFile(io.BytesIO(workbook(grid(("name",), ("x",)))))
    told = {name: whole.read(name).decode() for name in whole.namelist()}
    told["xl/_rels/workbook.xml.rels"] = told["xl/_rels/workbook.xml.rels"].replace("</Relationships>", STRINGS)
    told |= {"xl/sharedStrings.xml": "<sst/>"} | {f"xl/{name}.xml": part for name, part in (parts or {}).items()}
    return zipped(told | {f"media/{n}": "" for n in range(more)}, how)


def sheet(cells: str, rows: int) -> str:
    told = "".join(f'<row r="{number}">{cells}</row>' for number in range(2, rows + 2))
    return f"<worksheet><sheetData>{HEADS}{told}</sheetData></worksheet>"


def rows_of(content: bytes) -> list[tuple[int, list[str]]]:
    read = Workbook(io.BytesIO(content))
    return list(read.rows(read.sheets[0]))


READERS: Mapping[str, tuple[Callable[[bytes], object], type[Exception]]] = {
    "a workbook": (rows_of, Unusable),
    "a directory": (tabular.read, Unprocessable),
    "a list of a programme": (files.lines, Unprocessable),
}


@contextmanager
def within(most: int) -> Iterator[None]:
    """No more memory than so many bytes is taken at any time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def endless(kind: str) -> bytes:
    """A ZIP that is nothing but a list of files with nothing in them."""
    names = [b"%06x" % number for number in range(23_000)]
    listed = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, len(name), 0, 0, 0, 0, 0, 0) + name
        for name in names
    )
    first = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 0, 0, 0, 0)
    count, size, start, remark, long = len(names), len(listed), len(first), b"", b""
    match kind:
        case "a count that lies":
            count = 1
        case "a remark behind":
            remark = b"x" * 60_000
        case "in 64 bits":
            long = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
            long += struct.pack("<4sIQI", b"PK\6\7", 0, start + size, 1)
            count, size, start = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    return first + listed + long + struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, count, count, size, start, len(remark)) + remark  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", ["as it is", "a count that lies", "a remark behind", "in 64 bits"])
def test_a_list_of_files_without_end_is_refused_before_it_is_read(reader: str, kind: str) -> None:
    read, refusal = READERS[reader]
    content = endless(kind)
    with within(2 * MEBI), pytest.raises((refusal, TooLarge)):
        read(content)


def test_so_many_files_are_taken_and_no_more() -> None:
    there = len(zipfile.ZipFile(io.BytesIO(book())).namelist())
    assert rows_of(book(more=MOST_PARTS - there)) == rows_of(book())
    with pytest.raises(Unusable) as refused:
        rows_of(book(more=MOST_PARTS - there + 1))
    assert refused.value.code == "workbook_too_large", "which says how to make it smaller"


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("reader", READERS)
def test_what_is_packed_as_no_spreadsheet_packs_is_refused(reader: str, how: int) -> None:
    read, refusal = READERS[reader]
    for method, is_taken in ((zipfile.ZIP_DEFLATED, True), (zipfile.ZIP_STORED, True), (how, False)):
        content = zipped(CSV, method) if read is tabular.read else book(how=method)
        if is_taken:
            assert read(content)
        else:
            with pytest.raises(refusal):
                read(content)


@pytest.mark.parametrize("lie", [broken_off, far_away])
@pytest.mark.parametrize("reader", READERS)
def test_a_file_of_it_that_lies_behind_the_end_is_refused(reader: str, lie: Callable[[bytes], bytes]) -> None:
    read, refusal = READERS[reader]
    content = zipped(CSV, zipfile.ZIP_STORED) if read is tabular.read else book(how=zipfile.ZIP_STORED)
    assert read(content)
    with pytest.raises((EOFError, OverflowError) if refusal is Unusable else refusal):  # it leaves these to its callers
        read(lie(content))


@pytest.mark.parametrize("table", ["organizations.csv", "service_areas.csv"])
def test_cells_without_end_are_unpacked_no_further_than_the_first_too_many(table: str) -> None:
    content = zipped(CSV | {table: b"id\n" + b"," * 32 * MEBI})
    with within(4 * MEBI), pytest.raises(TooLarge, match="a part of the providers"):
        tabular.read(content)


def test_a_line_without_end_never_lies_in_memory_whole() -> None:
    content = zipped({"organizations.csv": "𠀀" + "x" * 32 * MEBI})
    with within(12 * MEBI), pytest.raises(Unprocessable):
        tabular.read(content)


def test_lines_that_pieces_part_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"id,name\r\n1,2\r\n\r\n3,4\r5,6\n"
    for size in range(1, len(content)):
        monkeypatch.setattr(tabular, "_PIECE", size)
        assert tabular._cells(lambda: io.BytesIO(content)) == 6 * 2


TOO_MUCH = {
    "a long text in every cell": {
        "sharedStrings": f"<sst><si><t>{' x' * 50_000}</t></si></sst>",
        "worksheets/sheet1": sheet('<c t="s"><v>0</v></c>', 600),
    },
    "a format of zeros without end": {
        "styles": f'<styleSheet><numFmts><numFmt numFmtId="164" formatCode="{"0" * 100_000}"/></numFmts>'
        '<cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>',
        "worksheets/sheet1": sheet("<c><v>1</v></c>", 600),
    },
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_is_written_once_and_shown_in_every_cell_takes_no_memory_for_each(what: str) -> None:
    content = book(TOO_MUCH[what])
    assert len(content) < 10_000
    with within(8 * MEBI), suppress(Problem):
        files.lines(content)


def test_all_cells_of_a_list_have_a_bound_and_say_it() -> None:
    with pytest.raises(TooLarge, match="characters in all cells"):
        files.lines(book(TOO_MUCH["a long text in every cell"]))


def test_blanks_that_cells_share_are_looked_at_once() -> None:
    read = Workbook(io.BytesIO(book({"sharedStrings": f"<sst><si><t>{' ' * 1000}</t></si><si><t> x </t></si></sst>"})))
    assert read._strings == ["", " x "]


def test_a_number_format_is_read_once_and_no_further_than_a_workbook_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    read, shown = list[int](), workbooks._shown

    def counted(number: int, code: str | None) -> workbooks.Shown:
        read.append(len(code or ""))
        return shown(number, code)

    monkeypatch.setattr(workbooks, "_shown", counted)
    cells = '<xf numFmtId="164"/>' * 500
    long = f'<numFmts><numFmt numFmtId="164" formatCode="{"m" * 100_000}"/></numFmts>'
    Workbook(io.BytesIO(book({"styles": f"<styleSheet>{long}<cellXfs>{cells}</cellXfs></styleSheet>"})))
    assert read == [workbooks.MOST_CODE]


@pytest.mark.parametrize("endless", ["<!--{}-->", "<c {}/>", "<?x {}?>"])
def test_a_tag_or_remark_without_end_is_not_read_anew_with_each_piece(endless: str) -> None:
    for times, is_taken in ((1_000, True), (100_000, False)):
        content = book({"worksheets/sheet1": sheet(endless.format(" ".join(f'a{n}=""' for n in range(times))), 1)})
        if is_taken:
            assert rows_of(content) == [(1, ["name"])]
        else:
            with pytest.raises(Unusable):
                rows_of(content)


def test_what_begins_again_and_again_is_searched_once() -> None:
    for pattern, before, found in (
        (workbooks._MERGED, b"<mergeCell x" * 3, b'<mergeCell ref="A1:A2"'),
        (workbooks._UNSEEN, "[" * 3, "[$-404]"),
    ):
        match = pattern.search(before + found)  # type: ignore[attr-defined]
        assert match[0] == found


def test_a_cell_whose_name_has_no_end_is_refused_without_counting_its_letters() -> None:
    with pytest.raises(Unusable) as refused:
        rows_of(workbook({"A" * 1_000 + "1": "x"}))
    assert refused.value.code == "no_workbook"


def test_a_text_may_be_long() -> None:
    long = "x" * MEBI
    content = book({"worksheets/sheet1": sheet(f'<c t="inlineStr"><is><t>{long}</t></is></c>', 1)})
    assert rows_of(content)[1] == (2, [long])
