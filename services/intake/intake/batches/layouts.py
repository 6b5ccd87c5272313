"""How a CSV file is written: tried until its headings are the template's, since no file says it of itself."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from kit.problems import Problem

from intake.batches.headings import Headings, Template, headings_in
from intake.batches.opening import refused
from intake.batches.rows import Layout, first_records

UTF8, UTF16 = "utf-8-sig", "utf-16"
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DECLARED = {"big5-hkscs": "big5hkscs", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030"}
"""Encodings that nothing in a file tells from Taiwan's CP950: they are believed when the Content-Type names them."""
_SEPARATORS = {",": ("commas", "逗號"), "\t": ("tabs", "定位字元"), ";": ("semicolons", "分號"), "|": ("bars", "直線")}

Contents = Callable[[], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Found:
    """A way of reading a file, and the headings that it shows."""

    layout: Layout
    headings: Headings


async def layout_of(contents: Contents, template: Template, *, is_utf8: bool, charset: str) -> Found:
    """The way of reading a file that names most headings. Raises Unprocessable where none names any."""
    start = await _start(contents)
    if start.startswith(b"PK\x03\x04"):
        raise refused("workbook_as_csv")
    encodings = _encodings(start, charset, is_utf8=is_utf8)
    found: list[Found] = []
    for encoding in encodings:
        for separator in _SEPARATORS:
            if headings := headings_in(await first_records(contents(), encoding, separator), template.known):
                found.append(Found(Layout(encoding, separator, headings.line, len(headings.cells)), headings))
    if not found:
        raise _nothing(start, encodings[0], template)
    return max(found, key=lambda each: each.headings.known)


async def _start(contents: Contents) -> bytes:
    async for part in contents():
        return part
    raise refused("empty_file")


def _encodings(start: bytes, charset: str, *, is_utf8: bool) -> Sequence[str]:
    """The encodings that a file may be in, the likeliest first."""
    if start.startswith(_MARKS):
        return [UTF16]
    if b"\0" in start:
        return ["utf-16-le", "utf-16-be"]
    # One broken row makes no UTF-8 file Big5: where both name as many headings, the first is taken.
    return [UTF8] if is_utf8 else [_DECLARED.get(charset.lower(), "cp950"), UTF8]


def _nothing(start: bytes, encoding: str, template: Template) -> Problem:
    """The problem of a file without headings, which says how it was read."""
    text = start.decode(encoding, errors="replace")
    separator = max(_SEPARATORS, key=text.count)
    en, zh = _SEPARATORS[separator]
    return refused("no_headings_csv", template=template.path, encoding=encoding, separator=en, separator_zh=zh)
