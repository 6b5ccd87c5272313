"""Files of reports for tests: fictitious, any number of rows, in every format."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from tests.integration.intake_running import a_report

HEADINGS = ["通報文號", "案件類型", "受理縣市", "發生鄉鎮市區", "暴力類型", "案情陳述", "當事人姓名", "當事人電話"]
CSV, NDJSON = "text/csv", "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def row(number: int, **changes: Any) -> list[Any]:
    """A good row."""
    good = [f"F-{number:06d}", "成人保護", "嘉義縣", "民雄鄉", "肢體暴力", f"第{number}件", "林小美", "0912345678"]
    cells = dict(zip(HEADINGS, good, strict=True)) | changes
    return [cells[heading] for heading in HEADINGS]


def a_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS, *rows])
    return out.getvalue().encode(encoding)


def an_xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for each in [HEADINGS, *rows]:
        sheet.append(list(each))
    book.save(out)
    return out.getvalue()


def an_ndjson(reports: Sequence[dict[str, Any]]) -> bytes:
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in reports).encode()


def reports(count: int) -> list[dict[str, Any]]:
    return [a_report(sender_ref=f"F-{number:06d}") for number in range(1, count + 1)]
