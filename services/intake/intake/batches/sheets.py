"""`python -m intake.batches.sheets`: a workbook from stdin to rows on stdout, in a process that may die of it alone.

stdin: a line of JSON with the known headings, then the workbook. stdout: a line that says which sheet it is and what
its headings are, then a line for each row. For a workbook that cannot be used: why on stderr, and exit code 1.
"""

import io
import json
import os
import resource
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from rules.workbooks import BROKEN, Sheet, Unusable, Workbook

from intake.batches.headings import LOOKED_INTO, Headings, headings_in

MEMORY = 320 * 1024**2
SECONDS = 60
LONGEST_ROW = 256 * 1024
MOST_WRITTEN = 128 * 1024**2
Found = tuple[Sheet, Headings]


def main() -> None:
    _bounded()
    known = json.loads(sys.stdin.buffer.readline())
    try:
        write(Workbook(io.BytesIO(sys.stdin.buffer.read())), known)
    except Unusable as error:
        _refuse(error.code, error.where)
    except MemoryError:
        _refuse("workbook_too_large", {})
    except BROKEN:
        _refuse("no_workbook", {})


def _bounded() -> None:
    """Let this process die before it takes what others need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _refuse(code: str, where: dict[str, str]) -> None:
    sys.stderr.write(json.dumps({"code": code, "where": where}))
    sys.exit(1)


def write(book: Workbook, known: Collection[str]) -> None:
    """The sheet with the rows on stdout. Raises Unusable."""
    sheet, headings = chosen(book, known)
    _print({"sheet": sheet.number, "line": headings.line, "headings": headings.cells})
    written = 0
    for line, cells in book.rows(sheet):
        if line > headings.line:
            written += _print(_row(line, cells))
        if written > MOST_WRITTEN:
            raise Unusable("workbook_too_large")


def chosen(book: Workbook, known: Collection[str]) -> Found:
    """The sheet with the rows, and its headings. Raises Unusable where there is none, or more than one."""
    candidates = [(sheet, headings) for sheet in book.sheets if (headings := _headings(book, sheet, known))]
    visible = [candidate for candidate in candidates if not candidate[0].hidden]
    if not visible:
        hidden = [candidate[0].number for candidate in candidates]
        raise Unusable("sheet_hidden", sheet=str(hidden[0])) if hidden else Unusable("no_headings")
    best = max(visible, key=_known)
    rivals = [candidate for candidate in visible if 2 * _known(candidate) > _known(best) and _has_rows(book, candidate)]
    if len(rivals) > 1:
        raise Unusable("several_sheets", sheets=", ".join(str(sheet.number) for sheet, _ in rivals))
    return rivals[0] if rivals else best


def _headings(book: Workbook, sheet: Sheet, known: Collection[str]) -> Headings | None:
    return headings_in(list(_first(book, sheet)), known)


def _first(book: Workbook, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    return islice(book.rows(sheet), LOOKED_INTO)


def _has_rows(book: Workbook, found: Found) -> bool:
    sheet, headings = found
    return any(line > headings.line for line, _ in islice(book.rows(sheet), LOOKED_INTO + 1))


def _known(found: Found) -> int:
    return found[1].known


def _row(line: int, cells: list[str]) -> dict[str, Any]:
    too_long = sum(map(len, cells)) > LONGEST_ROW
    return {"line": line, "wrong": "row_too_long"} if too_long else {"line": line, "cells": cells}


def _print(told: dict[str, Any]) -> int:
    return sys.stdout.write(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
