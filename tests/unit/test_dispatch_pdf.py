"""Whatever stands in a monthly report is text in its PDF: Typst runs nothing of it and reads no file."""

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from dispatch.figures import pdf
from dispatch.figures.monthly import Month, Monthly
from pypdf import PdfReader
from web.sheet import Cell, Column, Row, Section, Sheet
from web.typesetting import FONTS

RUNS = (
    '#panic("ran") #read("/etc/passwd") #eval("1+1") $1/2$ *bold* ]] #[ `raw` = head // gone <label> @label \\ '
    "#sys.inputs"
)


@pytest.mark.skipif(not FONTS.is_dir(), reason="no font: make setup without Node.js")
def test_what_is_typed_is_text_in_the_pdf_and_runs_nothing() -> None:
    sheet = Sheet("s", RUNS, RUNS, (Column("c", RUNS),), (Row("r", RUNS, (Cell(RUNS, 1, RUNS),)),))
    report = Monthly("chiayi-county", RUNS, Month(date(2026, 11, 1)), True, False, (Section(sheet, RUNS),))
    made = pdf.rendered(report, "en", datetime(2026, 11, 29, tzinfo=UTC))
    text = "".join("".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages).split())
    for part in ("#panic", "#read", "/etc/passwd", "#eval", "*bold*", "`raw`", "//gone", "@label"):
        assert text.count(part) >= 6, part
    assert "root:" not in text
