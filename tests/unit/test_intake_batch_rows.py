"""Rows of a file: every encoding, quotation marks that would swallow rows, and cells that become a report."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.batches.columns import column_at, columns, headed, report_of
from intake.batches.rows import Layout, Row, csv_rows, first_records, ndjson_rows

HEADINGS = ["案件類型", "受理縣市", "案情陳述"]


async def in_parts(content: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def rows_of(content: bytes, encoding: str = "utf-8-sig", width: int = 3) -> list[Row]:
    return [row async for row in csv_rows(in_parts(content), Layout(encoding, width=width))]


def table(*rows: Sequence[str], width: int = 3) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([[f"h{n}" for n in range(width)], *rows])
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
async def test_every_encoding_and_any_cut_gives_the_same_rows(encoding: str) -> None:
    text = "案件類型,受理縣市,案情陳述\r\n成人保護,嘉義縣,許功蓋\n兒少保護,嘉義縣,第二列\r\n"
    content = text.encode(encoding)
    read = "cp950" if encoding == "cp950" else "utf-8-sig"
    for size in (1, 2, 3, 100):
        assert (await first_records(in_parts(content, size), read, ","))[0] == (1, HEADINGS)
        rows = [row async for row in csv_rows(in_parts(content, size), Layout(read, width=3))]
        assert [(row.number, list(row.cells), row.wrong) for row in rows] == [
            (1, ["成人保護", "嘉義縣", "許功蓋"], None),
            (2, ["兒少保護", "嘉義縣", "第二列"], None),
        ]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8), min_size=3, max_size=3)))
async def test_what_a_writer_writes_is_read_row_by_row(cells: list[list[str]]) -> None:
    written = [row for row in cells if any(cell.strip() for cell in row)]
    rows = await rows_of(table(*cells).encode(), "utf-8")
    assert [list(row.cells) for row in rows] == written
    assert [row.number for row in rows] == list(range(1, len(written) + 1))


async def test_a_cell_may_have_lines_commas_and_quotation_marks() -> None:
    (row,) = await rows_of(table(["a", "b", 'x,"y"\r\nz']).encode())
    assert (row.cells[2], row.wrong) == ('x,"y"\r\nz', None)


@pytest.mark.parametrize("column", range(9))
@pytest.mark.parametrize("second", [None, 3, 7])
async def test_an_open_quotation_mark_never_swallows_the_rows_below(column: int, second: int | None) -> None:
    lines = [",".join([f"r{n}", *"abcdefgh"]) for n in range(10)]
    for number in (2, *([] if second is None else [second])):
        cells = lines[number].split(",")
        lines[number] = ",".join([*cells[:column], '"' + cells[column], *cells[column + 1 :]])
    rows = await rows_of("\n".join([",".join("123456789"), *lines]).encode(), width=9)
    assert [row.number for row in rows] == list(range(1, 11))
    assert {row.number for row in rows if row.wrong} == {3, *([] if second is None else [second + 1])}


async def test_a_row_in_another_encoding_or_too_wide_is_wrong_by_itself() -> None:
    content = b"h1,h2,h3\na,b,\xff\xff\na,b,c\na,b,c,d\na,b,c,,\na\n"
    assert [row.wrong for row in await rows_of(content)] == ["not_in_encoding", None, "too_many_cells", None, None]


async def test_ndjson_rows_are_lines() -> None:
    rows = [row async for row in ndjson_rows(in_parts('\ufeff{"a": "甲"}\r\n\n{}'.encode()))]
    assert [(row.number, row.text) for row in rows] == [(1, '{"a": "甲"}'), (2, "{}")]


def report(**cells: str) -> dict[str, Any]:
    found, wrong = headed(list(cells))
    assert wrong == []
    return report_of(found, list(cells.values()))


def test_headings_in_chinese_become_a_report() -> None:
    assert report(案件類型="成人保護", 受理縣市="台南市", 暴力類型="肢體暴力、curse", 當事人電話="912345678；113",
                  知悉時間="115/11/20 21:40", 當事人性別="女", 相對人姓名="陳大明", TIPVDA分數="9",
                  責任通報="是", 流水號="1042") == {
        "case_type": "adult_protection", "county": "tainan-city", "sequence": 1042,
        "known_at": "2026-11-20T21:40:00+08:00", "event": {"kinds": ["physical_violence", "curse"]},
        "people": [{"role": "subject", "phones": ["0912345678", "113"], "sex": "female"},
                   {"role": "alleged_perpetrator", "name": "陳大明"}],
        "assessments": [{"tool": "tipvda", "score": 9}], "reporter": {"mandated": True},
    }  # fmt: skip


def test_headings_as_a_database_has_them_become_a_report() -> None:
    assert report(case_type="adult_protection", narrative="……", place_township="民雄鄉", subject_name="林小美",
                  alleged_perpetrator_phones="113", tipvda_score="9") == {
        "case_type": "adult_protection", "event": {"narrative": "……", "place": {"township": "民雄鄉"}},
        "people": [{"role": "subject", "name": "林小美"}, {"role": "alleged_perpetrator", "phones": ["113"]}],
        "assessments": [{"tool": "tipvda", "score": 9}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-20T21:40:00+08:00", "2026-11-20T21:40:00+08:00"),
        ("2026/11/20 9:05", "2026-11-20T09:05:00+08:00"),
        ("115.11.20 21:40:30", "2026-11-20T21:40:30+08:00"),
        ("115年11月20日 21時40分", "2026-11-20T21:40:00+08:00"),
        ("2026-11-20T13:40:00Z", "2026-11-20T13:40:00+00:00"),
    ],
)
def test_times_are_read_as_people_write_them(written: str, read: str) -> None:
    assert report(知悉時間=written)["known_at"] == read


def test_a_heading_that_nobody_knows_is_named_by_its_place() -> None:
    assert headed(["案件類型", "王大衛", "county", "受理縣市"])[1] == [2, 4]


def test_every_column_is_named_by_each_of_its_headings_alone() -> None:
    headings = [heading for column in columns() for heading in column.headings]
    assert len(set(headings)) == len(headings)
    assert all(headed([heading]) == ([column], []) for column in columns() for heading in column.headings)


@pytest.mark.parametrize(
    ("pointer", "heading"),
    [
        ("/people/0/name", "當事人姓名"),
        ("/people/0/phones/1", "當事人電話"),
        ("/people", None),
        ("/event/kinds/0", "暴力類型"),
    ],
)
def test_a_wrong_field_leads_back_to_its_column(pointer: str, heading: str | None) -> None:
    column = column_at(pointer)
    assert (column and column.headings[0]) == heading
