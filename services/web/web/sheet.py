"""A table in words, as pages show it, charts draw it, PDFs print it and files keep it: one source of figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from web.files import Grid, Value

HIDDEN = "*"
"""What is shown for a count under five, or one from which such a count could be computed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What is written, what is drawn (None: nothing), what stands small beside it, and where its query is answered."""

    text: str
    number: float | None = None
    small: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`drawn` columns are series of the chart."""

    key: str
    label: str
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """`about` is the query of the reports that a row counts, where they are worth a look one by one."""

    key: str
    label: str
    cells: tuple[Cell, ...]
    total: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`id` names it on the page; `head` is the word above the rows' labels."""

    id: str
    caption: str
    head: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def hides(self) -> bool:
        return any(cell.text == HIDDEN for row in self.rows for cell in row.cells)


@dataclass(frozen=True, slots=True)
class Section:
    """One table of a report with what must be known to read it; `chart` is how the page draws it, empty for none."""

    sheet: Sheet
    note: str = ""
    chart: str = ""


def number(count: int, *, hide: bool = False, href: str = "") -> Cell:
    return Cell(HIDDEN, href=href) if hide else Cell(f"{count:,}", count, href=href)


def share(part: float) -> str:
    return f"{part * 100:.1f} %"


def in_one_grid(name: str, sections: Sequence[Section]) -> Grid:
    """Every table of a report below the one before, each under its caption, for a file to save."""
    return Grid(name, [line for each in sections for line in _lines(each)])


def _lines(section: Section) -> Iterator[list[Value]]:
    sheet = section.sheet
    yield [sheet.caption]
    yield [sheet.head, *(each.label for each in sheet.columns)]
    yield from ([row.label, *map(_value, row.cells)] for row in sheet.rows)
    yield [section.note]


def _value(cell: Cell) -> Value:
    plain = cell.number is not None and cell.text == f"{cell.number:,}"
    return cell.number if plain and cell.number is not None else f"{cell.text} {cell.small}".strip()
