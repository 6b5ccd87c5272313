"""One text that would be markup, a template, a formula and a turned line, and a look at what shows it."""

import csv
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO, StringIO

import httpx
from openpyxl import load_workbook

MARK = "typed7"
TYPED = (
    f"=cmd|' /C calc'!A0<b data-typed=1>{MARK}\u202e\u2066</b></textarea></title>\"'><img src=x onerror=alert(1)>"
    "{{7*7}}${7*7}#panic()\u200bשלום"
)
"""Within 200 signs: what a name may have."""
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067")
FIELDS = {"textarea"}
SHOWN = {"title", "aria-label", "alt", "placeholder"}


@dataclass
class Looked(HTMLParser):
    """What a browser would make of a page: its faults by what they are, and how often it shows what was typed."""

    faults: list[str] = field(default_factory=list)
    times: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        names = {name for name, _ in attributes}
        if "data-typed" in names or any(name.startswith("on") for name in names):
            self.faults.append(f"markup: {self.get_starttag_text()}")
        for name, value in attributes:
            if name in SHOWN:
                self._look(value or "")
            if name in {"href", "src", "action"} and (value or "").lstrip().lower().startswith(("javascript", "data:")):
                self.faults.append(f"address: {value}")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.times += data.count(MARK)
        if self._inside[-1:] and self._inside[-1] in FIELDS:
            return
        if self._inside[-1:] == ["script"] and MARK in data:
            self.faults.append(f"script: {data}")
        self._look(data)

    def _look(self, shown: str) -> None:
        if turning := TURNS & set(shown):
            self.faults.append(f"turns {turning!a}: {shown!a:.200}")
        for at, sign in enumerate(shown):
            before = shown[:at]
            if "\u0590" <= sign <= "\u05ff" and before.count("\u2068") <= before.count("\u2069"):
                self.faults.append(f"not isolated: {shown!a:.200}")
                break


def looked_at(page: str) -> Looked:
    found = Looked()
    found.feed(page)
    found.close()
    return found


def runs(file: httpx.Response) -> list[str]:
    """The cells of a CSV or XLSX that a spreadsheet would take for a formula."""
    if file.content.startswith(b"PK"):
        sheet = load_workbook(BytesIO(file.content)).active
        assert sheet is not None
        rows = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]
        return [str(value) for row in rows for value, kind in row if kind == "f" or _begins(value)]
    lines = csv.reader(StringIO(file.content.decode("utf-8-sig")))
    return [cell for line in lines for cell in line if _begins(cell)]


def _begins(value: object) -> bool:
    return isinstance(value, str) and value.lstrip().startswith(tuple("=+-@|%＝＋－＠")) and not _is_number(value)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True
