"""Where the headings of a table stand: on one row or two, below a title or not. Knows no library, so that the process
that opens workbooks starts at once."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

LOOKED_INTO = 20
"""So many rows are looked into for headings: title pages of forms are shorter."""
_LONGEST = 100
_NOISE = re.compile(r"^(?:[(\[【][^)\]】]*[)\]】](?=.)|\d{1,2}[.、]?(?=\D)|[一二三四五六七八九十]{1,2}[.、])|\(.*\)$")
_SIGNS = re.compile(r"[\s*:※★☆▲△●◎\u200b-\u200f\u2060\ufeff]+")

Line = tuple[int, Sequence[str]]
"""A row of a file as its sender sees it numbered, and its cells."""


@dataclass(frozen=True)
class Template:
    """The headings that a kind of file may have (plain), and where a file with all of them is."""

    known: frozenset[str]
    path: str


@dataclass(frozen=True)
class Headings:
    """The headings of a table, the last row they stand on, and how many of them are known."""

    line: int
    cells: tuple[str, ...]
    known: int


def plain(heading: str) -> str:
    """A heading without what forms put around it: width, case, blanks, stars, numbers, remarks in brackets."""
    return _NOISE.sub("", _SIGNS.sub("", unicodedata.normalize("NFKC", heading[:_LONGEST]))).casefold()


def headings_in(lines: Sequence[Line], known: Collection[str]) -> Headings | None:
    """The row, or the two, of these lines that name most of the known (plain) headings; None where none does."""
    found = max(_candidates(lines, known), key=_known, default=None)
    return found if found and found.known else None


def _known(headings: Headings) -> int:
    return headings.known


def _candidates(lines: Sequence[Line], known: Collection[str]) -> Iterator[Headings]:
    # One row comes first: two are taken only where they name more.
    for line, cells in lines:
        yield _headings(line, cells, known)
    for (_, above), (line, below) in pairwise(lines):
        yield _headings(line, _joined(above, below, known), known)


def _headings(line: int, cells: Iterable[str], known: Collection[str]) -> Headings:
    told = tuple(cells)
    while told and not told[-1].strip():
        told = told[:-1]
    return Headings(line, told, len({plain(cell) for cell in told} & set(known)))


def _joined(above: Sequence[str], below: Sequence[str], known: Collection[str]) -> Iterator[str]:
    """One heading a column: 當事人 over 姓名, 電話 is 當事人姓名, 當事人電話; merged cells have their text once."""
    group = ""
    for place in range(max(len(above), len(below))):
        over, under = (row[place] if place < len(row) else "" for row in (above, below))
        group = over if over.strip() else group
        named = group + under if under.strip() else over
        yield next((each for each in (named, under, over) if plain(each) in known), under or over)
